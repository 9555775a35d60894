"""Writes down how calls went: states of deliveries, credits given back or taken, addresses set free.

A credit is reserved when a message is claimed. What certainly did not happen gives it back, unless the owner took his
permission back meanwhile; whatever else happened, it stays spent. A message that went nowhere does not count against
the day's broadcasts, unless its address went to another person while the call was under way: then nobody's count falls.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from backend.alerts import Trouble, open_many
from backend.foundation import clock, db
from backend.gateways.wechat.policy import Rest
from backend.notifications.emptying import empty_credits
from backend.notifications.kinds import Channel
from backend.notifications.locking import LEAD, lock_addresses
from backend.notifications.ways import SMS_ACCOUNT

# Only while the claim is ours. What was stopped since the claim (its template, its broadcast, what it is about) is not
# begun; what is begun stays so, for the slice may be asked for again when the first answer was lost. Joined to the ids,
# not `= ANY`, so one plan serves every slice, and found by them, not by the claim, which holds more.
_BEGIN = """
WITH ours AS (UPDATE delivery_claims SET until_at = $3::timestamptz + $4::interval WHERE id = $2 RETURNING id)
UPDATE deliveries d SET state = 'sending', sending_at = $3, attempts = attempts + (d.state = 'claimed')::int
FROM ours, unnest($1::uuid[]) AS t (id)
WHERE d.id = t.id AND (d.claim = ours.id) IS TRUE AND d.state IN ('claimed', 'sending')
  AND (d.state = 'sending' OR (
      CASE WHEN d.channel = 'sms'
      THEN NOT EXISTS (SELECT FROM message_templates t WHERE t.template_id = d.template_id AND t.state <> 'live')
      ELSE EXISTS (SELECT FROM message_templates t WHERE t.template_id = d.template_id AND t.state = 'live') END
      AND NOT EXISTS (SELECT FROM broadcasts b WHERE b.id = d.broadcast_id AND b.state IN ('paused', 'cancelled'))
      AND NOT EXISTS (SELECT FROM called_off o WHERE o.subject = d.subject)))
RETURNING d.id
"""

_GIVE_BACK = f"""
, credited AS (
    UPDATE credits c SET balance = c.balance + 1, updated_at = $1 FROM moved m
    WHERE m.gets_back AND c.address_id = m.address_id AND c.template_id = m.template_id
      AND (c.emptied_at IS NULL OR c.emptied_at < m.claimed_at)
    RETURNING c.address_id, c.template_id, c.balance, m.id
), noted AS (
    INSERT INTO credit_entries (id, address_id, template_id, change, balance, reason, delivery_id, at)
    SELECT uuidv7(), address_id, template_id, 1, balance, 'refund', id, $1 FROM credited
), uncounted AS (
    UPDATE addresses a SET broadcasts_today = GREATEST(a.broadcasts_today - m.many, 0)
    FROM (
        SELECT {LEAD.format(person="o.person_id")} AS lead, count(*)::int AS many
        FROM moved m JOIN addresses o ON o.id = m.address_id
        WHERE m.is_broadcast AND m.goes_nowhere AND o.person_id = m.person_id GROUP BY 1
    ) m WHERE a.id = m.lead
), spared AS (
    UPDATE credits c SET sent_today = GREATEST(c.sent_today - 1, 0) FROM moved m
    WHERE m.goes_nowhere AND NOT m.gets_back AND m.channel = 'subscribe'
      AND c.address_id = m.address_id AND c.template_id = m.template_id
      AND EXISTS (SELECT FROM message_templates t WHERE t.template_id = m.template_id AND t.is_long_term)
)
SELECT id, address_id, template_id, errcode FROM moved
"""

# An answer that comes after the sweep has given the call up still says what happened.
_MOVE = (
    """
