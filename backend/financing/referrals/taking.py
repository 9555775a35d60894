"""What acts of a bank on a referral have in common: its permission, the locks, a consent that holds, the next clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from backend.access import Actor
from backend.financing import errors, values, writing
from backend.financing.events import Kind, NewEvent
from backend.financing.models import Application, Referral
from backend.financing.referrals import routing
from backend.financing.states import ApplicationState
from backend.foundation import clock, db

HANDLE: Final = "referrals.handle"

_LIVE: Final = "SELECT revoked_at, expires_at FROM financing_consents WHERE id = $1 FOR SHARE"


@asynccontextmanager
async def handling(referral_id: UUID, actor: Actor, version: int) -> AsyncIterator[tuple[Application, Referral]]:
    """Lock a referral for its bank, under a consent that holds.

    Raises ReferralUnknown, ReferralChanged, ConsentRevoked, ConsentExpired.
    """
    actor.require(HANDLE)
    async with db.transaction():
        application, referral = await writing.locked_referral(referral_id, actor, version=version)
        await check_consent(referral)
        yield application, referral


async def check_consent(referral: Referral) -> None:
    """Raise ConsentRevoked or ConsentExpired; the consent stays as it is until the caller's transaction ends."""
    consent = await db.fetch_one(_LIVE, referral.consent_id)
    if consent is None or consent["revoked_at"] is not None:
        raise errors.ConsentRevoked
    if consent["expires_at"] <= clock.now():
        raise errors.ConsentExpired


async def take_up_again(application: Application, actor: Actor, *, needs_place: bool = False) -> None:
    """Let a bank come back to an application that is not over; raises ApplicationOver, NoPlace."""
    if application.state not in (ApplicationState.OPEN, ApplicationState.CHOSEN):
        raise errors.ApplicationOver
    if needs_place and not await routing.places(application):
        raise errors.NoPlace
    if application.state is ApplicationState.OPEN:
        event, state = NewEvent(Kind.CHOSEN_AGAIN), ApplicationState.CHOSEN
        await writing.write(application, actor, "financing.chosen", event, state=state)


async def approved(referral: Referral) -> dict[str, Any]:
    """Return the columns of a referral that is approved now: until when it is to be drawn, and when it was decided.

    That stays the first decision: what is bettered later, or changed by a second look, does not make its bank slower.
    """
    moment = clock.now()
    draw_by = moment + timedelta(days=await values.of("draw_days"))
    return {"decided_at": referral.decided_at or moment, "draw_by": draw_by}
