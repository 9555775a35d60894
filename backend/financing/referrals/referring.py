"""What a bank does with a referral: takes it, gets in touch, looks closer, offers or refuses; `drawing` is paying out.

Every refusal has a code of the list, words, and what would change it. Whoever has not got that far is told by the move
that isn't known.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from backend import worktime
from backend.access import Actor
from backend.financing import checking, errors, messages, values, writing
from backend.financing.codes import REFUSALS
from backend.financing.consent import consenting
from backend.financing.events import Kind, NewEvent
from backend.financing.models import Referral
from backend.financing.outcomes import NOTED
from backend.financing.referrals import offers, routing, standing_by, taking
from backend.financing.referrals.offers import Offer
from backend.financing.states import RUNNING, ReferralState
from backend.foundation import clock
from backend.foundation.errors import FieldError


async def accept(referral_id: UUID, *, actor: Actor, version: int) -> Referral:
    """Take a referral, also late where a place is free; from now on the decision's clock runs. Raises NoPlace."""
    async with taking.handling(referral_id, actor, version) as (application, referral):
        if referral.state is ReferralState.UNKNOWN:
            await taking.take_up_again(application, actor, needs_place=True)
        calendar, moment = await worktime.current(), clock.now()
        columns = {
            "accepted_at": moment,
            "handler_id": actor.id,
            "end_reason": "",
            "decided_at": None,
            "draw_by": None,
            "decide_by": calendar.add_days(moment, await values.of("decide_days")).at,
        }
        event, state = NewEvent(Kind.ACCEPTED, referral.id), ReferralState.ACCEPTED
        await writing.write_referral(referral, actor, "referrals.accepted", event, state=state, **columns)
        await messages.moved(application, referral)
    return referral


async def contact(referral_id: UUID, *, actor: Actor, version: int) -> Referral:
    """Note that the bank has spoken with the owner."""
    return await _step(referral_id, ReferralState.CONTACTED, actor, version, contacted_at=clock.now())


async def investigate(referral_id: UUID, *, actor: Actor, version: int) -> Referral:
    """Note that the bank looks closer."""
    return await _step(referral_id, ReferralState.DUE_DILIGENCE, actor, version)


_STEPS: Final = {
    ReferralState.CONTACTED: (Kind.CONTACTED, "referrals.contacted"),
    ReferralState.DUE_DILIGENCE: (Kind.INVESTIGATED, "referrals.investigated"),
}


async def _step(referral_id: UUID, state: ReferralState, actor: Actor, version: int, **columns: Any) -> Referral:
    kind, action = _STEPS[state]
    async with taking.handling(referral_id, actor, version) as (_, referral):
        event = NewEvent(kind, referral.id)
        await writing.write_referral(referral, actor, action, event, state=state, **columns)
    return referral


async def offer(referral_id: UUID, terms: Offer, *, actor: Actor, version: int) -> Referral:
    """Offer a loan on terms that are reckoned now, or better them; what still holds is never worsened.

    Raises ContentWrong, TermsWrong, NoLpr.
    """
    made = await terms.reckoned()
    async with taking.handling(referral_id, actor, version) as (application, referral):
        await standing_by.check_no_worse(referral.id, made)  # also when its day for drawing has passed
        behind = await standing_by.behind(referral.id, made)
        edition = await offers.keep(referral, made, actor, behind)
        event = NewEvent(Kind.APPROVED, referral.id, data={"edition": edition})
        state = None if referral.state is ReferralState.APPROVED else ReferralState.APPROVED
        if referral.state is ReferralState.REJECTED:  # only a second look overturns it
            raise errors.NotInHand("该对接已作出未通过的决定；如需改变须经二次对接。")
        if referral.state is ReferralState.DRAWING:  # only its owner brings it back to an offer
            raise errors.NotInHand("放款待企业确认，不能改动报价。")
        columns = await taking.approved(referral)
        await writing.write_referral(referral, actor, "referrals.approved", event, state=state, **columns)
        await messages.moved(application, referral, is_worse=behind is not None)
    return referral


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a bank refuses: a code, its words, and what would change it."""

    code: str
    words: str
    remedy: str

    def check(self) -> None:
        """Raise RefusalIncomplete naming what is missing."""
        checking.refuse(errors.RefusalIncomplete, self._wrong())

    def _wrong(self) -> Iterator[FieldError]:
        if self.code not in REFUSALS:
            yield FieldError("code", "unknown", f"原因代码只能是：{'、'.join(REFUSALS)}。")
        yield from checking.words("words", self.words, "请写明理由。")
        yield from checking.words("remedy", self.remedy, "请说明怎样可以改变结果。")


async def refuse(referral_id: UUID, refusal: Refusal, *, actor: Actor, version: int) -> Referral:
    """Refuse with its grounds; the next bank in line gets its turn. Raises RefusalIncomplete."""
    refusal.check()
    async with taking.handling(referral_id, actor, version) as (application, referral):
        columns = {
            "refusal_code": refusal.code,
            "refusal_words": refusal.words,
            "refusal_remedy": refusal.remedy,
            "decided_at": clock.now(),
        }
        event = NewEvent(Kind.REJECTED, referral.id, refusal.words, {"code": refusal.code})
        state = ReferralState.REJECTED
        await writing.write_referral(referral, actor, "referrals.rejected", event, state=state, **columns)
        await messages.moved(application, referral)
        await routing.route(application, actor)
        await consenting.settle(application, actor)
    return referral


async def give_up(referral_id: UUID, words: str, *, actor: Actor, version: int) -> Referral:
    """Note that the owner told the bank he gives it up: he is told of it, and it counts as no refusal.

    A bank that has not even taken the referral has nothing to note. Raises RefusalIncomplete without words.
    """
    checking.refuse(errors.RefusalIncomplete, checking.words("words", words, "请写明企业何时、以何种方式表示放弃。"))
    async with taking.handling(referral_id, actor, version) as (application, referral):
        if referral.state not in (*RUNNING, ReferralState.APPROVED):
            raise errors.NotInHand("只有办理中或已授信的对接可以登记企业放弃。")
        event, state = NewEvent(Kind.GIVEN_UP, referral.id, words), ReferralState.GIVEN_UP
        reason = f"{NOTED}{words}"
        await writing.write_referral(referral, actor, "referrals.given_up", event, state=state, end_reason=reason)
        await messages.moved(application, referral)
        await routing.route(application, actor)
        await consenting.settle(application, actor)
    return referral
