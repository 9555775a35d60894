"""Who visits whom in which week: within what people can do, evenly, and the same whenever it is computed again."""

from collections import Counter
from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from backend.visits.campaigns.spreading import Capacity, Target, spread

MONDAYS = [date(2026, 11, 30) + timedelta(weeks=n) for n in range(4)]
STAFF = [UUID(int=n) for n in range(1, 5)]

_rooms = st.lists(st.integers(0, 6), min_size=4, max_size=4)
_people = st.lists(_rooms, min_size=1, max_size=4)
_reach = st.lists(st.sets(st.integers(0, 3)), max_size=60)


def _built(rooms: list[list[int]], reach: list[set[int]]) -> tuple[list[Target], list[Capacity]]:
    people = [Capacity(STAFF[place], dict(zip(MONDAYS, room, strict=True))) for place, room in enumerate(rooms)]
    able = {one.staff_id for one in people}
    targets = [
        Target(UUID(int=1000 + n), f"town{n % 3}", frozenset(STAFF[one] for one in who) & able)
        for n, who in enumerate(reach)
    ]
    return targets, people


@given(_people, _reach)
def test_everybody_is_visited_once_or_left_out_and_nobody_does_more_than_he_can(
    rooms: list[list[int]], reach: list[set[int]]
) -> None:
    targets, people = _built(rooms, reach)
    found = spread(targets, people, "seed")
    assert set(found.given) | set(found.left_out) == {one.enterprise_id for one in targets}
    assert set(found.given) & set(found.left_out) == set()
    known = {one.enterprise_id: one for one in targets}
    assert all(staff in known[one].reached_by for one, (staff, _) in found.given.items())
    load = Counter(found.given.values())
    assert all(load[one.staff_id, week] <= room for one in people for week, room in one.weeks.items())


@given(_people, _reach)
def test_nobody_is_left_out_while_somebody_who_reaches_him_has_room(
    rooms: list[list[int]], reach: list[set[int]]
) -> None:
    targets, people = _built(rooms, reach)
    found = spread(targets, people, "seed")
    load = Counter(staff for staff, _ in found.given.values())
    full = {one.staff_id for one in people if load[one.staff_id] == one.total}
    known = {one.enterprise_id: one for one in targets}
    for one, why in found.left_out.items():
        assert known[one].reached_by <= full
        assert (why == "elsewhere") == (not known[one].reached_by)


@given(_people, _reach)
def test_the_order_in_which_they_come_makes_no_difference(rooms: list[list[int]], reach: list[set[int]]) -> None:
    targets, people = _built(rooms, reach)
    again = spread(targets[::-1], people[::-1], "seed")
    assert spread(targets, people, "seed").given == again.given


def test_it_is_even_over_people_and_weeks() -> None:
    targets, people = _built([[10] * 4, [10] * 4], [{0, 1}] * 40)
    found = spread(targets, people, "seed")
    assert set(Counter(staff for staff, _ in found.given.values()).values()) == {20}
    assert set(Counter(found.given.values()).values()) == {5}


def test_who_does_less_is_given_less() -> None:
    targets, people = _built([[10] * 4, [5] * 4], [{0, 1}] * 30)
    load = Counter(staff for staff, _ in spread(targets, people, "seed").given.values())
    assert [load[one] for one in STAFF[:2]] == [20, 10]


def test_a_week_off_is_left_empty() -> None:
    targets, people = _built([[5, 0, 5, 5]], [{0}] * 9)
    weeks = Counter(week for _, week in spread(targets, people, "seed").given.values())
    assert [weeks[one] for one in MONDAYS] == [3, 0, 3, 3]


def test_a_town_is_visited_in_a_row() -> None:
    targets, people = _built([[3] * 4], [{0}] * 12)
    found = spread(targets, people, "seed")
    towns = {one.enterprise_id: one.town for one in targets}
    by_week = {week: {towns[one] for one, (_, at) in found.given.items() if at == week} for week in MONDAYS}
    assert sum(len(one) for one in by_week.values()) <= len(MONDAYS) + 2


def test_another_seed_gives_another_list() -> None:
    targets, people = _built([[10] * 4, [10] * 4], [{0, 1}] * 40)
    assert spread(targets, people, "one").given != spread(targets, people, "two").given
