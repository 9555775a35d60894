"""When staff visit: weekly plans with their validity, single days that differ, an enterprise's busy hours.

What is booked stays booked whatever becomes of a plan: `outside` tells which visits a change leaves without one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from asyncpg import Range, Record

from backend import audit
from backend.access import Actor, ActorKind
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.foundation.ids import new_id
from backend.staff import colleagues
from backend.visits.availability import misfits
from backend.visits.availability.visitors import VISIT
from backend.visits.errors import PlanChanged, PlanWrong, StaffUnknown
from backend.visits.reasons import PLACES, PLAN

DAY: Final = 1440
LATEST: Final = 2160
"""What begins on a day may go on into the next one's noon."""
OPEN_END: Final = date.max

Spans = Sequence[tuple[int, int]]

_VERSION: Final = "SELECT version FROM visit_planners WHERE staff_id = $1"
_TOUCH: Final = """
INSERT INTO visit_planners (staff_id, version) VALUES ($1, 1)
ON CONFLICT (staff_id) DO UPDATE SET version = visit_planners.version + 1 WHERE visit_planners.version = $2
RETURNING version
"""
# What counted before goes on to the day before; what would have counted later gives way.
_CUT: Final = """
WITH later AS (DELETE FROM visit_plans WHERE staff_id = $1 AND valid_from >= $2)
UPDATE visit_plans SET valid_until = $2::date - 1 WHERE staff_id = $1 AND valid_from < $2 AND valid_until >= $2
"""
_PLAN: Final = """
INSERT INTO visit_plans (id, staff_id, valid_from, valid_until, weekday, spans, places)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_PLANS: Final = """
SELECT weekday, valid_from, valid_until, spans, places FROM visit_plans
WHERE staff_id = $1 AND valid_until >= $2 ORDER BY valid_from, weekday
"""
_EXCEPTION: Final = """
INSERT INTO visit_exceptions (staff_id, day, spans, note) VALUES ($1, $2, $3, $4)
ON CONFLICT (staff_id, day) DO UPDATE SET spans = excluded.spans, note = excluded.note
"""
_EXCEPTIONS: Final = "SELECT day, spans, note FROM visit_exceptions WHERE staff_id = $1 AND day >= $2 ORDER BY day"
_FORGET_PEAKS: Final = "DELETE FROM visit_peaks WHERE enterprise_id = $1"
_PEAK: Final = "INSERT INTO visit_peaks (enterprise_id, weekday, spans) VALUES ($1, $2, $3)"
_PEAKS: Final = "SELECT weekday, spans FROM visit_peaks WHERE enterprise_id = $1 ORDER BY weekday"


@dataclass(frozen=True, slots=True)
class DayPlan:
    """One weekday (1 is Monday): minutes since midnight in China, and in which ways one visits then."""

    weekday: int
    spans: Spans
    places: tuple[str, ...] = tuple(PLACES)


async def plan(
    staff_id: UUID, week: Sequence[DayPlan], valid_from: date, *, until: date = OPEN_END, actor: Actor, version: int = 0
) -> list[dict[str, Any]]:
    """Set somebody's week from a day on, in place of what counted from then on; returns what it leaves without a plan.

    By himself or by who plans visits. `version` is what he saw, 0 before the first. Raises PlanWrong, PlanChanged,
    StaffUnknown, Forbidden.
    """
    await _check_allowed(staff_id, actor)
    _check_week(week, valid_from, until)
    async with db.transaction():
        await _touch(staff_id, version)
        await db.execute(_CUT, staff_id, valid_from)
        for day in week:
            given = (valid_from, until, day.weekday, _multirange(day.spans), list(day.places))
            await db.execute(_PLAN, new_id(), staff_id, *given)
        detail = {"staff_id": str(staff_id), "valid_from": valid_from.isoformat()}
        await audit.record(
            actor, "visits.planned", table="visit_plans", row_id=staff_id, fields=("spans",), detail=detail
        )
        return await outside(staff_id)


async def differ(
    staff_id: UUID, day: date, spans: Spans, note: str = "", *, actor: Actor, version: int = 0
) -> list[dict[str, Any]]:
    """Say that somebody visits at other times on a single day, or not at all; returns as `plan` does.

    Such a day counts whatever the calendar says of it.
    """
    await _check_allowed(staff_id, actor)
    _check_spans(spans, "spans", LATEST)
    if day < clock.today():
        raise PlanWrong(fields=(FieldError("day", "out_of_range", "只能调整今天及以后的日期。"),))
    async with db.transaction():
        await _touch(staff_id, version)
        await db.execute(_EXCEPTION, staff_id, day, _multirange(spans), note)
        detail = {"staff_id": str(staff_id), "day": day.isoformat()}
        await audit.record(
            actor, "visits.day_planned", table="visit_exceptions", row_id=staff_id, fields=("spans",), detail=detail
        )
        return await outside(staff_id)


async def shown(staff_id: UUID, actor: Actor) -> dict[str, Any]:
    """Return somebody's plans that count now or later, the days that differ, and the version; raises Forbidden."""
    if actor.id != staff_id:
        actor.require(PLAN)
    today = clock.today()
    return {
        "staff_id": staff_id,
        "version": await db.fetch_value(_VERSION, staff_id) or 0,
        "plans": [_shown(row) for row in await db.fetch(_PLANS, staff_id, today)],
        "exceptions": [_shown(row) for row in await db.fetch(_EXCEPTIONS, staff_id, today)],
        "outside": await outside(staff_id),
    }


