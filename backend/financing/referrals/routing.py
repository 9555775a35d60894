"""Sends what was consented to on to its bank, at most so many at once, in the order in which the owner named them."""

from typing import Final

from backend import worktime
from backend.access import Actor
from backend.financing import notices, values, writing
from backend.financing.events import Kind, NewEvent
from backend.financing.models import Application, Referral
from backend.financing.states import SEEING, ReferralState
from backend.foundation import clock, db

# Whoever signed must still be good for it, and the bank still open.
_NEXT: Final = """
SELECT r.id FROM financing_referrals r JOIN financing_consents c ON c.id = r.consent_id
WHERE r.application_id = $1 AND r.state = 'consented' AND c.revoked_at IS NULL AND c.expires_at > $2
ORDER BY r.position LIMIT $3
"""
# Whoever looks a second time looks too.
_SEEING: Final = """
SELECT count(*) FROM financing_referrals r WHERE r.application_id = $1 AND (r.state = ANY ($2::text[]) OR EXISTS (
    SELECT FROM financing_second_looks l WHERE l.referral_id = r.id AND l.outcome IS NULL))
"""


async def route(application: Application, actor: Actor) -> int:
    """Send on to the next banks as many as may look; the application is locked. Returns how many."""
    rows = await db.fetch(_NEXT, application.id, clock.now(), await places(application))
    if not rows:
        return 0
    calendar, days = await worktime.current(), await values.of("accept_days")
    for row in rows:
        referral = await Referral.get(id=row["id"])
        moment = clock.now()
        columns = {"routed_at": moment, "accept_by": calendar.add_days(moment, days).at}
        event = NewEvent(Kind.ROUTED, referral.id)
        state = ReferralState.ROUTED
        await writing.write_referral(referral, actor, "referrals.routed", event, state=state, **columns)
        await notices.routed(referral)
    return len(rows)


async def places(application: Application) -> int:
    """Return how many more banks may look at a locked application."""
    taken: int = await db.fetch_value(_SEEING, application.id, [*SEEING])
    return max(0, await values.of("banks_at_once") - taken)
