"""Makes of counted answers a table that tells nobody's own; pure.

Every question is a partition of all who answered the survey: by its rows, of which "no answer" is one, and by district
or size. Groups and rows that are small are put together first, so that all margins can be shown; then cells are kept
back (`suppressing.py`). Of several choices each is a partition of its own: chosen or not (`choices.py`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from backend.foundation.suppressing import REST, hidden, merged
from backend.questions.surveys import choices
from backend.questions.surveys.choices import ANSWERED, Counts
from backend.questions.surveys.content import Kind, Question

DIMENSIONS: Final = ("district", "size")
UNANSWERED: Final = "-"

Place = tuple[str, str]
"""District and size, each a code."""
Cube = Mapping[tuple[str, str], Mapping[Place, int]]
"""(question, value) → place → how many; (ANSWERED, ANSWERED) is everybody."""

_UNBROKEN: Final = (Kind.TEXT, Kind.NEED)


@dataclass(frozen=True, slots=True)
class Groups:
    """How the results are broken down: by dimension, under which name each code is shown."""

    names: Mapping[str, Mapping[str, str]]

    def columns(self, dimension: str) -> list[str]:
        """The groups in the order of their codes, what was put together last."""
        return sorted(set(self.names[dimension].values()), key=lambda name: (name == REST, name))

    def of(self, dimension: str, place: Place) -> str:
        return self.names[dimension][place[DIMENSIONS.index(dimension)]]


def groups(everybody: Mapping[Place, int]) -> Groups | None:
    """Return the groups that can be shown; None when all together are too few. One group alone is no breakdown."""
    found: dict[str, Mapping[str, str]] = {}
    for number, dimension in enumerate(DIMENSIONS):
        counts: Counter[str] = Counter()
        for place, count in everybody.items():
            counts[place[number]] += count
        names = merged(counts)
        if names is None or not names:
            return None
        if len(set(names.values())) > 1:
            found[dimension] = names
    return Groups(found)


def told(cube: Cube, questions: Sequence[Question], *, is_broken_down: bool = True) -> dict[str, Any] | None:
    """Return the results as they are kept and shown, by groups or not; None while too few have answered."""
    everybody = cube.get((ANSWERED, ANSWERED), {})
    shown = groups(everybody)
    if shown is None:
        return None
    if not is_broken_down:
        shown = Groups({})
    return {
        "answers": sum(everybody.values()),
        "groups": {dimension: _groups(shown, dimension, everybody) for dimension in shown.names},
        "questions": [_question(one, cube, everybody, shown) for one in questions],
    }


def _groups(shown: Groups, dimension: str, everybody: Mapping[Place, int]) -> list[dict[str, Any]]:
    counts = _by_group(shown, dimension, everybody)
    codes = shown.names[dimension]
    return [
        {"name": name, "codes": sorted(code for code in codes if codes[code] == name), "answers": counts[name]}
        for name in shown.columns(dimension)
    ]


def _by_group(shown: Groups, dimension: str, counts: Mapping[Place, int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for place, count in counts.items():
        found[shown.of(dimension, place)] += count
    return found


def _question(one: Question, cube: Cube, everybody: Mapping[Place, int], shown: Groups) -> dict[str, Any]:
    if one.kind is Kind.MULTIPLE:
        chosen = {code: _counts(cube.get((one.key, code), {}), shown) for code in one.options}
        answered = _counts(cube.get((one.key, ANSWERED), {}), shown)
        return {"key": one.key, "rows": choices.rows(chosen, answered, _counts(everybody, shown))}
    limits = Groups({}) if one.kind in _UNBROKEN else shown
    return {"key": one.key, "rows": _rows(_partition(one, cube, everybody), limits)}


def _counts(counts: Mapping[Place, int], shown: Groups) -> Counts:
    by = {name: _by_group(shown, name, counts) for name in shown.names}
    groups_of = {name: [found[column] for column in shown.columns(name)] for name, found in by.items()}
    return Counts(sum(counts.values()), groups_of)


def _partition(one: Question, cube: Cube, everybody: Mapping[Place, int]) -> dict[str, Mapping[Place, int]]:
    """Return who stands in which row of a question; everybody stands in one."""
    values = {value for key, value in cube if key == one.key}
    names = [*_expected(one), *sorted(values - set(_expected(one)))]
    rows = {name: cube.get((one.key, name), {}) for name in names}
    return {**rows, UNANSWERED: _without(everybody, rows.values())}


def _expected(one: Question) -> list[str]:
    """The rows that a question has though nobody stands there."""
    if one.kind is Kind.SINGLE:
        return list(one.options)
    if one.kind is Kind.SCALE:
        return [str(step + 1) for step in range(one.steps or 0)]
    return [] if one.kind is Kind.DATE else [ANSWERED]


def _without(everybody: Mapping[Place, int], rows: Iterable[Mapping[Place, int]]) -> Mapping[Place, int]:
    left = Counter(everybody)
    for row in rows:
        left.subtract(row)
    return left


def _rows(partition: Mapping[str, Mapping[Place, int]], shown: Groups) -> list[dict[str, Any]]:
    """Return the rows of a partition with their counts, small rows as one, and whatever cells can be shown."""
    names = merged({name: sum(counts.values()) for name, counts in partition.items()}) or {}
    together: dict[str, Counter[Place]] = {}
    for name, counts in partition.items():
        together.setdefault(names[name], Counter()).update(counts)
    broken = {dimension: _cells(list(together.values()), dimension, shown) for dimension in shown.names}
    return [
        {
            "codes": [code for code, name in names.items() if name == row],
            "count": sum(together[row].values()),
            **{dimension: cells[number] for dimension, cells in broken.items()},
        }
        for number, row in enumerate(together)
    ]


def _cells(rows: Sequence[Mapping[Place, int]], dimension: str, shown: Groups) -> list[list[int | None]]:
    columns = shown.columns(dimension)
    counts = [_by_group(shown, dimension, row) for row in rows]
    table = [[row[name] for name in columns] for row in counts]
    kept = hidden(table)
    return [
        [None if (number, place) in kept else count for place, count in enumerate(line)]
        for number, line in enumerate(table)
    ]
