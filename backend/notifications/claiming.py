"""Claims addresses with something due and takes the next message of each, if it may go out now.

Locking the address first and deciding in a second statement makes the decision atomic: credit, cap and quiet hours
are read after the lock, and whoever changes a credit holds the same lock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

import orjson

from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.settings import Settings

LEASE: Final = timedelta(seconds=15)
"""How long claimed addresses belong to a worker: longer than a call may take; renewed with every slice."""

# Whoever has nothing but broadcasts waiting stands behind the rest; nobody waits for a row that another one holds.
_LOCK = """
SELECT id FROM addresses
WHERE state = 'live' AND claim IS NULL AND is_bulk = $3 AND next_due_at <= $1
ORDER BY next_due_at, id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
"""

_HOLD = "INSERT INTO delivery_claims (id, until_at) VALUES ($1, $2)"

# $1 now, $2 addresses, $3 the claim, $4 today, $5 end of the quiet hours or null, $6 when a capped message may go,
# $7 broadcasts a day. A message that would have to wait past its end expires at once.
_JUDGE = """
WITH head AS MATERIALIZED (
    SELECT a.id AS address_id, a.account, a.openid, d.*,
           CASE WHEN a.counted_on = $4::date THEN a.broadcasts_today ELSE 0 END AS used
    FROM addresses a LEFT JOIN LATERAL (
        SELECT id, person_id, template, data, page, is_broadcast, is_urgent, subject, enterprise_id, not_after, attempts
        FROM deliveries w
        WHERE w.address_id = a.id AND w.state IN ('pending', 'deferred') AND w.due_at <= $1
        ORDER BY w.is_urgent DESC, w.is_broadcast, w.due_at, w.id LIMIT 1
    ) d ON TRUE
    WHERE a.id = ANY($2::uuid[])
), judged AS MATERIALIZED (
    SELECT h.*, t.template_id, t.is_long_term, CASE
        WHEN h.id IS NULL THEN 'nothing'
        WHEN h.not_after <= $1 THEN 'too_late'
        WHEN EXISTS (SELECT FROM called_off o WHERE o.subject = h.subject) THEN 'called_off'
        WHEN h.enterprise_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
            WHERE b.person_id = h.person_id AND b.enterprise_id = h.enterprise_id AND b.state = 'active'
              AND (b.until IS NULL OR b.until > $1) AND e.closed_at IS NULL) THEN 'not_acting'
        WHEN t.template_id IS NULL THEN 'template_missing'
        WHEN t.state <> 'live' THEN 'template_' || t.state
        WHEN $5::timestamptz IS NOT NULL AND NOT h.is_urgent THEN 'quiet'
        WHEN h.is_broadcast AND h.used >= $7 THEN 'capped'
        WHEN EXISTS (SELECT FROM deliveries u WHERE u.address_id = h.address_id AND u.template_id = t.template_id
                     AND u.state = 'unknown' AND u.confirmed_at IS NULL) THEN 'held'
        WHEN NOT (CASE WHEN t.is_long_term THEN COALESCE(c.is_standing, FALSE) ELSE COALESCE(c.balance, 0) > 0 END)
            THEN 'no_credit'
        ELSE 'go' END AS verdict
    FROM head h
    LEFT JOIN LATERAL (
        SELECT * FROM message_templates m WHERE m.account = h.account AND m.title = h.template
        ORDER BY m.state <> 'live', m.state = 'gone', m.template_id LIMIT 1
    ) t ON TRUE
    LEFT JOIN credits c ON c.address_id = h.address_id AND c.template_id = t.template_id
), timed AS MATERIALIZED (
    SELECT j.*, CASE
        WHEN verdict = 'quiet' THEN $5 WHEN verdict = 'capped' THEN $6
        WHEN verdict = 'held' THEN $1 + interval '1 minute'
        WHEN verdict LIKE 'template%' THEN $1 + interval '10 minutes' END AS later
    FROM judged j
), moved AS (
    UPDATE deliveries d SET
        state = CASE WHEN j.verdict = 'go' THEN 'claimed' WHEN j.verdict = 'no_credit' THEN 'suppressed'
                     WHEN j.verdict IN ('called_off', 'not_acting') THEN 'cancelled'
                     WHEN j.verdict = 'too_late' OR j.later >= j.not_after THEN 'expired' ELSE 'deferred' END,
        reason = NULLIF(j.verdict, 'go'),
        due_at = COALESCE(j.later, d.due_at),
        settled_at = CASE WHEN j.verdict IN ('too_late', 'no_credit', 'called_off', 'not_acting')
                            OR j.later >= j.not_after THEN $1 END,
        template_id = j.template_id,
        claim = CASE WHEN j.verdict = 'go' THEN $3::uuid END,
        claimed_at = CASE WHEN j.verdict = 'go' THEN $1 END,
        is_paid = j.verdict = 'go' AND NOT j.is_long_term
    FROM timed j WHERE d.id = j.id
), reserved AS (
    UPDATE credits c SET balance = c.balance - 1, updated_at = $1 FROM timed j
    WHERE j.verdict = 'go' AND NOT j.is_long_term AND c.address_id = j.address_id AND c.template_id = j.template_id
    RETURNING c.address_id, c.template_id, c.balance, j.id AS delivery_id
), noted AS (
    INSERT INTO credit_entries (id, address_id, template_id, change, balance, reason, delivery_id, at)
    SELECT uuidv7(), address_id, template_id, -1, balance, 'reserve', delivery_id, $1 FROM reserved
), taken AS (
    UPDATE addresses a SET
        claim = CASE WHEN j.verdict = 'go' THEN $3::uuid END,
        counted_on = $4::date,
        broadcasts_today = j.used + (j.verdict = 'go' AND j.is_broadcast)::int,
        (next_due_at, is_bulk) = (
            SELECT min(line.due_at), COALESCE(bool_and(line.is_broadcast), FALSE) FROM (
                SELECT w.due_at, w.is_broadcast FROM deliveries w
                WHERE j.verdict <> 'go' AND w.address_id = a.id AND w.state IN ('pending', 'deferred')
                  AND w.id IS DISTINCT FROM j.id
                UNION ALL SELECT j.later, j.is_broadcast WHERE j.later < j.not_after
            ) line
        )
    FROM timed j WHERE a.id = j.address_id
)
SELECT id, address_id, openid, template_id, data, page, attempts FROM timed WHERE verdict = 'go'
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
    if not inside:
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
        locked = await _lock(moment, limit)
        messages = await _judge(mine, moment, locked, settings) if locked else []
        if messages:
            await db.execute(_HOLD, mine, moment + LEASE)
    return Batch(mine, messages, len(locked))


async def _lock(moment: datetime, limit: int) -> list[UUID]:
    first = [row["id"] for row in await db.fetch(_LOCK, moment, limit, False)]
    if len(first) == limit:
        return first
    return first + [row["id"] for row in await db.fetch(_LOCK, moment, limit - len(first), True)]


async def _judge(mine: UUID, moment: datetime, locked: list[UUID], settings: Settings) -> list[Claimed]:
    rows = await db.fetch(
        _JUDGE,
        moment,
        locked,
        mine,
        clock.today(),
        quiet_until(moment, settings),
        _tomorrow(settings),
        settings.broadcasts_per_day,
    )
    return [Claimed(**{**row, "data": orjson.loads(row["data"])}) for row in rows]
