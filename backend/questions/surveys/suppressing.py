"""Keeps counts of few people out of tables, also from whoever subtracts; pure.

Every number that is shown counts nobody or at least FLOOR, and no number that is kept back can be worked out from those
that are shown. Two means:

* `merged` puts small parts together until each has FLOOR. Whatever is a sum of parts then has FLOOR too, so that
  margins can be shown all of them, and nothing is left over to be subtracted.
* `hidden` keeps back cells of a table whose margins are all shown. Seen as a graph with rows and columns as nodes and
  hidden cells as edges, a hidden cell follows from sums and differences exactly when it is a bridge: it lies on no
  circle. On a circle one can be added and taken in turn, for no hidden cell is nought: all of them stay open.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

FLOOR: Final = 5
REST: Final = "*"
"""The name of whatever was put together."""

K = TypeVar("K", bound=Hashable)
Cell = tuple[int, int]
Table = Sequence[Sequence[int]]


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


def hidden(table: Table) -> frozenset[Cell]:
    """Return which cells of a table are kept back, all sums of rows and columns being shown, each nought or FLOOR.

    Where nothing less protects what is small, that is every cell.
    """
    kept = {cell for cell, count in _cells(table) if is_small(count)}
    while kept:
        weak = _weak_lines(table, kept) or _bridged_lines(kept)
        if not weak:
            return frozenset(kept)
        cell = _next(table, kept, weak)
        if cell is None:
            return frozenset(cell for cell, _ in _cells(table))
        kept.add(cell)
    return frozenset()


def _cells(table: Table) -> Iterable[tuple[Cell, int]]:
    return (((row, column), count) for row, line in enumerate(table) for column, count in enumerate(line))


Line = tuple[str, int]


def _lines(cell: Cell) -> tuple[Line, Line]:
    return ("row", cell[0]), ("column", cell[1])


def _weak_lines(table: Table, kept: set[Cell]) -> set[Line]:
    """Lines whose hidden cells are one alone, or together a small number: that follows from the line's sum."""
    found: dict[Line, list[int]] = {}
    for row, column in kept:
        for line in _lines((row, column)):
            found.setdefault(line, []).append(table[row][column])
    return {line for line, counts in found.items() if len(counts) == 1 or is_small(sum(counts))}


def _bridged_lines(kept: set[Cell]) -> set[Line]:
    return {line for cell in bridges(kept) for line in _lines(cell)}


def _next(table: Table, kept: set[Cell], weak: set[Line]) -> Cell | None:
    """The cell that helps most for least: it crosses most weak lines, then counts fewest; never nought."""
    fitting = [
        (-sum(line in weak for line in _lines(cell)), count, cell)
        for cell, count in _cells(table)
        if count and cell not in kept and any(line in weak for line in _lines(cell))
    ]
    return min(fitting)[2] if fitting else None


def bridges(kept: Iterable[Cell]) -> set[Cell]:
    """Return the hidden cells that lie on no circle of hidden cells."""
    edges = set(kept)
    return {cell for cell in edges if not _is_connected(edges - {cell}, *_lines(cell))}


def _is_connected(edges: set[Cell], start: Line, goal: Line) -> bool:
    near: dict[Line, list[Line]] = {}
    for cell in edges:
        one, other = _lines(cell)
        near.setdefault(one, []).append(other)
        near.setdefault(other, []).append(one)
    seen, front = {start}, [start]
    while front:
        for line in near.get(front.pop(), ()):
            if line not in seen:
                seen.add(line)
                front.append(line)
    return goal in seen
