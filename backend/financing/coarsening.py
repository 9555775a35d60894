"""What a bank is shown of whose need it is before a consent: only what enough registered enterprises share.

From the finest combination to the coarsest the first is taken that at least k live enterprises would be shown under (k
is a value of policy, never below 5). Those do not count that would be shown more finely themselves: the register is
public, so whoever reads "wholesale and retail, a micro firm" also knows that it is of none of its large divisions.
What isn't known of the enterprise is not shown either; then the combination is of the others. Where even the coarsest
is shared by too few, nothing is listed.

Once shown it only ever grows coarser, and only enterprises count that were there when the need was opened: otherwise
newcomers, who cannot have asked, would stand in for those among whom it is hidden. Some of these close or move: so it
is shown at first only among some more than k (`sharing_margin`), stays while k are left, and is looked at again every
few minutes, all listings by one reading of the register.

Not promised: that nothing is told to whoever kept both an earlier register and the listing as it stood then. What was
counted more finely then and is too few now counts here again; who moved in since is taken for one who was there.

Who holds a patent or a trademark is public too: a pledge of one is shown only where enough of a combination hold any.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

from asyncpg import Record

from backend.financing import values
from backend.financing.codes import IP_PLEDGES
from backend.foundation import db

_KNOWN: Final = "SELECT district, industry, statistical_size AS size FROM enterprises WHERE id = $1"
# A class's code begins with its section's letter; the first three signs are its division.
_CELLS: Final = """
SELECT e.district, left(e.industry, 3) AS industry, e.statistical_size AS size, count(*) AS found
FROM enterprises e
WHERE e.status = 'active' AND e.created_at <= $3
  AND ($1::text IS NULL OR e.district = $1) AND ($2::text IS NULL OR starts_with(e.industry, $2))
GROUP BY 1, 2, 3
"""
# Those that came behind the first opening stand apart, for they count for some listings and not for others.
_REGISTER: Final = """
SELECT e.district, left(e.industry, 3) AS industry, e.statistical_size AS size,
    CASE WHEN e.created_at > $1 THEN e.created_at END AS since, count(*) AS found
FROM enterprises e WHERE e.status = 'active' AND e.created_at <= $2 GROUP BY 1, 2, 3, 4
"""
_OPENED: Final = """
SELECT min(submitted_at) AS first, max(submitted_at) AS last FROM financing_applications
WHERE state = 'open' AND is_listed AND shown_k > 0
"""
_OPEN: Final = """
SELECT id, submitted_at, shown_collateral, shown_district AS district, shown_industry AS industry, shown_size AS size
FROM financing_applications
WHERE state = 'open' AND is_listed AND shown_k > 0 AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2
"""
_RENEW: Final = """
UPDATE financing_applications SET shown_district = $2, shown_industry = $3, shown_size = $4, shown_k = $5,
    shown_collateral = $6
WHERE id = $1 AND state = 'open'
  AND (shown_district, shown_industry, shown_size, shown_k, shown_collateral)
      IS DISTINCT FROM ($2, $3, $4, $5::integer, $6::text[])
"""
_HOLDING: Final = """
SELECT count(*) FROM (
    SELECT FROM enterprises e WHERE e.status = 'active' AND e.has_ip AND e.created_at <= $4
      AND ($1::text IS NULL OR e.district = $1) AND ($2::text IS NULL OR starts_with(e.industry, $2))
      AND ($3::text IS NULL OR e.statistical_size = $3) LIMIT $5) AS holding
"""
_AT_A_TIME: Final = 200
_KEPT: Final = 64


class Cell(NamedTuple):
    """What is known of an enterprise, or as much of it as is shown; None: not known, or left out."""

    district: str | None
    industry: str | None
    size: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """How much is shown: the district or not, so many signs of the industry, the size or not."""

    has_district: bool
    signs: int
    has_size: bool

    def told(self, cell: Cell) -> Cell:
        """Return what is shown of an enterprise on this step."""
        industry = cell.industry[: self.signs] if cell.industry and self.signs else None
        return Cell(cell.district if self.has_district else None, industry, cell.size if self.has_size else None)


NOTHING: Final = Cell(None, None, None)
LADDER: Final = (
    Step(True, 3, True),
    Step(True, 1, True),
    Step(True, 1, False),
    Step(False, 1, True),
    Step(False, 1, False),
    Step(False, 0, True),
    Step(False, 0, False),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A combination as it may be shown; `k`: how many are shown under it, 0 where nothing may be shown."""

    cell: Cell = NOTHING
    k: int = 0
    collateral: tuple[str, ...] = ()

    def columns(self) -> dict[str, Any]:
        return {
            "shown_collateral": list(self.collateral),
            "shown_district": self.cell.district,
            "shown_industry": self.cell.industry,
            "shown_size": self.cell.size,
            "shown_k": self.k,
        }


def steps_for(known: Cell) -> tuple[Step, ...]:
    """Return the steps for an enterprise of which so much is known, from the finest to the coarsest, each once."""
    told = (
        Step(
            step.has_district and known.district is not None,
            step.signs if known.industry else 0,
            step.has_size and known.size is not None,
        )
        for step in LADDER
    )
    return tuple(dict.fromkeys(told))


def steps_on(shown: Cell) -> tuple[int, tuple[Step, ...]]:
    """Return on which step a listing stands that shows so much, and the steps it is one of.

    A division is shown with all else that is known, a district never without what is known of the industry; where the
    size is left out it may be known.
    """
    steps: tuple[Step, ...] = LADDER
    if len(shown.industry or "") > LADDER[1].signs:
        steps = steps_for(shown)
    elif shown.district is not None and shown.industry is None:
        steps = steps_for(shown._replace(size=""))
    return max(number for number, step in enumerate(steps) if step.told(shown) == shown), steps


