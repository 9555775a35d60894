"""The clocks of a case as its page tells them: each by itself, and what pauses took of the time that they may take."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from backend.cases import clocks, writing
from backend.cases.readings import LEVELS, Clock, Mark, Reading, Readings
from backend.foundation import clock

_OVER: Final = LEVELS[-1]


class Stands(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    MERGED = "merged"
    STOPPED = "stopped"


async def timed(case: Mapping[str, Any], marks: Sequence[Mark]) -> dict[str, Any]:
    """Return what the log of a case {terms, due_at, alarm_level} says now; minutes are office minutes.

    `level` and `is_overdue` are those of lists: of whatever runs out next, promises among it.
    """
    now = clock.now()
    read = clocks.read(marks, writing.terms_of(case["terms"]), await writing.calendar(), now)
    is_overdue = case["due_at"] is not None and case["due_at"] <= now
    return {
        "is_overdue": is_overdue,
        "level": _OVER if is_overdue else case["alarm_level"],
        "clocks": [_told(one, read) for one in (read.accept, read.answer, read.solution)],
        "pause_used": read.pause_used,
        "pause_left": read.pause_left,
        "paused_until": _paused_until(read),
        "waits_for": list(read.waiting_for),
    }


def _paused_until(read: Readings) -> datetime | None:
    return read.paused_until if read.is_paused else None


def _told(one: Reading, read: Readings) -> dict[str, Any]:
    return {
        "clock": one.clock,
        "stands": _stands(one, read),
        "due_at": one.due.at,
        "stopped_at": one.stopped_at,
        "is_late": one.is_late,
        "level": min(_OVER, one.level),
    }


def _stands(one: Reading, read: Readings) -> Stands:
    if one.stopped_at is not None:
        return Stands.STOPPED
    if read.is_merged:
        return Stands.MERGED
    return Stands.PAUSED if read.is_paused and one.clock is not Clock.ACCEPT else Stands.RUNNING
