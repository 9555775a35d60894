"""Puts deferred effects into the table, claims what is due, and notes how it went; every move is one statement."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from backend import runtime
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.logging import get_logger
from backend.foundation.parts import Part
from backend.outbox.item import NewItem, OutboxItem

log = get_logger(__name__)

JOB: Final = "drain_outbox"
LEASE: Final = timedelta(seconds=40)
"""How long a claimed item belongs to its worker: longer than a job may run, and with the sweep within a minute."""

_PUT = """
INSERT INTO outbox (id, topic, key, payload, due_at, created_at)
SELECT n.id, n.topic, n.key, n.payload::jsonb, n.due_at, $6
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[]) AS n (id, topic, key, payload, due_at)
"""
_CLAIM = """
UPDATE outbox SET leased_until = $1::timestamptz + $2::interval, attempts = attempts + 1
WHERE id = ANY (ARRAY(
    SELECT due.id FROM unnest($3::text[]) AS t (topic), LATERAL (
        SELECT id FROM outbox
        WHERE topic = t.topic AND state = 'pending' AND due_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)
        ORDER BY due_at, id LIMIT $4 FOR UPDATE SKIP LOCKED
    ) AS due
))
RETURNING id, topic, key, payload, attempts, created_at
"""
_DONE = """
UPDATE outbox o SET state = 'done', done_at = $3, leased_until = NULL, last_error = NULL
FROM unnest($1::uuid[], $2::int[]) AS mine (id, attempts)
WHERE o.id = mine.id AND o.attempts = mine.attempts AND o.state = 'pending'
"""
_RETRY = """
UPDATE outbox SET due_at = $3, leased_until = NULL, last_error = $4, state = $5
WHERE id = $1 AND attempts = $2 AND state = 'pending'
"""
_RELEASE = """
UPDATE outbox o SET leased_until = NULL
FROM unnest($1::uuid[], $2::int[]) AS mine (id, attempts)
WHERE o.id = mine.id AND o.attempts = mine.attempts AND o.state = 'pending'
"""
_CANCEL = "UPDATE outbox SET state = 'cancelled', done_at = $3 WHERE topic = $1 AND key = $2 AND state = 'pending'"
_REVIVE = """
UPDATE outbox SET state = 'pending', attempts = 0, due_at = $2 WHERE topic = $1 AND state = 'dead'
"""


async def put(topic: str, payload: Mapping[str, Any], *, key: str | None = None, due: datetime | None = None) -> UUID:
    """Note one effect in the command's own transaction and return its id."""
    return (await put_many([NewItem(topic, payload, key, due)]))[0]


async def put_many(items: Sequence[NewItem]) -> list[UUID]:
    """Note many effects by one statement; after the commit a worker is woken if any is due at once."""
    params = _params(items)
    await db.execute(_PUT, *params)
    ids: list[UUID] = params[0]
    return ids


def part(items: Sequence[NewItem]) -> Part:
    """Return what notes effects, for a command that sends all it writes as one statement."""
    return Part(f"noted AS ({_PUT})", _params(items))


def _params(items: Sequence[NewItem]) -> tuple[Any, ...]:
    """Return the parameters of `_PUT`, and see to it that a worker is woken after the commit."""
    if not db.in_transaction():
        raise RuntimeError("an effect is noted in the transaction of the command that causes it")
    moment = clock.now()
    if any(item.due is None or item.due <= moment for item in items):
        db.after_commit(_wake)
    return (
        [new_id() for _ in items],
        [item.topic for item in items],
        [item.key for item in items],
        [orjson.dumps(item.payload).decode() for item in items],
        [item.due or moment for item in items],
        moment,
    )


async def _wake() -> None:
    """Wake a worker; from a process without a runtime (a tool, a test) nothing is sent, and the sweep finds the row."""
    try:
        wake_ups = runtime.current().wake_ups
    except runtime.NotRunning:
        log.debug("outbox.nobody_woken")
    else:
        await wake_ups.wake(JOB)


async def claim(limit: int, lease: timedelta, topics: Sequence[str]) -> list[OutboxItem]:
    """Take up to `limit` due items of each topic for `lease`; nobody else sees them until it is over.

    A limit per topic, so that a hundred thousand items of one topic delay no other.
    """
    rows = await db.fetch(_CLAIM, clock.now(), lease, list(topics), limit)
    return [
        OutboxItem(r["id"], r["topic"], r["key"], orjson.loads(r["payload"]), r["attempts"], r["created_at"])
        for r in sorted(rows, key=lambda r: r["id"])
    ]


async def done(items: Sequence[OutboxItem]) -> int:
    """Note that the items are carried out; counts only those that still belong to this claim."""
    return await db.execute(_DONE, [i.id for i in items], [i.attempts for i in items], clock.now())


async def retry(item: OutboxItem, error: str, backoff: timedelta, *, is_last: bool = False) -> bool:
    """Let an item come again after `backoff`, or lay it aside as dead; False if another worker has it by now."""
    state = "dead" if is_last else "pending"
    text = error.replace("\x00", "")[:500]
    return await db.execute(_RETRY, item.id, item.attempts, clock.now() + backoff, text, state) == 1


async def release(items: Sequence[OutboxItem]) -> int:
    """Give claimed items back untouched, so that the next worker need not wait for the lease to end."""
    return await db.execute(_RELEASE, [i.id for i in items], [i.attempts for i in items])


async def cancel(topic: str, key: str) -> int:
    """Withdraw what is still to come about `key`; the command that makes it needless calls this."""
    return await db.execute(_CANCEL, topic, key, clock.now())


async def revive(topic: str) -> int:
    """Let the dead items of a topic come again, once their cause is mended."""
    return await db.execute(_REVIVE, topic, clock.now())


async def backlog() -> tuple[int, float]:
    """Return how many items are due and how many seconds the oldest of them has been."""
    moment = clock.now()
    row = await db.fetch_one(
        "SELECT count(*) AS n, min(due_at) AS oldest FROM outbox WHERE state = 'pending' AND due_at <= $1", moment
    )
    if row is None or row["oldest"] is None:
        return 0, 0.0
    return row["n"], (moment - row["oldest"]).total_seconds()
