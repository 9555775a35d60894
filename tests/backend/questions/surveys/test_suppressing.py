"""Nothing that is kept back can be worked out: tried by whoever subtracts, and by whoever tries all tables that fit."""

from collections import Counter
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backend.foundation.suppressing import FLOOR, OPEN, REST, Cell, hidden, is_small, merged
from backend.questions.surveys import choices, counting
from backend.questions.surveys.content import Question
from tests.support.sizes import scaled

COUNTS = st.one_of(st.integers(0, 9), st.integers(0, 60))


def determined(cells: list[Cell], lines: list[list[Cell]]) -> set[Cell]:
    """Which unknowns follow from sums over lines: those whose unit vector lies in the space of the equations."""
    rows = [[Fraction(cell in line) for cell in cells] for line in lines]
    pivots: list[int] = []
    done = 0
    for column in range(len(cells)):
        pivot = next((row for row in range(done, len(rows)) if rows[row][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        rows[done] = [value / rows[done][column] for value in rows[done]]
        for row in range(len(rows)):
            if row != done and rows[row][column]:
                rows[row] = [one - rows[row][column] * two for one, two in zip(rows[row], rows[done], strict=True)]
        pivots.append(column)
        done += 1
    return {cells[column] for row, column in enumerate(pivots) if sum(map(bool, rows[row])) == 1}


@st.composite
def tables(draw: st.DrawFn) -> list[list[int]]:
    """Tables as they come: all sums of rows and columns are nought or at least FLOOR."""
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    table = draw(st.lists(st.lists(COUNTS, min_size=columns, max_size=columns), min_size=rows, max_size=rows))
    for row, column in product(range(rows), range(columns)):
        if is_small(sum(table[row])) or is_small(sum(line[column] for line in table)):
            table[row][column] += FLOOR
    return table


def _lines(cells: list[Cell]) -> list[list[Cell]]:
    return [[cell for cell in cells if cell[of] == number] for of in (0, 1) for number in {cell[of] for cell in cells}]


@given(tables())
def test_no_cell_that_is_kept_back_follows_from_what_is_shown(table: list[list[int]]) -> None:
    kept = sorted(hidden(table))
    small = {(row, column) for row, line in enumerate(table) for column, count in enumerate(line) if is_small(count)}
    assert small <= set(kept)
    if not kept:
        return
    lines = _lines(kept)
    is_everything = len(kept) == sum(map(len, table))
    assert all(len(line) > 1 for line in lines) or is_everything
    assert not any(is_small(sum(table[row][column] for row, column in line)) for line in lines)
    if not is_everything:
        assert determined(kept, lines) == set()
        assert all(table[row][column] for row, column in kept)


def possible(table: list[list[int]], kept: list[Cell], least: int) -> dict[Cell, set[int]]:
    """Try all numbers that fit the sums of rows and columns; stops once every cell was seen to have OPEN values."""
    left = {line: sum(table[row][column] for row, column in line) for line in map(tuple, _lines(kept))}
    of = {cell: [line for line in left if cell in line] for cell in kept}
    seen: dict[Cell, set[int]] = {cell: set() for cell in kept}

    def go_on(chosen: list[int]) -> bool:
        if len(chosen) == len(kept):
            for cell, value in zip(kept, chosen, strict=True):
                seen[cell].add(value)
            return all(len(values) >= OPEN for values in seen.values())
        cell = kept[len(chosen)]
        waiting = {line: sum(other in line for other in kept[len(chosen) + 1 :]) for line in of[cell]}
        top = min(left[line] - least * waiting[line] for line in of[cell])
        bottom = max([least, *(left[line] for line in of[cell] if not waiting[line])])
        for value in range(bottom, top + 1):
            for line in of[cell]:
                left[line] -= value
            is_enough = go_on([*chosen, value])
            for line in of[cell]:
                left[line] += value
            if is_enough:
                return True
        return False

    go_on([])
    return seen


@st.composite
def small_tables(draw: st.DrawFn) -> list[list[int]]:
    rows, columns = draw(st.integers(2, 3)), draw(st.integers(2, 4))
    counts = st.sampled_from([0, 1, 1, 2, 3, 4, 4, 5, 6, 10])
    table = draw(st.lists(st.lists(counts, min_size=columns, max_size=columns), min_size=rows, max_size=rows))
    for row, column in product(range(rows), range(columns)):
        if is_small(sum(table[row])) or is_small(sum(line[column] for line in table)):
            table[row][column] += FLOOR
    return table


@given(small_tables())
@example([[1, 4, 10], [10, 4, 1], [4, 10, 4]])  # six hidden cells on one circle, and one solution
@example([[1, 4, 0], [4, 1, 9]])
def test_every_cell_that_is_kept_back_may_be_as_many_numbers_as_few_has(table: list[list[int]]) -> None:
    kept = sorted(hidden(table))
    is_everything = len(kept) == sum(map(len, table))  # then noughts are among them, except where a whole line is
    lines = {cell: (sum(table[cell[0]]), sum(line[cell[1]] for line in table)) for cell in kept}
    for cell, values in possible(table, kept, least=0 if is_everything else 1).items():
        assert len(values) >= OPEN or 0 in lines[cell]


@given(st.dictionaries(st.sampled_from("abcdefgh"), COUNTS, min_size=1))
def test_parts_that_are_small_are_put_together_until_none_is(counts: dict[str, int]) -> None:
    names = merged(counts)
    if names is None:
        assert is_small(sum(counts.values()))
        return
    together: Counter[str] = Counter()
    for name, count in counts.items():
        together[names[name]] += count
    assert not any(map(is_small, together.values()))
    assert {name for name, shown in names.items() if shown != REST} == {name for name in names if names[name] == name}
    if not any(map(is_small, counts.values())):
        assert REST not in names.values()


def test_the_smallest_that_helps_is_kept_back() -> None:
    assert hidden([[10, 20], [30, 40]]) == frozenset()
    assert hidden([[3, 20, 30], [7, 40, 6], [50, 60, 70]]) == {(0, 0), (0, 2), (1, 0), (1, 2)}
    assert hidden([[4, 1, 0], [1, 4, 30]]) == {(0, 0), (0, 1), (1, 0), (1, 1)}


@st.composite
def cubes(draw: st.DrawFn) -> dict[tuple[str, str], dict[tuple[str, str], int]]:
    """Answers of people to a single choice, a multiple one and a number, by district and size."""
    people = draw(st.integers(0, 80))
    chance = draw(st.randoms(use_true_random=False))
    cube: dict[tuple[str, str], Counter[tuple[str, str]]] = {}
    for _ in range(people):
        place = chance.choice("ppppqr"), chance.choice("xxxyz")
        cube.setdefault(("", ""), Counter())[place] += 1
        if chance.random() < 0.9:
            cube.setdefault(("one", chance.choice("aaaabc")), Counter())[place] += 1
        chosen = [code for code in "abc" if chance.random() < 0.4]
        for code in [*chosen, *([""] if chosen else [])]:
            cube.setdefault(("many", code), Counter())[place] += 1
        if chance.random() < 0.6:
            cube.setdefault(("number", ""), Counter())[place] += 1
    return {key: dict(counts) for key, counts in cube.items()}


QUESTIONS = [
    Question.model_validate_json(text)
    for text in (
        '{"key": "one", "kind": "single", "text": "选", "choices": [%s]}',
        '{"key": "many", "kind": "multiple", "text": "选", "choices": [%s]}',
        '{"key": "number", "kind": "number", "text": "数"}',
    )
    for text in [text.replace("%s", ", ".join(f'{{"code": "{c}", "words": "{c}"}}' for c in "abc"))]
]


@settings(max_examples=scaled(50))
@given(cubes())
def test_of_whole_results_nothing_small_is_shown_and_nothing_can_be_subtracted(cube: counting.Cube) -> None:
    told = counting.told(cube, QUESTIONS)
    everybody = sum(cube.get(("", ""), {}).values())
    assert (told is None) == (everybody < FLOOR)
    if told is None:
        return
    assert told["answers"] == everybody
    for shown in told["groups"].values():
        assert sum(group["answers"] for group in shown) == everybody
        assert not any(is_small(group["answers"]) for group in shown)
    for question in told["questions"]:
        rows = [row for row in question["rows"] if row["count"] is not None]
        assert not any(is_small(row["count"]) for row in rows)
        if question["key"] == "many":  # each choice is a table of its own with who did not choose it
            assert not any(is_small(everybody - row["count"]) for row in rows)
        else:
            assert sum(row["count"] for row in rows) == everybody
        for dimension, groups in told["groups"].items():
            _attack(question["key"], rows, dimension, [group["answers"] for group in groups])


def _attack(key: str, rows: list[dict], dimension: str, groups: list[int]) -> None:
    tables = [[row] for row in rows] if key == "many" else [rows]
    for table in tables:
        cells = [row[dimension] for row in table]
        if key == "many":  # the other half follows from the groups' sums, as any reader sees
            cells.append(
                [None if count is None else whole - count for count, whole in zip(cells[0], groups, strict=True)]
            )
        unknown = [
            (row, column) for row, line in enumerate(cells) for column, count in enumerate(line) if count is None
        ]
        assert not any(is_small(count) for line in cells for count in line if count is not None)
        if len(unknown) < sum(map(len, cells)):
            assert determined(unknown, _lines(unknown)) == set()


Places = list[list[int]]
"""Of each group how many chose the first, the second, …, and at last nothing."""


def _worlds(group: list[int], shown: list[int | None], *, is_required: bool) -> list[tuple[int, ...]]:
    """How the people of one group can have chosen one thing each, or nothing, where a reader sees so much."""
    chosen = product(*(range(sum(group) + 1) if one is None else (one,) for one in shown))
    found = [(*one, sum(group) - sum(one)) for one in chosen if sum(one) <= sum(group)]
    return [one for one in found if not is_required or not one[-1]]


@st.composite
def one_thing_each(draw: st.DrawFn) -> Places:
    counts = st.sampled_from([0, 0, 1, 2, 4])
    groups = draw(st.lists(st.lists(counts, min_size=4, max_size=4), min_size=2, max_size=2))
    for group in groups:
        group[draw(st.integers(0, 2))] += 5
        group[3] = draw(st.sampled_from([0, 0, group[3]]))
    return groups


def _counts_of(groups: Places, columns: slice) -> choices.Counts:
    by = [sum(group[columns]) for group in groups]
    return choices.Counts(sum(by), {"district": by})


@settings(max_examples=scaled(40))
@given(one_thing_each())
@example([[12, 7, 2, 0], [5, 5, 0, 0]])
@example([[4, 5, 5, 0], [6, 6, 5, 0]])
@example([[7, 5, 0, 4], [6, 6, 0, 1]])
def test_where_choices_happen_to_be_parts_of_a_whole_nothing_follows_from_the_others(groups: Places) -> None:
    chosen = {str(number): _counts_of(groups, slice(number, number + 1)) for number in range(3)}
    everybody = _counts_of(groups, slice(0, 4))
    answered, *rows = choices.rows(chosen, _counts_of(groups, slice(0, 3)), everybody)
    nothing: list[int | None] = [None, None]
    seen = [
        _worlds(
            group,
            [row.get("district", nothing)[number] for row in rows],
            is_required=not sum(group[3] for group in groups),
        )
        for number, group in enumerate(groups)
    ]
    own = answered.get("district", nothing)
    able = [
        pair
        for pair in product(*seen)
        if all(row["count"] in (None, pair[0][n] + pair[1][n]) for n, row in enumerate(rows))
        and answered["count"] in (None, sum(map(sum, pair)) - pair[0][3] - pair[1][3])
        and all(told in (None, sum(one[:3])) for told, one in zip(own, pair, strict=True))
    ]
    assert tuple(map(tuple, groups)) in able
    for number, row in enumerate(rows):
        if row["count"] is None and is_small(chosen[str(number)].total):
            assert len({first[number] + second[number] for first, second in able}) >= OPEN
        for place, group in enumerate(groups):
            if row.get("district", nothing)[place] is None and is_small(group[number]):
                assert len({pair[place][number] for pair in able}) >= OPEN
    for place, group in enumerate(groups):
        if is_small(group[3]):
            assert len({pair[place][3] for pair in able}) >= OPEN


@pytest.mark.parametrize("everybody", [{}, {("p", "x"): 4}])
def test_too_few_have_no_results(everybody: dict[tuple[str, str], int]) -> None:
    assert counting.told({("", ""): everybody}, QUESTIONS) is None