def classes(cells: Mapping[Cell, int], steps: Sequence[Step], least: int) -> Iterator[Counter[Cell]]:
    """Give step by step how many stand in each combination, but for those that are shown more finely."""
    left = dict(cells)
    for step in steps:
        groups: Counter[Cell] = Counter()
        for cell, found in left.items():
            groups[step.told(cell)] += found
        yield groups
        left = {cell: found for cell, found in left.items() if groups[step.told(cell)] < least}


class Enough(NamedTuple):
    """How many must share a combination: to be shown under it from now on, and to stay so."""

    to_show: int
    to_stay: int


async def enough() -> Enough:
    """Return how many it takes by the values of policy."""
    least = await values.of("least_sharing")
    return Enough(least + await values.of("sharing_margin"), least)


async def coarsened(enterprise_id: UUID, collateral: Sequence[str], moment: datetime) -> Shown:
    """Return the finest combination of an enterprise that enough share which were there at that moment."""
    row = await db.fetch_one(_KNOWN, enterprise_id)
    known, needed = Cell(**row) if row else NOTHING, (await enough()).to_show

    steps = steps_for(known)

    async def grouped(district: str | None, section: str | None) -> Sequence[Counter[Cell]]:
        rows = await db.fetch(_CELLS, district, section, moment)
        cells = {Cell(one["district"], one["industry"], one["size"]): one["found"] for one in rows}
        return list(classes(cells, steps, needed))

    found = await _finest(known, steps, 0, grouped, Enough(needed, needed))
    return await _with_collateral(found, collateral, moment, needed)


async def _with_collateral(shown: Shown, collateral: Sequence[str], moment: datetime, least: int) -> Shown:
    """Add what may be shown of the collateral."""
    told = tuple(collateral)
    if set(told) & IP_PLEDGES and await db.fetch_value(_HOLDING, *shown.cell, moment, least) < least:
        told = tuple(one for one in told if one not in IP_PLEDGES)
    return Shown(shown.cell, shown.k, told)


Grouped: TypeAlias = Callable[[str | None, str | None], Awaitable[Sequence[Counter[Cell]]]]
"""The `classes` of the live enterprises in a district and a section, or in any."""


async def _finest(known: Cell, steps: Sequence[Step], begin: int, grouped: Grouped, needed: Enough) -> Shown:
    """Return the first combination from a step on that enough share; on that step it is shown already.

    Only those enterprises are counted that the step or a finer one could put beside this one: all of a step share its
    district and its section, where it shows them.
    """
    within: tuple[str | None, str | None] | None = None
    groups: Sequence[Counter[Cell]] = ()
    for number, step in list(enumerate(steps))[begin:]:
        told = step.told(known)
        wider = (told.district, told.industry[:1] if told.industry else None)
        if wider != within:
            within = wider
            groups = await grouped(*wider)
        if groups[number][told] >= (needed.to_stay if number == begin else needed.to_show):
            return Shown(told, groups[number][told])
    return Shown()


class Register:
    """The live enterprises by cells, as one reading found them, and which of them came behind the first opening.

    Those come by uploads, many at a time: what was opened between the same two is among the same.
    """

    def __init__(self, rows: Sequence[Record], least: int) -> None:
        self._within: dict[tuple[str | None, str | None], list[tuple[Cell, datetime | None, int]]] = defaultdict(list)
        for row in rows:
            cell = Cell(row["district"], row["industry"], row["size"])
            section = cell.industry[:1] if cell.industry else None
            for key in {(cell.district, section), (cell.district, None), (None, section), (None, None)}:
                self._within[key].append((cell, row["since"], row["found"]))
        self._least, self._newcomers = least, sorted({row["since"] for row in rows if row["since"]})
        self._known = lru_cache(_KEPT)(self._classes)

    def at(self, moment: datetime, steps: tuple[Step, ...]) -> Grouped:
        """Return who was there at a moment, and still is."""
        come = bisect_right(self._newcomers, moment)
        last = self._newcomers[come - 1] if come else None

        async def grouped(district: str | None, section: str | None) -> Sequence[Counter[Cell]]:
            return self._known((district, section), last, steps)

        return grouped

    def _classes(
        self, within: tuple[str | None, str | None], last: datetime | None, steps: tuple[Step, ...]
    ) -> list[Counter[Cell]]:
        found: Counter[Cell] = Counter()
        for cell, since, count in self._within[within]:
            if since is None or (last is not None and since <= last):
                found[cell] += count
        return list(classes(found, steps, self._least))


async def renew() -> int:
    """Show listings coarser among whom too few are left, or no more; returns how many are shown otherwise now."""
    span = await db.fetch_one(_OPENED)
    if span is None or span["first"] is None:
        return 0
    needed = await enough()
    register = Register(await db.fetch(_REGISTER, span["first"], span["last"]), needed.to_show)
    changed, last = 0, None
    while rows := await db.fetch(_OPEN, last, _AT_A_TIME):
        for row in rows:
            shown = await _renewed(row, register, needed)
            changed += await db.execute(_RENEW, row["id"], *shown.cell, shown.k, list(shown.collateral))
        last = rows[-1]["id"]
    return changed


async def _renewed(row: Record, register: Register, needed: Enough) -> Shown:
    now_shown, moment = Cell(row["district"], row["industry"], row["size"]), row["submitted_at"]
    begin, steps = steps_on(now_shown)
    found = await _finest(now_shown, steps, begin, register.at(moment, steps), needed)
    return await _with_collateral(found, row["shown_collateral"], moment, needed.to_stay)
