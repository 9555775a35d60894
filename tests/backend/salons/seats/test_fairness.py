"""No-shows lower a priority, never bar, can be explained; over-invitation goes by what was measured, within bounds."""

from datetime import timedelta
from math import exp, lgamma, log
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.access import SYSTEM, Actor
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.salons import errors, sweeping
from backend.salons.door import scanning
from backend.salons.door.scanning import Read
from backend.salons.seats import fairness, inviting_more
from tests.backend.salons.people import drain, hall, inbox, owners, published, salon, sign_up, state
from tests.factories.people import add_staff

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _held(clock: Frozen, *, scans: bool, count: int = 3) -> tuple[list[UUID], list[tuple[Actor, UUID]]]:
    """A salon to which the first of three came, a day after its end."""
    salon_id = await published(hall(9))
    people = await owners(count)
    ids = [(await sign_up(*one, salon_id)).id for one in people]
    one = await salon(salon_id)
    clock.advance(one.starts_at - clock.now())
    if scans:
        read = Read(new_id(), "入口1", "in", clock_module.now(), signup_id=ids[0])
        await scanning.receive(salon_id, [read], actor=await add_staff_manager())
    clock.advance(timedelta(hours=27))
    await sweeping.sweep()
    await sweeping.sweep()
    await fairness.note_missing()
    return ids, people


async def add_staff_manager() -> Actor:
    made = await add_staff()
    return Actor(SYSTEM.kind, made.id, "系统")


async def test_who_was_not_seen_is_told_lowered_and_can_say_why(clock: Frozen) -> None:
    ids, people = await _held(clock, scans=True)
    assert [await state(one) for one in ids] == ["attended", "no_show", "no_show"]
    await drain()
    person = people[1][0]
    assert (await inbox(person))[-1] == "salon_no_show"
    standing = await fairness.standing(person)
    assert standing["lowered_until"] == clock.now() + timedelta(days=90)
    assert "90天" in standing["rule"]
    await fairness.explain(ids[1], "孩子生病", actor=person)
    with pytest.raises(errors.ExplainedBefore):
        await fairness.explain(ids[1], "再说一次", actor=person)
    assert [one["explanation"] for one in await fairness.explained(SYSTEM)] == ["孩子生病"]
    await fairness.decide(ids[1], is_excused=True, actor=await add_staff_manager())
    assert (await fairness.standing(person))["lowered_until"] is None
    assert (await fairness.standing(people[0][0]))["items"] == []


@pytest.mark.parametrize(("is_excused", "hint"), [(True, "说明已采纳"), (False, "未采纳，{0.month}月{0.day}日前")])
async def test_what_came_of_his_reason_is_told_once(clock: Frozen, *, is_excused: bool, hint: str) -> None:
    ids, people = await _held(clock, scans=True)
    await drain()
    for (person, _), one in zip(people[1:], ids[1:], strict=True):
        await fairness.explain(one, "孩子生病", actor=person)
    decider = await add_staff_manager()
    await fairness.decide(ids[1], is_excused=is_excused, actor=decider)
    with pytest.raises(errors.NothingExplained):
        await fairness.decide(ids[1], is_excused=not is_excused, actor=decider)
    assert [await inbox(person) for person, _ in people[1:]] == [
        ["salon_no_show", "salon_no_show_decided"],
        ["salon_no_show"],
    ]
    told = await db.fetch_value("SELECT body FROM inbox WHERE kind = 'salon_no_show_decided'")
    until = (clock.now() + timedelta(days=90)).astimezone(clock_module.SHANGHAI)
    assert hint.format(until) in told


async def test_where_nobody_was_scanned_nobody_was_missing(clock: Frozen) -> None:
    ids, _ = await _held(clock, scans=False)
    assert [await state(one) for one in ids] == ["confirmed"] * 3


async def test_where_one_ticket_was_tried_and_the_door_kept_by_other_means_nobody_was_missing(
    clock: Frozen,
) -> None:
    ids, people = await _held(clock, scans=True, count=5)
    assert [await state(one) for one in ids] == ["attended", *["confirmed"] * 4]
    assert (await fairness.standing(people[1][0]))["items"] == []


async def test_whoever_is_found_on_a_device_later_was_there(clock: Frozen) -> None:
    ids, people = await _held(clock, scans=True)
    salon_id = await db.fetch_value("SELECT salon_id FROM salon_signups WHERE id = $1", ids[1])
    late = Read(new_id(), "入口2", "in", (await salon(salon_id)).starts_at, signup_id=ids[1])
    await scanning.receive(salon_id, [late], actor=await add_staff_manager())
    assert await state(ids[1]) == "attended"
    assert (await fairness.standing(people[1][0]))["items"] == []


async def test_extra_seats_are_given_to_who_waits_and_never_above_what_the_place_holds() -> None:
    salon_id = await published(hall(1, hard_limit=2))
    people = await owners(3)
    made = [await sign_up(*one, salon_id, waits=True) for one in people]
    quota = await db.fetch_value("SELECT id FROM salon_quotas WHERE salon_id = $1", salon_id)
    with pytest.raises(errors.TooManyExtra):
        await inviting_more.set_extra(salon_id, quota, 2, actor=SYSTEM)
    await inviting_more.set_extra(salon_id, quota, 1, actor=SYSTEM)
    assert [await state(one.id) for one in made] == ["confirmed", "offered", "waiting"]
    with pytest.raises(errors.SeatsGiven):
        await inviting_more.set_extra(salon_id, quota, 0, actor=SYSTEM)
    told = await inviting_more.proposed(salon_id, actor=SYSTEM)
    assert (told["is_enough"], [one["proposed"] for one in told["quotas"]]) == (False, [0])


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 2000), st.integers(0, 2000))
def test_what_is_proposed_fits_the_place_and_the_chairs(came: int, missed: int, seats: int, room: int) -> None:
    measured = inviting_more.share(came, came + missed)
    extra = inviting_more.more(seats, seats + room, measured)
    assert 0 <= extra <= room
    assert (seats + extra) * measured.high <= seats or extra == 0
    assert 0 <= measured.low <= measured.high <= 1
    if came + missed:
        assert measured.low <= came / (came + missed) + 1e-9
        assert came / (came + missed) <= measured.high + 1e-9


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(1, 300))
def test_the_chairs_suffice_as_a_rule_also_where_much_was_measured(came: int, missed: int, seats: int) -> None:
    """Were the share at its upper bound, more people than chairs would come in one salon of twenty at most."""
    measured = inviting_more.share(came, came + missed)
    invited = seats + inviting_more.more(seats, 10 * seats, measured)
    assert invited == seats or _more_come_than(seats, invited, measured.high) <= 0.05


def _more_come_than(seats: int, invited: int, part: float) -> float:
    """The exact chance that more than so many of those invited come, each of them with this chance."""
    ways = ((lgamma(invited + 1) - lgamma(n + 1) - lgamma(invited - n + 1), n) for n in range(seats + 1, invited + 1))
    return sum(exp(way + n * log(part) + (invited - n) * log(1 - part)) for way, n in ways)
