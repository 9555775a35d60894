"""Keeps counts of few people out of tables, also from whoever subtracts; pure.

Every number that is shown counts nobody or at least FLOOR, and no number that is kept back can be worked out from those
that are shown. Two means:

* `merged` puts small parts together until each has FLOOR. Whatever is a sum of parts then has FLOOR too, so that
  margins can be shown all of them, and nothing is left over to be subtracted.
* `hidden` keeps back cells of a table whose margins are all shown. Whoever reads it knows that no hidden cell is nought
  and what the hidden cells of each line come to. Many tables fit that; in these every hidden cell takes at least OPEN
  values in a row, as many as "few" has. How far one cell can go up or down is a greatest flow: with rows and columns as
  nodes, what is added to a cell is taken from others along circles of hidden cells, none of which may come to nought.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

FLOOR: Final = 5
OPEN: Final = FLOOR - 1
REST: Final = "*"
"""The name of whatever was put together."""

K = TypeVar("K", bound=Hashable)
Cell = tuple[int, int]
Table = Sequence[Sequence[int]]
Line = tuple[str, int]
Arcs = dict[Line, dict[Line, int]]


def is_small(count: int) -> bool:
    """Nobody is no secret."""
    return 0 < count < FLOOR


def merged(counts: Mapping[str, int]) -> dict[str, str] | None:
    """Return under which name each part is shown: its own, or REST; None when all of it together is too small."""
    if is_small(sum(counts.values())):
        return None
    small = [name for name, count in counts.items() if is_small(count)]
    together = sum(counts[name] for name in small)
    others = sorted((name for name, count in counts.items() if count >= FLOOR), key=lambda name: (counts[name], name))
    while is_small(together):
        small.append(others.pop(0))
        together += counts[small[-1]]
    return {name: REST if name in small else name for name in counts}


def hidden(table: Table, *, most: Sequence[int] | None = None, also: Iterable[Cell] = ()) -> frozenset[Cell]:
    """Return which cells of a table are kept back, beside small ones and `also`, so that each of them stays open.

    Sums of rows and columns are taken as known, and so is that no cell of a column is above `most` of it. Where nothing
    less protects what is small, that is every cell.
    """
    kept = {cell for cell, count in _cells(table) if is_small(count)} | set(also)
    tops = most or [sum(map(sum, table))] * max(map(len, table), default=0)
    waiting = sorted(kept)
    while waiting:
        # What is open stays so when more is kept back.
        narrow = _narrow(table, kept, tops, waiting[-1])
        if narrow is None:
            waiting.pop()
            continue
        cell = min(narrow, default=None)
        if cell is None:
            return frozenset(cell for cell, _ in _cells(table))
        kept.add(cell[-1])
        waiting.insert(0, cell[-1])
    return frozenset(kept)


def _cells(table: Table) -> Iterable[tuple[Cell, int]]:
    return (((row, column), count) for row, line in enumerate(table) for column, count in enumerate(line))


def _lines(cell: Cell) -> tuple[Line, Line]:
    return ("row", cell[0]), ("column", cell[1])


_Choice = tuple[bool, int, Cell]


def _narrow(table: Table, kept: set[Cell], tops: Sequence[int], cell: Cell) -> list[_Choice] | None:
    """Return None for a cell that is open, or else what might be kept back to open it, the best being the least."""
    row, column = cell
    value, free = table[row][column], 0
    stuck: list[_Choice] = []
    for is_up, own in ((True, tops[column] - value), (False, value - 1)):
        wanted = min(own, OPEN - 1 - free)
        arcs = _arcs(table, kept - {cell}, tops, is_up=is_up)
        flown = _flow(arcs, *_lines(cell), wanted)
        free += flown
        if flown < wanted:
            stuck += _helping(table, kept, tops, _cut(arcs, cell), is_up=is_up)
    return None if free >= OPEN - 1 else stuck


def _arcs(table: Table, kept: Iterable[Cell], tops: Sequence[int], *, is_up: bool) -> Arcs:
    """Return how much can be taken from each hidden cell (row → column), or added to it (back); down is the reverse."""
    arcs: Arcs = {}
    for row, column in kept:
        there, back = _lines((row, column))
        arcs.setdefault(there, {})[back], arcs.setdefault(back, {})[there] = _room(
            table[row][column], tops[column], is_up=is_up
        )
    return arcs


def _room(count: int, top: int, *, is_up: bool) -> tuple[int, int]:
    less, more = count - 1, top - count
    return (less, more) if is_up else (more, less)


def _flow(arcs: Arcs, start: Line, goal: Line, wanted: int) -> int:
    """Return how much of what is wanted goes from start to goal; `arcs` is left with what could go further."""
    flown = 0
    while flown < wanted:
        before = _reached(arcs, start)
        if goal not in before:
            break
        path = list(_path(before, goal))
        most = min(wanted - flown, *(arcs[one][other] for one, other in path))
        for one, other in path:
            arcs[one][other] -= most
            arcs[other][one] += most
        flown += most
    return flown


def _reached(arcs: Arcs, start: Line) -> dict[Line, Line | None]:
    """Return the lines that something can still go to, each with the one before it."""
    before: dict[Line, Line | None] = {start: None}
    front = [start]
    for line in front:
        for other, room in arcs.get(line, {}).items():
            if room > 0 and other not in before:
                before[other] = line
                front.append(other)
    return before


def _path(before: Mapping[Line, Line | None], goal: Line) -> Iterator[tuple[Line, Line]]:
    line, one = goal, before[goal]
    while one is not None:
        yield one, line
        line, one = one, before[one]


def _cut(arcs: Arcs, cell: Cell) -> tuple[set[Line], set[Line]]:
    """Return the lines that can be reached from a cell's row, and those from which its column can be."""
    start, goal = _lines(cell)
    reverse: Arcs = {}
    for one, others in arcs.items():
        for other, room in others.items():
            reverse.setdefault(other, {})[one] = room
    return set(_reached(arcs, start)), set(_reached(reverse, goal))


def _helping(
    table: Table, kept: set[Cell], tops: Sequence[int], cut: tuple[set[Line], set[Line]], *, is_up: bool
) -> Iterator[_Choice]:
    """Cells that lead on from one side or to the other: first those that do both, then those of few; never nought."""
    near, far = cut
    for cell, count in _cells(table):
        if not count or cell in kept:
            continue
        row, column = _lines(cell)
        there, back = _room(count, tops[cell[1]], is_up=is_up)
        ways = [(one, other) for one, other, room in ((row, column, there), (column, row, back)) if room > 0]
        leads = [(one in near and other not in near, other in far and one not in far) for one, other in ways]
        if any(map(any, leads)):
            yield not any(map(all, leads)), count, cell
