"""At the door: the owner shows a pass and reads who comes, a visitor scans it; other notes can be objected to."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.foundation.states import WrongState
from backend.visits import errors
from backend.visits.afterwards import arriving, attending, records
from backend.visits.afterwards import errors as later_errors
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply
from miniprogram_api.visits.owner import done
from miniprogram_api.visits.report_schemas import (
    BackFill,
    DecideArrival,
    ObjectToArrival,
    PassOut,
    PassQuery,
    ScanPass,
    TellArrival,
)
from miniprogram_api.visits.schemas import MovedOut

_ANSWER = "visits.answer"
_VISIT = "visits.visit"
_ASSIGN = "visits.assign"
_STAFF = (errors.VisitUnknown, errors.VisitChanged, WrongState)
_DOOR = (*_STAFF, later_errors.NotAtTheDoor, later_errors.ArrivedBefore, later_errors.TooEarly,
         later_errors.TooLateToArrive, later_errors.PartyUnknown)  # fmt: skip


@endpoint(
    auth=Auth.OWNER,
    query=PassQuery,
    returns=PassOut,
    errors=(errors.VisitUnknown, later_errors.PartyUnknown),
    summary="谁来走访、依据什么，以及当场出示的到访码",
)
async def show_pass(request: Request, visit_id: UUID, *, actor: Actor, query: PassQuery) -> Reply:  # noqa: ARG001
    shown = await records.pass_for(actor, visit_id, query.enterprise_id)
    return Reply(shown, headers={"Cache-Control": "no-store"})


@endpoint(
    auth=Auth.OWNER,
    body=ObjectToArrival,
    returns=MovedOut,
    errors=(errors.VisitUnknown, errors.ContestedBefore, later_errors.NothingToObject, later_errors.PartyUnknown),
    summary="对未经扫码的到访登记或未到场记录提出异议",
)
async def object_to(request: Request, visit_id: UUID, *, actor: Actor, body: ObjectToArrival) -> Reply:  # noqa: ARG001
    return done(await attending.object_to(visit_id, body.enterprise_id, body.reason, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_VISIT,
    body=ScanPass,
    returns=MovedOut,
    errors=(
        *_DOOR, later_errors.PassForged, later_errors.PassOfAnother, later_errors.PassExpired, later_errors.PassUsed,
    ),
    summary="扫经营者出示的到访码登记到访，只能由走访人员本人办理",
)  # fmt: skip
async def scan(request: Request, visit_id: UUID, *, actor: Actor, body: ScanPass) -> Reply:  # noqa: ARG001
    return done(await arriving.scan(visit_id, body.token, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_VISIT,
    body=TellArrival,
    returns=MovedOut,
    errors=_DOOR,
    summary="不扫码登记到访，须说明理由，企业会知道并可提出异议",
)
async def tell(request: Request, visit_id: UUID, *, actor: Actor, body: TellArrival, version: int) -> Reply:  # noqa: ARG001
    return done(await arriving.tell(visit_id, body.enterprise_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_ANSWER,
    body=BackFill,
    returns=MovedOut,
    errors=(
        *_STAFF, errors.NotYourVisit, later_errors.TooEarlyToBackFill, later_errors.TooLateToBackFill,
        later_errors.ArrivalTimeWrong, later_errors.ArrivedBefore, later_errors.PartyUnknown,
    ),
    summary="事后补登到访，须在期限内并说明理由，企业会知道并可提出异议",
)  # fmt: skip
async def back_fill(request: Request, visit_id: UUID, *, actor: Actor, body: BackFill, version: int) -> Reply:  # noqa: ARG001
    made = await arriving.back_fill(
        visit_id, body.enterprises, body.arrived_at, body.reason, actor=actor, version=version
    )
    return done(made)


@endpoint(
    auth=Auth.STAFF,
    permission=_ASSIGN,
    body=DecideArrival,
    returns=MovedOut,
    errors=(*_STAFF, errors.NothingContested, errors.NeedsOther),
    summary="决定对到访登记的异议，由走访人员和登记人以外的人办理",
)
async def decide(request: Request, visit_id: UUID, *, actor: Actor, body: DecideArrival, version: int) -> Reply:  # noqa: ARG001
    told: dict[str, Any] = {"is_upheld": body.is_upheld, "actor": actor, "version": version}
    return done(await attending.decide(visit_id, body.enterprise_id, body.verdict, **told))
