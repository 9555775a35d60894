"""Who signed no longer stands for the enterprise: his consents end, so that no bank waits or is late for nothing.

A reading is refused from the moment in which he goes (`reading`); this ends what hangs on it. Whoever has to prove
himself again (`read_only`) has his time for that: until then nothing is read and nothing ends.
"""

from typing import Final
from uuid import UUID

from backend.access import SYSTEM
from backend.financing import writing
from backend.financing.consent import consenting, ending
from backend.financing.outcomes import SIGNER_GONE
from backend.financing.referrals import routing
from backend.financing.states import SEEING, ReferralState
from backend.foundation import clock, db
from backend.foundation.logging import get_logger

log = get_logger(__name__)

_AT_A_TIME: Final = 100

_WITHOUT: Final = """
SELECT r.id FROM financing_referrals r JOIN financing_consents c ON c.id = r.consent_id
WHERE c.revoked_at IS NULL AND c.expires_at > $1 AND (r.state = ANY ($2::text[]) OR EXISTS (
    SELECT FROM financing_second_looks l WHERE l.referral_id = r.id AND l.outcome IS NULL))
  AND NOT EXISTS (
    SELECT FROM bindings b WHERE b.person_id = c.person_id AND b.enterprise_id = c.enterprise_id
      AND b.state IN ('active', 'read_only') AND b.role IN ('representative', 'manager')
      AND (b.until IS NULL OR b.until > $1))
  AND ($3::uuid IS NULL OR r.id = $3)
ORDER BY r.id LIMIT $4
"""


async def sweep() -> int:
    """End the consents of those who have gone, each in a transaction of its own; returns how many."""
    ended = 0
    for row in await _without():
        try:
            ended += await _end(row)
        except Exception:
            log.exception("financing.signer_failed", referral=str(row))
    return ended


async def _without(referral_id: UUID | None = None) -> list[UUID]:
    states = [ReferralState.CONSENTED, *SEEING]
    return [row["id"] for row in await db.fetch(_WITHOUT, clock.now(), states, referral_id, _AT_A_TIME)]


async def _end(referral_id: UUID) -> bool:
    async with db.transaction():
        application, referral = await writing.locked_referral(referral_id, SYSTEM)
        if not await _without(referral_id):  # he was bound again, or somebody was quicker
            return False
        await ending.lapse(referral, SIGNER_GONE, SYSTEM)
        await routing.route(application, SYSTEM)
        await consenting.settle(application, SYSTEM)
        return True
