"""Whoever holds deadlines hears of every change: of what staff set, and of a release that knows other years."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import orjson
import pytest

from backend import outbox, worktime
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.worktime import Calendar, Hours, Week, changing
from backend.worktime.errors import YearChanged
from backend.worktime.library import FIRST, LIBRARY, Library
from tests.backend.worktime.conftest import MANAGER, NEXT, enter

pytestmark = pytest.mark.usefixtures("database")

NEXT_RELEASE = Library(LIBRARY.years | {NEXT}, {**LIBRARY.off, date(NEXT, 1, 1): "元旦"}, LIBRARY.worked, LIBRARY.week)


@contextmanager
def _release(library: Library) -> Iterator[None]:
    """Be a process of another release while the block runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changing, "LIBRARY", library)
        yield


async def _put() -> list[Mapping[str, Any]]:
    sql = "SELECT payload, due_at - created_at AS later FROM outbox WHERE topic = $1 ORDER BY due_at, id"
    rows = await db.fetch(sql, changing.TOPIC)
    return [{**orjson.loads(row["payload"]), "later": row["later"]} for row in rows]


async def test_a_change_is_told_at_once_and_again_when_nothing_older_is_under_way(clock: Frozen) -> None:
    told: list[tuple[Calendar, date]] = []

    async def recompute(calendar: Calendar, since: date) -> None:
        assert db.in_transaction()
        told.append((calendar, since))

    handlers = worktime.handlers([recompute])
    await enter(date(2026, 12, 9), date(2026, 12, 8))
    assert [one["later"] for one in await _put()] == [timedelta(0), timedelta(minutes=2)]
    await outbox.drain(handlers)
    assert told == [(await worktime.current(), date(2026, 12, 8))]
    clock.advance(timedelta(minutes=2))
    await enter(date(2026, 12, 1), version=1)
    await outbox.drain(handlers)
    assert told[1:] == [(await worktime.current(), date(2026, 12, 1))]
    assert not told[1][0].is_workday(date(2026, 12, 9))


async def test_a_refused_change_is_not_told() -> None:
    with pytest.raises(YearChanged):
        await enter(date(2026, 12, 9), version=7)
    assert await _put() == []


async def test_hours_are_told_from_their_day_on(clock: Frozen) -> None:
    week = Week.of(date(2026, 12, 1), Hours.of(("09:00", "16:00")))
    await worktime.change_hours(week, reason="冬令", actor=MANAGER, version=0)
    assert [one["since"] for one in await _put()] == ["2026-12-01"] * 2


async def test_a_year_is_told_from_its_beginning(clock: Frozen) -> None:
    await enter(date(NEXT, 5, 3))
    clock.advance(timedelta(seconds=1))
    await worktime.settle(NEXT, citation="国办", actor=MANAGER, version=1)
    assert [one["since"] for one in await _put()] == [f"{NEXT}-05-03", f"{NEXT}-01-01"] * 2


async def test_the_first_release_has_nothing_to_tell() -> None:
    assert await asyncio.gather(*(worktime.notice_release() for _ in range(8))) == [False] * 8
    assert await _put() == []


async def test_a_release_with_another_year_is_noticed_once_by_all_its_processes() -> None:
    await worktime.notice_release()
    with _release(NEXT_RELEASE):
        found = await asyncio.gather(*(worktime.notice_release() for _ in range(8)))
        assert sorted(found) == [False] * 7 + [True]
    assert [one["since"] for one in await _put()] == [f"{NEXT}-01-01"] * 2


async def test_the_release_that_is_left_has_the_last_word() -> None:
    await worktime.notice_release()
    with _release(NEXT_RELEASE):
        assert await worktime.notice_release()
    assert await worktime.notice_release()  # taken back, or a process of the old release that still runs
    with _release(NEXT_RELEASE):
        assert await worktime.notice_release()
        assert not await worktime.notice_release()


async def test_only_a_worker_of_the_release_that_counts_recomputes() -> None:
    told: list[date] = []

    async def recompute(_calendar: Calendar, since: date) -> None:
        told.append(since)

    handlers = worktime.handlers([recompute])
    await worktime.notice_release()
    with _release(NEXT_RELEASE):
        await worktime.notice_release()
    drained = await outbox.drain(handlers)
    assert (told, drained.failed) == ([], 1)
    await db.execute("UPDATE outbox SET due_at = created_at")
    with _release(NEXT_RELEASE):
        await outbox.drain(handlers)
    assert told == [date(NEXT, 1, 1)]


@pytest.mark.parametrize(
    ("library", "since"),
    [
        (replace(LIBRARY, off={**LIBRARY.off, date(2026, 12, 30): "元旦"}), date(2026, 1, 1)),
        (replace(LIBRARY, years=LIBRARY.years - {2025, 2026}), date(2025, 1, 1)),
        (replace(LIBRARY, week=Week.of(FIRST, Hours.of(("09:00", "17:00")))), FIRST),
    ],
)
async def test_what_may_have_changed_is_told_from_the_first_day_of_it(library: Library, since: date) -> None:
    await worktime.notice_release()
    with _release(library):
        await worktime.notice_release()
    assert {one["since"] for one in await _put()} == {since.isoformat()}


async def test_what_staff_set_while_another_release_runs_is_kept() -> None:
    await worktime.notice_release()
    with _release(NEXT_RELEASE):
        await worktime.notice_release()
    await enter(date(NEXT, 1, 4))
    with _release(NEXT_RELEASE):
        assert not await worktime.notice_release()
