"""What an operator looks at and does: how deliveries stand, trying again what may work now."""

from datetime import timedelta
from typing import Any, Final

from backend import alerts, audit, runtime
from backend.access import SYSTEM
from backend.foundation import clock, db
from backend.notifications import breakers, events, templates, watching
from backend.notifications.sweeping import backlog, sweep
from backend.notifications.telling import JOB

PERIOD: Final = timedelta(hours=24)

# What is of the day by its id; of all that is older, by the index of each, what is not settled yet.
_STATES: Final = """
SELECT state, count(*) AS n FROM (
    SELECT state FROM deliveries WHERE id >= uuid_floor($1::timestamptz)
    UNION ALL
    SELECT state FROM deliveries
    WHERE id < uuid_floor($1::timestamptz) AND state IN ('pending', 'deferred', 'claimed')
    UNION ALL
    SELECT state FROM deliveries WHERE id < uuid_floor($1::timestamptz) AND claim IS NOT NULL AND state = 'sending'
    UNION ALL
    SELECT state FROM deliveries WHERE id < uuid_floor($1::timestamptz) AND state = 'unknown'
) AS d GROUP BY 1 ORDER BY 1
"""
_CODES: Final = """
SELECT channel, kind, errcode, reason, count(*) AS n FROM deliveries
WHERE id >= uuid_floor($1::timestamptz) AND state IN ('failed', 'refused', 'deferred') AND reason IS NOT NULL
GROUP BY 1, 2, 3, 4 ORDER BY n DESC LIMIT 20
"""
_TRY: Final = """
WITH back AS (
    UPDATE deliveries d SET due_at = $1 FROM addresses a
    WHERE a.id = d.address_id AND a.state = 'live' AND d.id IN (
        SELECT w.id FROM deliveries w
        WHERE w.state = 'deferred' AND w.errcode IS NOT NULL AND w.due_at > $1 AND ($2::int IS NULL OR w.errcode = $2)
        FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING d.id, d.address_id, d.is_broadcast
), noted AS (
    INSERT INTO due_notes (delivery_id, address_id, due_at, is_bulk)
    SELECT id, address_id, $1, is_broadcast FROM back ON CONFLICT (delivery_id) DO NOTHING
)
SELECT count(*) FROM back
"""
# Only what is the last try of its message and in time: what went on by another channel, or is about to, must not arrive
# twice.
_AGAIN: Final = """
WITH back AS (
    UPDATE deliveries d SET state = 'pending', reason = NULL, errcode = NULL, attempts = 0, settled_at = NULL,
        due_at = $1
    FROM addresses a
    WHERE a.id = d.address_id AND a.state = 'live' AND d.state = 'failed' AND d.not_after > $1 AND d.errcode = $2
      AND d.onward IS NULL
      AND NOT EXISTS (SELECT FROM deliveries o WHERE o.inbox_id = d.inbox_id AND o.id <> o.inbox_id AND o.id > d.id)
    RETURNING d.id, d.address_id, d.is_broadcast
), noted AS (
    INSERT INTO due_notes (delivery_id, address_id, due_at, is_bulk)
    SELECT id, address_id, $1, is_broadcast FROM back ON CONFLICT (delivery_id) DO NOTHING
)
SELECT count(*) FROM back
"""
_UNKNOWN: Final = "SELECT count(*) FROM deliveries WHERE state = 'unknown'"


async def status() -> dict[str, Any]:
    """Return how deliveries stand: what waits, states and reasons of 24 hours, channels, templates, credits."""
    since = clock.now() - PERIOD
    waiting, oldest = await backlog()
    callbacks, oldest_callback = await watching.callbacks_waiting()
    return {
        "waiting": {"messages": waiting, "oldest_seconds": int(oldest)},
        "callbacks": {"waiting": callbacks, "oldest_seconds": int(oldest_callback)},
        "states": {row["state"]: row["n"] for row in await db.fetch(_STATES, since)},
        "errors": [dict(row) for row in await db.fetch(_CODES, since)],
        "channels": await breakers.resting(),
        "templates": await watching.unusable_templates(),
        "credits": {title: balance for title, (balance, _) in (await watching.credit_sums()).items()},
        "alerts": sum((await alerts.open_counts()).values()),
    }


async def retry(code: int | None = None) -> int:
    """Let what was put off because of an error come at once, all or of one code, and channels that rest be tried."""
    async with db.transaction():
        count = int(await db.fetch_value(_TRY, clock.now(), code))
        channels = await breakers.try_now()
        await _record("retried", code=code, messages=count, channels=channels)
    await runtime.current().wake_ups.wake(JOB)
    return count


async def retry_failed(code: int) -> int:
    """Let messages that were refused for what is in them be tried again; to be done once the mistake is mended.

    What is out of date stays, and what another channel has taken over.
    """
    async with db.transaction():
        count = int(await db.fetch_value(_AGAIN, clock.now(), code))
        await _record("retried_failed", code=code, messages=count)
    await runtime.current().wake_ups.wake(JOB)
    return count


async def settle() -> int:
    """Work off WeChat's pushes and what a crash left, now; returns how many calls nobody knows the end of yet."""
    while await events.handle():
        continue
    await sweep()
    return int(await db.fetch_value(_UNKNOWN))


async def resume_template(title: str) -> bool:
    """Use a template again that was stopped; False when none of this title is."""
    async with db.transaction():
        is_resumed = await templates.resume(title)
        if is_resumed:
            await _record("template_resumed", title=title)
    if is_resumed:
        await runtime.current().wake_ups.wake(JOB)
    return is_resumed


async def _record(action: str, **detail: Any) -> None:
    await audit.record(SYSTEM, f"notifications.{action}", table="deliveries", row_id=None, detail=detail)
