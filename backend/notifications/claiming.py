"""Claims addresses with something due and takes the next message of each, if it may go out now.

Locking the address first and deciding in a second statement makes the decision atomic: credit, cap and quiet hours
are read after the lock, and whoever changes a credit holds the same lock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.settings import Settings

LEASE: Final = timedelta(seconds=25)
"""How long claimed addresses belong to a worker; renewed with every slice. With the sweep a crash costs < 60 s."""

_LOCK = """
SELECT id FROM addresses
WHERE state = 'live' AND next_due_at <= $1 AND (busy_until IS NULL OR busy_until <= $1)
ORDER BY next_due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
"""

_JUDGE = """
WITH head AS MATERIALIZED (
    SELECT a.id AS address_id, a.account, a.openid, d.*,
           CASE WHEN a.counted_on = $4::date THEN a.broadcasts_today ELSE 0 END AS used
    FROM addresses a LEFT JOIN LATERAL (
        SELECT id, template, data, page, is_broadcast, is_urgent, not_after, attempts FROM deliveries w
        WHERE w.address_id = a.id AND w.state IN ('pending', 'deferred') AND w.due_at <= $1
        ORDER BY w.is_urgent DESC, w.is_broadcast, w.due_at, w.id LIMIT 1
    ) d ON TRUE
    WHERE a.id = ANY($2::uuid[])
), judged AS MATERIALIZED (
    SELECT h.*, t.template_id, t.is_long_term, CASE
        WHEN h.id IS NULL THEN 'nothing'
        WHEN h.not_after <= $1 THEN 'expired'
        WHEN t.state = 'stopped' THEN 'template_stopped'
        WHEN t.template_id IS NULL OR t.state = 'gone' THEN 'template_missing'
        WHEN $5::timestamptz IS NOT NULL AND NOT h.is_urgent THEN 'quiet'
        WHEN h.is_broadcast AND h.used >= $7 THEN 'capped'
        WHEN EXISTS (SELECT FROM deliveries u WHERE u.address_id = h.address_id AND u.state = 'unknown'
                     AND u.template_id = t.template_id) THEN 'held'
        WHEN NOT (CASE WHEN t.is_long_term THEN COALESCE(c.is_standing, FALSE) ELSE COALESCE(c.balance, 0) > 0 END)
            THEN 'no_credit'
        ELSE 'go' END AS verdict
    FROM head h
    LEFT JOIN message_templates t ON t.account = h.account AND t.title = h.template
    LEFT JOIN credits c ON c.address_id = h.address_id AND c.template_id = t.template_id
), moved AS (
    UPDATE deliveries d SET
        state = CASE WHEN j.verdict = 'go' THEN 'claimed' WHEN j.verdict = 'expired' THEN 'expired'
                     WHEN j.verdict = 'no_credit' THEN 'suppressed' ELSE 'deferred' END,
        reason = CASE WHEN j.verdict IN ('go', 'expired') THEN NULL ELSE j.verdict END,
        due_at = CASE j.verdict WHEN 'quiet' THEN $5 WHEN 'capped' THEN $6
                                WHEN 'held' THEN $1 + interval '1 minute'
                                WHEN 'template_missing' THEN $1 + interval '20 seconds'
                                WHEN 'template_stopped' THEN $1 + interval '10 minutes' ELSE d.due_at END,
        settled_at = CASE WHEN j.verdict IN ('expired', 'no_credit') THEN $1 END,
        template_id = j.template_id,
        claim = CASE WHEN j.verdict = 'go' THEN $3::uuid END
    FROM judged j WHERE d.id = j.id
), reserved AS (
    UPDATE credits c SET balance = c.balance - 1, updated_at = $1 FROM judged j
    WHERE j.verdict = 'go' AND NOT j.is_long_term AND c.address_id = j.address_id AND c.template_id = j.template_id
    RETURNING c.address_id, c.template_id, c.balance, j.id AS delivery_id
), noted AS (
    INSERT INTO credit_entries (id, address_id, template_id, change, balance, reason, delivery_id, at)
    SELECT uuidv7(), address_id, template_id, -1, balance, 'reserve', delivery_id, $1 FROM reserved
), taken AS (
    UPDATE addresses a SET
        busy_until = CASE WHEN j.verdict = 'go' THEN $1 + $8::interval END,
        claim = CASE WHEN j.verdict = 'go' THEN $3::uuid END,
        counted_on = $4::date,
        broadcasts_today = j.used + (j.verdict = 'go' AND j.is_broadcast)::int,
        next_due_at = CASE WHEN j.verdict <> 'nothing' THEN a.next_due_at ELSE (
            SELECT min(w.due_at) FROM deliveries w WHERE w.address_id = a.id AND w.state IN ('pending', 'deferred')
        ) END
    FROM judged j WHERE a.id = j.address_id
)
SELECT id, address_id, openid, template_id, data, page, attempts FROM judged WHERE verdict = 'go'
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One message that may go out now, reserved and paid for."""

    id: UUID
    address_id: UUID
    openid: str
    template_id: str
    data: Mapping[str, str]
    page: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What one claim took; `looked_at` is 0 when nothing at all was due."""

    claim: UUID
    messages: list[Claimed]
    looked_at: int


def quiet_until(moment: datetime, settings: Settings) -> datetime | None:
    """Return when the quiet hours end in which `moment` lies, or None outside them (quiet hours in China's time)."""
    local = moment.astimezone(clock.SHANGHAI)
    start, end = time.fromisoformat(settings.quiet_from), time.fromisoformat(settings.quiet_until)
    now = local.time()
    inside = start <= now or now < end if start > end else start <= now < end
    if start == end or not inside:
        return None
    over = datetime.combine(local.date(), end, tzinfo=clock.SHANGHAI)
    return over if over > local else over + timedelta(days=1)


def _tomorrow(settings: Settings) -> datetime:
    start = time.fromisoformat(settings.quiet_until)
    return datetime.combine(clock.today() + timedelta(days=1), start, tzinfo=clock.SHANGHAI)


async def claim(limit: int, settings: Settings) -> Batch:
    """Lock up to `limit` addresses with something due and decide about the next message of each."""
    mine = new_id()
    moment = clock.now()
    async with db.transaction():
        locked = [row["id"] for row in await db.fetch(_LOCK, moment, limit)]
        rows: list[Any] = []
        if locked:
            rows = await db.fetch(
                _JUDGE,
                moment,
                locked,
                mine,
                clock.today(),
                quiet_until(moment, settings),
                _tomorrow(settings),
                settings.broadcasts_per_day,
                LEASE,
            )
    messages = [
        Claimed(
            r["id"], r["address_id"], r["openid"], r["template_id"], orjson.loads(r["data"]), r["page"], r["attempts"]
        )
        for r in rows
    ]
    return Batch(mine, messages, len(locked))
