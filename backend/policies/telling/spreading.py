"""What follows a publication, a withdrawal or a correction, by the outbox and a chunk at a time.

A version comes out → whom it fits is written down (`recipients.py`) → whoever is not told yet is told, in chunks. Each
chunk runs in the transaction that removes its item and puts the next one, so that nothing is done twice or lost,
however often a worker dies.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import notifications, outbox, runtime
from backend.foundation import clock, db
from backend.outbox import Handler, NewItem, OutboxItem
from backend.policies import messages
from backend.policies.editing import timing
from backend.policies.editing.timing import last_day
from backend.policies.reading import matching
from backend.policies.service import CORRECTED, LIVE_CHANGED, PUBLISHED, RETRACTED
from backend.policies.telling import broadcasting, left_behind, recipients

CHUNK: Final = 2_000
SECONDS: Final = 3.0
"""After this long a handler puts back what is left of its list, so that it ends well within its time."""

FOUND: Final = "policies.found"
"""Outbox topic: recipients were written down for a version, tell whoever is not told yet; payload {version_id}."""
TOPICS: Final = (FOUND,)

_COMING_OUT = """
SELECT id, rule_hash, correction, pushes_paused_at, greatest(effective_from, apply_from) AS begins
FROM policy_versions
WHERE id = $1 AND state = 'published' AND NOT reference_only
"""
_COMPLETE = """
INSERT INTO policy_spreads (version_id, frozen_at) VALUES ($1, $2)
ON CONFLICT (version_id) DO UPDATE SET frozen_at = EXCLUDED.frozen_at, checked_on = NULL
"""
# Locked against a withdrawal: it comes before this chunk, or it finds in `told_at` everyone whom the chunk told.
_RELEASED = """
SELECT id, policy_id, title, rule_hash, effective_to, apply_until, correction, pushes_paused_at FROM policy_versions
WHERE id = $1 AND state = 'published' AND NOT reference_only FOR SHARE
"""
# While pushes pause, or the list is not complete, only corrections go out; who stands in a broadcast waits for that.
_WAITING = f"""
SELECT r.person_id, r.enterprise_id, r.found_by, {recipients.HAS_HEARD} AS has_heard
FROM policy_recipients r WHERE r.version_id = $1 AND r.told_at IS NULL AND r.broadcast_id IS NULL
  AND ($2 AND EXISTS (SELECT FROM policy_spreads s WHERE s.version_id = $1) OR r.found_by = 'correction')
