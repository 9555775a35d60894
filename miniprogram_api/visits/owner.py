"""An owner picks a time, sees where his visits stand, moves or calls them off."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import identity
from backend.access import Actor
from backend.foundation.paging import WrongCursor
from backend.foundation.states import WrongState
from backend.identity.errors import NotBound, OutOfScope, ReadOnly
from backend.visits import errors, queries, reasons
from backend.visits.afterwards import missing
from backend.visits.availability import planning
from backend.visits.availability.finding import Offer
from backend.visits.bookings import asking, booking, changing, joining, moving
from backend.visits.bookings.asking import Asked
from backend.visits.models import Visit
from backend.visits.states import WORDS
from backend.visits.visibility import NAME
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply
from miniprogram_api.schema import Page
from miniprogram_api.visits import slots
from miniprogram_api.visits.schemas import (
    BookVisit,
    GiveReason,
    JoinVisit,
    MovedOut,
    MoveVisit,
    MyVisitsQuery,
    PeaksOut,
    ReasonsOut,
    SlotsOut,
    SlotsQuery,
    SubmitVisit,
    TellPeaks,
    VisitCardOut,
    VisitOut,
)

_BOOKING = (
    NotBound, ReadOnly, OutOfScope, errors.ReasonUnknown, errors.PlaceNotOffered, errors.NotForYou,
    errors.EnterpriseClosed, errors.NoSuchSlot, errors.SlotTaken, errors.EnterpriseBusy, errors.TooManyHolds,
    errors.TooManyRequests,
)  # fmt: skip
_COMMON = (errors.VisitUnknown, errors.VisitChanged, WrongState)


def done(visit: Visit) -> Reply:
    """Tell where a visit stands after a command."""
    names = ("id", "number", "state", "starts_at", "ends_at", "held_until", "expires_at", "version")
    told = {name: getattr(visit, name) for name in names}
    return Reply(MovedOut(**told, state_word=WORDS[visit.state]), headers={"ETag": f'"{visit.version}"'})


@endpoint(auth=Auth.OWNER, returns=ReasonsOut, summary="可以预约的走访事由")
async def offered(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    listed = [one for one in await reasons.listed() if "owner" in one.who_may]
    return {"items": [slots.reason(one) for one in listed]}


@endpoint(
    auth=Auth.OWNER,
    query=SlotsQuery,
    returns=SlotsOut,
    errors=(NotBound, OutOfScope, errors.ReasonUnknown, errors.PlaceNotOffered, errors.NotForYou),
    summary="一段日子里可预约的时段；没有时逐条说明原因",
)
async def free(request: Request, *, actor: Actor, query: SlotsQuery) -> dict[str, Any]:  # noqa: ARG001
    acting = await identity.acting_for(actor, query.enterprise_id, scope=NAME, changes=False)
    return await slots.free(query, acting)


async def _find(*, actor: Actor, body: BookVisit) -> tuple[Actor, Offer]:
    """Ask before the transaction who could come; racers for one slot ask together."""
    return await asking.ask(Asked(actor, body.reason, body.place, body.enterprise_id, body.starts_at))


@endpoint(
    auth=Auth.OWNER,
    body=BookVisit,
    returns=MovedOut,
    status=201,
    first=_find,
    errors=_BOOKING,
    summary="预约走访或预留时段；同一时段重复提交得到同一个预约",
)
async def book(request: Request, *, actor: Actor, body: BookVisit, ready: tuple[Actor, Offer]) -> Reply:  # noqa: ARG001
    acting, offer = ready
    return done(await booking.book(offer, booking.own(acting, body.note, is_hold=body.is_hold), actor=acting))


@endpoint(
    auth=Auth.OWNER,
    query=MyVisitsQuery,
    returns=Page[VisitCardOut],
    errors=(WrongCursor,),
    summary="我和我的企业的走访",
)
async def mine(request: Request, *, actor: Actor, query: MyVisitsQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queries.mine(actor, is_coming=query.is_coming, cursor=query.cursor, limit=query.limit)


@endpoint(auth=Auth.OWNER, returns=VisitOut, errors=(errors.VisitUnknown,), summary="一次走访和它的经过")
async def show(request: Request, visit_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    visit = await queries.detail(actor, visit_id)
    return Reply(visit, headers={"ETag": f'"{visit["version"]}"'})


@endpoint(
    auth=Auth.OWNER,
    body=SubmitVisit,
    returns=MovedOut,
    errors=(*_COMMON, errors.HoldLapsed, errors.TooManyRequests),
    summary="提交预留的时段",
)
async def submit(request: Request, visit_id: UUID, *, actor: Actor, body: SubmitVisit) -> Reply:  # noqa: ARG001
    return done(await booking.submit(visit_id, body.note, actor=actor))


@endpoint(
    auth=Auth.OWNER,
    body=JoinVisit,
    returns=MovedOut,
    errors=(*_COMMON, NotBound, ReadOnly, OutOfScope, errors.VisitFull, errors.EnterpriseBusy),
    summary="加入多企业场次",
)
async def join(request: Request, visit_id: UUID, *, actor: Actor, body: JoinVisit) -> Reply:  # noqa: ARG001
    acting = await identity.acting_for(actor, body.enterprise_id, scope=NAME)
    return done(await joining.join(visit_id, body.enterprise_id, body.note, actor=acting))


@endpoint(auth=Auth.OWNER, returns=MovedOut, errors=(*_COMMON, errors.NotYourWord), summary="接受走访人员建议的时间")
async def accept(request: Request, visit_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return done(await changing.accept(visit_id, actor=actor, version=version))


@endpoint(
    auth=Auth.OWNER,
    body=MoveVisit,
    returns=MovedOut,
    errors=(
        *_COMMON, errors.TooLate, errors.HasBegun, errors.NoSuchSlot, errors.SlotTaken, errors.EnterpriseBusy,
        errors.NotAlone, errors.TooManyRequests,
    ),
    summary="改期，须走访人员重新确认",
)  # fmt: skip
async def reschedule(request: Request, visit_id: UUID, *, actor: Actor, body: MoveVisit, version: int) -> Reply:  # noqa: ARG001
    return done(await moving.reschedule(visit_id, body.starts_at, actor=actor, version=version))


@endpoint(
    auth=Auth.OWNER,
    body=GiveReason,
    returns=MovedOut,
    errors=(*_COMMON, errors.HasBegun),
    summary="取消或放弃预留；临近取消会被记录",
)
async def cancel(request: Request, visit_id: UUID, *, actor: Actor, body: GiveReason, version: int) -> Reply:  # noqa: ARG001
    return done(await changing.cancel(visit_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.OWNER,
    body=GiveReason,
    returns=MovedOut,
    errors=(*_COMMON, errors.NotYetBegun),
    summary="登记走访人员未到",
)
async def note_missing(request: Request, visit_id: UUID, *, actor: Actor, body: GiveReason, version: int) -> Reply:  # noqa: ARG001
    return done(await missing.note_missing(visit_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.OWNER,
    body=GiveReason,
    returns=MovedOut,
    errors=(*_COMMON, errors.ContestedBefore, errors.NothingContested),
    summary="对“企业未到”的记录提出异议",
)
async def contest(request: Request, visit_id: UUID, *, actor: Actor, body: GiveReason, version: int) -> Reply:  # noqa: ARG001
    return done(await missing.contest(visit_id, body.reason, actor=actor, version=version))


@endpoint(auth=Auth.OWNER, returns=PeaksOut, errors=(NotBound, OutOfScope), summary="企业的繁忙时间")
async def peaks(request: Request, enterprise_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    await identity.acting_for(actor, enterprise_id, scope=NAME, changes=False)
    return {"items": await planning.peaks(enterprise_id)}


@endpoint(
    auth=Auth.OWNER,
    body=TellPeaks,
    returns=PeaksOut,
    errors=(NotBound, ReadOnly, OutOfScope, errors.PlanWrong),
    summary="填写企业的繁忙时间，预约时避开",
)
async def tell_peaks(request: Request, enterprise_id: UUID, *, actor: Actor, body: TellPeaks) -> dict[str, Any]:  # noqa: ARG001
    acting = await identity.acting_for(actor, enterprise_id, scope=NAME)
    await planning.keep_peaks(enterprise_id, slots.peaks(body), actor=acting)
    return {"items": await planning.peaks(enterprise_id)}
