"""What came of a salon: after its time, of whoever was there, and never of few."""

from datetime import timedelta
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.access import SYSTEM, Actor, Role
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.suppressing import FLOOR, is_small
from backend.overview import follow_through
from backend.overview.follow_through import FOLLOWED_FOR
from backend.policies.reading import feedback
from backend.policies.reading.feedback import Said
from backend.salons.errors import SalonUnknown
from tests.backend.cases.people import clerk
from tests.backend.policies.people import published as policy
from tests.backend.salons.people import hall, owners, published, sign_up


@pytest.fixture
async def salon(running: object, clock: Frozen) -> tuple[UUID, list[tuple[Actor, UUID]]]:
    """A salon to which twelve enterprises came, one of them with two people, and one did not; it begins now."""
    salon_id = await published(hall(20), starts_in=timedelta(hours=1), district="330502")
    people = await owners(13)
    for one in people:
        await sign_up(*one, salon_id)
    await db.execute("UPDATE salon_signups SET state = 'attended' WHERE enterprise_id <> $1", people[12][1])
    clock.advance(timedelta(hours=1))
    return salon_id, people


async def test_only_what_followed_counts_and_only_once_its_time_is_over(
    salon: tuple[UUID, list[tuple[Actor, UUID]]], clock: Frozen
) -> None:
    salon_id, people = salon
    told, plain, early = [await policy(title) for title in ("小店减费", "技改补助", "稳岗返还")]
    clock.advance(-timedelta(minutes=30))
    for person, place in people[:6]:
        await feedback.seen(person, place, {early.id: True})
    clock.advance(timedelta(hours=2))
    for person, place in people[:6]:
        await feedback.seen(person, place, {told.id: True, early.id: True, plain.id: False})
        await feedback.say(person, place, early.id, Said.APPLIED)
    await feedback.seen(*people[12], {told.id: True})
    await feedback.seen(*people[0], {plain.id: True})
    before = await follow_through.of_salon(salon_id, actor=SYSTEM)
    assert (before["is_over"], before["came"], before["policies"]) == (False, None, [])
    clock.advance(FOLLOWED_FOR)
    await feedback.seen(*people[7], {told.id: True})
    found = await follow_through.of_salon(salon_id, actor=SYSTEM)
    assert (found["days"], found["is_over"], found["came"]) == (30, True, 12)
    assert (found["opened"], found["applied"]) == (6, 6)
    listed = [(one["title"], one["opened"], one["applied"]) for one in found["policies"]]
    # The one policy that a single enterprise opened is not there.
    assert listed == [("小店减费", 6, 0), ("稳岗返还", 0, 6)]
    assert found["until"] - found["since"] == FOLLOWED_FOR


async def test_who_may_not_see_a_salon_is_told_nothing_of_it(salon: tuple[UUID, list[tuple[Actor, UUID]]]) -> None:
    salon_id, _ = salon
    here, elsewhere = [await clerk(Role.PUBLISHER, districts=(one,)) for one in ("330502", "330503")]
    assert (await follow_through.of_salon(salon_id, actor=here))["days"] == 30
    for actor, wanted in ((elsewhere, salon_id), (here, UUID(int=1))):
        with pytest.raises(SalonUnknown):
            await follow_through.of_salon(wanted, actor=actor)


_COUNTS = st.integers(0, 14)


@given(came=_COUNTS, rows=st.lists(st.tuples(_COUNTS, _COUNTS), max_size=5))
def test_no_number_and_no_difference_of_two_tells_of_few(came: int, rows: list[tuple[int, int]]) -> None:
    """Whatever happened: a number that is shown, and what it leaves of one of which it is a part, is nought or many."""
    rows = [(min(opened, came), min(applied, came)) for opened, applied in rows]
    totals = [min(came, sum(row[n] for row in rows)) for n in (0, 1)]
    policies = [{"policy_id": n, "title": "", "opened": o, "applied": a} for n, (o, a) in enumerate(rows)]
    counted = {"came": came, "opened": totals[0], "applied": totals[1], "policies": orjson.dumps(policies).decode()}
    found = follow_through.shown(counted)
    for name in ("opened", "applied"):
        numbers = [found[name], *(one[name] for one in found["policies"])]
        assert not any(is_small(one) for one in numbers if one is not None)
        assert came >= FLOOR or not any(one is not None for one in numbers)
        wholes = [one for one in (found["came"], found[name]) if one is not None]
        assert not any(is_small(whole - one) for whole in wholes for one in numbers if one is not None and one <= whole)
    assert found["came"] is None or not is_small(found["came"])
