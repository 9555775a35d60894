"""What policies keep about people: what they were told of, and what they chose to keep."""

from typing import Any, Final
from uuid import UUID

from backend.foundation import db
from backend.foundation.personal import Basis, Declaration, PersonalData

_TOLD: Final = """
SELECT v.title, r.found_by, r.found_at, r.told_at
FROM policy_recipients r JOIN policy_versions v ON v.id = r.version_id WHERE r.person_id = $1 ORDER BY r.version_id
"""
_FAVOURITES: Final = """
SELECT p.number, f.at FROM policy_favourites f JOIN policies p ON p.id = f.policy_id
WHERE f.person_id = $1 ORDER BY f.at, f.policy_id
"""
_PUT_OFF: Final = """
SELECT e.name AS enterprise, s.fact, s.until FROM policy_question_skips s JOIN enterprises e ON e.id = s.enterprise_id
WHERE s.person_id = $1 ORDER BY s.enterprise_id, s.fact
"""
_SAID: Final = """
SELECT v.title, e.name AS enterprise, f.answer, f.answered_at, f.result
FROM policy_feedback f JOIN policy_versions v ON v.id = f.version_id JOIN enterprises e ON e.id = f.enterprise_id
WHERE f.answered_by = $1 ORDER BY f.answered_at, f.version_id
"""
_MISFITS: Final = """
SELECT v.title, e.name AS enterprise, m.path, m.words, m.said_at
FROM policy_misfits m JOIN policy_versions v ON v.id = m.version_id JOIN enterprises e ON e.id = m.enterprise_id
WHERE m.person_id = $1 ORDER BY m.said_at, m.version_id, m.path
"""
_REMINDERS: Final = """
SELECT v.title, e.name AS enterprise, r.kind, r.due_on, r.days_before, r.state, r.asked_at
FROM policy_reminders r JOIN policy_versions v ON v.id = r.version_id JOIN enterprises e ON e.id = r.enterprise_id
WHERE r.person_id = $1 ORDER BY r.asked_at, r.id
"""
_TABLES: Final = (
    "policy_recipients",
    "policy_due",
    "policy_digests",
    "policy_favourites",
    "policy_question_skips",
    "policy_reminders",
)
# What was said of a policy stays its enterprise's, without the one who said it and without his words.
_FORGET: Final = (
    "UPDATE policy_feedback SET answered_by = NULL WHERE answered_by = $1",
    "UPDATE policy_misfits SET person_id = NULL, words = '' WHERE person_id = $1",
)


async def export(person_id: UUID) -> dict[str, Any]:
    return {
        "told_of": [dict(row) for row in await db.fetch(_TOLD, person_id)],
        "favourites": [dict(row) for row in await db.fetch(_FAVOURITES, person_id)],
        "questions_put_off": [dict(row) for row in await db.fetch(_PUT_OFF, person_id)],
        "answers": [dict(row) for row in await db.fetch(_SAID, person_id)],
        "not_for_me": [dict(row) for row in await db.fetch(_MISFITS, person_id)],
        "reminders": [dict(row) for row in await db.fetch(_REMINDERS, person_id)],
    }


async def erase(person_id: UUID) -> int:
    """Nothing here proves anything: it goes with the account."""
    gone = [f"DELETE FROM {table} WHERE person_id = $1" for table in _TABLES]
    return sum([await db.execute(sql, person_id) for sql in (*gone, *_FORGET)])


PERSONAL = PersonalData(
    module="policies",
    declarations=(
        Declaration(
            table="policy_recipients",
            fields=("person_id",),
            purpose="同一政策只通知一次，更正、撤回时通知到原收件人",
            basis=Basis.CONTRACT,
            retention="政策版本终止 180 天后或注销账号时删除",
        ),
        Declaration(
            table="policy_due",
            fields=("person_id",),
            purpose="每晚找出新近符合政策的企业的负责人",
            basis=Basis.CONTRACT,
            retention="当晚处理完即删除，注销账号时删除",
        ),
        Declaration(
            table="policy_digests",
            fields=("person_id",),
            purpose="每周最多提问一次",
            basis=Basis.CONTRACT,
            retention="30 天，注销账号时删除",
        ),
        Declaration(
            table="policy_favourites",
            fields=("person_id",),
            purpose="保存本人收藏的政策",
            basis=Basis.CONTRACT,
            retention="取消收藏时或注销账号时删除",
        ),
        Declaration(
            table="policy_question_skips",
            fields=("person_id",),
            purpose="本人不想回答或以后再答的问题，到期前不再询问",
            basis=Basis.CONTRACT,
            retention="注销账号时删除",
        ),
        Declaration(
            table="policy_feedback",
            fields=("answered_by",),
            purpose="企业对政策是否适用的反馈由谁提出",
            basis=Basis.CONTRACT,
            retention="随政策版本保存，注销账号时去标识化",
        ),
        Declaration(
            table="policy_misfits",
            fields=("person_id", "words"),
            purpose="指出政策哪一条件不适用，用于改进政策条件",
            basis=Basis.CONTRACT,
            retention="撤回反馈时删除，注销账号时去标识化并删除文字",
        ),
        Declaration(
            table="policy_reminders",
            fields=("person_id",),
            purpose="按本人要求在截止前或满足条件之日提醒",
            basis=Basis.CONTRACT,
            retention="注销账号时删除",
        ),
    ),
    export=export,
    erase=erase,
)
