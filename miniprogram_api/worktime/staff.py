"""Everybody on the staff sees which days are worked and when; who manages them says so, with a reason."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sanic import Request

from backend import staff, worktime
from backend.access import Actor
from backend.foundation import clock
from backend.foundation.errors import FieldError, Invalid
from backend.worktime import errors, queries
from backend.worktime.allowed import MANAGE
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply
from miniprogram_api.worktime.schemas import (
    CalendarOut,
    ChangedOut,
    ChangeHours,
    HoursOut,
    RemoveDays,
    SetDays,
    SettleYear,
    SpanIn,
    UnsettleYear,
    WithdrawHours,
    YearQuery,
    YearsOut,
)


@endpoint(
    auth=Auth.STAFF,
    query=YearQuery,
    returns=CalendarOut,
    errors=(errors.YearUnknown,),
    summary="一年的工作日历，逐日注明依据",
)
async def calendar(request: Request, *, actor: Actor, query: YearQuery) -> Reply:  # noqa: ARG001  every handler is given its request
    shown, days = await queries.year(actor, query.year or clock.today().year)
    names = await staff.names({shown.settled_by, *(one.set_by for one in days)})
    told = [{**asdict(one), "set_by_name": names.get(one.set_by)} for one in days]
    return _tagged(CalendarOut.model_validate({**_year(shown, names), "days": told}), shown.version)


@endpoint(auth=Auth.STAFF, returns=YearsOut, summary="各年日历是否已经公布或确认")
async def years(request: Request, *, actor: Actor) -> YearsOut:  # noqa: ARG001
    found = await queries.years(actor)
    names = await staff.names({one.settled_by for one in found})
    return YearsOut.model_validate({"items": [_year(one, names) for one in found]})


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=SetDays,
    returns=ChangedOut,
    errors=(errors.YearChanged, errors.YearPast),
    summary="调整某些日期是否上班，期限随之重算；If-Match 为这一年的版本",
)
async def set_days(request: Request, *, actor: Actor, body: SetDays, version: int) -> Reply:  # noqa: ARG001
    days = [worktime.DaySet(one.day, one.is_workday) for one in body.days]
    return _changed(
        await worktime.set_days(
            body.year, days, reason=body.reason, citation=body.citation, actor=actor, version=version
        )
    )


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=RemoveDays,
    returns=ChangedOut,
    errors=(errors.YearChanged, errors.YearPast, errors.NotAdjusted, errors.NothingEntered),
    summary="取消对某些日期的调整；If-Match 为这一年的版本",
)
async def remove_days(request: Request, *, actor: Actor, body: RemoveDays, version: int) -> Reply:  # noqa: ARG001
    return _changed(await worktime.remove_days(body.year, body.days, reason=body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=SettleYear,
    returns=ChangedOut,
    errors=(errors.YearChanged, errors.YearPast, errors.AlreadyKnown, errors.NothingEntered),
    summary="确认全年放假安排已录入完整，期限不再为暂定；If-Match 为这一年的版本",
)
async def settle(request: Request, *, actor: Actor, body: SettleYear, version: int) -> Reply:  # noqa: ARG001
    return _changed(await worktime.settle(body.year, citation=body.citation, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=UnsettleYear,
    returns=ChangedOut,
    errors=(errors.YearChanged, errors.YearPast, errors.NotSettled),
    summary="撤销对全年放假安排的确认；If-Match 为这一年的版本",
)
async def unsettle(request: Request, *, actor: Actor, body: UnsettleYear, version: int) -> Reply:  # noqa: ARG001
    return _changed(await worktime.unsettle(body.year, reason=body.reason, actor=actor, version=version))


@endpoint(auth=Auth.STAFF, returns=HoursOut, summary="历次办公时间")
async def hours(request: Request, *, actor: Actor) -> Reply:  # noqa: ARG001
    found = await queries.hours(actor)
    names = await staff.names({one.set_by for one in found.items})
    told = [{**asdict(one), "set_by_name": names.get(one.set_by)} for one in found.items]
    return _tagged(HoursOut.model_validate({**asdict(found), "items": told}), found.version)


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=ChangeHours,
    returns=ChangedOut,
    status=201,
    errors=(errors.HoursChanged, errors.HoursTaken),
    summary="从某一天起调整办公时间；If-Match 为办公时间的版本",
)
async def change_hours(request: Request, *, actor: Actor, body: ChangeHours, version: int) -> Reply:  # noqa: ARG001
    others = {one.weekday: _hours(one.spans, f"weekdays.{place}.spans") for place, one in enumerate(body.weekdays)}
    week = _week(body.valid_from, _hours(body.spans, "spans"), others, len(body.weekdays))
    return _changed(await worktime.change_hours(week, reason=body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=WithdrawHours,
    returns=ChangedOut,
    errors=(errors.HoursChanged, errors.HoursUnknown, errors.HoursBegun),
    summary="撤回尚未过去的办公时间调整；If-Match 为办公时间的版本",
)
async def withdraw_hours(
    request: Request,  # noqa: ARG001
    hours_id: UUID,
    *,
    actor: Actor,
    body: WithdrawHours,
    version: int,
) -> Reply:
    return _changed(await worktime.withdraw_hours(hours_id, reason=body.reason, actor=actor, version=version))


def _hours(spans: Iterable[SpanIn], path: str) -> worktime.Hours:
    try:
        return worktime.Hours.of(*((one.begins, one.ends) for one in spans))
    except ValueError as error:
        fault = FieldError(path, "order", "时段须从早到晚，且前后不相接、不重叠。")
        raise Invalid(fields=(fault,)) from error


def _week(begins: date, usual: worktime.Hours, others: dict[int, worktime.Hours], named: int) -> worktime.Week:
    if len(others) < named:
        raise Invalid(fields=(FieldError("weekdays", "repeated", "同一个星期几只能填写一次。"),))
    return worktime.Week.of(begins, usual, others)


def _year(shown: queries.YearShown, names: dict[UUID | None, str]) -> dict[str, Any]:
    return {**asdict(shown), "settled_by_name": names.get(shown.settled_by)}


def _changed(version: int) -> Reply:
    """Answer a command: what the next If-Match names."""
    return _tagged(ChangedOut(version=version), version)


def _tagged(body: Any, version: int) -> Reply:
    return Reply(body, headers={"ETag": f'"{version}"'})
