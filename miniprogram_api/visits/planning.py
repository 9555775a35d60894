"""Staff plan when they visit and for what; one's own week by oneself, others' by who plans visits."""

from datetime import date
from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.foundation.errors import FieldError, Forbidden, Invalid
from backend.visits import errors, reasons
from backend.visits.availability import planning, travelling
from backend.visits.availability.planning import OPEN_END
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply
from miniprogram_api.visits import slots
from miniprogram_api.visits.schemas import (
    EditReason,
    PlanDay,
    PlanOut,
    PlanWeek,
    StaffReasonOut,
    StaffReasonsOut,
    TellWay,
    WaysOut,
)

_PLAN = "visits.plan"
_VISIT = "visits.visit"
_ERRORS = (errors.PlanWrong, errors.PlanChanged, errors.StaffUnknown)


async def _plan(staff_id: UUID, actor: Actor) -> Reply:
    told = await planning.shown(staff_id, actor)
    ends = [{**one, "valid_until": _end(one["valid_until"])} for one in told["plans"]]
    return Reply({**told, "plans": ends}, headers={"ETag": f'"{told["version"]}"'})


def _end(day: date) -> date | None:
    return None if day == OPEN_END else day


def _own(actor: Actor) -> UUID:
    if actor.id is None:
        raise Forbidden(_VISIT)
    return actor.id


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(fields=(FieldError("day", "date", "日期应为 2026-11-25 这样的形式。"),)) from None


async def _set_week(staff_id: UUID, body: PlanWeek, actor: Actor, version: int) -> Reply:
    until = body.valid_until or OPEN_END
    await planning.plan(staff_id, slots.week(body), body.valid_from, until=until, actor=actor, version=version)
    return await _plan(staff_id, actor)


async def _set_day(staff_id: UUID, day: str, body: PlanDay, actor: Actor, version: int) -> Reply:
    spans = [(begin, end) for begin, end in body.spans]
    await planning.differ(staff_id, _day(day), spans, body.note, actor=actor, version=version)
    return await _plan(staff_id, actor)


@endpoint(auth=Auth.STAFF, permission=_VISIT, returns=PlanOut, summary="本人的走访时间安排")
async def own(request: Request, *, actor: Actor) -> Reply:  # noqa: ARG001
    return await _plan(_own(actor), actor)


@endpoint(
    auth=Auth.STAFF, permission=_VISIT, body=PlanWeek, returns=PlanOut, errors=_ERRORS, summary="设置本人每周的走访时间"
)
async def set_own_week(request: Request, *, actor: Actor, body: PlanWeek, version: int) -> Reply:  # noqa: ARG001
    return await _set_week(_own(actor), body, actor, version)


@endpoint(
    auth=Auth.STAFF, permission=_VISIT, body=PlanDay, returns=PlanOut, errors=_ERRORS, summary="调整本人一天的走访时间"
)
async def set_own_day(request: Request, day: str, *, actor: Actor, body: PlanDay, version: int) -> Reply:  # noqa: ARG001
    return await _set_day(_own(actor), day, body, actor, version)


@endpoint(auth=Auth.STAFF, permission=_PLAN, returns=PlanOut, summary="一位走访人员的时间安排")
async def of_staff(request: Request, staff_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    return await _plan(staff_id, actor)


@endpoint(
    auth=Auth.STAFF,
    permission=_PLAN,
    body=PlanWeek,
    returns=PlanOut,
    errors=_ERRORS,
    summary="设置一位走访人员每周的时间；已约的走访不变",
)
async def set_week(request: Request, staff_id: UUID, *, actor: Actor, body: PlanWeek, version: int) -> Reply:  # noqa: ARG001
    return await _set_week(staff_id, body, actor, version)


@endpoint(
    auth=Auth.STAFF,
    permission=_PLAN,
    body=PlanDay,
    returns=PlanOut,
    errors=_ERRORS,
    summary="调整一位走访人员一天的时间，休息日也可单独开放",
)
async def set_day(request: Request, staff_id: UUID, day: str, *, actor: Actor, body: PlanDay, version: int) -> Reply:  # noqa: ARG001
    return await _set_day(staff_id, day, body, actor, version)


@endpoint(auth=Auth.STAFF, permission="visits.read", returns=StaffReasonsOut, summary="走访事由，含未开放的")
async def listed(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": [StaffReasonOut.model_validate(one) for one in await reasons.listed(only_open=False)]}


@endpoint(
    auth=Auth.STAFF,
    permission=_PLAN,
    body=EditReason,
    returns=StaffReasonOut,
    errors=(errors.ReasonUnknown, errors.ReasonChanged),
    summary="修改走访事由；已约的走访不变",
)
async def edit(request: Request, key: str, *, actor: Actor, body: EditReason, version: int) -> Reply:  # noqa: ARG001
    changes = {name: value for name, value in body.model_dump().items() if value is not None}
    made = await reasons.edit(key, changes, actor=actor, version=version)
    return Reply(StaffReasonOut.model_validate(made), headers={"ETag": f'"{made.version}"'})


@endpoint(auth=Auth.STAFF, permission="visits.read", returns=WaysOut, summary="另行填写的两地路程时间")
async def ways(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await travelling.told()}


@endpoint(
    auth=Auth.STAFF, permission=_PLAN, body=TellWay, returns=WaysOut, summary="填写或取消两地的路程时间，双向相同"
)
async def tell_way(request: Request, *, actor: Actor, body: TellWay) -> dict[str, Any]:  # noqa: ARG001
    await travelling.tell(body.one, body.other, body.minutes, actor=actor)
    return {"items": await travelling.told()}
