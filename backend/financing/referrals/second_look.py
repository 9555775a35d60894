"""A second look at a refusal: the bureau gets in touch, the bank answers once more, and what came of it is counted.

Nobody overturns a refusal but the bank itself. The bureau's part is a case like any other, with its own clock.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend import cases, worktime
from backend.access import SYSTEM, Actor
from backend.financing import checking, errors, messages, notices, values, writing
from backend.financing.codes import REFUSALS
from backend.financing.consent import ending
from backend.financing.events import Kind, NewEvent
from backend.financing.models import Application, Referral
from backend.financing.outcomes import RUN_OUT
from backend.financing.referrals import offers, routing, standing_by, taking
from backend.financing.referrals.offers import Offer
from backend.financing.states import ApplicationState, ReferralState
from backend.financing.visibility import NAME
from backend.foundation import clock, db
from backend.foundation.logging import get_logger

log = get_logger(__name__)

MEDIATE: Final = "financing.mediate"
CATEGORY: Final = "help_financing"

_ASK: Final = """
INSERT INTO financing_second_looks (referral_id, words, asked_by, asked_at, case_id, contact_by, bank_by)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
"""
_OPEN: Final = "SELECT bank_by FROM financing_second_looks WHERE referral_id = $1 AND outcome IS NULL FOR UPDATE"
_KNOWN: Final = "SELECT EXISTS (SELECT FROM financing_second_looks WHERE referral_id = $1)"
_CONTACT: Final = """
UPDATE financing_second_looks SET mediator_id = $2, contacted_at = $3
WHERE referral_id = $1 AND outcome IS NULL AND contacted_at IS NULL
"""
_ANSWER: Final = """
UPDATE financing_second_looks SET outcome = $2, answer = $3, answered_at = $4 WHERE referral_id = $1
"""
# Each side has a clock of its own, and each is told of once.
_LATE: Final = """
outcome IS NULL AND ((bank_by <= $1 AND (late_told_at IS NULL OR late_told_at < bank_by))
    OR (late_told_at IS NULL AND contacted_at IS NULL AND contact_by <= $1))
