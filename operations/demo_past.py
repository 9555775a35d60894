"""Needs of earlier months: each way one can go is played at its own time, and other shops go it weeks before."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from backend.cases import handling
from backend.cases.ending import closing
from backend.financing.referrals import overdue
from backend.financing.visibility import NAME
from backend.foundation import clock, db
from backend.foundation.clock import Frozen
from operations import demo_copies
from operations.demo_asking import Cast, Need
from operations.demo_copies import Copy

_WEEKS: Final = 5
"""Before this one: what began then has ended, and its month too."""
_BACK: Final = 24
"""So many weeks before that the copies reach."""
_CASE: Final = "SELECT id FROM cases WHERE origin = $1 AND origin_id = $2"


async def play(cast: Cast) -> None:
    """Let every way end at its own time, then many shops go it in the months before; as many as there are shops."""
    played: list[UUID] = []
    for nth, way in enumerate(_WAYS):
        monday = clock.today() - timedelta(days=clock.today().weekday(), weeks=_WEEKS)
        begun = datetime.combine(monday + timedelta(days=nth % 5), time(9, 5 * nth), clock.SHANGHAI)
        with clock.use(at := Frozen(begun)):
            played.append((await way(cast, at)).made.id)
    times = _WAYS.values()
    turns = [need for turn in range(max(times)) for need, most in zip(played, times, strict=True) if turn < most]
    copies = [
        Copy(need, shop, timedelta(weeks=1 + nth * _BACK // COPIES))
        for nth, (need, shop) in enumerate(zip(turns, cast.shops, strict=False))
    ]
    await demo_copies.make(copies)


async def _second_bank_lends(cast: Cast, at: Frozen) -> Need:
    need = await Need.begun(cast, at)
    await need.sign(0, 1)
    await need.accept(0, after=3)
    await need.accept(1, after=2)
    await need.refuse(0, "collateral_short")
    await need.offer(1, rate_percent=Decimal("3.6"))
    await need.draw(1)
    return need


async def _third_bank_lends(cast: Cast, at: Frozen) -> Need:
    need = await Need.begun(cast, at, amount_wan=Decimal(30), purpose="wages")
    await need.sign(1, 2)
    await need.accept(1, after=5)
    await need.accept(2, after=2)
    await need.refuse(1, "papers_missing")
    await need.offer(2, after=30, rate_percent=Decimal("4.1"), repayment="equal_instalment")
    await need.draw(2, after=48)
    return need


async def _patent_pledged(cast: Cast, at: Frozen) -> Need:
    pledged = ("patent_pledge", "credit")
    need = await Need.begun(cast, at, amount_wan=Decimal(150), purpose="research", collateral=pledged)
    await need.sign(2, 0)
    await need.accept(0, after=4)
    await need.accept(2, after=2)
    await need.refuse(2, "too_young")
    await need.offer(0, rate_percent=Decimal("3.5"))
    await need.draw(0, after=120)
    return need


async def _cheapest_of_three(cast: Cast, at: Frozen) -> Need:
    need = await Need.begun(cast, at, amount_wan=Decimal(80), purpose="equipment")
    await need.sign(0, 1, 2)
    for bank in range(3):
        await need.accept(bank, after=2)
    for bank, rate in enumerate(("3.75", "3.45", "4.3")):
        await need.offer(bank, after=26, rate_percent=Decimal(rate))
    await need.draw(1, after=72)
    return need


async def _unanswered(cast: Cast, at: Frozen) -> Need:
    need = await Need.begun(cast, at, amount_wan=Decimal(20), purpose="rent")
    await need.sign(1, 0)
    await need.accept(0, after=6)
    await need.offer(0, rate_percent=Decimal("3.9"))
    at.advance(timedelta(days=4))
    await overdue.sweep()
    await need.draw(0)
    return need


async def _given_up(cast: Cast, at: Frozen) -> Need:
    need = await Need.begun(cast, at, amount_wan=Decimal(60))
    await need.sign(0, 2)
    await need.accept(0, after=3)
    await need.accept(2, after=3)
    await need.take_back(2, "只想先听一家的意见")
    await need.note_given_up(0, "电话告知订单推迟，暂不需要")
    await need.withdraw("暂不需要")
    return need


async def _refused_by_all(cast: Cast, at: Frozen) -> Need:
    need = await Need.begun(cast, at, amount_wan=Decimal(100), purpose="equipment")
    await need.sign(0, 1, 2)
    for bank in range(3):
        await need.accept(bank, after=2.5)
    for bank, code in enumerate(("product_unfit", "too_indebted", "too_indebted")):
        await need.refuse(bank, code, after=27)
    await need.withdraw("改向亲友周转")
    return need


async def _overturned(cast: Cast, at: Frozen) -> Need:
    need = await _asked_again(cast, at, 0, "已办理专利权质押登记，请再看一次")
    await need.answer_again(0, "质押登记有效，同意授信", rate_percent=Decimal("3.8"))
    await _answered(need, 0, "已与银行沟通，银行改变决定并给出报价，请在融资需求中查看。")
    await need.draw(0)
    return need


async def _upheld(cast: Cast, at: Frozen) -> Need:
    need = await _asked_again(cast, at, 1, "近两年按时还款，请再看一次")
    await need.answer_again(1, "增加担保前仍难以受理")
    await _answered(need, 1, "已与银行沟通，银行维持原决定；增加担保后可以重新提出。")
    await need.withdraw("等担保落实后再提出")
    return need


async def _asked_again(cast: Cast, at: Frozen, bank: int, words: str) -> Need:
    need = await Need.begun(cast, at, amount_wan=Decimal(90), collateral=("credit", "patent_pledge"))
    await need.sign(bank)
    await need.accept(bank)
    await need.refuse(bank, "collateral_short")
    await need.ask_again(bank, words)
    return need


async def _answered(need: Need, bank: int, words: str) -> None:
    """The bureau's case of a second look ends as others do: answered, and confirmed by its owner."""
    case: UUID = await db.fetch_value(_CASE, NAME, need.sent[bank].id)
    await handling.accept(case, actor=need.cast.mediator)
    await handling.answer(case, words, actor=need.cast.mediator)
    await closing.confirm(case, actor=need.owner)


async def _named_no_bank(cast: Cast, at: Frozen) -> Need:
    need = await Need.begun(cast, at, amount_wan=Decimal(15))
    await need.withdraw("货款已经收回，不再需要", after=100)
    return need


# Each with how many other shops go it.
_WAYS: Final[Mapping[Callable[[Cast, Frozen], Awaitable[Need]], int]] = {
    _second_bank_lends: 22,
    _third_bank_lends: 17,
    _patent_pledged: 15,
    _cheapest_of_three: 20,
    _unanswered: 13,
    _given_up: 14,
    _refused_by_all: 12,
    _overturned: 14,
    _upheld: 12,
    _named_no_bank: 18,
}
OWNERS: Final = len(_WAYS)
COPIES: Final = sum(_WAYS.values())
