"""Where one is signed in oneself; other people's accounts one by one, and what a leaver leaves; units."""

from typing import Any, Final
from uuid import UUID

from sanic import Request

from backend import staff
from backend.access import Actor
from backend.cases.assignment import open_work as case_work
from backend.cases.lists import leaving as problem_work
from backend.notifications.broadcasts import open_work as broadcast_work
from backend.policies import open_work as policy_work
from backend.questions.surveys import open_work as survey_work
from backend.staff import errors
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.staff.account_schemas import (
    EditStaff,
    EditUnit,
    EndedOut,
    LeavingOut,
    PersonOut,
    SeatsOut,
    UnitTreeOut,
    UnitTreeQuery,
)

READ: Final = "staff.read"
MANAGE: Final = "staff.manage"


@endpoint(auth=Auth.STAFF, returns=SeatsOut, summary="我在哪些设备上登录着")
async def seats(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001  every handler is given its request
    return {"items": await staff.seats(actor)}


@endpoint(auth=Auth.STAFF, errors=(errors.SeatUnknown,), summary="结束我的一处登录")
async def end_seat(request: Request, session_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await staff.end_own(actor, session_id)


@endpoint(auth=Auth.STAFF, returns=EndedOut, summary="结束我在其他设备上的登录")
async def end_others(request: Request, *, actor: Actor) -> EndedOut:  # noqa: ARG001
    return EndedOut(ended=await staff.end_others(actor))


@endpoint(auth=Auth.STAFF, permission=READ, returns=PersonOut, errors=(errors.StaffNotFound,), summary="一名工作人员")
async def person(request: Request, staff_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await staff.person(actor, staff_id)


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=EditStaff,
    returns=PersonOut,
    errors=(errors.StaffNotFound, errors.HasLeft),
    summary="修改姓名和单位",
)
async def edit(request: Request, staff_id: UUID, *, actor: Actor, body: EditStaff) -> dict[str, Any]:  # noqa: ARG001
    await staff.edit(staff_id, name=body.name, unit_id=body.unit_id, actor=actor)
    return await staff.person(actor, staff_id)


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    returns=EndedOut,
    errors=(errors.StaffNotFound, errors.HasLeft),
    summary="结束一名工作人员在各设备上的登录；自己正在用的这处除外",
)
async def end_sessions(request: Request, staff_id: UUID, *, actor: Actor) -> EndedOut:  # noqa: ARG001
    return EndedOut(ended=await staff.end_sessions(staff_id, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    returns=LeavingOut,
    errors=(errors.StaffNotFound,),
    summary="离岗会带来什么：结束的登录和授权，未办结的工作",
)
async def leaving(request: Request, staff_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    ending = await staff.ending_with(staff_id, actor=actor)
    work = [
        *({"kind": "case", **one} for one in await case_work.of_staff(staff_id)),
        *({"kind": "problem", **one} for one in await problem_work.of_staff(staff_id)),
        *({"kind": "policy", **one} for one in await policy_work.of_staff(staff_id)),
        *({"kind": "broadcast", "number": None, **one} for one in await broadcast_work.of_staff(staff_id)),
        *({"kind": "survey", **one} for one in await survey_work.of_staff(staff_id)),
    ]
    return {**ending, "work": work, "say": _said(ending, len(work))}


def _said(ending: dict[str, Any], work: int) -> str:
    left = f"有 {work} 项未办结的工作，之后由同一角色的其他人接着办。" if work else "没有未办结的工作。"
    return f"立即结束 {ending['sessions']} 处登录，收回 {ending['grants']} 项授权，账号不能再用；{left}"


@endpoint(auth=Auth.STAFF, permission=READ, query=UnitTreeQuery, returns=UnitTreeOut, summary="单位，按上下级排列")
async def units(request: Request, *, query: UnitTreeQuery) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await staff.units(with_closed=query.with_closed)}


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=EditUnit,
    errors=(errors.UnitNotFound, errors.UnitTaken, errors.UnitClosed),
    summary="修改单位的名称、上级和属地",
)
async def edit_unit(request: Request, unit_id: UUID, *, actor: Actor, body: EditUnit) -> None:  # noqa: ARG001
    await staff.edit_unit(unit_id, name=body.name, parent_id=body.parent_id, district=body.district, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    errors=(errors.UnitNotFound, errors.UnitInUse),
    summary="关闭单位；须先调整在岗人员、下级单位和以它为范围的授权",
)
async def close_unit(request: Request, unit_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await staff.close_unit(unit_id, actor=actor)
