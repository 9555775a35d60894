"""Tells who must know that a clock runs out: the handler at 50 and 80 %, his superior beyond; lists what nobody solves.

Every level is told once a round, whatever the number of sweeps and however many ticks were missed: the row of the level
decides, and the clocks say what was left behind.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from backend.access import SYSTEM, Actor
from backend.cases import messages, sweeping, writing
from backend.cases.deadlines.readings import Alarm, Clock, Readings
from backend.cases.events import Kind, NewEvent
from backend.cases.models import Case
from backend.cases.states import CLOSED, LIFECYCLE, CaseState
from backend.foundation import clock, db
from backend.foundation.errors import Conflict
from backend.foundation.states import WrongState
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders

CLOCK_WORDS: Final[Mapping[Clock, str]] = {
    Clock.ACCEPT: "接办",
    Clock.ANSWER: "首次答复",
    Clock.SOLUTION: "办结",
    Clock.PROMISE: "承诺日期",
}
DECIDE: Final = "cases.decide"
ASSIGN: Final = "cases.assign"
_OVER: Final = 100

_DUE: Final = """
SELECT id FROM cases WHERE alarm_at <= $1 AND id <> ALL ($2::uuid[]) ORDER BY alarm_at LIMIT 1
FOR NO KEY UPDATE SKIP LOCKED
"""
_NOTE: Final = """
INSERT INTO case_alarms (case_id, clock, round, level, at)
SELECT $1, n.clock, n.round, n.level, $5 FROM unnest($2::text[], $3::int[], $4::int[]) AS n (clock, round, level)
ON CONFLICT DO NOTHING RETURNING clock, round, level
"""


class Supervised(Conflict):
    code = "cases.supervised"
    sentence = "该事项已经挂牌督办。"


async def sweep(limit: int = 500) -> int:
    """Look at the cases whose time has come, each in a transaction of its own; returns how many.

    One that can't be looked at holds no other: it is told in the log and comes again with the next sweep.
    """
    return await sweeping.each(_DUE, _look_at, limit)


async def supervise(case_id: UUID, reason: str, *, actor: Actor, version: int | None = None) -> Case:
    """Put an open case on the list of supervised ones (挂牌督办), by a superior, with a reason that its owner reads.

    Raises Supervised for one that is there.
    """
    async with writing.changing(case_id, actor, permission=DECIDE, version=version) as case:
        if case.state in (*CLOSED, CaseState.MERGED):
            raise WrongState(LIFECYCLE, case.state, CaseState.IN_PROGRESS)
        if case.supervised_at is not None:
            raise Supervised
        await _list(case, reason, actor)
        return case


async def _look_at(case: Case) -> None:
    read = await writing.readings(case)
    fresh = await _fresh(case.id, read.alarms)
    for alarm in fresh:
        await _tell(case, alarm, _due(read, alarm))
    calendar = await writing.calendar()
    overdue_since = writing.supervise_at(read, calendar)
    if case.supervised_at is None and overdue_since is not None and overdue_since <= clock.now():
        await _list(case, f"超过办理时限{writing.SUPERVISED_AFTER}个工作日仍未办结。", SYSTEM)
    is_supervised = case.supervised_at is not None
    due = writing.due_columns(read, case.state, calendar, is_supervised=is_supervised, are_told=True)
    changed = {name: due[name] for name in ("alarm_at", "is_paused", "alarm_level")}
    await Case.filter(id=case.id).update(**changed)


async def _fresh(case_id: UUID, alarms: Sequence[Alarm]) -> list[Alarm]:
    """Return the levels that were not told before; of several of one clock only the highest is worth a word."""
    names, rounds, levels = [a.clock.value for a in alarms], [a.round for a in alarms], [a.level for a in alarms]
    rows = await db.fetch(_NOTE, case_id, names, rounds, levels, clock.now())
    highest: dict[Clock, Alarm] = {}
    for row in sorted(rows, key=lambda row: (row["round"], row["level"])):
        highest[Clock(row["clock"])] = Alarm(Clock(row["clock"]), row["round"], row["level"])
    return list(highest.values())


def _due(read: Readings, alarm: Alarm) -> datetime:
    if alarm.clock is Clock.PROMISE:
        return read.promises[alarm.round].due.at
    return {Clock.ACCEPT: read.accept, Clock.ANSWER: read.answer, Clock.SOLUTION: read.solution}[alarm.clock].due.at


async def _tell(case: Case, alarm: Alarm, due: datetime) -> None:
    fields = {
        "number": case.number,
        "title": case.title,
        "clock": CLOCK_WORDS[alarm.clock],
        "due": f"{due.astimezone(clock.SHANGHAI):%m月%d日 %H:%M}",
        "case_id": str(case.id),
        "level": str(alarm.level),
    }
    once = f"case-alarm:{case.id}:{alarm.clock}:{alarm.round}:{alarm.level}"
    kind = "case_overdue" if alarm.level >= _OVER else "case_due_soon"
    told = await staff_notices.tell(kind, _workers(case), fields=fields, once=once, subject=case.id)
    if alarm.level >= _OVER or not told:
        superiors = Holders(DECIDE if alarm.level >= _OVER else ASSIGN, case.district, case.unit_id)
        await staff_notices.tell(kind, superiors, fields=fields, once=once, subject=case.id)


def _workers(case: Case) -> list[UUID]:
    """Return who should act now: whoever it was handed to, else its handler, else the first receiver."""
    found = case.offered_to or case.handler_id or case.answerable_id
    return [found] if found else []


async def _list(case: Case, reason: str, actor: Actor) -> None:
    moment = clock.now()
    is_late = case.due_at is not None and case.due_at <= moment
    happened = NewEvent(Kind.SUPERVISED, reason)
    await writing.write(case, actor, "cases.supervised", happened, supervised_at=moment)
    fields = {"number": case.number, "title": case.title, "reason": reason, "case_id": str(case.id)}
    once = f"case-supervised:{case.id}"
    told = [*_workers(case)]
    await staff_notices.tell("case_supervised", told, fields=fields, once=once, subject=case.id, but=[actor.id])
    superiors = Holders(DECIDE, case.district, case.unit_id)
    await staff_notices.tell("case_supervised", superiors, fields=fields, once=once, subject=case.id, but=[actor.id])
    await messages.supervised(case, is_late=is_late)
