"""Whom a case is given to, as a function: the same again and again, fair among equals, each left out for a reason."""

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from backend.cases.assignment.choosing import Candidate, LeftOut, Rule, choose, replay, sentence

PEOPLE = st.integers(1, 12).map(lambda n: [Candidate(UUID(int=one), 0, 0, 20) for one in range(1, n + 1)])
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        st.uuids(),
        st.integers(0, 20),
        st.integers(0, 60),
        st.integers(1, 23),
        st.none() | st.sampled_from(list(LeftOut)),
    ),
    max_size=12,
    unique_by=lambda one: one.staff_id,
)


def _one(number: int, load: int = 0, recent: int = 0, days: int = 20, left_out: LeftOut | None = None) -> Candidate:
    return Candidate(UUID(int=number), load, recent, days, left_out)


@given(PEOPLE, st.lists(st.uuids(), max_size=60), st.integers(1, 3))
def test_equal_people_are_never_more_than_one_case_apart(
    people: list[Candidate], cases: list[UUID], weight: int
) -> None:
    held = {one.staff_id: one for one in people}
    for case in cases:
        chosen = choose(list(held.values()), str(case)).chosen
        assert chosen
        one = held[chosen]
        held[chosen] = replace(one, load=one.load + weight, recent=one.recent + weight)
    loads = [one.load for one in held.values()]
    assert max(loads) - min(loads) <= weight


@given(CANDIDATES, st.text(max_size=20), st.randoms(), st.none() | st.uuids())
def test_the_same_people_give_the_same_choice_in_any_order_and_from_the_store(
    people: list[Candidate], seed: str, random: object, stand_in: UUID | None
) -> None:
    choice = choose(people, seed, stand_in=stand_in)
    shuffled = sorted(people, key=lambda one: hash((str(random), one.staff_id)))
    assert choose(shuffled, seed, stand_in=stand_in) == choice
    assert replay(choice.told()) == choice


@given(CANDIDATES, st.text(max_size=20))
def test_nobody_who_is_left_out_is_chosen_and_somebody_is_if_anybody_fits(people: list[Candidate], seed: str) -> None:
    choice = choose(people, seed)
    fit = {one.staff_id: one for one in people if one.left_out is None}
    assert (choice.chosen is None) is (not fit)
    if choice.chosen:
        assert fit[choice.chosen].load == min(one.load for one in fit.values())


def test_of_equal_loads_whoever_took_on_less_a_day_he_was_there_is_next() -> None:
    busy, away = _one(1, 2, recent=20, days=20), _one(2, 2, recent=6, days=5)
    choice = choose([busy, away], "x")
    assert choice.chosen == busy.staff_id
    assert sentence(choice, "张三", "“吴兴分局”") == (
        "分派给张三：“吴兴分局”可以接办的2人中其与另外1人在办工作量同为最少（2），"
        "且近30天接办20、在岗20个工作日，平均每日接办最少。"
    )


def test_the_lot_falls_differently_for_different_cases() -> None:
    people = [_one(1), _one(2), _one(3)]
    choices = [choose(people, str(n)) for n in range(50)]
    assert {one.chosen for one in choices} == {one.staff_id for one in people}
    assert sentence(choices[0], "张三", "属地").endswith("按编号抽定。")


def test_a_stand_in_goes_before_all_unless_he_cannot_come() -> None:
    people = [_one(1), _one(2, load=9, left_out=LeftOut.UNSKILLED), _one(3, left_out=LeftOut.ABSENT)]
    assert choose(people, "x", stand_in=UUID(int=2)).rule is Rule.STAND_IN
    assert choose(people, "x", stand_in=UUID(int=3)).chosen == UUID(int=1)
    assert choose(people, "x", stand_in=UUID(int=7)).chosen == UUID(int=1)


def test_the_sentence_says_who_was_left_out_and_why() -> None:
    people = [_one(1, left_out=LeftOut.PASSED), _one(2, left_out=LeftOut.ABSENT), _one(3, left_out=LeftOut.ABSENT)]
    assert sentence(choose(people, "x"), "", "属地") == (
        "属地没有可以接办的人（2人在接办期限前不在岗、1人已退回或逾期未接办），等待人工分派。"
    )
    only = choose([_one(1, load=4), _one(2, left_out=LeftOut.DISPATCHER)], "x")
    assert (
        sentence(only, "张三", "属地")
        == "分派给张三：属地只有一人可以接办，在办工作量4；另有1人负责分派，不参加自动分派。"
    )
