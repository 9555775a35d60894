"""What the clock does: a bank that lets its time pass makes room for the next, and the bureau is told.

It is no refusal: the referral's outcome is unknown, also where a loan was offered and nobody said what came of
it. A bank that comes back may take it up again while its consent holds and a place is free.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from backend.access import SYSTEM
from backend.financing import messages, notices, writing
from backend.financing.consent import consenting
from backend.financing.events import Kind, NewEvent
from backend.financing.models import Application, Referral
from backend.financing.outcomes import NOT_ACCEPTED, NOT_DECIDED, NOT_DRAWN, RUN_OUT
from backend.financing.referrals import routing
from backend.financing.states import RUNNING, SEEING, ReferralState
from backend.foundation import clock, db
from backend.foundation.logging import get_logger

log = get_logger(__name__)

_AT_A_TIME: Final = 100

_DUE: Final = """
SELECT r.id FROM financing_referrals r JOIN financing_consents c ON c.id = r.consent_id
WHERE (r.state = 'routed' AND r.accept_by <= $1)
   OR (r.state IN ('accepted', 'contacted', 'due_diligence') AND r.decide_by <= $1)
   OR (r.state = 'approved' AND r.draw_by <= $1)
   OR (r.state IN ('consented', 'routed', 'accepted', 'contacted', 'due_diligence', 'approved') AND c.expires_at <= $1)
ORDER BY r.id LIMIT $2
"""
_ENDS: Final = "SELECT expires_at FROM financing_consents WHERE id = $1"


async def sweep() -> int:
    """End what banks let pass, each in a transaction of its own; returns how many. One that fails holds no other."""
    ended = 0
    for row in await db.fetch(_DUE, clock.now(), _AT_A_TIME):
        try:
            ended += await _end(row["id"])
        except Exception:
            log.exception("financing.overdue_failed", referral=str(row["id"]))
    return ended


async def _end(referral_id: UUID) -> bool:
    async with db.transaction():
        application, referral = await writing.locked_referral(referral_id, SYSTEM)
        reason = _reason(referral, await db.fetch_value(_ENDS, referral.consent_id))
        if reason is None:
            return False
        unknown = referral.state is not ReferralState.CONSENTED
        state = ReferralState.UNKNOWN if unknown else ReferralState.GIVEN_UP
        event = NewEvent(Kind.OVERDUE, referral.id, reason)
        await writing.write_referral(referral, SYSTEM, "referrals.overdue", event, state=state, end_reason=reason)
        await _tell(application, referral, reason)
        await routing.route(application, SYSTEM)
        await consenting.settle(application, SYSTEM)
        return True


def _reason(referral: Referral, consent_ends: datetime) -> str | None:
    """Say why a referral ends by the clock; None where somebody was quicker."""
    moment = clock.now()
    if referral.state is ReferralState.ROUTED and referral.accept_by and referral.accept_by <= moment:
        return NOT_ACCEPTED
    if referral.state in RUNNING and referral.decide_by and referral.decide_by <= moment:
        return NOT_DECIDED
    if referral.state is ReferralState.APPROVED and referral.draw_by and referral.draw_by <= moment:
        return NOT_DRAWN
    waits = referral.state in (ReferralState.CONSENTED, *SEEING) and referral.state is not ReferralState.DRAWING
    return RUN_OUT if waits and consent_ends <= moment else None


async def _tell(application: Application, referral: Referral, reason: str) -> None:
    await messages.moved(application, referral)
    if reason != RUN_OUT:
        await notices.overdue(application, referral, reason)
