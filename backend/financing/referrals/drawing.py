"""The drawing of a loan: noted by its bank, counted once the owner has confirmed it or let the published days pass.

Until then nothing that he has elsewhere is touched. What he contests stands as an offer again, and the bureau hears of
it; what is noted behind that counts by his own word alone, and so does what was noted while nobody of the enterprise
could have said a word. Two banks may have noted a drawing: one bank is not told of
another, so the second is taken too, and the owner says which it was; where he says nothing the first counts, and the
bureau hears of the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from backend import worktime
from backend.access import SYSTEM, Actor
from backend.financing import checking, errors, messages, notices, standing, values, writing
from backend.financing.catalogue.matching import plain
from backend.financing.consent import consenting, ending
from backend.financing.costs.flows import months_later
from backend.financing.events import Kind, NewEvent
from backend.financing.models import Application, Referral
from backend.financing.outcomes import CONTESTED, ELSEWHERE, NOBODY, NOT_CONFIRMED
from backend.financing.referrals import offers, releasing, renewing, routing, taking
from backend.financing.states import APPLICATION, ApplicationState, ReferralState
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.foundation.logging import get_logger

log = get_logger(__name__)

_SILENCE: Final = "期限内企业没有否认"
_AT_A_TIME: Final = 100
_SPARE: Final = timedelta(days=31)
"""Banks let a loan fall due on their day of the month; a month on it is another loan than was offered."""
_NONE: Final[dict[str, Any]] = {"drawn_on": None, "drawn_wan": None, "due_on": None, "noted_at": None}

_DUE: Final = """
SELECT id FROM financing_referrals WHERE state = 'drawing' AND confirm_by <= $1 ORDER BY noted_at, id LIMIT $2
"""
_RIVALS: Final = """
SELECT id FROM financing_referrals WHERE application_id = $1 AND state = 'drawing' AND id <> $2 ORDER BY id
"""
# A loan that another one renews changes with it: both needs are locked, in the order in which all lock several.
_BOTH: Final = """
SELECT a.id FROM financing_applications a WHERE a.id IN (
    SELECT application_id FROM financing_referrals WHERE id = $1
    UNION ALL
    SELECT old.application_id FROM financing_referrals r JOIN financing_applications n ON n.id = r.application_id
    JOIN financing_referrals old ON old.id = n.follows_id WHERE r.id = $1)
ORDER BY a.id FOR NO KEY UPDATE
"""
_HOLDS: Final = """
SELECT EXISTS (SELECT FROM financing_consents WHERE id = $1 AND revoked_at IS NULL AND expires_at > $2)
"""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What was paid out, and when it falls due; its instalments are nobody's business here."""

    drawn_on: date
    drawn_wan: Decimal
    due_on: date

    def check(self) -> None:
        """Raise DrawingWrong naming every wrong place."""
        checking.refuse(errors.DrawingWrong, self._wrong())

    def _wrong(self) -> Iterator[FieldError]:
        yield from checking.amount_wan("drawn_wan", self.drawn_wan)
        if self.drawn_on > clock.today():
            yield FieldError("drawn_on", "future", "放款日期不能晚于今天。")
        if self.due_on <= self.drawn_on:
            yield FieldError("due_on", "order", "到期日须晚于放款日期。")

    def check_against(self, referral: Referral, offered: tuple[Decimal, int] | None) -> None:
        """Raise DrawingWrong for a day before the bank was given the referral, or for more or longer than offered."""
        checking.refuse(errors.DrawingWrong, self._against(referral, offered))

    def _against(self, referral: Referral, offered: tuple[Decimal, int] | None) -> Iterator[FieldError]:
        if referral.routed_at and self.drawn_on < referral.routed_at.astimezone(clock.SHANGHAI).date():
            yield FieldError("drawn_on", "early", "放款日期不能早于推送日期。")
        if offered is not None:
            yield from self._beyond(*offered)

    def _beyond(self, wan: Decimal, months: int) -> Iterator[FieldError]:
        if self.drawn_wan > wan:
            yield FieldError("drawn_wan", "offer", f"放款金额不能超过报价的 {plain(wan)} 万元。")
        if self.due_on > (latest := months_later(self.drawn_on, months) + _SPARE):
            yield FieldError("due_on", "offer", f"报价的期限为 {months} 个月，到期日不能晚于 {latest}。")


async def note(referral_id: UUID, drawing: Drawing, *, actor: Actor, version: int) -> Referral:
    """Note for a bank that it paid out, and ask the owner whether it did; all other banks go on meanwhile.

    Raises DrawingWrong, NotAgreed.
    """
    drawing.check()
    async with taking.handling(referral_id, actor, version) as (application, referral):
        drawing.check_against(referral, await offers.drawable(referral.id))
        calendar, moment = await worktime.current(), clock.now()
        columns = {
            "drawn_on": drawing.drawn_on,
            "drawn_wan": drawing.drawn_wan,
            "due_on": drawing.due_on,
            "noted_at": moment,
            "confirm_by": calendar.add_days(moment, await values.of("confirm_days")).at,
        }
        event, state = NewEvent(Kind.DRAWING_NOTED, referral.id), ReferralState.DRAWING
        await writing.write_referral(referral, actor, "referrals.drawing_noted", event, state=state, **columns)
        await messages.drawing(application, referral)
    return referral


