"""What surveys keep about people: who was asked, and who wrote for his enterprise."""

from typing import Any, Final
from uuid import UUID

import orjson

from backend.foundation import db
from backend.foundation.personal import Basis, Declaration

_INVITED: Final = """
SELECT s.title, e.name AS enterprise, i.invited_at, i.told_at
FROM survey_invited i JOIN surveys s ON s.id = i.survey_id JOIN enterprises e ON e.id = i.enterprise_id
WHERE i.person_id = $1 ORDER BY i.invited_at, i.survey_id, e.id
"""
_WRITTEN: Final = """
SELECT s.title, e.name AS enterprise, a.draft, a.answers, a.answered_at, a.saved_at
FROM survey_answers a JOIN surveys s ON s.id = a.survey_id JOIN enterprises e ON e.id = a.enterprise_id
WHERE a.answered_by = $1 ORDER BY a.saved_at, a.id
"""
# What was said stays its enterprise's, without the one who said it.
_FORGET: Final = (
    "DELETE FROM survey_invited WHERE person_id = $1",
    "UPDATE survey_answers SET answered_by = NULL WHERE answered_by = $1",
)

DECLARATIONS: Final = (
    Declaration(
        table="survey_invited",
        fields=("person_id",),
        purpose="需求调查只通知一次，结束前对未答复的提醒一次",
        basis=Basis.CONTRACT,
        retention="调查结束后、通知满 13 个月时或注销账号时删除",
    ),
    Declaration(
        table="survey_answers",
        fields=("answered_by", "draft", "answers"),
        purpose="一家企业一份答卷，本企业可以查看和修改；结果只作不少于 5 份的统计",
        basis=Basis.CONTRACT,
        retention="3 年；注销账号时去除填写人，答卷归企业",
    ),
)


async def export(person_id: UUID) -> dict[str, Any]:
    return {
        "surveys_told_of": [dict(row) for row in await db.fetch(_INVITED, person_id)],
        "survey_answers": [_answer(dict(row)) for row in await db.fetch(_WRITTEN, person_id)],
    }


async def erase(person_id: UUID) -> int:
    return sum([await db.execute(sql, person_id) for sql in _FORGET])


def _answer(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{name: orjson.loads(row[name] or "null") for name in ("draft", "answers")}}