WITH moved AS (
    UPDATE deliveries d SET state = o.state, reason = o.reason, errcode = o.errcode, msgid = COALESCE(o.msgid, d.msgid),
        due_at = COALESCE(o.due_at, d.due_at), page = CASE WHEN o.without_page THEN NULL ELSE d.page END, claim = NULL,
        is_paid = d.is_paid AND NOT o.gives_back, onward = CASE WHEN NOT o.ends_here THEN d.onward END,
        settled_at = CASE WHEN o.state NOT IN ('deferred', 'unknown') THEN $1::timestamptz END
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::int[], $6::text[], $7::timestamptz[], $8::boolean[],
                $9::boolean[], $10::boolean[])
        AS o (id, state, reason, errcode, msgid, due_at, without_page, gives_back, ends_here)
    WHERE d.id = o.id AND (d.state = 'sending' OR (d.state = 'unknown' AND o.state <> 'unknown'))
    RETURNING d.id, d.address_id, d.person_id, d.channel, d.template_id, d.errcode, d.claimed_at, d.is_broadcast,
              old.is_paid AND NOT new.is_paid AS gets_back, new.state NOT IN ('sent', 'unknown') AS goes_nowhere
)"""
    + _GIVE_BACK
)

# What is claimed but not begun goes back as if nothing had been.
_RETURN = (
    """
WITH moved AS (
    UPDATE deliveries d SET state = 'pending', claim = NULL, is_paid = FALSE
    WHERE d.claim = ANY($2::uuid[]) AND d.state = 'claimed'
    RETURNING d.id, d.address_id, d.person_id, d.channel, d.template_id, d.errcode, d.claimed_at, d.is_broadcast,
              old.is_paid AS gets_back, TRUE AS goes_nowhere
)"""
    + _GIVE_BACK
)

_CALL_BACK = (
    """
WITH moved AS (
    UPDATE deliveries d SET state = $3, reason = $4, claim = NULL, is_paid = FALSE, settled_at = $1
    WHERE d.address_id = ANY($2::uuid[]) AND d.state IN ('pending', 'deferred', 'claimed')
    RETURNING d.id, d.address_id, d.person_id, d.channel, d.template_id, d.errcode, d.claimed_at, d.is_broadcast,
              old.is_paid AS gets_back, old.state = 'claimed' AS goes_nowhere
)"""
    + _GIVE_BACK
)

# The address's next message, and whether only broadcasts wait.
_FREE = """
UPDATE addresses a SET claim = NULL, (next_due_at, is_bulk) = (
    SELECT min(w.due_at), COALESCE(bool_and(w.is_broadcast), FALSE) FROM deliveries w
    WHERE w.address_id = a.id AND w.state IN ('pending', 'deferred')
) WHERE {those}
"""
_FREE_ALL = _FREE.format(those="a.claim = ANY($1::uuid[])")
# A claim that ran out may belong to another worker by now, who looks again himself; what nobody holds gets in line for
# what is to be tried again, for the sweep could not know of it.
_FREE_SOME = _FREE.format(those="a.id = ANY($2::uuid[]) AND (a.claim = $1 OR a.claim IS NULL)")
_LOSE = """
UPDATE deliveries SET state = 'unknown', reason = 'no_answer', claim = NULL
WHERE claim = ANY($1::uuid[]) AND state = 'sending'
"""
_HELD = "SELECT id FROM addresses WHERE claim = ANY($1::uuid[])"
# Tells whether anything is left to give back; mostly all of it was settled.
_DROP = """
WITH dropped AS (DELETE FROM delivery_claims WHERE id = ANY($1::uuid[]))
SELECT EXISTS (SELECT FROM addresses WHERE claim = ANY($1::uuid[]))
    OR EXISTS (SELECT FROM deliveries WHERE claim = ANY($1::uuid[]))
