"""Staff answer, move and arrange visits; If-Match names the version they saw."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.enterprises.contacts import OverCeiling
from backend.foundation.paging import WrongCursor
from backend.foundation.states import WrongState
from backend.visits import errors, queries, reasons
from backend.visits import figures as visit_figures
from backend.visits.afterwards import missing
from backend.visits.availability import finding
from backend.visits.availability.finding import Offer
from backend.visits.bookings import booking, changing, moving
from backend.visits.bookings.booking import Order
from backend.visits.states import VisitState
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply
from miniprogram_api.schema import CountedPage
from miniprogram_api.visits import slots
from miniprogram_api.visits.owner import done
from miniprogram_api.visits.schemas import (
    ArrangeVisit,
    DecideContest,
    FiguresOut,
    GiveReason,
    MovedOut,
    MoveVisit,
    ReassignVisit,
    SlotsOut,
    SlotsQuery,
    VisitCardOut,
    VisitOut,
    VisitsQuery,
)

_READ = "visits.read"
_ANSWER = "visits.answer"
_ASSIGN = "visits.assign"
_BOOKING = (
    errors.EnterpriseUnknown, errors.EnterpriseClosed, errors.ReasonUnknown, errors.PlaceNotOffered,
    errors.NoSuchSlot, errors.SlotTaken, errors.EnterpriseBusy, errors.TooManyRequests, errors.NobodyToAsk,
    errors.WishUnsaid, OverCeiling,
)  # fmt: skip
_COMMON = (errors.VisitUnknown, errors.VisitChanged, errors.NotYourVisit, WrongState)


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=SlotsQuery,
    returns=SlotsOut,
    errors=(errors.EnterpriseUnknown, errors.EnterpriseClosed, errors.ReasonUnknown, errors.PlaceNotOffered),
    summary="一家企业一段日子里可预约的时段，以及其他时段为何不可约",
)
async def free(request: Request, *, actor: Actor, query: SlotsQuery) -> dict[str, Any]:  # noqa: ARG001
    return await slots.free(query, actor)


async def _find(*, actor: Actor, body: ArrangeVisit) -> Offer:
    reason = await reasons.offered(body.reason, body.place, actor)
    where = await finding.where(body.enterprise_id)
    return await finding.find(reason, body.place, where, body.starts_at, only=body.staff)


@endpoint(
    auth=Auth.STAFF,
    permission=_ASSIGN,
    body=ArrangeVisit,
    returns=MovedOut,
    status=201,
    first=_find,
    errors=_BOOKING,
    summary="代经营者预约，或向其建议时间",
)
async def arrange(request: Request, *, actor: Actor, body: ArrangeVisit, ready: Offer) -> Reply:  # noqa: ARG001
    state = VisitState.CONFIRMED if body.is_agreed else VisitState.REQUESTED
    awaits = None if body.is_agreed else "owner"
    order = Order(state, body.channel, body.person_id, body.note, awaits, is_wished=body.is_wished)
    return done(await booking.arrange(ready, order, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=VisitsQuery,
    returns=CountedPage[VisitCardOut],
    errors=(WrongCursor,),
    summary="一段日子的走访，按开始时间排列",
)
async def listed(request: Request, *, actor: Actor, query: VisitsQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queries.listed(
        actor,
        query.first,
        query.last,
        states=list(query.state),
        staff_id=query.staff_id,
        unit_id=query.unit_id,
        cursor=query.cursor,
        limit=query.limit,
    )


@endpoint(
    auth=Auth.STAFF, permission=_READ, returns=VisitOut, errors=(errors.VisitUnknown,), summary="一次走访和它的经过"
)
async def show(request: Request, visit_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    visit = await queries.detail(actor, visit_id)
    return Reply(visit, headers={"ETag": f'"{visit["version"]}"'})


@endpoint(
    auth=Auth.STAFF,
    permission=_ANSWER,
    returns=MovedOut,
    errors=(*_COMMON, errors.NotYourWord),
    summary="确认预约，由走访人员本人或安排走访的人办理",
)
async def confirm(request: Request, visit_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return done(await changing.confirm(visit_id, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_ANSWER,
    body=GiveReason,
    returns=MovedOut,
    errors=(*_COMMON, errors.NotYourWord),
    summary="不能安排，须写明理由；系统同时告知其他空闲时段",
)
async def decline(request: Request, visit_id: UUID, *, actor: Actor, body: GiveReason, version: int) -> Reply:  # noqa: ARG001
    return done(await changing.decline(visit_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_ANSWER,
    body=MoveVisit,
    returns=MovedOut,
    errors=(
        *_COMMON,
        errors.TooLate,
        errors.HasBegun,
        errors.NoSuchSlot,
        errors.SlotTaken,
        errors.EnterpriseBusy,
        OverCeiling,
    ),
    summary="改期，经营者会收到新的时间",
)
async def reschedule(request: Request, visit_id: UUID, *, actor: Actor, body: MoveVisit, version: int) -> Reply:  # noqa: ARG001
    return done(await moving.reschedule(visit_id, body.starts_at, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_ASSIGN,
    body=ReassignVisit,
    returns=MovedOut,
    errors=(*_COMMON, errors.NobodyFree, errors.HasBegun),
    summary="改派走访人员，时间不变",
)
async def reassign(request: Request, visit_id: UUID, *, actor: Actor, body: ReassignVisit, version: int) -> Reply:  # noqa: ARG001
    return done(await moving.reassign(visit_id, actor=actor, version=version, staff=tuple(body.staff)))


@endpoint(
    auth=Auth.STAFF,
    permission=_ANSWER,
    body=GiveReason,
    returns=MovedOut,
    errors=(*_COMMON, errors.HasBegun),
    summary="取消走访，须写明理由；临近取消计入公开统计",
)
async def cancel(request: Request, visit_id: UUID, *, actor: Actor, body: GiveReason, version: int) -> Reply:  # noqa: ARG001
    return done(await changing.cancel(visit_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_ANSWER,
    body=GiveReason,
    returns=MovedOut,
    errors=(*_COMMON, errors.NotYetBegun),
    summary="登记企业未到，到访等候15分钟后方可登记",
)
async def note_missing(request: Request, visit_id: UUID, *, actor: Actor, body: GiveReason, version: int) -> Reply:  # noqa: ARG001
    return done(await missing.note_missing(visit_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_ANSWER,
    body=GiveReason,
    returns=MovedOut,
    errors=(*_COMMON, errors.ContestedBefore, errors.NothingContested),
    summary="对“走访人员未到”的记录提出异议",
)
async def contest(request: Request, visit_id: UUID, *, actor: Actor, body: GiveReason, version: int) -> Reply:  # noqa: ARG001
    return done(await missing.contest(visit_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_ASSIGN,
    body=DecideContest,
    returns=MovedOut,
    errors=(*_COMMON, errors.NothingContested, errors.NeedsOther),
    summary="决定对未到记录的异议，由走访人员以外的人办理",
)
async def decide(request: Request, visit_id: UUID, *, actor: Actor, body: DecideContest, version: int) -> Reply:  # noqa: ARG001
    made = await missing.decide(visit_id, body.verdict, is_upheld=body.is_upheld, actor=actor, version=version)
    return done(made)


@endpoint(
    auth=Auth.PUBLIC,
    returns=FiguresOut,
    summary="走访完成、承诺办结，以及走访方取消、未到和逾期未答复的公开统计，约每10分钟更新",
)
async def figures(request: Request) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await visit_figures.published()}
