"""Staff say which days are worked: single days, and that a year's notice is entered completely."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from backend import audit
from backend.access import Actor
from backend.audit import Entry
from backend.foundation import clock, db
from backend.foundation.db import transaction
from backend.foundation.ids import new_id
from backend.worktime.allowed import require
from backend.worktime.changing import announce
from backend.worktime.checking import check_days, check_texts, check_year
from backend.worktime.errors import AlreadyKnown, NotAdjusted, NothingEntered, NotSettled, YearChanged
from backend.worktime.library import LIBRARY

_BEGIN: Final = "INSERT INTO worktime_years (year) VALUES ($1) ON CONFLICT DO NOTHING"
_LOCK: Final = "SELECT version, settled_at IS NOT NULL AS is_settled FROM worktime_years WHERE year = $1 FOR UPDATE"
_NEXT: Final = "UPDATE worktime_years SET version = version + 1 WHERE year = $1"
_SET: Final = """
INSERT INTO workday_overrides (id, day, is_workday, note, citation, set_by, set_at)
SELECT n.id, n.day, n.is_workday, $4, $5, $6, $7
FROM unnest($1::uuid[], $2::date[], $3::boolean[]) AS n (id, day, is_workday)
ON CONFLICT (day) DO UPDATE SET is_workday = EXCLUDED.is_workday, note = EXCLUDED.note, citation = EXCLUDED.citation,
    set_by = EXCLUDED.set_by, set_at = EXCLUDED.set_at
RETURNING id, day, is_workday
"""
_REMOVE: Final = "DELETE FROM workday_overrides WHERE day = ANY ($1::date[]) RETURNING id, day, is_workday"
_HAS_DAYS: Final = "SELECT EXISTS (SELECT FROM workday_overrides WHERE day BETWEEN $1 AND $2)"
_SETTLE: Final = "UPDATE worktime_years SET settled_at = $2, settled_by = $3, citation = $4 WHERE year = $1"


@dataclass(frozen=True, slots=True)
class DaySet:
    """One day as staff want it."""

    day: date
    is_workday: bool


async def set_days(
    year: int, days: Sequence[DaySet], *, reason: str, citation: str | None, actor: Actor, version: int
) -> int:
    """Say of days of one year whether they are worked, whatever the library says; returns the year's new version.

    Raises YearChanged, YearPast, Invalid.
    """
    require(actor)
    check_year(year)
    check_days(year, [one.day for one in days])
    check_texts(reason=reason, citation=citation)
    async with transaction():
        await _lock(year, version)
        columns = [new_id() for _ in days], [one.day for one in days], [one.is_workday for one in days]
        rows = await db.fetch(_SET, *columns, reason, citation, actor.id, clock.now())
        await _record(actor, "worktime.day_set", rows, {"reason": reason, "citation": citation})
        return await _changed(year, version, min(one.day for one in days))


async def remove_days(year: int, days: Sequence[date], *, reason: str, actor: Actor, version: int) -> int:
    """Let days follow the library again; returns the year's new version.

    Raises YearChanged, YearPast, NotAdjusted, Invalid, and NothingEntered when a settled year would be left with none.
    """
    require(actor)
    check_year(year)
    check_days(year, days)
    check_texts(reason=reason)
    async with transaction():
        is_settled = await _lock(year, version)
        rows = await db.fetch(_REMOVE, list(days))
        if len(rows) != len(days):
            raise NotAdjusted
        if is_settled and not await _has_days(year):
            raise NothingEntered
        await _record(actor, "worktime.day_removed", rows, {"reason": reason})
        return await _changed(year, version, min(days))


async def settle(year: int, *, citation: str, actor: Actor, version: int) -> int:
    """Say that a year's notice is entered completely, so that no day of it is provisional; returns the new version.

    For the weeks between the notice and the release that brings it. Raises YearChanged, YearPast, AlreadyKnown,
    NothingEntered.
    """
    require(actor)
    check_year(year)
    check_texts(citation=citation)
    async with transaction():
        if await _lock(year, version) or year in LIBRARY.years:
            raise AlreadyKnown
        if not await _has_days(year):
            raise NothingEntered
        await db.execute(_SETTLE, year, clock.now(), actor.id, citation)
        detail = {"year": year, "citation": citation}
        await audit.record(actor, "worktime.year_settled", table="worktime_years", row_id=None, detail=detail)
        return await _changed(year, version, date(year, 1, 1))


async def unsettle(year: int, *, reason: str, actor: Actor, version: int) -> int:
    """Take that back; returns the year's new version. Raises YearChanged, YearPast, NotSettled."""
    require(actor)
    check_year(year)
    check_texts(reason=reason)
    async with transaction():
        if not await _lock(year, version):
            raise NotSettled
        await db.execute(_SETTLE, year, None, None, None)
        detail = {"year": year, "reason": reason}
        await audit.record(actor, "worktime.year_unsettled", table="worktime_years", row_id=None, detail=detail)
        return await _changed(year, version, date(year, 1, 1))


async def _lock(year: int, version: int) -> bool:
    """Lock a year for a command that read it at `version`, and tell whether it is settled; raises YearChanged."""
    await db.execute(_BEGIN, year)
    row = await db.fetch_one(_LOCK, year)
    if row is None or row["version"] != version:
        raise YearChanged
    return bool(row["is_settled"])


async def _has_days(year: int) -> bool:
    return bool(await db.fetch_value(_HAS_DAYS, date(year, 1, 1), date(year, 12, 31)))


async def _changed(year: int, version: int, since: date) -> int:
    await db.execute(_NEXT, year)
    await announce(since)
    return version + 1


async def _record(actor: Actor, action: str, rows: Sequence[Any], told: dict[str, Any]) -> None:
    entries = [
        Entry(
            action,
            "workday_overrides",
            row["id"],
            ("is_workday",),
            {"day": row["day"].isoformat(), "is_workday": row["is_workday"], **told},
        )
        for row in rows
    ]
    await audit.record_many(actor, entries)