async def confirm(referral_id: UUID, *, actor: Actor, version: int) -> Referral:
    """Say as the owner that the loan was paid out: his need is settled, all other banks' consents end.

    Raises ReferralUnknown, ReferralChanged where it was noted otherwise meanwhile, NoDrawing.
    """
    async with db.transaction():
        application, referral = await _locked(referral_id, actor, version)
        await _count(application, referral, actor)
        await messages.drawing(application, referral, but=actor.id)
    return referral


async def contest(referral_id: UUID, words: str, *, actor: Actor, version: int) -> Referral:
    """Say as the owner that it was not: the offer stands again, for as long as the note took, and both are told.

    It is over where its consent or the need has ended meanwhile, or nobody of its bank is left to go on with it.
    Raises as `confirm` does.
    """
    async with db.transaction():
        application, referral = await _locked(referral_id, actor, version)
        event = NewEvent(Kind.DRAWING_CONTESTED, referral.id, words)
        await _undo(application, referral, event, actor, CONTESTED)
        await notices.contested(application, referral, CONTESTED)
        await messages.drawing(application, referral, but=actor.id)
    return referral


async def _undo(application: Application, referral: Referral, event: NewEvent, actor: Actor, what: str) -> None:
    columns: dict[str, Any] = {**_NONE, "confirm_by": None}
    action = "referrals.drawing_dropped"
    if event.kind is Kind.DRAWING_CONTESTED:  # by the owner; the clock says nothing in his name
        action, columns["contested_at"] = "referrals.drawing_contested", clock.now()
    goes_on = not APPLICATION.is_final(application.state) and await _holds(referral)
    if goes_on:
        columns["draw_by"] = _put_off(referral)
    else:
        columns["end_reason"] = what
    state = ReferralState.APPROVED if goes_on else ReferralState.GIVEN_UP
    await writing.write_referral(referral, actor, action, event, state=state, **columns)
    if goes_on:
        await releasing.release(application, referral)
    else:
        await routing.route(application, actor)
        await consenting.settle(application, actor)


async def _locked(referral_id: UUID, actor: Actor, version: int) -> tuple[Application, Referral]:
    await db.fetch(_BOTH, referral_id)
    application, referral = await writing.locked_referral(referral_id, actor, version=version)
    if referral.state is not ReferralState.DRAWING:
        raise errors.NoDrawing
    return application, referral


async def _holds(referral: Referral) -> bool:
    return bool(await db.fetch_value(_HOLDS, referral.consent_id, clock.now()))


def _put_off(referral: Referral) -> datetime:
    """The days that went by while it was noted are not taken from those in which it may be drawn."""
    moment = clock.now()
    return (referral.draw_by or moment) + (moment - (referral.noted_at or moment))


async def _count(application: Application, referral: Referral, actor: Actor) -> None:
    """Let a noted drawing of a locked application count: from here on it is a loan, and the need is settled."""
    silence = _SILENCE if actor is SYSTEM else ""
    event, state = NewEvent(Kind.DRAWN, referral.id, silence), ReferralState.DRAWN
    await writing.write_referral(referral, actor, "referrals.drawn", event, state=state)
    await notices.drawn(referral, silence or "企业已确认")
    if application.follows_id is not None:
        await renewing.renewed(application.follows_id, actor)
    await ending.end_referrals(application, ELSEWHERE, actor, but=(referral.id,))
    for row in await db.fetch(_RIVALS, application.id, referral.id):
        await _drop(application, await Referral.get(id=row["id"]), actor)
    if not APPLICATION.is_final(application.state):
        closed = ApplicationState.CLOSED
        await writing.write(application, actor, "financing.closed", NewEvent(Kind.CLOSED), state=closed)


async def _drop(application: Application, referral: Referral, actor: Actor) -> None:
    """End what another bank noted of the same need; whether it paid out too the bureau finds out."""
    event, state = NewEvent(Kind.DRAWING_DROPPED, referral.id), ReferralState.GIVEN_UP
    columns = {**_NONE, "confirm_by": None, "end_reason": ELSEWHERE}
    await writing.write_referral(referral, actor, "referrals.drawing_dropped", event, state=state, **columns)
    await notices.dropped(application, referral)


async def sweep() -> int:
    """Count what nobody contested in its days, and undo what was noted again behind a contest; returns how many.

    Each in a transaction of its own; one that fails holds no other.
    """
    counted = 0
    for row in await db.fetch(_DUE, clock.now(), _AT_A_TIME):
        try:
            counted += await _lapse(row["id"])
        except Exception:
            log.exception("financing.drawing_failed", referral=str(row["id"]))
    return counted


async def _lapse(referral_id: UUID) -> bool:
    async with db.transaction():
        await db.fetch(_BOTH, referral_id)
        application, referral = await writing.locked_referral(referral_id, SYSTEM)
        is_due = referral.state is ReferralState.DRAWING and referral.confirm_by
        if not is_due or is_due > clock.now():  # somebody was quicker
            return False
        if (against := await _against(application, referral)) is None:
            await _count(application, referral, SYSTEM)
        else:
            await _undo(application, referral, NewEvent(Kind.DRAWING_DROPPED, referral.id), SYSTEM, against)
            await notices.unconfirmed(application, referral, against)
        await messages.drawing(application, referral)
        return True


async def _against(application: Application, referral: Referral) -> str | None:
    """Say why silence does not count, None where it does."""
    if referral.contested_at is not None:
        return NOT_CONFIRMED
    return None if await standing.could_answer(application.enterprise_id, referral.noted_at) else NOBODY
