"""Sends what was consented to on to its bank, at most so many at once, in the order in which the owner named them."""

from typing import Final

from backend import worktime
from backend.access import SYSTEM, Actor
from backend.financing import notices, values, writing
from backend.financing.events import Kind, NewEvent
from backend.financing.models import Application, Referral
from backend.financing.states import SEEING, ReferralState
from backend.foundation import clock, db
from backend.foundation.logging import get_logger
from backend.foundation.numbers import public_number

log = get_logger(__name__)

# Whoever signed must still be good for it, the bank open and assessed, and a desk there: his own, or another by now.
_READY: Final = """
financing_referrals r JOIN financing_consents c ON c.id = r.consent_id
JOIN financing_institutions i ON i.id = r.institution_id AND i.is_open
CROSS JOIN LATERAL (
    SELECT d.id FROM financing_desks d
    WHERE d.institution_id = r.institution_id AND d.closed_at IS NULL
      AND (d.id = r.desk_id OR d.districts = '{}' OR r.district = ANY (d.districts))
    ORDER BY d.id <> r.desk_id, d.districts = '{}', d.created_at, d.id LIMIT 1) desk
WHERE r.state = 'consented' AND c.revoked_at IS NULL AND c.expires_at > $1 AND EXISTS (
    SELECT FROM financing_assessments s WHERE s.institution_id = r.institution_id
      AND s.valid_until >= ($1 AT TIME ZONE 'Asia/Shanghai')::date) AND EXISTS (
    SELECT FROM bindings b WHERE b.person_id = c.person_id AND b.enterprise_id = c.enterprise_id
      AND b.state = 'active' AND b.role IN ('representative', 'manager') AND (b.until IS NULL OR b.until > $1))
"""
_NEXT: Final = f"""
SELECT r.id, desk.id AS desk_id FROM {_READY} AND r.application_id = $2 ORDER BY r.position LIMIT $3
"""
# Whoever looks a second time looks too, until his time for it is over.
_SEEING: Final = """
SELECT count(*) FROM financing_referrals s WHERE s.application_id = {} AND (s.state = ANY ($2::text[]) OR EXISTS (
    SELECT FROM financing_second_looks l WHERE l.referral_id = s.id AND l.outcome IS NULL AND l.bank_by > $1))
"""
# What was held up by something that is none of the application's own: a bank that paused, a signer who proves himself.
_HELD_UP: Final = f"""
SELECT DISTINCT r.application_id FROM {_READY} AND ({_SEEING.format("r.application_id")}) < $3 LIMIT $4
"""
_AT_A_TIME: Final = 100
PREFIX: Final = "DJ"
"""Of a referral's number; it bears the day on which its bank got it, for an older one tells that others were before."""


async def route(application: Application, actor: Actor) -> int:
    """Send on to the next banks as many as may look; the application is locked. Returns how many."""
    rows = await db.fetch(_NEXT, clock.now(), application.id, await places(application))
    if not rows:
        return 0
    calendar, days = await worktime.current(), await values.of("accept_days")
    for row in rows:
        referral = await Referral.get(id=row["id"])
        moment = clock.now()
        accept_by = calendar.add_days(moment, days).at
        columns = {"routed_at": moment, "accept_by": accept_by, "desk_id": row["desk_id"]}
        if referral.created_at.astimezone(clock.SHANGHAI).date() != clock.today():
            columns["number"] = await public_number(PREFIX)
        event = NewEvent(Kind.ROUTED, referral.id)
        state = ReferralState.ROUTED
        await writing.write_referral(referral, actor, "referrals.routed", event, state=state, **columns)
        await notices.routed(referral)
    return len(rows)


async def places(application: Application) -> int:
    """Return how many more banks may look at a locked application."""
    taken: int = await db.fetch_value(_SEEING.format("$3"), clock.now(), [*SEEING], application.id)
    return max(0, await values.of("banks_at_once") - taken)


async def sweep() -> int:
    """Send on what nothing holds up any more, though nothing happened to its application; returns how many.

    One that fails holds no other.
    """
    rows = await db.fetch(_HELD_UP, clock.now(), [*SEEING], await values.of("banks_at_once"), _AT_A_TIME)
    sent = 0
    for row in rows:
        try:
            async with writing.changing(row["application_id"], SYSTEM) as application:
                sent += await route(application, SYSTEM)
        except Exception:
            log.exception("financing.routing_failed", application=str(row["application_id"]))
    return sent
