"""Works out who was there from all that was read of a ticket, and moves its sign-up to what that says."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend.access import Actor
from backend.foundation import db
from backend.salons.door import merging
from backend.salons.door.merging import Merged, Scan
from backend.salons.seats import moving
from backend.salons.states import SignupState

_SCANS: Final = """
SELECT id, signup_id, device, direction, scanned_at, undone_at IS NOT NULL AS is_undone, outcome FROM salon_scans
WHERE signup_id = ANY ($1::uuid[]) AND outcome <> 'refused'
"""
_OUTCOMES: Final = """
UPDATE salon_scans s SET outcome = n.outcome FROM unnest($1::uuid[], $2::text[]) AS n (id, outcome)
WHERE s.id = n.id AND s.outcome <> n.outcome
"""
_PRESENT: Final = """
INSERT INTO salon_presences (signup_id, salon_id, first_in_at, last_at, is_inside, entries, conflicts)
SELECT n.signup_id, $1, n.first_in_at, n.last_at, n.is_inside, n.entries, n.conflicts
FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::boolean[], $6::int[], $7::int[])
    AS n (signup_id, first_in_at, last_at, is_inside, entries, conflicts)
ON CONFLICT (signup_id) DO UPDATE SET first_in_at = excluded.first_in_at, last_at = excluded.last_at,
    is_inside = excluded.is_inside, entries = excluded.entries, conflicts = excluded.conflicts
"""
_ABSENT: Final = "DELETE FROM salon_presences WHERE signup_id = ANY ($1::uuid[])"
_STATES: Final = "SELECT id, salon_id, state FROM salon_signups WHERE id = ANY ($1::uuid[]) ORDER BY id"
_FORGET: Final = "DELETE FROM salon_no_shows WHERE signup_id = ANY ($1::uuid[])"


async def settle(salon_id: UUID, signup_ids: Iterable[UUID], actor: Actor) -> None:
    """Work out anew what all scans of these tickets come to, and note who was there."""
    ids = list(signup_ids)
    if not ids:
        return
    merged = _merged(ids, await db.fetch(_SCANS, ids))
    outcomes = [(scan, outcome.value) for one in merged.values() for scan, outcome in one.outcomes.items()]
    await db.execute(_OUTCOMES, [scan for scan, _ in outcomes], [outcome for _, outcome in outcomes])
    present = {signup_id: one.presence for signup_id, one in merged.items() if one.presence}
    rows = [(k, p.first_in_at, p.last_at, p.is_inside, p.entries, p.conflicts) for k, p in present.items()]
    if rows:
        await db.execute(_PRESENT, salon_id, *(list(column) for column in zip(*rows, strict=True)))
    await db.execute(_ABSENT, [one for one in ids if one not in present])
    await _note(await db.fetch(_STATES, ids), set(present), actor)


def _merged(ids: Sequence[UUID], rows: Sequence[Record]) -> dict[UUID, Merged]:
    scans: dict[UUID, list[Scan]] = {one: [] for one in ids}
    for row in rows:
        one = Scan(row["id"], row["device"], row["direction"], row["scanned_at"], row["is_undone"])
        scans[row["signup_id"]].append(one)
    return {signup_id: merging.merge(some) for signup_id, some in scans.items()}


async def _note(rows: Sequence[Record], present: set[UUID], actor: Actor) -> None:
    """Move sign-ups to what the scans say: who was there attended, who was not is expected again."""
    came = [row for row in rows if row["id"] in present and row["state"] in ("confirmed", "no_show")]
    gone = [row for row in rows if row["id"] not in present and row["state"] == "attended"]
    if came:
        await db.execute(_FORGET, [row["id"] for row in came])
        await moving.move(came, SignupState.ATTENDED, actor, "salons.attended")
    if gone:
        await moving.move(gone, SignupState.CONFIRMED, actor, "salons.attendance_undone", is_told=False)
