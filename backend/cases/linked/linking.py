"""Which cases belong together: what was merged into what, and what was split off; for owners and for staff.

A number alone tells nothing; anything more only to whoever sees the other case.
"""

from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend.access import Actor, ActorKind, Condition
from backend.cases.errors import CaseUnknown
from backend.cases.sentences import COLUMNS, told
from backend.cases.visibility import visible_to
from backend.foundation import db

_LINKS: Final = f"""
WITH links AS (
    SELECT 'merged_into' AS how, m.merged_into AS id FROM cases m WHERE m.id = $1 AND m.merged_into IS NOT NULL
    UNION ALL SELECT 'merged', h.id FROM cases h WHERE h.merged_into = $1
    UNION ALL SELECT 'split_from', s.case_id FROM case_splits s WHERE s.part_id = $1 AND s.undone_at IS NULL
    UNION ALL SELECT 'part', s.part_id FROM case_splits s WHERE s.case_id = $1 AND s.undone_at IS NULL
)
SELECT l.how, c.id, c.number, c.title, {{visible}} AS is_visible, {COLUMNS}
FROM links l JOIN cases c ON c.id = l.id ORDER BY c.id
"""


async def of(actor: Actor, case_id: UUID) -> dict[str, Any]:
    """Return the cases linked with one: {merged_into, split_from, merged, parts}; raises CaseUnknown.

    Of those that the actor doesn't see there is the number, without id, title and state.
    """
    visible = visible_to(actor)
    wanted = Condition("c.id = {}::uuid", (case_id,)) & visible
    if await db.fetch_one(f"SELECT FROM cases c WHERE {wanted.render()}", *wanted.params) is None:
        raise CaseUnknown
    reader = actor.id if actor.kind is ActorKind.OWNER else None
    rows = await db.fetch(_LINKS.format(visible=visible.render(2)), case_id, *visible.params)
    found: dict[str, list[dict[str, Any]]] = {"merged_into": [], "split_from": [], "merged": [], "part": []}
    for row in rows:
        found[row["how"]].append(_link(row, reader, hidden=actor.reads_masked("cases.read")))
    return {
        "merged_into": next(iter(found["merged_into"]), None),
        "split_from": next(iter(found["split_from"]), None),
        "merged": found["merged"],
        "parts": found["part"],
    }


def _link(row: Record, reader: UUID | None, *, hidden: bool) -> dict[str, Any]:
    if not row["is_visible"]:
        return {"id": None, "number": row["number"], "title": None, "state": None, "state_word": None, "sentence": None}
    # When silence would close it stands on its own page.
    stands = told({**row, "silence_at": None}, reader)
    return {
        "id": row["id"],
        "number": row["number"],
        "title": "（已隐去）" if hidden else row["title"],
        "state": stands.state,
        "state_word": stands.state_word,
        "sentence": stands.sentence,
    }
