"""Reminders come before the night, everything else after it, and an offer's clock stands still in it."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.foundation.clock import SHANGHAI, Frozen
from backend.foundation.ids import new_id
from backend.foundation.settings import Settings
from backend.notifications.delivering import deliver
from backend.notifications.errors import WrongMessage
from backend.notifications.hours import before_quiet, clock_end, clock_start, quiet_until
from backend.notifications.kinds import Kind, kind_of
from tests.backend.notifications.people import (
    SERVICE,
    URGENT,
    Phones,
    balance,
    deliveries,
    message,
    reasons,
    say,
    states,
)
from tests.support.running import make_settings

SETTINGS = make_settings("postgresql://u@h/d", "redis://h/0")
REMINDER = "policy_closing"


def _with(quiet_from: str, quiet_until: str) -> Settings:
    return SETTINGS.model_copy(update={"quiet_from": quiet_from, "quiet_until": quiet_until})


def _at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("due", "sent"),
    [
        (_at(20, 59), _at(20, 59)),
        (_at(21), _at(20, 30)),
        (_at(23, 59), _at(20, 30)),
        (_at(6, 30), _at(20, 30, day=22)),
        (_at(7, 59), _at(20, 30, day=22)),
        (_at(8), _at(8)),
    ],
)
def test_a_reminder_in_the_quiet_hours_goes_at_half_past_eight_before_them(due: datetime, sent: datetime) -> None:
    assert before_quiet(due, SETTINGS) == sent


def test_quiet_hours_within_a_day_work_as_well() -> None:
    noon = _with("12:00", "14:00")
    assert quiet_until(_at(13), noon) == _at(14)
    assert before_quiet(_at(13), noon) == _at(11, 30)
    assert clock_end(SERVICE, _at(11), timedelta(hours=2), noon) == _at(15)


@pytest.mark.parametrize(
    ("kind", "told", "span", "end"),
    [
        (SERVICE, _at(10), timedelta(hours=2), _at(12)),
        (SERVICE, _at(20), timedelta(hours=2), _at(9, day=24)),
        (SERVICE, _at(20), timedelta(hours=1), _at(21)),
        (SERVICE, _at(23), timedelta(hours=2), _at(10, day=24)),
        (SERVICE, _at(3), timedelta(hours=2), _at(10)),
        (SERVICE, _at(8), timedelta(hours=27), _at(9, day=25)),
        (URGENT, _at(23), timedelta(hours=2), _at(1, day=24)),
    ],
)
def test_an_offer_stands_for_its_span_of_waking_time(kind: str, told: datetime, span: timedelta, end: datetime) -> None:
    assert clock_end(kind, told, span, SETTINGS) == end


_MOMENTS = st.integers(0, 3 * 24 * 60).map(lambda minutes: _at(0) + timedelta(minutes=minutes))
_HOURS = st.integers(0, 23).map(lambda hour: f"{hour:02}:00")


@given(told=_MOMENTS, minutes=st.integers(1, 3_000), begins=_HOURS, ends=_HOURS)
def test_the_clock_counts_every_waking_minute_once(told: datetime, minutes: int, begins: str, ends: str) -> None:
    settings = _with(begins, ends)
    start, end = clock_start(SERVICE, told, settings), clock_end(SERVICE, told, timedelta(minutes=minutes), settings)
    assert quiet_until(start, settings) is None
    span = int((end - start) / timedelta(minutes=1))
    waking = sum(quiet_until(start + timedelta(minutes=nr), settings) is None for nr in range(span))
    assert waking == minutes


@given(due=_MOMENTS, begins=_HOURS, ends=_HOURS)
def test_a_reminder_is_never_moved_later_nor_into_another_night(due: datetime, begins: str, ends: str) -> None:
    moved = before_quiet(due, _with(begins, ends))
    assert moved == due or (moved < due and due - moved <= timedelta(hours=24, minutes=30))


async def _remind(phones: Phones, **given: object) -> None:
    phone = await phones.make()
    fields = {"policy": "某政策", "date": "2026年11月25日", "hint": "点开看怎么申报"}
    await say(message(phone.person, REMINDER, fields=fields, **given))


async def test_a_reminder_is_written_for_its_moment(phones: Phones, clock: Frozen) -> None:
    await _remind(phones, due=_at(6, 30, day=24), event_at=_at(9, day=24))
    [row] = await deliveries()
    assert (row["due_at"], row["not_after"], row["state"]) == (_at(20, 30), _at(9, day=24), "pending")
    await deliver()
    assert await states() == ["pending"]
    clock.set(_at(20, 30))
    await deliver()
    assert (await deliveries())[0]["reason"] == "no_credit", "it was its turn"


async def test_too_late_for_the_evening_before_it_waits_for_the_morning_or_ends(phones: Phones, clock: Frozen) -> None:
    clock.set(_at(22))
    await _remind(phones, event_at=_at(9, day=24))
    await _remind(phones, event_at=_at(7, day=24))
    await deliver()
    assert await reasons() == [("deferred", "quiet"), ("expired", "quiet")]


async def test_what_is_due_later_waits_and_then_goes(phones: Phones, clock: Frozen) -> None:
    phone = await phones.make(kind=SERVICE)
    await say(message(phone.person, SERVICE, due=_at(15)))
    await deliver()
    assert await states() == ["pending"]
    clock.set(_at(15))
    await deliver()
    assert await states() == ["sent"]
    assert await balance(phone, SERVICE) == 0


async def test_nothing_is_pushed_past_the_event_it_speaks_of(phones: Phones, clock: Frozen) -> None:
    phone = await phones.make(kind=SERVICE)
    await say(message(phone.person, SERVICE, event_at=_at(12), not_after=_at(18)))
    clock.set(_at(12))
    await deliver()
    assert await reasons() == [("expired", "too_late")]


def test_a_reminder_tells_when_its_event_is() -> None:
    with pytest.raises(WrongMessage, match="when its event is"):
        kind_of(message(new_id(), REMINDER, fields={"policy": "a", "date": "b", "hint": "c"}))


@pytest.mark.parametrize(
    ("channels", "named"), [(("sms", "subscribe"), "order"), (("sms",), "first"), (("subscribe", "sms"), "no form")]
)
def test_a_kind_that_makes_no_sense_is_refused_at_the_start(channels: tuple[str, ...], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Kind("k", "t", "b", "模板", {}, is_broadcast=False, is_urgent=False, channels=channels)  # type: ignore[arg-type]
