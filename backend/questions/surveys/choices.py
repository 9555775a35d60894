"""Makes of a question with several choices rows that tell nobody's own; pure.

Choices may overlap, so no row is a sum of others; but where each has chosen one thing they are parts of whoever
answered, and anybody can see that. So they are hidden as if they always were: one row that is kept back takes another
with it, and the groups of all choices are one table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from backend.foundation.suppressing import OPEN, Cell, hidden, is_small

ANSWERED: Final = ""
"""What a question without rows of its own counts, and one of several choices beside them."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many in all, and by dimension in each of its groups."""

    total: int
    by: Mapping[str, Sequence[int]]


def rows(chosen: Mapping[str, Counts], answered: Counts, everybody: Counts) -> list[dict[str, Any]]:
    """Return a row for whoever answered and one for each choice, with whatever counts can be shown."""
    is_telling = _tells(answered.total, everybody.total)
    secret = _secret(chosen, everybody.total, is_answered_secret=is_telling)
    shown = {code: counts for code, counts in chosen.items() if code not in secret}
    head: dict[str, Any] = {"codes": [ANSWERED], "count": None if is_telling or secret else answered.total}
    told: dict[str, dict[str, Any]] = {
        code: {"codes": [code], "count": counts.total if code in shown else None} for code, counts in chosen.items()
    }
    for dimension, whole in everybody.by.items():
        table = [counts.by[dimension] for counts in shown.values()]
        cells, own = _cells(table, [one.by[dimension] for one in chosen.values()], answered.by[dimension], whole)
        for code, line in zip(shown, cells, strict=True):
            told[code][dimension] = line
        if head["count"] is not None:
            head[dimension] = own
    return [head, *told.values()]


def _tells(count: int, whole: int) -> bool:
    return is_small(count) or is_small(whole - count)


def _secret(chosen: Mapping[str, Counts], everybody: int, *, is_answered_secret: bool) -> set[str]:
    """Choices that few made or few left out, and what must go with them: whoever is missing chose one of these."""
    secret = {code for code, counts in chosen.items() if _tells(counts.total, everybody)}
    others = [code for code, counts in chosen.items() if counts.total and code not in secret]
    is_bounded = is_answered_secret and sum(counts.total for counts in chosen.values()) < everybody
    if others and (len(secret) == 1 or (is_bounded and not secret)):
        secret.add(min(others, key=lambda code: (chosen[code].total, code)))
    return secret


Told = list[int | None]


def _cells(
    table: Sequence[Sequence[int]], every: Sequence[Sequence[int]], answered: Sequence[int], whole: Sequence[int]
) -> tuple[list[Told], Told]:
    """Return the groups of the choices and of whoever answered; the latter only where nothing is kept back."""
    few_left_out: set[Cell] = {
        (row, column)
        for row, line in enumerate(table)
        for column, count in enumerate(line)
        if is_small(whole[column] - count)
    }
    kept = hidden(table, most=answered, also=few_left_out)
    nothing: Told = [None] * len(whole)
    if not _is_open(every, answered, whole):
        return [nothing for _ in table], nothing
    cells: list[Told] = [
        [None if (row, column) in kept else count for column, count in enumerate(line)]
        for row, line in enumerate(table)
    ]
    tells = any(_tells(*pair) for pair in zip(answered, whole, strict=True))
    return cells, nothing if kept or tells else list(answered)


def _is_open(every: Sequence[Sequence[int]], answered: Sequence[int], whole: Sequence[int]) -> bool:
    """Tell whether groups in which few answered or few did not stay so, though the choices tell about them.

    At least as many answered as made any one choice, and at most as many as made all of them.
    """
    groups = range(len(whole))
    below = [answered[group] - max((line[group] for line in every), default=0) for group in groups]
    above = [min(whole[group], sum(line[group] for line in every)) - answered[group] for group in groups]
    return all(
        min(above[group], sum(below) - below[group]) + min(below[group], sum(above) - above[group]) >= OPEN - 1
        for group in groups
        if _tells(answered[group], whole[group])
    )
