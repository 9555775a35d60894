"""Staff look at days: the calendar of a unit, the way one goes today."""

from typing import Any

from sanic import Request

from backend.access import Actor
from backend.visits.availability import misfits
from backend.visits.diary import calendars, routing
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.visits.diary_schemas import CalendarOut, CalendarQuery, RouteOut, RouteQuery
from miniprogram_api.visits.schemas import MisfitsOut


@endpoint(
    auth=Auth.STAFF,
    permission="visits.read",
    query=CalendarQuery,
    returns=CalendarOut,
    summary="一个单位的走访日历；无权查看的走访只显示忙",
)
async def calendar(request: Request, *, actor: Actor, query: CalendarQuery) -> dict[str, Any]:  # noqa: ARG001
    return await calendars.of_unit(actor, query.unit, query.since, query.until)


@endpoint(
    auth=Auth.STAFF,
    permission="visits.visit",
    query=RouteQuery,
    returns=RouteOut,
    summary="本人一天的走访路线：先后、路程、最迟出发时间",
)
async def route(request: Request, *, actor: Actor, query: RouteQuery) -> dict[str, Any]:  # noqa: ARG001
    return await routing.of_day(actor, query.day)


@endpoint(
    auth=Auth.STAFF,
    permission="visits.assign",
    returns=MisfitsOut,
    summary="须另行安排的已约走访：走访人员离岗、请假或时间安排已变",
)
async def misfitting(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await misfits.listed(actor)}