"""
_BREAK = "UPDATE addresses SET state = 'broken', next_due_at = NULL WHERE id = ANY($1::uuid[]) AND state = 'live'"
_STOP = """
UPDATE message_templates SET state = 'stopped', reason = $2 WHERE template_id = $1 AND state = 'live'
"""
# Text messages have no list of templates that could be read: one stands here, by our name of it, while it is stopped.
_STOP_TEXT = f"""
INSERT INTO message_templates (template_id, account, title, is_long_term, fields, state, reason, seen_at)
VALUES ($1, '{SMS_ACCOUNT}', $1, FALSE, '{{}}', 'stopped', $2, $3) ON CONFLICT (template_id) DO NOTHING
"""

REFUSED_CREDIT: Final = 43101


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one call went; `state` is the delivery's next state, `due_at` only for a deferred one.

    What `ends_here` is not tried by another channel either.
    """

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
    concerns_all: bool = False
    ends_here: bool = False
    breaks_address: bool = False
    channel: Channel = "subscribe"
    rest: Rest = Rest.NONE
    trouble: Trouble | None = None


async def begin(ids: Sequence[UUID], claim: UUID, lease: timedelta) -> set[UUID]:
    """Commit that these calls are about to be made, and renew the claim; returns those that are still ours."""
    rows = await db.fetch(_BEGIN, list(ids), claim, clock.now(), lease)
    return {row["id"] for row in rows}


async def settle(outcomes: Sequence[Outcome], claim: UUID) -> None:
    """Write a slice's outcomes in one transaction and free its addresses; what is settled already stays as it is."""
    addresses = sorted({outcome.address_id for outcome in outcomes})
    async with db.transaction():
        await db.plan_once()
        await lock_addresses(addresses)
        moved = {row["id"] for row in await db.fetch(_MOVE, clock.now(), *_columns(outcomes))}
        ours = [outcome for outcome in outcomes if outcome.id in moved]
        refused = [(o.address_id, o.template_id) for o in ours if o.errcode == REFUSED_CREDIT]
        if refused:
            await empty_credits(refused, "refused")
        await break_off([o.address_id for o in ours if o.breaks_address])
        await _stop({o.template_id: o for o in ours if o.stops_template})
        await db.execute(_FREE_SOME, claim, addresses)
        await open_many([outcome.trouble for outcome in ours if outcome.trouble])


async def _stop(last: Mapping[str, Outcome]) -> None:
    """Use these templates no more until a person has looked."""
    for template_id, outcome in last.items():
        if outcome.channel == "sms":
            await db.execute(_STOP_TEXT, template_id, outcome.reason, clock.now())
        else:
            await db.execute(_STOP, template_id, outcome.reason)


async def release(claims: Sequence[UUID]) -> None:
    """End claims: what was not begun goes back with its credit; a call without an answer stays paid for, as unknown.

    Rows are locked in this order everywhere: claims, addresses, deliveries, credits.
    """
    async with db.transaction():
        if not await db.fetch_value(_DROP, list(claims)):
            return
        await lock_addresses([row["id"] for row in await db.fetch(_HELD, list(claims))])
        await db.fetch(_RETURN, clock.now(), list(claims))
        await db.execute(_LOSE, list(claims))
        await db.execute(_FREE_ALL, list(claims))


async def call_back(addresses: Sequence[UUID], state: str, reason: str) -> None:
    """Give up what waits for these addresses, which must be locked; a call that has begun can't be called back."""
    await db.fetch(_CALL_BACK, clock.now(), list(addresses), state, reason)


async def break_off(addresses: Sequence[UUID]) -> None:
    """Send nothing more to these addresses, which must be locked; what waits there takes another way.

    A sign-in mends a mini-program's, following again a service account's, proving the number again a phone's.
    """
    if addresses:
        await db.execute(_BREAK, list(addresses))
        await call_back(addresses, "suppressed", "address_broken")


def _columns(outcomes: Sequence[Outcome]) -> tuple[list[object], ...]:
    return (
        [o.id for o in outcomes],
        [o.state for o in outcomes],
        [o.reason for o in outcomes],
        [o.errcode for o in outcomes],
        [o.msgid for o in outcomes],
        [o.due_at for o in outcomes],
        [o.without_page for o in outcomes],
        [o.gives_back for o in outcomes],
        [o.ends_here for o in outcomes],
    )
