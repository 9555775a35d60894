"""Reminders: on the day that was asked for, once, moved with a new edition and dropped with what they are about."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend import assembly, consents, notifications
from backend.access import Actor
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.identity.errors import NotBound, OutOfScope
from backend.policies import service
from backend.policies.editing.versions import Handled
from backend.policies.errors import (
    NoDeadline,
    NotByTime,
    PolicyOver,
    PolicyUnknown,
    ProfilingRefused,
    ReminderUnknown,
)
from backend.policies.telling import reminders, reminding
from backend.policies.telling.reminders import Kind
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.counting import counted
from tests.backend.policies.people import REVIEWER, UP_TO_TEN, WRITER, content, leaf, owner, published

pytestmark = pytest.mark.usefixtures("running", "clock")

TODAY = date(2026, 11, 23)
OLD_ENOUGH = {"not": leaf("founded_on", "within", {"months": 6})}
"""A shop founded on 2026-07-01 fits from 2027-01-02 on."""
FOUNDED, FITS_FROM = date(2026, 7, 1), date(2027, 1, 2)


async def _again(policy: Handled, **given: Any) -> None:
    """Publish another edition in the place of the live one."""
    version = await db.fetch_value("SELECT version FROM policies WHERE id = $1", policy.id)
    await service.edit(policy.id, content("新版", **given), actor=WRITER, version=version)
    handed = await service.submit(policy.id, actor=WRITER)
    await service.publish(policy.id, actor=REVIEWER, version=handed.version)


async def _told(kind: str | None = None) -> list[tuple[str, str]]:
    rows = await db.fetch("SELECT kind, body FROM inbox WHERE kind = $1 OR $1::text IS NULL ORDER BY id", kind)
    return [(row["kind"], row["body"]) for row in rows]


async def _states() -> list[tuple[str, str, date]]:
    rows = await db.fetch("SELECT state, reason, due_on FROM policy_reminders ORDER BY id")
    return [(row["state"], row["reason"], row["due_on"]) for row in rows]


def _move_to(clock: clock_module.Frozen, day: date) -> None:
    clock.set(clock_module.day_start(day) + timedelta(hours=10))


async def _closing(until: date = date(2027, 1, 31), **asked: Any) -> tuple[Handled, UUID, Actor]:
    done = await published(apply_until=until)
    shop = await enterprise(1, employees=3)
    actor = await owner(shop)
    await reminders.before_it_closes(actor, shop, done.id, **asked)
    return done, shop, actor


async def _reached(**given: Any) -> tuple[Handled, UUID, Actor]:
    done = await published(rule=OLD_ENOUGH, **given)
    shop = await enterprise(1, founded_on=FOUNDED)
    actor = await owner(shop)
    wish = await reminders.when_reached(actor, shop, done.id)
    assert wish.due_on == FITS_FROM
    return done, shop, actor


async def test_a_week_before_the_last_day_unless_told_and_once(clock: clock_module.Frozen) -> None:
    await _closing()
    _move_to(clock, date(2027, 1, 23))
    assert (await reminding.remind(), await _told()) == (0, [])
    _move_to(clock, date(2027, 1, 24))
    assert [await reminding.remind() for _ in range(3)] == [1, 0, 0]
    ((kind, body),) = await _told()
    assert (kind, "2027年1月31日" in body) == ("policy_closing", True)
    assert [state for state, _, _ in await _states()] == ["told"]


async def test_missed_days_are_made_up_while_the_window_is_open(clock: clock_module.Frozen) -> None:
    await _closing(days_before=30)
    _move_to(clock, date(2027, 1, 31))
    assert await reminding.remind() == 1


async def test_when_the_window_has_closed_there_is_nothing_to_tell(clock: clock_module.Frozen) -> None:
    await _closing()
    _move_to(clock, date(2027, 2, 1))
    assert await reminding.remind() == 0
    assert [(state, reason) for state, reason, _ in await _states()] == [("cancelled", "over")]


async def test_who_asks_when_those_days_have_begun_is_told_at_once() -> None:
    await _closing(TODAY + timedelta(days=2))
    assert await reminding.remind() == 1


async def test_asking_again_replaces_and_tells_again_on_the_other_day(clock: clock_module.Frozen) -> None:
    done, shop, actor = await _closing()
    await reminders.before_it_closes(actor, shop, done.id, days_before=20)
    assert [due for _, _, due in await _states()] == [date(2027, 1, 11)]
    _move_to(clock, date(2027, 1, 11))
    assert await reminding.remind() == 1
    await reminders.before_it_closes(actor, shop, done.id, days_before=1)
    _move_to(clock, date(2027, 1, 30))
    assert await reminding.remind() == 1
    assert len(await _told()) == 2


async def test_a_wish_may_be_taken_back_also_by_who_no_longer_acts(clock: clock_module.Frozen) -> None:
    done, shop, actor = await _closing()
    assert [one["kind"] for one in await reminders.mine(actor, shop)] == ["closing"]
    await db.execute("UPDATE bindings SET state = 'ended', ended_at = now()")
    await reminders.cancel(actor, shop, done.id, Kind.CLOSING)
    for person, kind in ((actor, Kind.CLOSING), (actor, Kind.REACHED), (await owner(shop), Kind.CLOSING)):
        with pytest.raises(ReminderUnknown):
            await reminders.cancel(person, shop, done.id, kind)
    _move_to(clock, date(2027, 1, 24))
    assert await reminding.remind() == 0


async def test_another_edition_moves_the_day(clock: clock_module.Frozen) -> None:
    done, _, _ = await _closing()
    await _again(done, apply_until=date(2027, 3, 31))
    await reminding.remind()
    assert [(state, due) for state, _, due in await _states()] == [("waiting", date(2027, 3, 24))]
    _move_to(clock, date(2027, 3, 24))
    assert await reminding.remind() == 1
    assert "《新版》" in (await _told())[0][1]


async def test_another_edition_that_closes_sooner_tells_at_once() -> None:
    done, _, _ = await _closing()
    await _again(done, apply_until=TODAY + timedelta(days=3))
    assert await reminding.remind() == 1


async def test_another_edition_without_an_end_has_nothing_to_remind_of() -> None:
    done, _, _ = await _closing()
    await _again(done, effective_to=None)
    await reminding.remind()
    assert [(state, reason) for state, reason, _ in await _states()] == [("cancelled", "no_deadline")]


async def test_what_was_withdrawn_is_reminded_of_by_nothing() -> None:
    done, _, _ = await _closing()
    await service.withdraw(done.id, "有误", actor=REVIEWER)
    await reminding.remind()
    assert [(state, reason) for state, reason, _ in await _states()] == [("cancelled", "withdrawn")]


@pytest.mark.parametrize(
    "ended",
    [
        "UPDATE bindings SET state = 'ended', ended_at = now()",
        "UPDATE bindings SET until = '2026-12-01'",
        "UPDATE bindings SET role = 'clerk', scope = '{visits}', until = '2030-01-01'",
        "UPDATE enterprises SET closed_at = now()",
    ],
)
async def test_who_no_longer_acts_is_told_nothing(clock: clock_module.Frozen, ended: str) -> None:
    await _closing()
    await db.execute(ended)
    _move_to(clock, date(2027, 1, 24))
    assert await reminding.remind() == 0
    assert [(state, reason) for state, reason, _ in await _states()] == [("cancelled", "not_acting")]


async def test_the_day_of_fitting_is_told_once_when_it_has_come(clock: clock_module.Frozen) -> None:
    await _reached()
    _move_to(clock, FITS_FROM - timedelta(days=1))
    assert await reminding.remind() == 0
    _move_to(clock, FITS_FROM)
    assert [await reminding.remind() for _ in range(2)] == [1, 0]
    ((kind, body),) = await _told()
    assert (kind, "演示食品店可能符合条件" in body) == ("policy_reached", True)


async def test_the_day_moves_when_what_is_known_has_changed(clock: clock_module.Frozen) -> None:
    _, shop, _ = await _reached()
    await db.execute("UPDATE enterprises SET founded_on = $2 WHERE id = $1", shop, FOUNDED + timedelta(days=10))
    _move_to(clock, FITS_FROM)
    assert await reminding.remind() == 0
    later = FITS_FROM + timedelta(days=10)
    assert [(state, due) for state, _, due in await _states()] == [("waiting", later)]
    _move_to(clock, later)
    assert await reminding.remind() == 1


async def test_it_is_dropped_when_time_alone_no_longer_does_it(clock: clock_module.Frozen) -> None:
    _, shop, _ = await _reached()
    await db.execute("UPDATE enterprises SET founded_on = NULL, founded_on_source = NULL, founded_on_on = NULL")
    _move_to(clock, FITS_FROM)
    assert (await reminding.remind(), await _told()) == (0, [])
    assert [(state, reason) for state, reason, _ in await _states()] == [("cancelled", "not_by_time")]
    assert shop is not None


async def test_another_rule_moves_the_day_of_fitting_too(clock: clock_module.Frozen) -> None:
    done, _, _ = await _reached()
    await _again(done, rule={"not": leaf("founded_on", "within", {"months": 7})})
    await reminding.remind()
    assert [due for _, _, due in await _states()] == [date(2027, 2, 2)]
    await _again(done, rule={"not": leaf("founded_on", "within", {"days": 30})})
    assert await reminding.remind() == 1
    assert "《新版》" in (await _told())[0][1]


async def test_it_waits_while_the_pushes_pause(clock: clock_module.Frozen) -> None:
    await _reached()
    await db.execute("UPDATE policy_versions SET pushes_paused_at = now()")
    _move_to(clock, FITS_FROM)
    assert await reminding.remind() == 0
    await db.execute("UPDATE policy_versions SET pushes_paused_at = NULL")
    assert await reminding.remind() == 1


async def test_who_refuses_to_be_profiled_is_reminded_of_windows_only(clock: clock_module.Frozen) -> None:
    done, shop, actor = await _reached(apply_until=FITS_FROM + timedelta(days=7))
    await reminders.before_it_closes(actor, shop, done.id)
    await consents.refuse(actor)
    _move_to(clock, FITS_FROM)
    assert await reminding.remind() == 1
    assert [kind for kind, _ in await _told()] == ["policy_closing"]
    assert ("cancelled", "profiling_refused") in [(state, reason) for state, reason, _ in await _states()]
    with pytest.raises(ProfilingRefused):
        await reminders.when_reached(actor, shop, done.id)


async def test_whom_the_nights_difference_told_is_not_told_twice(clock: clock_module.Frozen) -> None:
    _, shop, actor = await _reached()
    _move_to(clock, FITS_FROM)
    await db.execute(
        "INSERT INTO policy_recipients (version_id, person_id, enterprise_id, enterprises, found_by, found_at, told_at)"
        " SELECT id, $1, $2, 1, 'difference', $3, $3 FROM policy_versions",
        actor.id,
        shop,
        clock_module.now(),
    )
    assert (await reminding.remind(), await _told()) == (1, [])
    assert [state for state, _, _ in await _states()] == ["told"]


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        (UP_TO_TEN, {}),
        (leaf("employees", "le", 2), {}),
        (leaf("revenue_wan", "le", 2), {}),
        (OLD_ENOUGH, {"apply_until": FITS_FROM - timedelta(days=1)}),
    ],
)
async def test_time_must_do_it_alone_and_before_the_end(rule: dict[str, Any], given: dict[str, Any]) -> None:
    done = await published(rule=rule, **given)
    shop = await enterprise(1, founded_on=FOUNDED, employees=3)
    with pytest.raises(NotByTime):
        await reminders.when_reached(await owner(shop), shop, done.id)


async def test_what_has_no_end_or_is_over_is_refused(clock: clock_module.Frozen) -> None:
    endless = await published("长期", effective_to=None)
    over = await published("到期", effective_to=TODAY)
    draft = await service.draft(content(), actor=WRITER)
    shop = await enterprise(1)
    actor = await owner(shop)
    clock.advance(timedelta(days=1))
    for policy, error in ((endless.id, NoDeadline), (over.id, PolicyOver), (draft.id, PolicyUnknown)):
        with pytest.raises(error):
            await reminders.before_it_closes(actor, shop, policy)
    for policy, error in ((over.id, PolicyOver), (draft.id, PolicyUnknown)):
        with pytest.raises(error):
            await reminders.when_reached(actor, shop, policy)


async def test_who_does_not_act_for_it_asks_for_nothing() -> None:
    done = await published(rule=OLD_ENOUGH)
    shop = await enterprise(1, founded_on=FOUNDED)
    until = clock_module.day_start(date(2030, 1, 1))
    clerk = await owner(shop, role="clerk", scope=["visits"], until=until)
    for actor, error in ((await owner(), NotBound), (await owner(shop, state="ended"), NotBound), (clerk, OutOfScope)):
        with pytest.raises(error):
            await reminders.before_it_closes(actor, shop, done.id)
        with pytest.raises(error):
            await reminders.when_reached(actor, shop, done.id)
        with pytest.raises(error):
            await reminders.mine(actor, shop)


async def test_workers_at_once_tell_each_reminder_once(
    clock: clock_module.Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminding, "CHUNK", 3)
    done = await published(apply_until=date(2027, 1, 31))
    shops = [await enterprise(number) for number in range(1, 11)]
    for shop in shops:
        await reminders.before_it_closes(await owner(shop), shop, done.id)
    _move_to(clock, date(2027, 1, 24))
    told = await asyncio.gather(*(reminding.remind() for _ in range(4)))
    left = await reminding.remind()
    assert (sum(told) + left, len(await _told())) == (10, 10)


async def test_a_worker_that_dies_has_told_all_of_a_chunk_or_nothing(
    clock: clock_module.Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _closing()
    _move_to(clock, date(2027, 1, 24))
    real = notifications.tell

    async def dying(messages: Any) -> int:
        await real(messages)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(notifications, "tell", dying)
        with pytest.raises(KeyboardInterrupt):
            await reminding.remind()
    assert (await _told(), [state for state, _, _ in await _states()]) == ([], ["waiting"])
    assert (await reminding.remind(), len(await _told())) == (1, 1)


async def test_a_chunk_takes_a_fixed_number_of_statements(
    clock: clock_module.Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = set()
    day, number = FITS_FROM, 0
    for count in (1, 8):
        done = await published(rule=OLD_ENOUGH, apply_until=day + timedelta(days=7), effective_to=date(2028, 1, 1))
        for _ in range(count):
            number += 1
            shop = await enterprise(number, founded_on=FOUNDED)
            actor = await owner(shop)
            await reminders.when_reached(actor, shop, done.id)
            await reminders.before_it_closes(actor, shop, done.id)
        now = clock_module.now()
        _move_to(clock, day)
        with counted(monkeypatch) as asked:
            assert await reminding.remind() == 2 * count
        figures.add(len(asked))
        clock.set(now)
    assert len(figures) == 1, figures


async def test_erasing_a_person_drops_his_reminders_and_a_copy_shows_them() -> None:
    _, _, actor = await _closing()
    assert actor.id
    copy = (await assembly.export_person(actor.id))["policies"]
    assert [one["kind"] for one in copy["reminders"]] == ["closing"]
    await assembly.leave(actor)
    assert await _states() == []
