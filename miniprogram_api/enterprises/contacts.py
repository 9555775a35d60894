"""The ledger of contacts over HTTP: an owner's own, and what staff enter, correct, sign and set."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import identity, staff
from backend.access import Actor
from backend.enterprises.contacts import errors, figures, inspections, limits, noting, queries
from backend.enterprises.contacts.inspections import Inspection
from backend.enterprises.contacts.limits import Ceiling
from backend.enterprises.contacts.queries import Wanted
from backend.foundation.paging import WrongCursor
from backend.foundation.states import WrongState
from backend.identity.errors import NotBound, OutOfScope, ReadOnly
from backend.visits import exporting, merging, objecting, signing
from backend.visits.errors import MergeNotFree
from backend.visits.visibility import NAME
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.enterprises.contact_schemas import (
    ApprovalMovedOut,
    ApprovalOut,
    ApprovalsQuery,
    AskApproval,
    CallOffPlan,
    ContactFilter,
    ContactOut,
    ContactsExportQuery,
    ContactsQuery,
    DecideApproval,
    DeclineMerge,
    EnterInspection,
    EnterpriseContactsOut,
    LimitsOut,
    MadeOut,
    MergeMovedOut,
    MergeOut,
    MergesQuery,
    ObjectedOut,
    ObjectToContact,
    OverOut,
    OverQuery,
    OwnContactsOut,
    OwnContactsQuery,
    PlanInspection,
    PlannedOut,
    PlansQuery,
    SetLimits,
    StrikeContact,
    StruckOut,
    YearExportQuery,
    YearFiguresOut,
    YearQuery,
)
from miniprogram_api.reply import Reply, Stream
from miniprogram_api.schema import CountedPage

_READ = "visits.read"
_KEEP = "contacts.keep"
_ANSWER = "visits.answer"
_SIGN = "visits.sign"
_PLAN = "visits.plan"
_ENTER = "inspections.enter"
_OWN = ("id", "side", "side_word", "kind", "kind_word", "on_day", "at", "reason", "legal_basis", "outcome",
        "is_counted", "is_wished", "is_late", "struck_at", "strike_reason", "objected_at", "people")  # fmt: skip


@endpoint(
    auth=Auth.OWNER,
    query=OwnContactsQuery,
    returns=OwnContactsOut,
    errors=(NotBound, OutOfScope, WrongCursor),
    summary="本企业的入企次数账本：谁、何时、为何、依据什么来过",
)
async def own(request: Request, enterprise_id: UUID, *, actor: Actor, query: OwnContactsQuery) -> dict[str, Any]:  # noqa: ARG001
    acting = await identity.acting_for(actor, enterprise_id, scope=NAME, changes=False)
    found = await queries.of_enterprise(acting, enterprise_id, year=query.year, cursor=query.cursor, limit=query.limit)
    return {**found, "items": [{name: one[name] for name in _OWN} for one in found["items"]]}


@endpoint(
    auth=Auth.OWNER,
    body=ObjectToContact,
    returns=ObjectedOut,
    status=201,
    errors=(NotBound, OutOfScope, ReadOnly, errors.ContactUnknown, errors.ObjectedBefore),
    summary="对一条入企记录提出异议，转为事项办理",
)
async def object_to(
    request: Request,  # noqa: ARG001
    enterprise_id: UUID,
    contact_id: UUID,
    *,
    actor: Actor,
    body: ObjectToContact,
) -> dict[str, Any]:
    acting = await identity.acting_for(actor, enterprise_id, scope=NAME)
    opened = await objecting.object_to(contact_id, body.words, actor=acting)
    return {"case_id": opened.id, "number": opened.number}


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=OwnContactsQuery,
    returns=EnterpriseContactsOut,
    errors=(errors.ContactUnknown, WrongCursor),
    summary="一家企业的入企次数账本，含各单位的服务和检查",
)
async def of_enterprise(
    request: Request,  # noqa: ARG001
    enterprise_id: UUID,
    *,
    actor: Actor,
    query: OwnContactsQuery,
) -> dict[str, Any]:
    return await queries.of_enterprise(actor, enterprise_id, year=query.year, cursor=query.cursor, limit=query.limit)


def _wanted(query: ContactFilter) -> Wanted:
    return Wanted(**query.model_dump(include=set(ContactFilter.model_fields)))


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=ContactsQuery,
    returns=CountedPage[ContactOut],
    errors=(WrongCursor,),
    summary="入企记录，最近的在前",
)
async def listed(request: Request, *, actor: Actor, query: ContactsQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queries.page(actor, _wanted(query), cursor=query.cursor, limit=query.limit)


def _file(done: Any) -> Stream:
    headers = {"Content-Disposition": f'attachment; filename="{done.name}"', "Cache-Control": "no-store"}
    return Stream(done.pieces(), done.size, done.media_type, headers)


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=ContactsExportQuery,
    returns=Stream,
    summary="导出入企记录；末行写明条数；导出记入审计",
)
async def export(request: Request, *, actor: Actor, query: ContactsExportQuery) -> Stream:  # noqa: ARG001
    return _file(await exporting.lines(actor, _wanted(query), query.format))


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=YearQuery,
    returns=YearFiguresOut,
    summary="年度入企次数，按属地或单位，附计算口径",
)
async def year(request: Request, *, actor: Actor, query: YearQuery) -> dict[str, Any]:  # noqa: ARG001
    return await figures.of(actor, query.year, query.by)


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=YearExportQuery,
    returns=Stream,
    summary="导出年度入企次数；导出记入审计",
)
async def export_year(request: Request, *, actor: Actor, query: YearExportQuery) -> Stream:  # noqa: ARG001
    return _file(await exporting.year(actor, query.year, query.by, query.format))


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=OverQuery,
    returns=CountedPage[OverOut],
    errors=(WrongCursor,),
    summary="次数（含已计划）超出年度上限的企业",
)
async def over(request: Request, *, actor: Actor, query: OverQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queries.over(actor, query.year, query.side, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.STAFF,
    permission=_KEEP,
    body=StrikeContact,
    returns=StruckOut,
    errors=(errors.ContactUnknown, errors.ContactChanged, errors.StruckBefore),
    summary="注明理由更正一条记录；原记录保留",
)
async def strike(request: Request, contact_id: UUID, *, actor: Actor, body: StrikeContact, version: int) -> StruckOut:  # noqa: ARG001
    row = await noting.strike(contact_id, body.reason, actor=actor, version=version)
    return StruckOut(id=contact_id, version=row["version"] + 1)


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
