"""Writes down how calls went: states of deliveries, credits given back or taken, addresses set free."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from backend.foundation import clock, db
from backend.notifications.telling import LOCK_ADDRESSES

_BEGIN = """
WITH mine AS (
    UPDATE deliveries SET state = 'sending', sending_at = $3, attempts = attempts + 1
    WHERE id = ANY($1::uuid[]) AND claim = $2 AND state = 'claimed' RETURNING id
), renewed AS (
    UPDATE addresses SET busy_until = $3 + $4::interval WHERE claim = $2 AND busy_until > $3
)
SELECT id FROM mine
"""

_MOVE = """
UPDATE deliveries d SET state = o.state, reason = o.reason, errcode = o.errcode, msgid = COALESCE(o.msgid, d.msgid),
    due_at = COALESCE(o.due_at, d.due_at), page = CASE WHEN o.without_page THEN NULL ELSE d.page END, claim = NULL,
    settled_at = CASE WHEN o.state IN ('deferred', 'unknown') THEN NULL ELSE $8 END
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::timestamptz[], $7::boolean[])
    AS o (id, state, reason, errcode, msgid, due_at, without_page)
WHERE d.id = o.id AND d.state = 'sending'
RETURNING d.id, d.address_id, d.template_id, d.state, d.is_broadcast
"""

# What did not reach WeChat gives its credit back and does not count against the day.
_REFUND = """
WITH back AS (
    SELECT r.delivery_id, e.address_id, e.template_id FROM unnest($1::uuid[]) AS r (delivery_id)
    JOIN LATERAL (
        SELECT address_id, template_id, sum(change) AS paid FROM credit_entries c
        WHERE c.address_id = ANY($2::uuid[]) AND c.delivery_id = r.delivery_id AND c.reason IN ('reserve', 'refund')
        GROUP BY 1, 2
    ) e ON e.paid < 0
), credited AS (
    UPDATE credits c SET balance = c.balance + 1, updated_at = $3 FROM back b
    WHERE c.address_id = b.address_id AND c.template_id = b.template_id
    RETURNING c.address_id, c.template_id, c.balance, b.delivery_id
)
INSERT INTO credit_entries (id, address_id, template_id, change, balance, reason, delivery_id, at)
SELECT uuidv7(), address_id, template_id, 1, balance, 'refund', delivery_id, $3 FROM credited
"""
_UNCOUNT = "UPDATE addresses SET broadcasts_today = GREATEST(broadcasts_today - 1, 0) WHERE id = ANY($1::uuid[])"

_EMPTY_CREDIT = """
WITH zeroed AS (
    UPDATE credits c SET balance = 0, is_standing = FALSE, updated_at = $3
    FROM (SELECT b.address_id, b.template_id, b.balance FROM credits b
          JOIN unnest($1::uuid[], $2::text[]) AS r (address_id, template_id) USING (address_id, template_id)) old
    WHERE c.address_id = old.address_id AND c.template_id = old.template_id
    RETURNING c.address_id, c.template_id, old.balance AS before
)
INSERT INTO credit_entries (id, address_id, template_id, change, balance, reason, at)
SELECT uuidv7(), address_id, template_id, -before, 0, $4, $3 FROM zeroed
"""

_FREE = """
UPDATE addresses a SET busy_until = NULL, claim = NULL, next_due_at = (
    SELECT min(w.due_at) FROM deliveries w WHERE w.address_id = a.id AND w.state IN ('pending', 'deferred')
) WHERE a.id = ANY($1::uuid[])
"""
_BREAK = "UPDATE addresses SET state = 'broken' WHERE id = ANY($1::uuid[])"
_STOP = "UPDATE message_templates SET state = 'stopped', stopped_reason = $2 WHERE template_id = $1 AND state = 'live'"

REFUSED_CREDIT: Final = 43101
BROKEN_OPENID: Final = 40003


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one call went; `state` is the delivery's next state, `due_at` only for a deferred one."""

    id: UUID
    address_id: UUID
    template_id: str
    state: str
    reason: str | None = None
    errcode: int | None = None
    msgid: str | None = None
    due_at: datetime | None = None
    without_page: bool = False
    gives_back: bool = False
    stops_template: bool = False


async def begin(ids: Sequence[UUID], claim: UUID, lease: object) -> set[UUID]:
    """Commit that these calls are about to be made, and renew the claim; returns those that are still ours."""
    rows = await db.fetch(_BEGIN, list(ids), claim, clock.now(), lease)
    return {row["id"] for row in rows}


async def settle(outcomes: Sequence[Outcome]) -> None:
    """Write a slice's outcomes in one transaction; an outcome that was settled meanwhile changes nothing."""
    moment = clock.now()
    addresses = sorted({outcome.address_id for outcome in outcomes})
    async with db.transaction():
        await db.fetch(LOCK_ADDRESSES, addresses)
        moved = await db.fetch(_MOVE, *_columns(outcomes), moment)
        ours = {row["id"]: row for row in moved}
        kept = [outcome for outcome in outcomes if outcome.id in ours]
        await give_back([o.id for o in kept if o.gives_back], addresses)
        await _uncount([o.address_id for o in kept if o.gives_back and ours[o.id]["is_broadcast"]])
        await _empty([o for o in kept if o.errcode == REFUSED_CREDIT])
        broken = [o.address_id for o in kept if o.errcode == BROKEN_OPENID]
        if broken:
            await db.execute(_BREAK, broken)
        for template in {o.template_id: o.reason for o in kept if o.stops_template}.items():
            await db.execute(_STOP, *template)
        await db.execute(_FREE, addresses)


async def give_back(deliveries: Sequence[UUID], addresses: Sequence[UUID]) -> None:
    """Return the reserved credit of deliveries that never reached WeChat; the addresses must be locked."""
    if deliveries:
        await db.execute(_REFUND, list(deliveries), list(addresses), clock.now())


async def _uncount(addresses: Sequence[UUID]) -> None:
    if addresses:
        await db.execute(_UNCOUNT, list(addresses))


async def _empty(outcomes: Sequence[Outcome]) -> None:
    if outcomes:
        await empty_credits([(o.address_id, o.template_id) for o in outcomes], "refused")


async def empty_credits(pairs: Sequence[tuple[UUID, str]], reason: str) -> None:
    """Set the credit of (address, template) pairs to nothing; the addresses must be locked."""
    await db.execute(_EMPTY_CREDIT, [pair[0] for pair in pairs], [pair[1] for pair in pairs], clock.now(), reason)


def _columns(outcomes: Sequence[Outcome]) -> tuple[list[object], ...]:
    return (
        [o.id for o in outcomes],
        [o.state for o in outcomes],
        [o.reason for o in outcomes],
        [o.errcode for o in outcomes],
        [o.msgid for o in outcomes],
        [o.due_at for o in outcomes],
        [o.without_page for o in outcomes],
    )
