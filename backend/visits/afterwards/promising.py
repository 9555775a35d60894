"""What is promised on a visit becomes a case in the very transaction that writes the promise down."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend import cases
from backend.access import SYSTEM, Actor
from backend.cases import CaseState, Moved, Opening, handling
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.visits import writing
from backend.visits.afterwards.minutes import Promise, of_party
from backend.visits.events import Kind, NewEvent
from backend.visits.models import Visit
from backend.visits.visibility import NAME

KEPT: Final = (CaseState.CLOSED_CONFIRMED, CaseState.CLOSED_BY_SILENCE)
UNKEPT: Final = (CaseState.DECLINED, CaseState.CLOSED_BY_DECISION)
_TITLE: Final = 60

_LAST: Final = "SELECT coalesce(max(nr), 0) FROM visit_promises WHERE visit_id = $1"
_KEEP: Final = """
INSERT INTO visit_promises (id, visit_id, edition, nr, enterprise_id, text, category, due_on, made_by, made_at)
SELECT id, visit_id, edition, nr, enterprise_id, text, category, due_on, made_by, made_at
FROM jsonb_populate_recordset(NULL::visit_promises, $1::jsonb)
"""
_PEOPLE: Final = "SELECT enterprise_id, person_id FROM visit_parties WHERE visit_id = $1"
_OF_VISIT: Final = "SELECT id FROM visit_promises WHERE visit_id = $1"
# The visit's row is the lock of its log.
_PROMISED: Final = """
SELECT p.id, p.visit_id, p.nr, p.enterprise_id, p.kept_at FROM visit_promises p JOIN visits v ON v.id = p.visit_id
WHERE p.id = ANY ($1::uuid[]) ORDER BY v.id, p.nr FOR NO KEY UPDATE OF v, p
"""
_SET: Final = "UPDATE visit_promises SET kept_at = $2 WHERE id = $1"


async def make(visit: Visit, promises: Sequence[Promise], parties: Sequence[UUID], edition: int, actor: Actor) -> int:
    """Write promises down and open their cases, in the caller's transaction; returns how many.

    Raises CategoryUnknown for a category that cases do not know, OwnMatter for who takes on what is his own.
    """
    if not promises:
        return 0
    last: int = await db.fetch_value(_LAST, visit.id)
    rows = [
        {
            "id": new_id(),
            "visit_id": visit.id,
            "edition": edition,
            "nr": nr,
            "enterprise_id": of_party(one, parties),
            "text": one.text,
            "category": one.category,
            "due_on": one.due_on,
            "made_by": actor.id,
            "made_at": clock.now(),
        }
        for nr, one in enumerate(promises, last + 1)
    ]
    await db.execute(_KEEP, orjson.dumps(rows, default=str).decode())
    people = {row["enterprise_id"]: row["person_id"] for row in await db.fetch(_PEOPLE, visit.id)}
    openings = [_opening(visit, row, one, people, actor) for row, one in zip(rows, promises, strict=True)]
    opened = await cases.open_many(openings, actor=actor)
    for made, one in zip(opened, promises, strict=True):
        if one.takes:
            await handling.accept(made.id, actor=actor)
    return len(opened)


def _opening(
    visit: Visit, row: Mapping[str, Any], promise: Promise, people: Mapping[UUID, UUID | None], actor: Actor
) -> Opening:
    title = f"走访承诺：{promise.text}".split("\n", maxsplit=1)[0]
    return Opening(
        NAME,
        row["id"],
        promise.category,
        title if len(title) <= _TITLE else f"{title[: _TITLE - 1]}…",
        f"走访{visit.number}中答应：{promise.text}",
        cases.Channel.VISIT,
        person_id=people.get(row["enterprise_id"]),
        enterprise_id=row["enterprise_id"],
        promised_on=promise.due_on,
        handler_id=actor.id if promise.takes else None,
    )


async def all_are_cases(visit: Visit) -> bool:
    """Tell whether every promise of a visit has its case."""
    ids = [row["id"] for row in await db.fetch(_OF_VISIT, visit.id)]
    return len(await cases.of(NAME, ids)) == len(ids)


async def heard(moves: Sequence[Moved]) -> None:
    """Note on the visit that a promise was kept, goes on after all, or ended unkept; for `CASE_ORIGINS`.

    Kept is what its owner confirmed, or left to silence; what was declined or decided is not. How the case stands now
    decides, not the move: a late move may be told after a newer one.
    """
    rows = await db.fetch(_PROMISED, sorted({one.origin_id for one in moves}))
    standing = await cases.of(NAME, [row["id"] for row in rows])
    reached = {(one.origin_id, one.after) for one in moves}
    for row in rows:
        found = standing.get(row["id"])
        if found is None:
            continue
        is_kept = found.state in KEPT
        if is_kept != (row["kept_at"] is not None):
            await db.execute(_SET, row["id"], (found.closed_at or clock.now()) if is_kept else None)
            await _note(row, found, Kind.PROMISE_KEPT if is_kept else Kind.PROMISE_REOPENED)
        if found.state in UNKEPT and (row["id"], found.state) in reached:
            await _note(row, found, Kind.PROMISE_ENDED)


async def _note(row: Record, found: cases.Standing, kind: Kind) -> None:
    data = {"nr": row["nr"], "case": found.number, "case_state": found.state, "enterprise_id": row["enterprise_id"]}
    await writing.append(row["visit_id"], SYSTEM, NewEvent(kind, data=data))