"""
_WHO_IS: Final = f"SELECT referral_id FROM financing_second_looks WHERE {_LATE} ORDER BY referral_id LIMIT 100"
_TOLD: Final = f"""
UPDATE financing_second_looks SET late_told_at = $1 WHERE referral_id = $2 AND {_LATE} RETURNING bank_by <= $1
"""
_RUN_OUT: Final = """
SELECT l.referral_id FROM financing_second_looks l JOIN financing_referrals r ON r.id = l.referral_id
JOIN financing_consents c ON c.id = r.consent_id
WHERE l.outcome IS NULL AND c.expires_at <= $1 ORDER BY l.referral_id
"""
NOT_CONTACTED: Final = "的二次对接，工作人员逾期未联系"
NOT_ANSWERED: Final = "二次对接逾期未答复"


async def ask(referral_id: UUID, words: str, *, actor: Actor) -> Referral:
    """Ask for a second look at a refusal: opens the case that mediates, lets the bank read once more.

    Raises NotRefused, SecondLookTaken, ApplicationOver, NoPlace, ConsentRevoked, ConsentExpired.
    """
    async with db.transaction():
        application, referral = await writing.locked_referral(referral_id, actor)
        await _check(application, referral)
        moment = clock.now()
        opened = await cases.open_one(_opening(application, referral, words, actor), actor=actor)
        hours, days = await values.of("second_look_hours"), await values.of("second_look_answer_days")
        bank_by = (await worktime.current()).add_days(moment, days).at
        given = (words, actor.id, moment, opened.id, moment + timedelta(hours=hours), bank_by)
        if not await db.execute(_ASK, referral_id, *given):
            raise errors.SecondLookTaken
        event = NewEvent(Kind.SECOND_LOOK, referral.id, words)
        await writing.write_referral(referral, actor, "referrals.second_look_asked", event)
        await notices.second_look(referral, bank_by)
        return referral


async def _check(application: Application, referral: Referral) -> None:
    """Raise what stands against it: another state, too late, asked before, no consent, no place."""
    if await db.fetch_value(_KNOWN, referral.id):
        raise errors.SecondLookTaken
    days = await values.of("second_look_days")
    if referral.state is not ReferralState.REJECTED or referral.decided_at is None:
        raise errors.NotRefused
    if referral.decided_at + timedelta(days=days) < clock.now():
        raise errors.NotRefused(f"未通过已超过 {days} 天，不能再要求二次对接；可以重新提出融资需求。")
    if application.state not in (ApplicationState.OPEN, ApplicationState.CHOSEN):
        raise errors.ApplicationOver
    await taking.check_consent(referral)
    if not await routing.places(application):
        raise errors.NoPlace("已有足够的银行在办理，请等其中一家有结果后再要求二次对接。")


def _opening(application: Application, referral: Referral, words: str, actor: Actor) -> cases.Opening:
    refused = REFUSALS[referral.refusal_code] if referral.refusal_code else ""
    return cases.Opening(
        origin=NAME,
        origin_id=referral.id,
        category=CATEGORY,
        title=f"融资二次对接 {referral.number}",
        body=f"未通过原因：{refused}。\n{words}",
        channel=cases.Channel.MINI_PROGRAM,
        person_id=actor.id,
        enterprise_id=application.enterprise_id,
        district=application.district,
    )


async def contact(referral_id: UUID, *, actor: Actor, version: int) -> Referral:
    """Note that somebody of the bureau has spoken with owner and bank, and mediates. Raises NoSecondLook."""
    async with db.transaction():
        _, referral = await writing.locked_referral(referral_id, actor, permission=MEDIATE, version=version)
        if not await db.execute(_CONTACT, referral_id, actor.id, clock.now()):
            raise errors.NoSecondLook
        event = NewEvent(Kind.MEDIATED, referral.id)
        await writing.write_referral(referral, actor, "referrals.mediated", event)
        return referral


@dataclass(frozen=True, slots=True)
class Answer:
    """What a bank says the second time: an offer overturns its refusal, words alone uphold it."""

    words: str
    offer: Offer | None = None


async def answer(referral_id: UUID, given: Answer, *, actor: Actor, version: int) -> Referral:
    """Answer a second look once and for all, also late; then an offer needs a place that is free.

    What it offered before stands until the day it named; where that has passed, its owner agrees to less first.
    Raises NoSecondLook, RefusalIncomplete, NoPlace, and what an offer raises.
    """
    missing = checking.words("words", given.words, "请写明二次对接的结论和理由。")
    checking.refuse(errors.RefusalIncomplete, missing)
    made = await given.offer.reckoned() if given.offer else None
    async with taking.handling(referral_id, actor, version) as (application, referral):
        bank_by = await db.fetch_value(_OPEN, referral_id)
        if bank_by is None:
            raise errors.NoSecondLook
        outcome, behind = "overturned" if made else "upheld", None
        event = NewEvent(Kind.SECOND_ANSWER, referral.id, given.words, {"outcome": outcome})
        if made:
            await standing_by.check_no_worse(referral.id, made)
            behind = await standing_by.behind(referral.id, made)
            edition = await offers.keep(referral, made, actor, behind)
            event = NewEvent(Kind.SECOND_ANSWER, referral.id, given.words, {"outcome": outcome, "edition": edition})
            await taking.take_up_again(application, actor, needs_place=bank_by <= clock.now())
        await db.execute(_ANSWER, referral_id, outcome, given.words, clock.now())
        columns = {"refusal_code": None, **await taking.approved(referral)} if made else {}
        state = ReferralState.APPROVED if made else None
        await writing.write_referral(referral, actor, "referrals.second_answer", event, state=state, **columns)
        told = "银行改变了决定并给出报价" if made else "银行维持原来的决定"
        await cases.tell(NAME, referral.id, f"{told}：{given.words}", actor=actor)
        await messages.moved(application, referral, is_worse=behind is not None)
        if not made:
            await routing.route(application, actor)
    return referral


async def sweep() -> int:
    """End second looks whose consent has run out; tell who mediates, once a side, of those that are late.

    A bank whose time is over reads no more and holds no place, but may still answer. One that fails holds no other.
    Returns how many are late.
    """
    for row in await db.fetch(_RUN_OUT, clock.now()):
        try:
            await _run_out(row["referral_id"])
        except Exception:
            log.exception("financing.look_failed", referral=str(row["referral_id"]))
    told = 0
    for row in await db.fetch(_WHO_IS, clock.now()):
        try:
            told += await _tell_late(row["referral_id"])
        except Exception:
            log.exception("financing.look_failed", referral=str(row["referral_id"]))
    return told


async def _tell_late(referral_id: UUID) -> bool:
    async with db.transaction():
        is_bank_s = await db.fetch_value(_TOLD, clock.now(), referral_id)
        if is_bank_s is None:  # somebody was quicker
            return False
        referral = await Referral.get(id=referral_id)
        application = await Application.get(id=referral.application_id)
        late, of = (NOT_ANSWERED, ":look") if is_bank_s else (NOT_CONTACTED, ":contact")
        await notices.overdue(application, referral, late, of=of)
        return True


async def _run_out(referral_id: UUID) -> None:
    async with db.transaction():
        application, referral = await writing.locked_referral(referral_id, SYSTEM)
        if await ending.end_look(referral, RUN_OUT, SYSTEM):
            event = NewEvent(Kind.LOOK_ENDED, referral.id, RUN_OUT)
            await writing.append(application.id, SYSTEM, event)
