"""How a consent ends before its time, and what ends with it: at once for the bank's next read, for good in the log."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from backend import audit, cases
from backend.access import Actor
from backend.financing import notices, outcomes, writing
from backend.financing.events import Kind, NewEvent
from backend.financing.models import Application, Referral
from backend.financing.outcomes import CEASED, NEED_OVER, SIGNER_GONE
from backend.financing.states import REFERRAL, ReferralState
from backend.financing.visibility import NAME
from backend.foundation import clock, db

CONSENTS: Final = "financing_consents"
TAKEN_BACK: Final = "企业已撤回授权"
"""What a bank is told instead of the words of an owner."""

# Waits for every read that has begun: each holds a share of this row until it is committed and logged.
_LOCK: Final = "SELECT FROM financing_consents WHERE id = $1 AND revoked_at IS NULL FOR UPDATE"
# A statement of its own, so that it counts what those reads wrote.
_REVOKE: Final = """
UPDATE financing_consents SET revoked_at = $2, revoked_by = $3, ended_with_need = $4,
    reads_before_revoke = (SELECT count(*) FROM financing_reads WHERE consent_id = $1)
WHERE id = $1 RETURNING reads_before_revoke
"""
_END_LOOK: Final = """
UPDATE financing_second_looks SET outcome = 'ended', answered_at = $2 WHERE referral_id = $1 AND outcome IS NULL
"""
_OPEN: Final = """
SELECT r.id, r.consent_id FROM financing_referrals r JOIN financing_consents c ON c.id = r.consent_id
WHERE r.application_id = $1 AND c.revoked_at IS NULL ORDER BY r.position
"""


async def revoke(consent_id: UUID, actor: Actor, *, with_need: bool = False) -> bool:
    """End a consent: once this commits no read of it succeeds, and none that did is missing in the count.

    The application is locked. `with_need`: nobody took it back, the need is over. False where it ended so before.
    """
    if await db.fetch_one(_LOCK, consent_id) is None:
        return False
    reads = await db.fetch_value(_REVOKE, consent_id, clock.now(), actor.id, with_need)
    detail = {"reads": reads}
    await audit.record(
        actor, "financing.revoked", table=CONSENTS, row_id=consent_id, fields=("revoked_at",), detail=detail
    )
    return True


async def take_back(consent_id: UUID, referral_id: UUID, reason: str, actor: Actor) -> bool:
    """Take a consent of a locked application back for its owner; what he says is between him and who reads the log."""
    if not await revoke(consent_id, actor):
        return False
    event = NewEvent(Kind.REVOKED, referral_id, outcomes.said(reason))
    await _end(await Referral.get(id=referral_id), event, TAKEN_BACK, actor)
    return True


async def lapse(referral: Referral, reason: str, actor: Actor) -> None:
    """End a consent for which nobody stands any more; how its signer went is not his bank's matter."""
    await revoke(referral.consent_id, actor)
    await _end(referral, NewEvent(Kind.CONSENT_ENDED, referral.id, reason), SIGNER_GONE, actor)


async def _end(referral: Referral, event: NewEvent, why: str, actor: Actor) -> None:
    """End a referral whose consent has ended, where it has not ended itself, and tell its bank.

    A drawing that it noted waits for the owner's word or the clock all the same: he may have the money.
    """
    if referral.state is not ReferralState.DRAWING and REFERRAL.allows(referral.state, ReferralState.GIVEN_UP):
        was_routed = referral.routed_at is not None
        state = ReferralState.GIVEN_UP
        await writing.write_referral(referral, actor, "referrals.given_up", event, state=state, end_reason=event.body)
        if was_routed:
            await notices.given_up(referral, why)
    else:
        await writing.append(referral.application_id, actor, event)
        await end_look(referral, why, actor)
        await notices.given_up(referral, why)


async def end_look(referral: Referral, why: str, actor: Actor) -> bool:
    """End a second look that is open, with its case; False where there is none."""
    if not await db.execute(_END_LOOK, referral.id, clock.now()):
        return False
    await cases.drop(NAME, referral.id, f"二次对接终止：{why}", actor=actor)
    return True


async def end_referrals(application: Application, reason: str, actor: Actor, *, but: Collection[UUID] = ()) -> None:
    """End every consent of a locked application whose need is over, but those of some referrals, and what hangs on it.

    A bank is told that the need is over and not how: whether its owner withdrew it, let it pass or took another's loan
    is his matter. That an enterprise is no more everybody may know.
    """
    why = reason if reason == CEASED else NEED_OVER
    for row in await db.fetch(_OPEN, application.id):
        if row["id"] not in but:
            await revoke(row["consent_id"], actor, with_need=True)
            event = NewEvent(Kind.CONSENT_ENDED, row["id"], reason)
            await _end(await Referral.get(id=row["id"]), event, why, actor)
