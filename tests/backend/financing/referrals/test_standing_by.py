"""What a bank offers again while its offer holds is worse in nothing, whatever calendar and LPR did meanwhile."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend.access import Actor
from backend.financing import errors
from backend.financing.costs.terms import Loan
from backend.financing.models import Referral
from backend.financing.referrals import offers, referring
from backend.financing.referrals.offers import Offer
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.runtime import Runtime
from tests.backend.financing.people import bank, owner, product, referred
from tests.backend.financing.referrals.test_referring import fee, terms

FREE = Decimal(0)
NEW_LPR = "INSERT INTO financing_lprs (tenor, effective_on, rate_percent, source) VALUES ('one_year', $1, $2, '公告')"


async def _offered(running: Runtime, offer: Offer) -> tuple[Actor, Referral]:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    taken = await referring.accept(sent.id, actor=desk, version=sent.version)
    return desk, await referring.offer(sent.id, offer, actor=desk, version=taken.version)


@pytest.mark.parametrize(
    ("worse", "paths"),
    [
        ({"amount_wan": Decimal(49)}, ["amount_wan"]),
        ({"months": 11}, ["months"]),
        ({"collateral": "mortgage"}, ["collateral"]),
        ({"repayment": "bullet"}, ["repayment"]),
        ({"day_count": "actual_365"}, ["day_count"]),
        ({"valid_until": date(2026, 12, 2)}, ["valid_until"]),  # on the tests' own Monday
        ({"rate_percent": Decimal("4.0001")}, ["rate_percent"] * 2),
        # a lower rate for twice the time is more interest in all
        ({"months": 24}, ["months"] * 2),
        # the year's rate is lower, and yet it costs more 元, or asks for more of them at once
        ({"rate_percent": FREE, "fees": (fee("20300", when="end"),)}, ["fees"] * 2),
        ({"rate_percent": FREE, "fees": (fee("19900", when="end"),)}, ["fees"] * 2),
        ({"fees": (fee("9000", is_conditional=True),)}, ["rate_percent"]),
    ],
)
@pytest.mark.usefixtures("clock")
async def test_what_is_worse_in_anything_is_refused(running: Runtime, worse: dict[str, Any], paths: list[str]) -> None:
    desk, first = await _offered(running, terms("4"))
    with pytest.raises(errors.ContentWrong) as refusal:
        await referring.offer(first.id, replace(terms("3.5"), **worse), actor=desk, version=first.version)
    assert [one.path for one in refusal.value.fields] == paths


@pytest.mark.parametrize(
    "better",
    [
        {},
        {"amount_wan": Decimal("83.3333")},
        {"months": 13, "rate_percent": Decimal("3.6")},
        {"rate_percent": Decimal("3.9"), "fees": (fee("400"),)},
    ],
)
async def test_what_is_no_worse_is_taken(running: Runtime, better: dict[str, Any]) -> None:
    desk, first = await _offered(running, terms("4"))
    await referring.offer(first.id, replace(terms("4"), **better), actor=desk, version=first.version)


async def test_neither_the_calendar_nor_the_lpr_makes_an_offer_worse(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    floating = {"lpr_tenor": "one_year", "bp": 100, "day_count": "actual_360"}
    asked = replace(terms(None, **floating), months=6)
    desk, first = await _offered(running, asked)
    clock.advance(timedelta(days=8))  # there are more days to interest then, and at a higher LPR
    await db.execute(NEW_LPR, clock_module.today(), Decimal("3.3"))
    again = await referring.offer(first.id, asked, actor=desk, version=first.version)
    with pytest.raises(errors.ContentWrong):
        await referring.offer(again.id, replace(asked, bp=101), actor=desk, version=again.version)


async def test_bounds_that_were_drawn_closer_since_hold_no_better_offer_up(
    running: Runtime, clock: clock_module.Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    dear = fee("70000", when="end")
    last = clock_module.today() + timedelta(days=100)
    with monkeypatch.context() as before:  # as fees were entered before their sum was looked at
        before.setattr(Loan, "check_entered", lambda _: None)
        first_terms = replace(terms("30"), valid_until=last, fees=(dear, dear, dear))
        desk, first = await _offered(running, first_terms)
    await db.execute("UPDATE financing_terms SET value = 10 WHERE key = 'offer_days'")
    clock.advance(timedelta(days=1))
    now = replace(terms("4"), valid_until=clock_module.today() + timedelta(days=9))
    with pytest.raises(errors.ContentWrong) as refusal:
        await referring.offer(first.id, now, actor=desk, version=first.version)
    assert [one.path for one in refusal.value.fields] == ["valid_until"]
    now = replace(now, valid_until=clock_module.today() + timedelta(days=10))
    await referring.offer(first.id, now, actor=desk, version=first.version)


async def test_what_holds_no_longer_binds_nobody(running: Runtime, clock: clock_module.Frozen) -> None:
    desk, first = await _offered(running, terms("4"))
    clock.advance(timedelta(days=11))
    less = await referring.offer(first.id, terms("4.4"), actor=desk, version=first.version)
    assert (await offers.editions(less.id))[0]["waits_for_owner"], "his silence is not to count for what he never read"
