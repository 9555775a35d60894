"""Takes the next channel for messages whose last one came to nothing: refused, closed for them, or nobody can say.

A try that was sent is never followed by another channel. What can be followed is found by its row alone, whoever ended
it, so a crash loses nothing; taking `onward` away and writing the next try is one transaction, so it happens once.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.notifications import ways
from backend.notifications.kinds import KINDS, Channel
from backend.notifications.locking import lock_addresses
from backend.notifications.rendering import data

AT_ONCE: Final = 500

# One at a time. Who comes meanwhile waits: what he has just ended may not have been there for the other one to find.
_ALONE = "SELECT pg_advisory_xact_lock(hashtext('notifications.passing_on'))"
_ENDED: Final = """
onward IS NOT NULL AND (state IN ('refused', 'failed', 'suppressed') OR (state = 'unknown_final' AND resends_unknown))
"""
_FOUND = f"SELECT id, person_id FROM deliveries WHERE {_ENDED} ORDER BY id LIMIT $1"
_ADDRESSES = "SELECT id FROM addresses WHERE person_id = ANY($1::uuid[])"
_TAKE = f"""
UPDATE deliveries d SET onward = NULL WHERE id = ANY($1::uuid[]) AND {_ENDED}
RETURNING id, inbox_id, person_id, kind, old.onward AS onward, not_after
"""
_FIELDS = "SELECT id, fields FROM inbox WHERE id = ANY($1::uuid[])"
# What was never tried is not due earlier by another channel.
_WRITE = """
WITH further AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])
        AS f (id, before, address_id, channel, template, data, onward)
), written AS (
    INSERT INTO deliveries (id, inbox_id, person_id, address_id, channel, kind, template, data, page, is_broadcast,
                            is_urgent, subject, enterprise_id, broadcast_id, onward, resends_unknown, state, due_at,
                            not_after, created_at)
    SELECT f.id, d.inbox_id, d.person_id, f.address_id, f.channel, d.kind, f.template, f.data::jsonb, d.page,
           d.is_broadcast, d.is_urgent, d.subject, d.enterprise_id, d.broadcast_id,
           string_to_array(NULLIF(f.onward, ''), ','), d.resends_unknown AND d.state <> 'unknown_final', 'pending',
           CASE WHEN d.attempts > 0 THEN $8 ELSE GREATEST(d.due_at, $8) END, d.not_after, $8
    FROM further f JOIN deliveries d ON d.id = f.before
    RETURNING id, address_id, due_at, is_broadcast
)
INSERT INTO due_notes (delivery_id, address_id, due_at, is_bulk) SELECT * FROM written
"""


async def pass_on() -> int:
    """Look at up to AT_ONCE messages whose channel came to nothing and return how many that were."""
    async with db.transaction():
        await db.fetch(_ALONE)
        found = await db.fetch(_FOUND, AT_ONCE)
        if found:
            await _go_on({row["id"] for row in found}, {row["person_id"] for row in found})
    return len(found)


async def _go_on(ended: Iterable[UUID], people: Iterable[UUID]) -> None:
    """Addresses are locked before deliveries, as everywhere."""
    persons = list(people)
    await lock_addresses([row["id"] for row in await db.fetch(_ADDRESSES, persons)])
    known = await ways.find(persons)
    taken = [dict(row) for row in await db.fetch(_TAKE, list(ended))]
    fields = {row["id"]: orjson.loads(row["fields"]) for row in await db.fetch(_FIELDS, [t["inbox_id"] for t in taken])}
    further = [step for one in taken if (step := _next(one, known, fields.get(one["inbox_id"])))]
    if further:
        await db.execute(_WRITE, *(list(column) for column in zip(*further, strict=True)), clock.now())


def _next(
    one: dict[str, Any], known: dict[tuple[UUID, str], UUID], fields: dict[str, str] | None
) -> tuple[object, ...] | None:
    """Return the next try, None when no way is left, its time is over, or its person has been erased."""
    kind = KINDS.get(one["kind"])
    if kind is None or fields is None or one["not_after"] <= clock.now():
        return None
    left: Sequence[Channel] = one["onward"]
    for nr, channel in enumerate(left):
        address, form = known.get((one["person_id"], channel)), kind.forms.get(channel)
        carried = data(kind, channel, fields) if address and form and ways.takes(channel, form) else None
        if form and carried:
            return new_id(), one["id"], address, channel, form.template, carried, ",".join(left[nr + 1 :])
    return None
