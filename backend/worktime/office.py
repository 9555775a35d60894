"""Staff change the office hours from a day on, and take back a change whose day isn't over."""

from datetime import date
from typing import Final
from uuid import UUID

import orjson
from asyncpg import UniqueViolationError

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.db import savepoint, transaction
from backend.foundation.errors import FieldError, Invalid
from backend.foundation.ids import new_id
from backend.worktime.allowed import require
from backend.worktime.changing import announce, begin
from backend.worktime.checking import check_texts, is_changeable
from backend.worktime.errors import HoursBegun, HoursChanged, HoursTaken, HoursUnknown
from backend.worktime.hours import Week

LEAST: Final = 240
"""Minutes that an office is open at least on a working day: terms in working days are promised in such days."""
_NAMES: Final = "一二三四五六日"

_LOCK: Final = "SELECT hours_version FROM worktime_state FOR UPDATE"
_NEXT: Final = "UPDATE worktime_state SET hours_version = hours_version + 1"
_ADD: Final = """
INSERT INTO office_hours (id, valid_from, week, note, set_by, set_at) VALUES ($1, $2, $3::jsonb, $4, $5, $6)
"""
_FIND: Final = "SELECT valid_from FROM office_hours WHERE id = $1"


async def change_hours(week: Week, *, reason: str, actor: Actor, version: int) -> int:
    """Let office hours count from their day on, until the next ones; returns the new version of the office hours.

    Not before today: what was promised and measured by the hours of the past stays so. Raises HoursChanged, HoursTaken,
    Invalid.
    """
    require(actor)
    check_texts(reason=reason)
    if week.valid_from < clock.today() or not is_changeable(week.valid_from.year):
        raise Invalid(fields=(FieldError("valid_from", "range", "须从今天或今后三年内的某一天起。"),))
    _check_days(week)
    async with transaction():
        await _lock(version)
        hours_id = new_id()
        try:
            async with savepoint():
                told = orjson.dumps(week.told()).decode()
                await db.execute(_ADD, hours_id, week.valid_from, told, reason, actor.id, clock.now())
        except UniqueViolationError as error:
            raise HoursTaken from error
        detail = {"valid_from": week.valid_from.isoformat(), "week": week.told(), "reason": reason}
        await audit.record(actor, "worktime.hours_changed", table="office_hours", row_id=hours_id, detail=detail)
        return await _changed(version, week.valid_from)


def _check_days(week: Week) -> None:
    short = [name for name, day in zip(_NAMES, week.days, strict=True) if day.minutes < LEAST]
    if short:
        which = "每天" if len(short) == len(_NAMES) else f"星期{'、'.join(short)}"
        words = f"{which}的办公时间合计不足{LEAST // 60}小时，请至少设{LEAST // 60}小时。"
        raise Invalid(fields=(FieldError("spans", "range", words),))


async def withdraw_hours(hours_id: UUID, *, reason: str, actor: Actor, version: int) -> int:
    """Take back office hours whose day isn't over; returns the new version.

    Raises HoursChanged, HoursUnknown, HoursBegun.
    """
    require(actor)
    check_texts(reason=reason)
    async with transaction():
        await _lock(version)
        begins = await db.fetch_value(_FIND, hours_id)
        if begins is None:
            raise HoursUnknown
        if begins < clock.today():
            raise HoursBegun
        await db.execute("DELETE FROM office_hours WHERE id = $1", hours_id)
        detail = {"valid_from": begins.isoformat(), "reason": reason}
        await audit.record(actor, "worktime.hours_withdrawn", table="office_hours", row_id=hours_id, detail=detail)
        return await _changed(version, begins)


async def _lock(version: int) -> None:
    """Lock the office hours for a command that read them at `version`; raises HoursChanged."""
    await begin()
    if await db.fetch_value(_LOCK) != version:
        raise HoursChanged


async def _changed(version: int, since: date) -> int:
    await db.execute(_NEXT)
    await announce(since)
    return version + 1
