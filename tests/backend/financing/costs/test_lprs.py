"""A rate counts as soon as it is entered, but as unverified until another has compared it with its announcement."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from backend.access import Actor
from backend.financing import errors
from backend.financing.costs import lprs
from backend.foundation.errors import Forbidden
from tests.backend.financing.people import MANAGER, editor
from tests.factories.people import add_staff

DAY = date(2090, 1, 20)
ANNOUNCED = "2090年1月20日全国银行间同业拆借中心受权公布贷款市场报价利率公告"


@pytest.fixture
async def noted(database: str) -> Actor:
    """Who entered a rate."""
    someone = replace(MANAGER, id=(await add_staff()).id)
    await lprs.note("one_year", DAY, Decimal("2.90"), "网页摘录", actor=someone)
    return someone


async def _shown() -> dict[str, object]:
    return next(one for one in await lprs.listed(MANAGER) if one["effective_on"] == DAY)


async def test_what_came_with_the_program_says_that_it_is_unverified(database: str) -> None:
    rows = [one for one in await lprs.listed(MANAGER) if one["effective_on"] <= date(2025, 5, 20)]
    assert len(rows) == 18
    assert not any(one["is_verified"] for one in rows)
    assert all("未与公告原文核对" in one["checked_against"] for one in rows)
    assert await lprs.are_unverified(date(2026, 11, 23))
    reported = [one for one in rows if "当日报道（存档，2026-11-23 查阅）：http" in one["source"]]
    assert [one for one in rows if one not in reported] == [one for one in rows if one["effective_on"].year == 2020]


async def test_who_entered_it_is_not_offered_to_verify_it(noted: Actor) -> None:
    told = [(await lprs.listed(one))[0]["may"] for one in (noted, MANAGER, await editor())]
    assert told == [[], ["verify"], []]


async def test_another_confirms_or_corrects_it_once_by_the_announcement(noted: Actor) -> None:
    assert (await _shown())["is_verified"] is False
    with pytest.raises(errors.LprSamePerson):
        await lprs.verify("one_year", DAY, Decimal("2.90"), ANNOUNCED, actor=noted)
    other = replace(MANAGER, id=(await add_staff()).id)
    with pytest.raises(errors.LprUnknown):
        await lprs.verify("five_years", DAY, Decimal("3.40"), ANNOUNCED, actor=other)
    with pytest.raises(errors.ContentWrong):
        await lprs.verify("one_year", DAY, Decimal(37), ANNOUNCED, actor=other)
    await lprs.verify("one_year", DAY, Decimal("2.95"), ANNOUNCED, actor=other)
    told = await _shown()
    assert (told["is_verified"], told["rate_percent"], told["source"]) == (True, Decimal("2.95"), ANNOUNCED)
    assert told["verified_at"] is not None
    with pytest.raises(errors.LprVerified):
        await lprs.verify("one_year", DAY, Decimal("2.90"), ANNOUNCED, actor=other)
    assert await lprs.on("one_year", DAY) == Decimal("2.95")


async def test_nobody_else_confirms(noted: Actor) -> None:
    assert noted.id
    with pytest.raises(Forbidden):
        await lprs.verify("one_year", DAY, Decimal("2.90"), ANNOUNCED, actor=await editor())
