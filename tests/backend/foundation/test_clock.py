"""Time: one source, in UTC, with Chinese days."""

from datetime import UTC, date, datetime, timedelta

from backend.foundation import clock


def test_now_is_aware_and_in_utc() -> None:
    assert clock.now().utcoffset() == timedelta(0)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_chinese_day_begins_at_sixteen_hours_utc() -> None:
    frozen = clock.Frozen(datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC))
    with clock.use(frozen):
        assert clock.today() == date(2026, 11, 22)
        frozen.advance(timedelta(seconds=1))
        assert clock.today() == date(2026, 11, 23)
        assert clock.day_start(clock.today()) == clock.now()


def test_another_clock_stands_only_inside_its_block() -> None:
    frozen = clock.Frozen(datetime(2030, 1, 1, tzinfo=clock.SHANGHAI))
    with clock.use(frozen):
        assert clock.now() == datetime(2029, 12, 31, 16, tzinfo=UTC)
        frozen.set(datetime(2031, 1, 1, tzinfo=UTC))
        assert clock.now().year == 2031
    assert clock.now().year != 2031
