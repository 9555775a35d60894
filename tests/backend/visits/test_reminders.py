"""Reminders two days and two hours before, for both sides: once, of the time that counts, never at night."""

from datetime import timedelta
from uuid import UUID

import pytest
from asyncpg import Record

from backend.access import SYSTEM, Actor
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.visits import reminders
from backend.visits.bookings import changing, joining, moving
from tests.backend.visits.people import arranged, at, booked, confirmed, inbox, notices, owners, visitor

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _planned(visit_id: UUID) -> dict[int, object]:
    rows = await db.fetch("SELECT hours, due_at FROM visit_reminders WHERE visit_id = $1", visit_id)
    return {row["hours"]: row["due_at"] for row in rows}


async def _reminded(person: Actor) -> list[str]:
    return [kind for kind in await inbox(person) if kind.startswith("visit_reminder")]


async def test_both_sides_are_reminded_two_days_and_two_hours_before_once_each(clock: Frozen) -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place, at("2026-11-27", 14))
    assert await _planned(made.id) == {48: at("2026-11-25", 14), 2: at("2026-11-27", 12)}
    clock.set(at("2026-11-25", 13, 59))
    assert await reminders.remind() == 0
    clock.set(at("2026-11-25", 14))
    assert [await reminders.remind() for _ in range(2)] == [1, 0]
    assert await _reminded(person) == ["visit_reminder"]
    clock.set(at("2026-11-27", 12))
    assert [await reminders.remind() for _ in range(2)] == [1, 0]
    assert await _reminded(person) == ["visit_reminder", "visit_reminder_soon"]
    assert (await notices(someone)).count("visit_reminder") == 2
    body = await db.fetch_value("SELECT body FROM inbox WHERE kind = 'visit_reminder_soon'")
    assert "2026年11月27日 14:00~15:00" in body
    row = await db.fetch_one("SELECT subject, not_after FROM deliveries WHERE kind = 'visit_reminder_soon'")
    assert row
    assert (row["subject"], row["not_after"]) == (made.schedule_id, made.starts_at)


async def test_what_would_come_at_night_comes_the_evening_before(clock: Frozen) -> None:
    await visitor()
    person, place = await owners()
    made = await confirmed(person, place, at("2026-11-27", 9))
    assert await _planned(made.id) == {48: at("2026-11-25", 9), 2: at("2026-11-26", 20, 30)}
    clock.set(at("2026-11-26", 20, 30))
    # Of two that are due together the nearer one is told.
    assert await reminders.remind() == 1
    assert await _reminded(person) == ["visit_reminder_soon"]


async def test_booked_within_two_days_it_is_reminded_of_two_hours_before_alone(clock: Frozen) -> None:
    await visitor()
    person, place = await owners()
    made = await confirmed(person, place, at("2026-11-25", 9, 30))
    assert await _planned(made.id) == {2: at("2026-11-24", 20, 30)}
    clock.set(at("2026-11-24", 20, 31))
    late = await arranged((await owners(2))[1], at("2026-11-26", 14))
    assert await _planned(late.id) == {2: at("2026-11-26", 12)}


async def test_a_request_is_reminded_of_once_it_is_confirmed() -> None:
    await visitor()
    person, place = await owners()
    made = await booked(person, place, at("2026-11-27", 14))
    assert await _planned(made.id) == {}
    await changing.confirm(made.id, actor=SYSTEM)
    assert set(await _planned(made.id)) == {48, 2}


async def test_moved_it_is_reminded_of_at_its_new_time_alone(clock: Frozen) -> None:
    await visitor()
    person, place = await owners()
    made = await confirmed(person, place, at("2026-11-27", 14))
    await moving.reschedule(made.id, at("2026-12-01", 14), actor=SYSTEM)
    assert await _planned(made.id) == {48: at("2026-11-29", 14), 2: at("2026-12-01", 12)}
    clock.set(at("2026-11-27", 12))
    assert await reminders.remind() == 0
    clock.set(at("2026-11-29", 14))
    assert await reminders.remind() == 1
    body = await db.fetch_value("SELECT body FROM inbox WHERE kind = 'visit_reminder'")
    assert "12月01日 14:00" in body


async def test_moved_by_its_owner_it_waits_for_the_visitors_word_before_any_reminder() -> None:
    await visitor()
    person, place = await owners()
    made = await confirmed(person, place, at("2026-11-27", 14))
    await moving.reschedule(made.id, at("2026-12-01", 14), actor=person)
    assert await _planned(made.id) == {}


async def test_called_off_nobody_is_reminded_and_what_waits_to_be_pushed_is_not(clock: Frozen) -> None:
    await visitor()
    person, place = await owners()
    made = await confirmed(person, place, at("2026-11-27", 14))
    clock.set(at("2026-11-25", 14))
    await reminders.remind()
    await changing.cancel(made.id, "不需要了", actor=person)
    assert await _planned(made.id) == {}
    assert await db.fetch_value("SELECT count(*) FROM called_off WHERE subject = $1", made.schedule_id) == 1
    clock.set(at("2026-11-27", 12))
    assert await reminders.remind() == 0


async def test_a_row_of_another_time_reminds_nobody(clock: Frozen) -> None:
    """Even where a program forgot to take it away."""
    await visitor()
    person, place = await owners()
    made = await confirmed(person, place, at("2026-11-27", 14))
    await db.execute("UPDATE visits SET schedule_id = uuidv7() WHERE id = $1", made.id)
    clock.set(at("2026-11-27", 12))
    assert await reminders.remind() == 0
    assert await _reminded(person) == []


async def test_whoever_was_given_the_visit_is_reminded_and_everybody_who_joined(clock: Frozen) -> None:
    someone = await visitor()
    (person, place), (other, elsewhere) = await owners(1), await owners(2)
    made = await confirmed(person, place, at("2026-11-27", 14), reason="group_talk", place="video")
    await joining.join(made.id, elsewhere, "", actor=other)
    second = await visitor()
    assert second.id
    await moving.reassign(made.id, actor=SYSTEM, staff=(second.id,))
    clock.set(at("2026-11-25", 14))
    await reminders.remind()
    assert [await _reminded(one) for one in (person, other)] == [["visit_reminder"]] * 2
    assert "visit_reminder" in await notices(second)
    assert "visit_reminder" not in await notices(someone)


async def test_nothing_is_told_once_it_has_begun(clock: Frozen) -> None:
    await visitor()
    person, place = await owners()
    await confirmed(person, place, at("2026-11-27", 14))
    clock.set(at("2026-11-27", 14) + timedelta(seconds=1))
    assert await reminders.remind() == 0
    assert await db.fetch_value("SELECT count(*) FROM visit_reminders") == 0


async def test_one_that_fails_holds_no_other_and_is_tried_again(clock: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    await visitor()
    await visitor()
    (person, place), (other, elsewhere) = await owners(1), await owners(2)
    await confirmed(person, place, at("2026-11-27", 14))
    await confirmed(other, elsewhere, at("2026-11-27", 14))
    clock.set(at("2026-11-25", 14))
    real, failed = reminders._tell_staff, []

    async def fail_once(visit: Record) -> None:
        if not failed:
            failed.append(visit["id"])
            raise ValueError
        await real(visit)

    monkeypatch.setattr(reminders, "_tell_staff", fail_once)
    assert [await reminders.remind() for _ in range(3)] == [1, 1, 0]
    assert [await _reminded(one) for one in (person, other)] == [["visit_reminder"]] * 2
