"""Sends again to those whom a broadcast did not reach, and to nobody else.

The inbox entry and its key stay: only a further try is made. Whoever got one, may have got one, or still waits for one
gets none; nor does whoever refuses such messages by now, for the claim decides about a further try as about any other.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from backend import audit, runtime
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.states import WrongState
from backend.notifications.broadcasts.errors import TooLate, TooSoon
from backend.notifications.broadcasts.rows import BY_INDEX, RELEASE, TABLE, Broadcast, locked
from backend.notifications.broadcasts.states import BROADCAST, BroadcastState
from backend.notifications.telling import JOB, WORTH_PUSHING

PATIENCE: Final = timedelta(minutes=10)

# Of a try `{0}`: its person has none, of the broadcast $1, that reached or may yet reach him.
_GOT_NONE: Final = """{0}.data IS NOT NULL AND {0}.data <> '{{}}' AND NOT EXISTS (
        SELECT FROM deliveries o WHERE o.broadcast_id = $1 AND o.id >= $1 AND o.person_id = {0}.person_id
            AND (o.state NOT IN ('refused', 'failed', 'suppressed', 'expired') OR o.onward IS NOT NULL
                 OR o.reason = 'in_digest'))"""
# Without the sort of `_AGAIN`: whoever got none has only tries of these states.
_ANYBODY: Final = f"""
SELECT EXISTS (
    SELECT FROM deliveries d WHERE d.broadcast_id = $1 AND d.id >= $1 AND d.channel = 'subscribe'
        AND d.state IN ('refused', 'failed', 'suppressed', 'expired') AND {_GOT_NONE.format("d")}
        AND EXISTS (SELECT FROM addresses a
                    WHERE a.person_id = d.person_id AND a.state = 'live' AND a.channel = 'subscribe'))
"""
# $1 the broadcast, $2 now, $3 until when it is worth pushing. The last try of somebody with none that reached or may
# yet reach him, by the address that allows the template, else the one he used last.
_AGAIN: Final = f"""
WITH missed AS MATERIALIZED (
    SELECT DISTINCT ON (d.person_id) d.* FROM deliveries d
    WHERE d.broadcast_id = $1 AND d.id >= $1 AND d.channel = 'subscribe'
    ORDER BY d.person_id, d.id DESC
), further AS MATERIALIZED (
    SELECT m.*, uuidv7() AS further_id, a.address_id AS further_address FROM missed m
    CROSS JOIN LATERAL (
        SELECT a.id AS address_id FROM addresses a
        LEFT JOIN message_templates t ON t.account = a.account AND t.title = m.template AND t.state = 'live'
        LEFT JOIN credits c ON c.address_id = a.id AND c.template_id = t.template_id
        WHERE a.person_id = m.person_id AND a.state = 'live' AND a.channel = 'subscribe'
        ORDER BY COALESCE(c.balance > 0 OR c.is_standing, FALSE) DESC, a.seen_at DESC, a.id LIMIT 1
    ) a
    WHERE {_GOT_NONE.format("m")}
), written AS (
    INSERT INTO deliveries (id, inbox_id, person_id, address_id, kind, template, data, page, is_broadcast, is_urgent,
                            subject, enterprise_id, broadcast_id, state, due_at, not_after, created_at)
    SELECT further_id, inbox_id, person_id, further_address, kind, template, data, page, is_broadcast, is_urgent,
           subject, enterprise_id, $1, 'pending', $2, $3, $2
    FROM further
    RETURNING id, address_id, due_at, is_broadcast
)
INSERT INTO due_notes (delivery_id, address_id, due_at, is_bulk) SELECT * FROM written
"""
_REOPEN: Final = """
UPDATE broadcasts SET state = 'sending', ended_at = NULL, resumed_at = $2, actual = NULL WHERE id = $1
"""


async def resend(broadcast_id: UUID, *, actor: Actor) -> int:
    """Try again whoever was not reached and return how many that is; the broadcast is being sent again until then.

    Raises WrongState for one that is not sending or done, TooLate past the end of what it is about, TooSoon when it
    went on a moment ago: who cannot be reached would get a further try by every click.
    """
    async with db.transaction():
        one = await locked(broadcast_id, actor, RELEASE)
        if one.state not in (BroadcastState.SENDING, BroadcastState.DONE) or one.schedule == "recurring":
            raise WrongState(BROADCAST, one.state, BroadcastState.SENDING)
        count = await _again(one)
        detail = {"recipients": count}
        await audit.record(actor, "broadcasts.resent", table=TABLE, row_id=one.id, fields=("state",), detail=detail)
    return count


async def is_anybody_missed(broadcast_id: UUID) -> bool:
    """Tell whether a resend would try anybody again; one after which nobody is, is not worth offering."""
    async with db.transaction():
        await db.execute(BY_INDEX)
        return bool(await db.fetch_value(_ANYBODY, broadcast_id))


def is_too_soon(resumed_at: datetime | None) -> bool:
    """Tell whether a broadcast went on too short a time ago to be sent again."""
    return resumed_at is not None and clock.now() < resumed_at + PATIENCE


async def _again(one: Broadcast) -> int:
    moment = clock.now()
    until = min(one.not_after or moment + WORTH_PUSHING, moment + WORTH_PUSHING)
    if until <= moment:
        raise TooLate
    if is_too_soon(one.resumed_at):
        raise TooSoon
    count = await db.execute(_AGAIN, one.id, moment, until)
    if count:
        await db.execute(_REOPEN, one.id, moment)
        db.after_commit(_wake)
    return count


async def _wake() -> None:
    await runtime.current().wake_ups.wake(JOB)
