"""What salons keep about people: who signed up, what he wrote in the form, and that he did not come."""

from typing import Any, Final
from uuid import UUID

from backend.access import SYSTEM
from backend.foundation import db
from backend.foundation.personal import Basis, Declaration, PersonalData
from backend.salons.seats import moving, rooms, seating
from backend.salons.states import SignupState

_SIGNED: Final = """
SELECT s.number, s.title, s.starts_at, g.way, g.state, g.attendee, g.answers::text AS answers, g.signed_at, g.reason,
    x.noted_at AS not_come_noted_at, x.lowers_until, x.explanation, x.is_excused
FROM salon_signups g JOIN salons s ON s.id = g.salon_id LEFT JOIN salon_no_shows x ON x.signup_id = g.id
WHERE g.person_id = $1 ORDER BY g.id
"""
_OPEN: Final = """
SELECT g.id, g.salon_id, g.state FROM salon_signups g JOIN salons s ON s.id = g.salon_id
WHERE g.person_id = $1 AND g.state IN ('pending', 'confirmed', 'waiting', 'offered')
  AND s.state IN ('published', 'open', 'closed') ORDER BY g.salon_id
"""
_NO_SHOWS: Final = (
    "UPDATE salon_no_shows SET person_id = NULL, explanation = '', explained_at = NULL WHERE person_id = $1"
)
# The sign-up stays with the salon and the enterprise, without the person and what he wrote.
_ERASE: Final = """
UPDATE salon_signups SET person_id = NULL, attendee = '', answers = '{}', reason = '',
    signed_by = CASE WHEN signed_by_kind = 'owner' THEN NULL ELSE signed_by END
WHERE person_id = $1
"""
_ERASE_REISSUES: Final = """
UPDATE salon_reissues r SET reason = '' FROM salon_signups g WHERE g.id = r.signup_id AND g.person_id = $1
"""


_ASKED: Final = (
    "SELECT phase, body, state, asked_at, spoken_answer FROM salon_questions WHERE person_id = $1 ORDER BY id"
)
_GONE: Final = "（本人已注销，内容已删除）"
_ERASE_ASKED: Final = "UPDATE salon_questions SET person_id = NULL, body = $2 WHERE person_id = $1"


async def export(person_id: UUID) -> dict[str, Any]:
    asked = [dict(row) for row in await db.fetch(_ASKED, person_id)]
    return {"signups": [dict(row) for row in await db.fetch(_SIGNED, person_id)], "questions": asked}


async def erase(person_id: UUID) -> int:
    """Give his seats back to those who wait, and take him and his words out of what was; that somebody came stays."""
    rows = await db.fetch(_OPEN, person_id)
    await rooms.lock({row["salon_id"] for row in rows})
    for row in await db.fetch(_OPEN, person_id):
        await moving.move([row], SignupState.LEFT, SYSTEM, "salons.left")
    for salon_id in sorted({row["salon_id"] for row in rows}):
        await seating.seat_waiting(salon_id)
    no_shows = await db.execute(_NO_SHOWS, person_id)
    asked = await db.execute(_ERASE_ASKED, person_id, _GONE)
    await db.execute(_ERASE_REISSUES, person_id)
    return no_shows + asked + await db.execute(_ERASE, person_id)


PERSONAL = PersonalData(
    module="salons",
    declarations=(
        Declaration(
            table="salon_signups",
            fields=("person_id", "attendee", "answers", "signed_by", "reason"),
            purpose="安排本人报名的沙龙席位和候补，告知变化和结果",
            basis=Basis.STATUTORY,
            retention="随报名保存5年；注销账号时去除本人及其所写内容",
        ),
        Declaration(
            table="salon_reissues",
            fields=("reason",),
            purpose="记下本人为何更换入场码",
            basis=Basis.STATUTORY,
            retention="随报名保存5年；注销账号时去除所写内容",
        ),
        Declaration(
            table="salon_no_shows",
            fields=("person_id", "explanation"),
            purpose="按公布的规则调整候补次序，受理本人的说明",
            basis=Basis.STATUTORY,
            retention="随报名保存5年；注销账号时去除本人及其所写内容",
        ),
        Declaration(
            table="salon_questions",
            fields=("person_id", "body"),
            purpose="答复本人在沙龙上的提问",
            basis=Basis.STATUTORY,
            retention="随事项保存5年；注销账号时去除本人及其所写内容",
        ),
    ),
    export=export,
    erase=erase,
)
