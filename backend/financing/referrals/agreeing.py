"""An owner agrees to what is worse in an offer than in the one before: nothing is drawn on it until then.

A bank may offer less once its word has run out, also where it overturns its refusal; an owner who is glad of the second
look, or says nothing, is not to find that out at the counter.
"""

from typing import Final
from uuid import UUID

from backend.access import Actor
from backend.financing import errors, notices, writing
from backend.financing.events import Kind, NewEvent
from backend.financing.models import Referral
from backend.financing.states import ReferralState
from backend.foundation import clock, db

_AGREE: Final = """
UPDATE financing_offers SET agreed_at = $2 WHERE referral_id = $1 AND behind IS NOT NULL AND agreed_at IS NULL
  AND edition = (SELECT max(edition) FROM financing_offers WHERE referral_id = $1)
"""


async def agree(referral_id: UUID, *, actor: Actor, version: int) -> Referral:
    """Agree as the owner to the differences that he read; `version` is that of the referral beside which they stood.

    Raises ReferralUnknown, ReferralChanged, NothingToAgree.
    """
    async with db.transaction():
        _, referral = await writing.locked_referral(referral_id, actor, version=version)
        is_offered = referral.state is ReferralState.APPROVED
        if not is_offered or not await db.execute(_AGREE, referral_id, clock.now()):
            raise errors.NothingToAgree
        event = NewEvent(Kind.DIFFERENCES_AGREED, referral.id)
        await writing.write_referral(referral, actor, "referrals.differences_agreed", event)
        await notices.agreed(referral)
    return referral
