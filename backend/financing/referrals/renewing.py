"""After the drawing: a reminder before the loan falls due, and a renewal that asks nothing which is known."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.access import SYSTEM, Actor
from backend.financing import applying, errors, evidence, messages, values, writing
from backend.financing.applying import Asked, Standard
from backend.financing.events import Kind, NewEvent
from backend.financing.models import Application, Referral
from backend.financing.states import ReferralState
from backend.foundation import clock, db
from backend.foundation.logging import get_logger

log = get_logger(__name__)

_DUE: Final = """
SELECT r.id FROM financing_referrals r JOIN financing_applications a ON a.id = r.application_id
JOIN enterprises e ON e.id = a.enterprise_id AND e.closed_at IS NULL
WHERE r.state = 'drawn' AND r.reminded_at IS NULL AND r.due_on > $1 AND r.due_on <= $2
ORDER BY r.due_on, r.id LIMIT $3
"""
_NOTE: Final = """
UPDATE financing_referrals SET reminded_at = $2 WHERE id = $1 AND state = 'drawn' AND reminded_at IS NULL
"""
_AT_A_TIME: Final = 200


async def remind() -> int:
    """Remind once of every loan that falls due within the time of notice; returns how many were reminded of."""
    today, days = clock.today(), await values.of("renewal_notice_days")
    told = 0
    for row in await db.fetch(_DUE, today, today + timedelta(days=days), _AT_A_TIME):
        try:
            told += await _remind(row["id"])
        except Exception:
            log.exception("financing.reminder_failed", referral=str(row["id"]))
    return told


async def _remind(referral_id: UUID) -> bool:
    async with db.transaction():
        if not await db.execute(_NOTE, referral_id, clock.now()):
            return False
        referral = await Referral.get(id=referral_id)
        await messages.renewal(await Application.get(id=referral.application_id), referral)
        return True


async def begin(referral_id: UUID, *, actor: Actor) -> Application:
    """Draft the renewal of a loan from what is known of it: amount as drawn, the rest as it was asked for.

    Raises ReferralUnknown, NotDrawn, TooManyOpen.
    """
    async with db.transaction():
        application, referral = await writing.locked_referral(referral_id, actor)
        if referral.state is not ReferralState.DRAWN or referral.drawn_wan is None:
            raise errors.NotDrawn
        standards = {key: Standard(one["is_met"], one["evidence"]) for key, one in application.standards.items()}
        asked = Asked(
            referral.drawn_wan,
            application.months,
            "renewal",
            tuple(application.collateral),
            application.repayment,
            application.is_listed,
            standards,
        )
        made = await applying.draft(asked, actor=actor, follows_id=referral.id)
        await evidence.take_over(application.id, made.id)
        return made


async def renewed(referral_id: UUID, actor: Actor) -> None:
    """Note that another loan took the place of this one; called where that is drawn."""
    _, referral = await writing.locked_referral(referral_id, SYSTEM)
    if referral.state is ReferralState.DRAWN:
        event = NewEvent(Kind.RENEWED, referral.id)
        await writing.write_referral(referral, actor, "referrals.renewed", event, state=ReferralState.RENEWED)
