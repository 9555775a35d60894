"""An owner's list of his matters: what he asked himself, and what his enterprises did."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from asyncpg import Record

from backend.access import Actor, Condition
from backend.cases import sentences
from backend.cases.visibility import visible_to
from backend.foundation import db
from backend.foundation.paging import cut, decode_cursor, encode_cursor

Which = Literal["open", "closed"]

# By the two indexes, whatever the number of all cases; who may see them is `visible_to`'s to say.
_HIS: Final = """
c.id = ANY (ARRAY(
    SELECT c.id FROM cases c WHERE c.person_id = {}
    UNION SELECT c.id FROM bindings b JOIN cases c ON c.enterprise_id = b.enterprise_id WHERE b.person_id = {}))
"""
_WHICH: Final = {"open": "c.closed_at IS NULL", "closed": "c.closed_at IS NOT NULL"}
_ROWS: Final = f"""
SELECT c.id, c.number, c.title, c.category, k.title AS category_title, c.channel, c.enterprise_id,
    (SELECT e.name FROM enterprises e WHERE e.id = c.enterprise_id) AS enterprise, c.received_at,
    c.answered_at, c.closed_at, c.person_id = $1 AS is_mine, {sentences.COLUMNS},
    EXISTS (SELECT FROM case_ratings r WHERE r.case_id = c.id) AS is_rated
FROM cases c JOIN case_categories k ON k.key = c.category
WHERE {{}} ORDER BY c.received_at DESC, c.id DESC LIMIT {{}}
"""
_UNTOLD: Final = sentences.UNTOLD | {"silence_at", "is_paused", "awaits_decision"}


async def page(actor: Actor, which: Which | None, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return one page, newest first: what is open, also where it was merged, what is over, or both."""
    wanted = visible_to(actor) & Condition(_HIS, (actor.id, actor.id))
    if which is not None:
        wanted = wanted & Condition(_WHICH[which])
    if after := decode_cursor(cursor, datetime, UUID):
        wanted = wanted & Condition("(c.received_at, c.id) < ({}::timestamptz, {}::uuid)", after)
    rows = await db.fetch(_ROWS.format(wanted.render(2), limit + 1), actor.id, *wanted.params)
    shown, following = cut(rows, limit, lambda row: encode_cursor(row["received_at"], row["id"]))
    return {"items": [_told(row, actor) for row in shown], "next": following}


def _told(row: Record, actor: Actor) -> dict[str, Any]:
    told = sentences.told(row, actor.id)
    one = {name: value for name, value in row.items() if name not in _UNTOLD}
    return {**one, "is_mine": bool(row["is_mine"]), "state_word": told.state_word, "sentence": told.sentence}
