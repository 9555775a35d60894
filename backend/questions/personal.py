"""What questions, articles and surveys keep about people."""

from typing import Any, Final
from uuid import UUID

from backend.foundation import clock, db
from backend.foundation.personal import Basis, Declaration, PersonalData
from backend.questions.surveys import personal as surveys

_QUESTIONS: Final = """
SELECT number, category, text, is_followable, state, reason, asked_at, ended_at FROM questions
WHERE person_id = $1 ORDER BY id
"""
_FOLLOWS: Final = """
SELECT q.number, f.at FROM question_follows f JOIN questions q ON q.id = f.question_id
WHERE f.person_id = $1 ORDER BY f.at, f.question_id
"""
_BARS: Final = """
SELECT reason, citation, barred_at, until_at, ended_at, appeal, appealed_at, is_upheld, decision FROM question_bars
WHERE person_id = $1 ORDER BY id
"""
_ERASE_PHOTOS: Final = """
DELETE FROM question_photos p USING questions q WHERE q.id = p.question_id AND q.person_id = $1
"""
# The number, the category and the times stay with the bureau: without the person and his words.
_ERASE: Final = """
UPDATE questions SET person_id = NULL, text = '',
    state = CASE WHEN state IN ('checking', 'held') THEN 'withdrawn' ELSE state END,
    ended_at = CASE WHEN state IN ('checking', 'held') THEN $2 ELSE ended_at END
WHERE person_id = $1
"""
_ERASE_FOLLOWS: Final = "DELETE FROM question_follows WHERE person_id = $1"
_ERASE_BARS: Final = "UPDATE question_bars SET person_id = NULL, appeal = '' WHERE person_id = $1"


async def export(person_id: UUID) -> dict[str, Any]:
    return {
        "questions": [dict(row) for row in await db.fetch(_QUESTIONS, person_id)],
        "followed_questions": [dict(row) for row in await db.fetch(_FOLLOWS, person_id)],
        "bars": [dict(row) for row in await db.fetch(_BARS, person_id)],
        **await surveys.export(person_id),
    }


async def erase(person_id: UUID) -> int:
    """Take the person, his words and photos out of his questions; what was published names nobody and stays."""
    async with db.transaction():
        photos = await db.execute(_ERASE_PHOTOS, person_id)
        questions = await db.execute(_ERASE, person_id, clock.now())
        follows = await db.execute(_ERASE_FOLLOWS, person_id)
        bars = await db.execute(_ERASE_BARS, person_id)
        return photos + questions + follows + bars + await surveys.erase(person_id)


DECLARATIONS: Final = (
    *surveys.DECLARATIONS,
    Declaration(
        table="questions",
        fields=("person_id", "text"),
        purpose="受理和答复本人提出的问题",
        basis=Basis.STATUTORY,
        retention="随事项保存；未予受理和撤回的文字、照片30天后删除；注销账号时去除本人及其所写内容",
    ),
    Declaration(
        table="question_photos",
        fields=("file_id",),
        purpose="说明问题的照片，保存前去除拍摄时间、地点、设备等信息",
        basis=Basis.STATUTORY,
        retention="随问题保存；未予受理和撤回的30天后删除；注销账号时删除",
    ),
    Declaration(
        table="question_follows",
        fields=("person_id",),
        purpose="所关注的问题公开答复后告知本人",
        basis=Basis.CONTRACT,
        retention="取消关注时或注销账号时删除",
    ),
    Declaration(
        table="question_bars",
        fields=("person_id", "appeal"),
        purpose="限制滥用提问及处理本人的申诉",
        basis=Basis.STATUTORY,
        retention="期满后 24 个月；注销账号时去标识化并删除申诉文字",
    ),
)

PERSONAL = PersonalData(module="questions", declarations=DECLARATIONS, export=export, erase=erase)
