"""A salon's sign-ups as a file, for the door and for the desk."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db, exports
from backend.foundation.exports import Export, Format
from backend.salons.content import WAYS
from backend.salons.door import tickets
from backend.salons.seats import answering
from backend.salons.states import SIGNUP_WORDS, SignupState
from backend.salons.visibility import EXPORT

MOST: Final = 100_000

_SALON: Final = "SELECT title, form::text AS form FROM salons WHERE id = $1"
_ROWS: Final = """
SELECT g.state, g.way, e.name AS enterprise, g.attendee, g.answers::text AS answers, g.signed_at, g.ticket_nonce,
    p.first_in_at
FROM salon_signups g JOIN enterprises e ON e.id = g.enterprise_id LEFT JOIN salon_presences p ON p.signup_id = g.id
WHERE g.salon_id = $1 ORDER BY g.id LIMIT $2
"""
_HEAD: Final = ("序号", "企业", "参加人", "参加方式", "状态", "报名时间", "到场时间", "手工码")
_CODED: Final = frozenset({SignupState.CONFIRMED, SignupState.ATTENDED})


async def write(salon_id: UUID, form: Format, *, actor: Actor) -> Export:
    """Write all sign-ups in their order, noted in the trail; raises SalonUnknown, Forbidden."""
    async with db.transaction():
        await answering.of_salon(salon_id, actor, EXPORT, is_locked=False)
        salon = await db.fetch_one(_SALON, salon_id)
        rows = await db.fetch(_ROWS, salon_id, MOST)
        detail = {"format": form, "rows": len(rows)}
        await audit.record(actor, "salons.exported", table="salons", row_id=salon_id, detail=detail)
    asked = orjson.loads(salon["form"]).get("properties", {}) if salon else {}
    return await exports.write(exports.once([*_lines(rows, asked)]), form, title="沙龙报名", name=f"salon-{salon_id}")


def _lines(rows: Sequence[Record], asked: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    yield (*_HEAD, *(str(one["title"]) for one in asked.values()))
    for number, row in enumerate(rows, 1):
        answers = orjson.loads(row["answers"])
        state = SignupState(row["state"])
        yield (
            str(number),
            row["enterprise"],
            row["attendee"],
            WAYS[row["way"]],
            SIGNUP_WORDS[state],
            f"{row['signed_at'].astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}",
            f"{row['first_in_at'].astimezone(clock.SHANGHAI):%H:%M}" if row["first_in_at"] else "",
            tickets.code_of(row["ticket_nonce"]) if state in _CODED else "",
            *(_cell(answers.get(key)) for key in asked),
        )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)