async def outside(staff_id: UUID) -> list[dict[str, Any]]:
    """Return somebody's coming visits that do not fit his plans any more, and why; they stand all the same."""
    return await misfits.of_staff(staff_id)


async def keep_peaks(enterprise_id: UUID, peaks: Mapping[int, Spans], *, actor: Actor) -> None:
    """Note when an enterprise has no time for visitors, by weekday; raises PlanWrong."""
    for weekday, spans in peaks.items():
        _check_spans(spans, f"peaks.{weekday}", DAY)
        _check_weekday(weekday, f"peaks.{weekday}")
    async with db.transaction():
        await db.execute(_FORGET_PEAKS, enterprise_id)
        for weekday, spans in sorted(peaks.items()):
            if spans:
                await db.execute(_PEAK, enterprise_id, weekday, _multirange(spans))
        await audit.record(actor, "visits.peaks_told", table="visit_peaks", row_id=enterprise_id, fields=("spans",))


async def peaks(enterprise_id: UUID) -> list[dict[str, Any]]:
    """Return the busy hours of an enterprise, by weekday."""
    return [_shown(row) for row in await db.fetch(_PEAKS, enterprise_id)]


async def _check_allowed(staff_id: UUID, actor: Actor) -> None:
    if actor.id != staff_id or actor.kind is not ActorKind.STAFF or not actor.can(VISIT):
        actor.require(PLAN)
    if not await colleagues.holding(VISIT, [staff_id]):
        raise StaffUnknown


async def _touch(staff_id: UUID, version: int) -> None:
    if await db.fetch_value(_TOUCH, staff_id, version) is None:
        raise PlanChanged


def _check_week(week: Sequence[DayPlan], valid_from: date, until: date) -> None:
    if len({day.weekday for day in week}) < len(week):
        raise PlanWrong(fields=(FieldError("week", "repeated", "同一个星期几只能安排一次。"),))
    if valid_from < clock.today() or until < valid_from or valid_from > clock.today() + timedelta(days=366):
        raise PlanWrong(
            fields=(FieldError("valid_from", "out_of_range", "开始日期须在一年之内，不早于今天，不晚于结束日期。"),)
        )
    for at, day in enumerate(week):
        _check_weekday(day.weekday, f"week.{at}.weekday")
        _check_spans(day.spans, f"week.{at}.spans", LATEST)
        if not day.spans:
            raise PlanWrong(fields=(FieldError(f"week.{at}.spans", "missing", "请填写时间段。"),))
        if not day.places or set(day.places) - set(PLACES):
            raise PlanWrong(fields=(FieldError(f"week.{at}.places", "unknown", "请选择走访方式。"),))


def _check_weekday(weekday: int, path: str) -> None:
    if not 1 <= weekday <= 7:  # noqa: PLR2004  Monday to Sunday
        raise PlanWrong(fields=(FieldError(path, "out_of_range", "星期须为1至7。"),))


def _check_spans(spans: Spans, path: str, latest: int) -> None:
    edges = [edge for span in spans for edge in span]
    if any(a >= b for a, b in pairwise(edges)) or any(not 0 <= edge <= latest for edge in edges):
        sentence = "时间段须按先后填写，互不重叠，开始早于结束。"
        raise PlanWrong(fields=(FieldError(path, "order", sentence),))


def _multirange(spans: Spans) -> list[Range[int]]:
    return [Range(begin, end) for begin, end in spans]


def _shown(row: Record) -> dict[str, Any]:
    return {**dict(row), "spans": [[span.lower, span.upper] for span in row["spans"]]}
