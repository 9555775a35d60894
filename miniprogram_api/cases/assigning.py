"""Cases go from one to the next: assigned, offered, refused, given back, transferred; and why they went to whom."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import staff
from backend.access import Actor
from backend.cases import errors
from backend.cases.assignment import assigning, explaining, handing_over, helping, transferring
from backend.foundation.states import WrongState
from backend.staff import colleagues as staff_colleagues
from miniprogram_api.cases.assigning_schemas import (
    AddHelper,
    AssignCase,
    AssignmentsOut,
    CandidatesOut,
    CaseUnitsOut,
    HandOverCase,
    PassOnReason,
    TransferCase,
    WorkmatesOut,
    WorkmatesQuery,
)
from miniprogram_api.cases.schemas import CaseMovedOut
from miniprogram_api.cases.staff import done
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply

_HANDLE = "cases.handle"
_MOST_COLLEAGUES = 50
_ASSIGN = "cases.assign"
_COMMON = (errors.CaseUnknown, errors.CaseChanged, WrongState)
_OWN = (*_COMMON, errors.NotYours, errors.NeedsDecision)


@endpoint(
    auth=Auth.STAFF,
    permission="cases.read",
    returns=AssignmentsOut,
    errors=(errors.CaseUnknown,),
    summary="事项为什么分派给谁：历次分派和转交的理由",
)
async def reasons(request: Request, case_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001  every handler is given its request
    return {"items": await explaining.reasons(actor, case_id)}


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    returns=CandidatesOut,
    errors=(errors.CaseUnknown,),
    summary="可以分派或转交的人，附在办工作量",
)
async def candidates(request: Request, case_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await explaining.candidates(actor, case_id)}


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    query=WorkmatesQuery,
    returns=WorkmatesOut,
    summary="同单位的和可以互相转交事项的同事：姓名和单位，供选人用",
)
async def colleagues(request: Request, *, actor: Actor, query: WorkmatesQuery) -> dict[str, Any]:  # noqa: ARG001
    found = await staff_colleagues.near(actor, _HANDLE, text=query.text, only=query.id, limit=_MOST_COLLEAGUES)
    return {"items": found}


@endpoint(auth=Auth.STAFF, permission="cases.read", returns=CaseUnitsOut, summary="承办事项的单位，供筛选用")
async def units(request: Request) -> dict[str, Any]:  # noqa: ARG001
    return {"items": [{"id": one["id"], "name": one["name"]} for one in await staff.units()]}


@endpoint(
    auth=Auth.STAFF,
    permission=_ASSIGN,
    body=AssignCase,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.HasItAlready, errors.NotAble, errors.NeedsSuperior),
    summary="人工分派给指定的人",
)
async def assign(request: Request, case_id: UUID, *, actor: Actor, body: AssignCase, version: int) -> Reply:  # noqa: ARG001
    return done(await assigning.assign(case_id, body.staff_id, reason=body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=HandOverCase,
    returns=CaseMovedOut,
    errors=(*_OWN, errors.HasItAlready, errors.NotAble, errors.OfferPending, errors.NeedsSuperior),
    summary="转交给指定同事；接受前仍由本人负责，第三次转交由上级指定",
)
async def hand_over(request: Request, case_id: UUID, *, actor: Actor, body: HandOverCase, version: int) -> Reply:  # noqa: ARG001
    return done(await handing_over.hand_over(case_id, body.staff_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=PassOnReason,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.NotOffered),
    summary="不接受转交给我的事项",
)
async def refuse(request: Request, case_id: UUID, *, actor: Actor, body: PassOnReason, version: int) -> Reply:  # noqa: ARG001
    return done(await handing_over.refuse(case_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=PassOnReason,
    returns=CaseMovedOut,
    errors=(*_OWN, errors.CannotGiveBack),
    summary="退回重新分派",
)
async def give_back(request: Request, case_id: UUID, *, actor: Actor, body: PassOnReason, version: int) -> Reply:  # noqa: ARG001
    return done(await handing_over.give_back(case_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_ASSIGN,
    body=TransferCase,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.UnitUnsuited, errors.NeedsSuperior),
    summary="转交其他单位承办",
)
async def transfer(request: Request, case_id: UUID, *, actor: Actor, body: TransferCase, version: int) -> Reply:  # noqa: ARG001
    return done(await transferring.transfer(case_id, body.unit_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=PassOnReason,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.NotTransferred),
    summary="把转来的事项退回原单位，限接办之前",
)
async def send_back(request: Request, case_id: UUID, *, actor: Actor, body: PassOnReason, version: int) -> Reply:  # noqa: ARG001
    return done(await transferring.send_back(case_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=AddHelper,
    returns=CaseMovedOut,
    errors=(*_OWN, errors.NotAble, errors.HelpsAlready, errors.TooManyHelpers),
    summary="增加协办人",
)
async def add_helper(request: Request, case_id: UUID, *, actor: Actor, body: AddHelper, version: int) -> Reply:  # noqa: ARG001
    return done(await helping.add(case_id, body.staff_id, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.NotYours, errors.NotHelping),
    summary="结束协办，协办人本人也可以办理",
)
async def end_helper(request: Request, case_id: UUID, staff_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return done(await helping.end(case_id, staff_id, actor=actor, version=version))
