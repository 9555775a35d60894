"""Everybody on the staff reads the calendar; managers of the whole city change it."""

from datetime import date
from typing import Any

from backend import worktime
from backend.access import SYSTEM, Role
from backend.foundation import clock
from backend.foundation.ids import new_id
from backend.worktime import queries
from backend.worktime.library import LIBRARY
from tests.support.matrix import Call, Row, World

MANAGERS = frozenset({Role.MANAGER})
EVERYBODY = frozenset(Role)
PATH = "/api/staff/v1/working-calendar"
HOURS = "/api/staff/v1/office-hours"


def _year() -> int:
    """A year that this release knows nothing of."""
    return max(*LIBRARY.years, clock.today().year) + 1


def _day() -> date:
    return date(_year(), 11, 1)


def _call(body: Any, version: int, **params: Any) -> Call:
    return Call(body=body, params=params, headers={"If-Match": f'"{version}"'})


async def _version() -> int:
    shown, _ = await queries.year(SYSTEM, _year())
    return shown.version


async def _nothing_yet(world: World) -> Call:
    days = [{"day": f"{_year()}-02-06", "is_workday": False}]
    return _call({"year": _year(), "days": days, "reason": "放假"}, await _version())


async def _entered() -> int:
    days = [worktime.DaySet(_day(), is_workday=True)]
    return await worktime.set_days(_year(), days, reason="放假", citation=None, actor=SYSTEM, version=await _version())


async def _a_day(world: World) -> Call:
    version = await _entered()
    return _call({"year": _year(), "days": [_day().isoformat()], "reason": "误录"}, version)


async def _a_year(world: World) -> Call:
    return _call({"year": _year(), "citation": "国办发明电〔2026〕1号"}, await _entered())


async def _a_settled_year(world: World) -> Call:
    version = await worktime.settle(_year(), citation="国办发明电", actor=SYSTEM, version=await _entered())
    return _call({"year": _year(), "reason": "有误"}, version)


async def _hours(world: World) -> Call:
    body = {"valid_from": f"{_year()}-06-01", "spans": [{"begins": "08:30", "ends": "17:00"}], "reason": "夏令时间"}
    return _call(body, (await queries.hours(SYSTEM)).version)


async def _some_hours(world: World) -> Call:
    week = worktime.Week.of(_day(), worktime.Hours.of(("09:00", "17:00")))
    version = (await queries.hours(SYSTEM)).version
    version = await worktime.change_hours(week, reason="冬令时间", actor=SYSTEM, version=version)
    hours_id = (await queries.hours(SYSTEM)).items[-1].id
    return _call({"reason": "不再执行"}, version, hours_id=hours_id or new_id())


ROWS = (
    Row("GET", PATH, roles=EVERYBODY),
    Row("GET", f"{PATH}/years", roles=EVERYBODY),
    Row("POST", f"{PATH}/days", roles=MANAGERS, arrange=_nothing_yet),
    Row("POST", f"{PATH}/days/remove", roles=MANAGERS, arrange=_a_day),
    Row("POST", f"{PATH}/settle", roles=MANAGERS, arrange=_a_year),
    Row("POST", f"{PATH}/unsettle", roles=MANAGERS, arrange=_a_settled_year),
    Row("GET", HOURS, roles=EVERYBODY),
    Row("POST", HOURS, roles=MANAGERS, arrange=_hours),
    Row("POST", f"{HOURS}/<hours_id:uuid>/withdraw", roles=MANAGERS, arrange=_some_hours),
)
