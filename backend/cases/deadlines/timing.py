"""The clocks of a case as its page tells them: each by itself, and what pauses took of the time that they may take."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from backend.cases import writing
from backend.cases.deadlines import clocks
from backend.cases.deadlines.readings import LEVELS, Clock, Mark, Reading, Readings
from backend.cases.events import Kind
from backend.foundation import clock

_OVER: Final = LEVELS[-1]


class Stands(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    MERGED = "merged"
    STOPPED = "stopped"
    VOID = "void"
    """A decision stopped it before anybody had done what it is for: it wasn't kept, nor, unless it was late, broken."""


async def timed(case: Mapping[str, Any], marks: Sequence[Mark]) -> dict[str, Any]:
    """Return what the log of a case {terms, due_at, alarm_level} says now; minutes are office minutes.

    `level` and `is_overdue` are those of lists: of whatever runs out next, promises among it.
    """
    now, idle = clock.now(), _stopped_idle(marks)
    read = clocks.read(marks, writing.terms_of(case["terms"]), await writing.calendar(), now)
    is_overdue = case["due_at"] is not None and case["due_at"] <= now
    return {
        "is_overdue": is_overdue,
        "level": _OVER if is_overdue else case["alarm_level"],
        "clocks": [_told(one, read, idle) for one in (read.accept, read.answer, read.solution)],
        "pause_used": read.pause_used,
        "pause_left": read.pause_left,
        "paused_until": _paused_until(read),
        "waits_for": list(read.waiting_for),
    }


def _paused_until(read: Readings) -> datetime | None:
    return read.paused_until if read.is_paused else None


def _told(one: Reading, read: Readings, idle: datetime | None) -> dict[str, Any]:
    return {
        "clock": one.clock,
        "stands": _stands(one, read, idle),
        "due_at": one.due.at,
        "stopped_at": one.stopped_at,
        "is_late": one.is_late,
        "level": min(_OVER, one.level),
    }


def _stopped_idle(marks: Sequence[Mark]) -> datetime | None:
    """Return when a case was ended by a decision, or taken back, that nobody had answered."""
    undone = {seq for mark in marks if mark.kind is Kind.TAKEN_BACK for seq in mark.data["seqs"]}
    stands = [mark for mark in marks if mark.seq not in undone]
    if any(mark.kind in (Kind.ANSWERED, Kind.DECLINED) for mark in stands):
        return None
    return next((mark.at for mark in stands if mark.kind is Kind.DECIDED and mark.data.get("because") != "again"), None)


def _stands(one: Reading, read: Readings, idle: datetime | None) -> Stands:
    if one.stopped_at is not None:
        return Stands.VOID if one.stopped_at == idle else Stands.STOPPED
    if read.is_merged:
        return Stands.MERGED
    return Stands.PAUSED if read.is_paused and one.clock is not Clock.ACCEPT else Stands.RUNNING
