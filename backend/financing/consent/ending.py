"""How a consent ends before its time, and what ends with it: at once for the bank's next read, for good in the log."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from backend import audit, cases
from backend.access import Actor, ActorKind
from backend.financing import notices, writing
from backend.financing.events import Kind, NewEvent
from backend.financing.models import Application, Referral
from backend.financing.states import REFERRAL, ReferralState
from backend.financing.visibility import NAME
from backend.foundation import clock, db

CONSENTS: Final = "financing_consents"
ELSEWHERE: Final = "已由其他机构放款"
_WHY: Final = {ActorKind.OWNER: "企业已撤回授权"}
"""What a bank is told instead of the words of an owner."""
_SETTLED: Final = "融资需求已办结"
"""What a bank is told instead of another bank's doing."""

# Waits for every read that has begun: each holds a share of this row until it is committed and logged.
_LOCK: Final = "SELECT FROM financing_consents WHERE id = $1 AND revoked_at IS NULL FOR UPDATE"
# A statement of its own, so that it counts what those reads wrote.
_REVOKE: Final = """
UPDATE financing_consents SET revoked_at = $2, revoked_by = $3,
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


async def revoke(consent_id: UUID, actor: Actor) -> bool:
    """Take a consent back: once this commits no read of it succeeds, and none that did is missing in the count.

    The application is locked. False where it was taken back before.
    """
    if await db.fetch_one(_LOCK, consent_id) is None:
        return False
    reads = await db.fetch_value(_REVOKE, consent_id, clock.now(), actor.id)
    detail = {"reads": reads}
    await audit.record(
        actor, "financing.revoked", table=CONSENTS, row_id=consent_id, fields=("revoked_at",), detail=detail
    )
    return True


async def give_up(referral: Referral, reason: str, actor: Actor) -> None:
    """End a referral whose consent has ended, where it has not ended itself; its bank is told why.

    What an owner says is between him and those who read the log; the notice says that he took his consent back. Nor
    is a bank told that another was quicker. A drawing that it noted waits for the owner's word or the clock all the
    same: he may have the money.
    """
    why = _SETTLED if reason == ELSEWHERE else _WHY.get(actor.kind, reason)
    event = NewEvent(Kind.REVOKED, referral.id, reason)
    if referral.state is not ReferralState.DRAWING and REFERRAL.allows(referral.state, ReferralState.GIVEN_UP):
        was_routed = referral.routed_at is not None
        state = ReferralState.GIVEN_UP
        await writing.write_referral(referral, actor, "referrals.given_up", event, state=state, end_reason=reason)
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
    """Revoke every consent of a locked application, but those of some referrals, and end what goes on under them."""
    for row in await db.fetch(_OPEN, application.id):
        if row["id"] not in but:
            await revoke(row["consent_id"], actor)
            await give_up(await Referral.get(id=row["id"]), reason, actor)