ORDER BY r.person_id LIMIT $3 FOR UPDATE OF r SKIP LOCKED
"""
_MANY = """
SELECT count(*) > $2 FROM (
    SELECT FROM policy_recipients r WHERE r.version_id = $1 AND r.told_at IS NULL AND r.broadcast_id IS NULL
        AND r.found_by <> 'correction' AND EXISTS (SELECT FROM policy_spreads s WHERE s.version_id = $1)
    LIMIT $2 + 1
) AS waiting
"""
# Also of what a withdrawn correction corrected, though its own turn to be told had not come; but who was told that that
# one was withdrawn knows already.
_WERE_TOLD = """
WITH RECURSIVE gone (id) AS (
    SELECT $1::uuid
    UNION ALL
    SELECT wrong.id FROM gone JOIN policy_versions v ON v.id = gone.id
    JOIN policy_versions wrong ON wrong.id = v.corrects AND wrong.state <> 'withdrawn'
)
SELECT DISTINCT r.person_id FROM gone JOIN policy_recipients r ON r.version_id = gone.id
WHERE r.told_at IS NOT NULL AND r.person_id > $2 ORDER BY r.person_id LIMIT $3
"""

One = Callable[[OutboxItem], Awaitable[None]]


def _one_by_one(handle: One) -> Handler:
    """Make a handler of lists, in one order for all workers; what there is no time for comes again by itself."""

    async def handle_all(items: Sequence[OutboxItem]) -> None:
        end = time.monotonic() + SECONDS
        left = sorted(items, key=lambda item: (item.payload["version_id"], item.id))
        while left and time.monotonic() < end:
            await handle(left.pop(0))
        await outbox.put_many([NewItem(item.topic, item.payload, item.key) for item in left])

    return handle_all


async def _find(item: OutboxItem) -> None:
    """Write down a slice of those whom a version that has come out surely fits, on its first morning or later."""
    version = await db.fetch_one(_COMING_OUT, UUID(item.payload["version_id"]))
    if version is None:
        return
    if not await _may_go(version):  # the first night on which it may looks for everyone
        await db.execute(_COMPLETE, version["id"], clock.now())
        return
    if version["begins"] > clock.today():
        due = timing.told_at(version["begins"], clock.now())
        await outbox.put(PUBLISHED, item.payload, key=item.key, due=due)
        return
    if version["correction"]:
        await recipients.carry_over(version["id"])
    await _find_slice(version["id"], item)


async def _find_slice(version_id: UUID, item: OutboxItem) -> None:
    after = UUID(item.payload.get("after") or recipients.BEFORE_ALL.hex)
    upto = await recipients.freeze_slice(version_id, after)
    if upto is not None:
        payload = {"version_id": str(version_id), "after": str(upto)}
        await outbox.put(PUBLISHED, payload, key=str(version_id))
        return
    await db.execute(_COMPLETE, version_id, clock.now())
    await outbox.put(FOUND, {"version_id": str(version_id)})


async def _correct(item: OutboxItem) -> None:
    """Whoever was told of a version that was wrong hears of the correction, whether or not the new one fits him."""
    await recipients.carry_over(UUID(item.payload["version_id"]))
    await outbox.put(FOUND, {"version_id": item.payload["version_id"]})


async def _tell(item: OutboxItem) -> None:
    """Tell the next chunk of a version's recipients; a withdrawn or ended one is told to nobody.

    Too many to be told on one person's word wait, as a broadcast, for somebody to release their list.
    """
    version = await db.fetch_one(_RELEASED, UUID(item.payload["version_id"]))
    if version is None:
        return
    until = last_day(version["effective_to"], version["apply_until"])
    if until is not None and until < clock.today():
        return
    goes = await _may_go(version)
    if goes and await db.fetch_value(_MANY, version["id"], runtime.current().settings.release_above):
        await broadcasting.hold(version["id"])
    waiting = await db.fetch(_WAITING, version["id"], goes, CHUNK)
    if waiting:
        await _tell_chunk(dict(version), waiting, until)
    if len(waiting) == CHUNK:
        await outbox.put(FOUND, item.payload)


async def _may_go(version: Record) -> bool:
    """Tell whether anybody but whoever was told something wrong may be told of a version now."""
    return version["pushes_paused_at"] is None and await left_behind.is_known(version["rule_hash"])


async def _tell_chunk(version: Mapping[str, Any], waiting: Sequence[Record], until: date | None) -> None:
    """Tell whoever still fits; who no longer does is forgotten, so that he can be found again."""
    written, _ = await broadcasting.compose_for(version, waiting, until)
    await notifications.tell(written)


async def _retract(item: OutboxItem) -> None:
    """Tell the next chunk of those who were told of a version that it was withdrawn."""
    version_id, after = UUID(item.payload["version_id"]), UUID(item.payload.get("after") or recipients.BEFORE_ALL.hex)
    version = await db.fetch_one("SELECT id, policy_id, title FROM policy_versions WHERE id = $1", version_id)
    people = [row["person_id"] for row in await db.fetch(_WERE_TOLD, version_id, after, CHUNK)]
    if version is None or not people:
        return
    told = dict(version)
    await notifications.tell([messages.retracted(told, person, item.payload["reason"]) for person in people])
    if len(people) == CHUNK:
        await outbox.put(RETRACTED, {**item.payload, "after": str(people[-1])}, key=item.key)


async def renew_answers(items: Sequence[OutboxItem]) -> None:
    """Bring the sets that were current before a change of the rule set up to it; the others wait to be read."""
    for item in items:
        before, after = UUID(item.payload["before"]), UUID(item.payload["after"])
        added = item.payload["version_id"]
        if added is None:
            await matching.keep_current(before, after)
        elif await matching.add_to_current(UUID(added), before, after, limit=CHUNK) == CHUNK:
            await outbox.put(LIVE_CHANGED, item.payload)


find_published: Final = _one_by_one(_find)
correct: Final = _one_by_one(_correct)
tell_found: Final = _one_by_one(_tell)
retract: Final = _one_by_one(_retract)

HANDLERS: Final[Mapping[str, Handler]] = {
    PUBLISHED: find_published,
    FOUND: tell_found,
    RETRACTED: retract,
    CORRECTED: correct,
    LIVE_CHANGED: renew_answers,
}
