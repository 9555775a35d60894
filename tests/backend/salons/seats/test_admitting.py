"""The decision on a newcomer, for any room and any line of people."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from backend.salons import errors
from backend.salons.seats import admitting
from backend.salons.seats.admitting import Admitted, Fit, Quota, Room, Standing
from backend.salons.states import SalonState, SignupState

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
DAY = timedelta(days=1)

quotas = st.lists(
    st.tuples(st.sampled_from(["hall", "online"]), st.booleans(), st.integers(0, 4)), min_size=1, max_size=4
)
people = st.lists(
    st.tuples(st.sampled_from(["hall", "online"]), st.booleans(), st.integers(0, 1), st.booleans(), st.integers(0, 5)),
    max_size=30,
)


def _room(given_quotas: list[tuple[str, bool, int]], *, needs_approval: bool = False, each: int = 2) -> Room:
    made = [
        Quota(UUID(int=n), way, NOW + DAY if is_kept else None, free)
        for n, (way, is_kept, free) in enumerate(given_quotas, 1)
    ]
    return Room(UUID(int=0), SalonState.OPEN, NOW - DAY, NOW + DAY, each, needs_approval, made)


@given(quotas, people, st.booleans())
def test_no_seat_is_given_twice_and_nobody_passes_those_who_wait(
    some: list[tuple[str, bool, int]], line: list[tuple[str, bool, int, bool, int]], needs_approval: bool
) -> None:
    room = _room(some, needs_approval=needs_approval)
    seats = {one.id: one.free for one in room.quotas}
    given_away: dict[UUID, int] = {}
    waiting: list[tuple[str, bool]] = []
    for n, (way, is_first, priority, waits, place) in enumerate(line):
        standing = Standing(UUID(int=100 + place), UUID(int=1000 + n), is_first=is_first, priority=priority)
        got = admitting.decide(room, standing, way, waits=waits, now=NOW)
        if not isinstance(got, Admitted):
            continue
        if got.quota_id is None:
            waiting.append((way, is_first))
            continue
        quota = next(one for one in room.quotas if one.id == got.quota_id)
        given_away[quota.id] = given_away.get(quota.id, 0) + 1
        assert quota.allows(way, is_first=is_first, now=NOW)
        assert got.state is (SignupState.PENDING if needs_approval else SignupState.CONFIRMED)
        before = sum(quota.allows(of, is_first=first, now=NOW) for of, first in waiting)
        assert given_away[quota.id] + before <= seats[quota.id]
    assert all(count <= seats[quota] for quota, count in given_away.items())
    assert all(one.free == seats[one.id] - given_away.get(one.id, 0) for one in room.quotas)


@given(st.integers(1, 4), st.integers(1, 10))
def test_an_enterprise_gets_as_many_places_as_it_may_and_each_of_them_once(each: int, asking: int) -> None:
    room = _room([("hall", False, 20)], each=each)
    got = [
        admitting.decide(room, Standing(UUID(int=1), UUID(int=10 + n)), "hall", waits=True, now=NOW)
        for n in range(asking)
    ]
    places = [one.nth for one in got if isinstance(one, Admitted)]
    assert places == list(range(1, min(each, asking) + 1))
    assert all(isinstance(one, errors.EnterpriseFull) for one in got[each:])


@given(st.sets(st.integers(1, 20), max_size=8), st.integers(1, 20))
def test_an_enterprise_has_no_more_than_it_may_also_after_fewer_are_allowed(taken: set[int], each: int) -> None:
    room = _room([("hall", False, 20)], each=each)
    got = admitting.decide(room, Standing(UUID(int=1), UUID(int=2), frozenset(taken)), "hall", waits=True, now=NOW)
    assert isinstance(got, Admitted) == (len(taken) < each)
    if isinstance(got, Admitted):
        assert got.nth not in taken


@given(st.booleans())
def test_a_refusal_changes_nothing(waits: bool) -> None:
    room = _room([("hall", False, 1)])
    standing = Standing(UUID(int=1), UUID(int=2), fit=Fit.NO)
    assert isinstance(admitting.decide(room, standing, "hall", waits=waits, now=NOW), errors.NotForThisEnterprise)
    assert (room.quotas[0].free, room.waiting, room.places, room.people) == (1, {}, {}, set())
