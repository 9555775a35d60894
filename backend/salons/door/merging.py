"""What the scans of one ticket come to, whichever devices made them and in whatever order they arrive: pure.

Scans count in the order of their own time. Somebody who is inside and comes in again was either read twice by the same
device, which is nothing, or has his ticket in two hands: then the second entry is a conflict, listed for staff, and
counts nobody twice. Whoever goes out was there, also where nobody read him coming in, or that is not
heard of yet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

TWICE: Final = timedelta(minutes=2)
"""Within this time the same device reading a ticket again means nothing."""


class Outcome(StrEnum):
    ENTERED = "entered"
    LEFT = "left"
    REPEATED = "repeated"
    CONFLICT = "conflict"
    REFUSED = "refused"
    UNDONE = "undone"


OUTCOME_WORDS: Final[Mapping[Outcome, str]] = {
    Outcome.ENTERED: "进场",
    Outcome.LEFT: "离场",
    Outcome.REPEATED: "重复扫码",
    Outcome.CONFLICT: "一票多次进场",
    Outcome.REFUSED: "未放行",
    Outcome.UNDONE: "已撤销",
}


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan of a ticket that was in order."""

    id: UUID
    device: str
    direction: str
    scanned_at: datetime
    is_undone: bool = False


@dataclass(frozen=True, slots=True)
class Presence:
    """Who was there, by one ticket."""

    first_in_at: datetime
    last_at: datetime
    is_inside: bool
    entries: int
    conflicts: int


@dataclass(frozen=True, slots=True)
class Merged:
    """What each scan came to, and the presence that follows; None where nobody came in."""

    outcomes: Mapping[UUID, Outcome]
    presence: Presence | None


def merge(scans: Iterable[Scan]) -> Merged:
    """Work out what all scans of one ticket come to; their order and their repetition make no difference."""
    outcomes: dict[UUID, Outcome] = {}
    last: Scan | None = None
    entries, first_in_at = 0, None
    for scan in sorted({one.id: one for one in scans}.values(), key=lambda one: (one.scanned_at, one.id)):
        outcome = _outcome(scan, last)
        outcomes[scan.id] = outcome
        if outcome in (Outcome.ENTERED, Outcome.LEFT):
            last = scan
        if outcome is Outcome.ENTERED or (first_in_at is None and outcome is Outcome.LEFT):
            entries += 1
            first_in_at = first_in_at or scan.scanned_at
    if first_in_at is None or last is None:
        return Merged(outcomes, None)
    conflicts = sum(one is Outcome.CONFLICT for one in outcomes.values())
    return Merged(outcomes, Presence(first_in_at, last.scanned_at, last.direction == "in", entries, conflicts))


def _outcome(scan: Scan, last: Scan | None) -> Outcome:
    if scan.is_undone:
        return Outcome.UNDONE
    is_inside = last is not None and last.direction == "in"
    if scan.direction == "out":
        return Outcome.LEFT if is_inside or last is None else Outcome.REPEATED
    if last is None or not is_inside:
        return Outcome.ENTERED
    is_twice = scan.device == last.device and scan.scanned_at - last.scanned_at <= TWICE
    return Outcome.REPEATED if is_twice else Outcome.CONFLICT
