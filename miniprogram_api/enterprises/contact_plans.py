"""Plans of the bureau over HTTP: inspections, second signatures, coming together, and what the ledger goes by."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import staff
from backend.access import Actor
from backend.enterprises.contacts import errors, inspections, limits, queries
from backend.enterprises.contacts.inspections import Inspection
from backend.enterprises.contacts.limits import Ceiling
from backend.foundation.paging import WrongCursor
from backend.foundation.states import WrongState
from backend.visits.bookings import merging
from backend.visits.contacts import signing
from backend.visits.errors import MergeNotFree
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.enterprises.contact_plan_schemas import (
    ApprovalMovedOut,
    ApprovalOut,
    ApprovalsQuery,
    AskApproval,
    CallOffPlan,
    DecideApproval,
    DeclineMerge,
    EnterInspection,
    LimitsOut,
    MadeOut,
    MergeMovedOut,
    MergeOut,
    MergesQuery,
    PlanInspection,
    PlannedOut,
    PlansQuery,
    SetLimits,
)
from miniprogram_api.reply import Reply
from miniprogram_api.schema import CountedPage

_READ = "visits.read"
_KEEP = "contacts.keep"
_ANSWER = "visits.answer"
_SIGN = "visits.sign"
_PLAN = "visits.plan"
_ENTER = "inspections.enter"


@endpoint(
    auth=Auth.STAFF,
    permission=_ENTER,
    body=EnterInspection,
    returns=MadeOut,
    status=201,
    errors=(errors.ContactWrong, errors.ContactUnknown, errors.PlanUnknown, WrongState),
    summary="登记一次入企检查：依据、种类和结果",
)
async def enter(request: Request, *, actor: Actor, body: EnterInspection) -> MadeOut:  # noqa: ARG001
    return MadeOut(id=await inspections.enter(Inspection(**dict(body)), actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_ENTER,
    body=PlanInspection,
    returns=MadeOut,
    status=201,
    errors=(errors.ContactWrong, errors.OverCeiling),
    summary="计划一次入企检查；超出年度上限须先由第二人签字",
)
async def plan(request: Request, *, actor: Actor, body: PlanInspection) -> MadeOut:  # noqa: ARG001
    about = (body.enterprise_id, body.kind, body.on_day, body.reason, body.legal_basis)
    return MadeOut(id=await inspections.plan(*about, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_ENTER,
    body=CallOffPlan,
    errors=(errors.PlanUnknown, errors.ContactChanged, WrongState),
    summary="取消一次计划的检查",
)
async def call_off(request: Request, plan_id: UUID, *, actor: Actor, body: CallOffPlan, version: int) -> None:  # noqa: ARG001
    await inspections.call_off(plan_id, body.reason, actor=actor, version=version)


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=PlansQuery,
    returns=CountedPage[PlannedOut],
    errors=(WrongCursor,),
    summary="各单位的入企计划，先到的在前",
)
async def plans(request: Request, *, actor: Actor, query: PlansQuery) -> dict[str, Any]:  # noqa: ARG001
    found = await queries.plans(actor, query.side, query.state, cursor=query.cursor, limit=query.limit)
    return await _named(found, {"staff_id": "staff_name"})


async def _named(page: dict[str, Any], columns: dict[str, str]) -> dict[str, Any]:
    """Put names beside the ids of staff."""
    names = await staff.names({one[column] for one in page["items"] for column in columns if one[column]})
    items = [{**one, **{name: names.get(one[column]) for column, name in columns.items()}} for one in page["items"]]
    return {**page, "items": items}


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=ApprovalsQuery,
    returns=CountedPage[ApprovalOut],
    errors=(WrongCursor,),
    summary="超出年度上限的签字申请，新的在前",
)
async def approvals(request: Request, *, actor: Actor, query: ApprovalsQuery) -> dict[str, Any]:  # noqa: ARG001
    found = await queries.approvals_page(actor, query.state, cursor=query.cursor, limit=query.limit)
    return await _named(found, {"requested_by": "requested_by_name", "decided_by": "decided_by_name"})


@endpoint(
    auth=Auth.STAFF,
    permission=_KEEP,
    body=AskApproval,
    returns=ApprovalMovedOut,
    status=201,
    errors=(errors.ContactWrong, errors.NotNeeded, errors.AskedBefore),
    summary="申请超出年度上限再去一次，由另一人签字",
)
async def ask(request: Request, *, actor: Actor, body: AskApproval) -> ApprovalMovedOut:  # noqa: ARG001
    asked = await signing.ask(body.enterprise_id, body.side, body.year, body.reason, actor=actor)
    return ApprovalMovedOut(id=asked.id, state=asked.state, version=asked.version)


@endpoint(
    auth=Auth.STAFF,
    permission=_SIGN,
    body=DecideApproval,
    returns=ApprovalMovedOut,
    errors=(errors.ApprovalUnknown, errors.ContactChanged, errors.NeedsOther, WrongState),
    summary="签字同意或不同意；不能为本人或由下属代签",
)
async def decide(
    request: Request,  # noqa: ARG001
    approval_id: UUID,
    *,
    actor: Actor,
    body: DecideApproval,
    version: int,
) -> ApprovalMovedOut:
    asked = await signing.decide(approval_id, body.words, is_signed=body.is_signed, actor=actor, version=version)
    return ApprovalMovedOut(id=asked.id, state=asked.state, version=asked.version)


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=MergesQuery,
    returns=CountedPage[MergeOut],
    errors=(WrongCursor,),
    summary="两个单位合并入企的提议，新的在前",
)
async def merges(request: Request, *, actor: Actor, query: MergesQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queries.merges_page(actor, query.state, cursor=query.cursor, limit=query.limit)


_MERGING = (errors.MergeUnknown, errors.NotYours, errors.ContactChanged, WrongState)


@endpoint(
    auth=Auth.STAFF,
    permission=_ANSWER,
    returns=MergeMovedOut,
    errors=(*_MERGING, MergeNotFree),
    summary="同意合为一次前往；双方都同意后合并",
)
async def accept(request: Request, merge_id: UUID, *, actor: Actor, version: int) -> MergeMovedOut:  # noqa: ARG001
    return MergeMovedOut(id=merge_id, state=await merging.accept(merge_id, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_ANSWER,
    body=DeclineMerge,
    returns=MergeMovedOut,
    errors=_MERGING,
    summary="不合并，说明理由",
)
async def decline(request: Request, merge_id: UUID, *, actor: Actor, body: DeclineMerge, version: int) -> MergeMovedOut:  # noqa: ARG001
    state = await merging.decline(merge_id, body.reason, actor=actor, version=version)
    return MergeMovedOut(id=merge_id, state=state)


def _limits(found: dict[str, Any]) -> Reply:
    return Reply(LimitsOut.model_validate(found), headers={"ETag": f'"{found["version"]}"'})


@endpoint(auth=Auth.STAFF, permission=_READ, returns=LimitsOut, summary="入企次数的上限和口径")
async def show_limits(request: Request, *, actor: Actor) -> Reply:  # noqa: ARG001
    return _limits(await limits.shown())


@endpoint(
    auth=Auth.STAFF,
    permission=_PLAN,
    body=SetLimits,
    returns=LimitsOut,
    errors=(errors.ContactWrong, errors.LimitsChanged),
    summary="设置入企次数的上限和口径；已登记的记录不变",
)
async def set_limits(request: Request, *, actor: Actor, body: SetLimits, version: int) -> Reply:  # noqa: ARG001
    ceilings = [Ceiling(**dict(one)) for one in body.ceilings]
    days = body.model_dump(include={"merge_days", "late_days", "signed_days"})
    return _limits(await limits.edit(days, body.counted, ceilings, actor=actor, version=version))
