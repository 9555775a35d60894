"""Office hours change from a day on, never backwards, and can be taken back until their day is over."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest

from backend import worktime
from backend.foundation import db
from backend.foundation.clock import Frozen, today
from backend.foundation.errors import Invalid
from backend.foundation.ids import new_id
from backend.worktime import Hours, Week, errors, queries
from tests.backend.worktime.conftest import MANAGER, enter

pytestmark = pytest.mark.usefixtures("database", "clock")

SUMMER = Hours.of(("08:00", "11:30"), ("14:30", "18:00"))
DECEMBER = date(2026, 12, 1)


async def _change(valid_from: date, version: int = 0, hours: Hours = SUMMER) -> int:
    week = Week.of(valid_from, hours)
    return await worktime.change_hours(week, reason="夏令时间", actor=MANAGER, version=version)


async def _last_id() -> UUID:
    found = (await queries.hours(MANAGER)).items[-1].id
    assert found is not None
    return found


async def test_hours_count_from_their_day_on(clock: Frozen) -> None:
    assert await _change(DECEMBER) == 1
    calendar = await worktime.current()
    assert calendar.hours_of(DECEMBER) == SUMMER
    assert calendar.hours_of(DECEMBER - timedelta(days=1)) != SUMMER
    shown = await queries.hours(MANAGER)
    assert [(one.valid_from, one.is_current, one.may) for one in shown.items] == [
        (date(2004, 1, 1), True, []),
        (DECEMBER, False, ["withdraw_hours"]),
    ]
    assert (shown.version, shown.may) == (1, ["change_hours"])
    assert shown.items[1].week == [[["08:00", "11:30"], ["14:30", "18:00"]]] * 7
    assert (shown.items[1].set_by, shown.items[1].note) == (MANAGER.id, "夏令时间")
    clock.advance(timedelta(days=9))
    shown = await queries.hours(MANAGER)
    assert [(one.is_current, one.may) for one in shown.items] == [(False, []), (True, [])]
    assert [row["action"] for row in await db.fetch("SELECT action FROM audit_entries")] == ["worktime.hours_changed"]


async def test_what_has_not_passed_can_be_taken_back(clock: Frozen) -> None:
    before = await worktime.current()
    await _change(DECEMBER)
    withdrawn = await _last_id()
    assert await worktime.withdraw_hours(withdrawn, reason="不再执行", actor=MANAGER, version=1) == 2
    assert await worktime.current() == before
    with pytest.raises(errors.HoursUnknown):
        await worktime.withdraw_hours(withdrawn, reason="不再执行", actor=MANAGER, version=2)
    await _change(today(), version=2)
    clock.advance(timedelta(days=1))
    with pytest.raises(errors.HoursBegun):
        await worktime.withdraw_hours(await _last_id(), reason="不再执行", actor=MANAGER, version=3)


async def test_what_does_not_fit_is_refused() -> None:
    for day in (today() - timedelta(days=1), date(2031, 1, 1)):
        with pytest.raises(Invalid):
            await _change(day)
    await _change(DECEMBER)
    with pytest.raises(errors.HoursTaken):
        await _change(DECEMBER, version=1)
    with pytest.raises(errors.HoursChanged):
        await _change(DECEMBER + timedelta(days=1))
    with pytest.raises(errors.HoursChanged):
        await worktime.withdraw_hours(new_id(), reason="不再执行", actor=MANAGER, version=0)
    with pytest.raises(Invalid):
        await worktime.withdraw_hours(new_id(), reason=" ", actor=MANAGER, version=1)
    assert len((await queries.hours(MANAGER)).items) == 2


async def test_of_two_who_change_the_hours_at_once_one_is_told() -> None:
    for version in range(2):
        days = [DECEMBER + timedelta(days=n + 5 * version) for n in range(5)]
        told = await asyncio.gather(*(_change(day, version) for day in days), return_exceptions=True)
        assert sorted(type(one).__name__ for one in told) == ["HoursChanged"] * 4 + ["int"]
        assert (await queries.hours(MANAGER)).version == version + 1


async def test_days_and_hours_may_change_at_once() -> None:
    await asyncio.gather(_change(DECEMBER), enter(date(2026, 12, 7)), enter(date(2027, 1, 1)))
    calendar = await worktime.current()
    assert (calendar.hours_of(DECEMBER), calendar.is_workday(date(2026, 12, 7))) == (SUMMER, False)
    assert date(2027, 1, 1) in calendar.overrides


@pytest.mark.parametrize(
    ("usual", "friday", "words"),
    [
        (("09:00", "12:59"), ("09:00", "17:00"), "星期一、二、三、四、六、日的"),
        (("09:00", "17:00"), ("09:00", "12:59"), "星期五的"),
        (("09:00", "12:59"), ("09:00", "12:59"), "每天的"),
    ],
)
async def test_a_working_day_has_four_hours_at_least(
    usual: tuple[str, str], friday: tuple[str, str], words: str
) -> None:
    week = Week.of(today() + timedelta(days=9), Hours.of(usual), {5: Hours.of(friday)})
    with pytest.raises(Invalid) as refused:
        await worktime.change_hours(week, reason="冬令", actor=MANAGER, version=0)
    (wrong,) = refused.value.fields
    assert (wrong.path, wrong.sentence.startswith(words)) == ("spans", True)
    half = Week.of(week.valid_from, Hours.of(("08:30", "12:30")))
    assert await worktime.change_hours(half, reason="冬令", actor=MANAGER, version=0) == 1
