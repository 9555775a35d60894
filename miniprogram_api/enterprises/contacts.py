"""The ledger of contacts over HTTP: an owner's own, and what staff read, export and correct."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import identity
from backend.access import Actor
from backend.enterprises.contacts import errors, figures, noting, queries
from backend.enterprises.contacts.queries import Wanted
from backend.foundation.paging import WrongCursor
from backend.identity.errors import NotBound, OutOfScope, ReadOnly
from backend.visits.contacts import exporting, objecting
from backend.visits.visibility import NAME
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.enterprises.contact_schemas import (
    ContactFilter,
    ContactOut,
    ContactsExportQuery,
    ContactsQuery,
    EnterpriseContactsOut,
    ObjectedOut,
    ObjectToContact,
    OverOut,
    OverQuery,
    OwnContactsOut,
    OwnContactsQuery,
    StrikeContact,
    StruckOut,
    YearExportQuery,
    YearFiguresOut,
    YearQuery,
)
from miniprogram_api.reply import Stream, download
from miniprogram_api.schema import CountedPage

_READ = "visits.read"
_KEEP = "contacts.keep"
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


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=ContactsExportQuery,
    returns=Stream,
    summary="导出入企记录；末行写明条数；导出记入审计",
)
async def export(request: Request, *, actor: Actor, query: ContactsExportQuery) -> Stream:  # noqa: ARG001
    return download(await exporting.lines(actor, _wanted(query), query.format))


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
    return download(await exporting.year(actor, query.year, query.by, query.format))


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
    errors=(errors.ContactUnknown, errors.ContactChanged, errors.StruckBefore, errors.OwnLine),
    summary="注明理由更正一条记录；原记录保留",
)
async def strike(request: Request, contact_id: UUID, *, actor: Actor, body: StrikeContact, version: int) -> StruckOut:  # noqa: ARG001
    row = await noting.strike(contact_id, body.reason, actor=actor, version=version)
    return StruckOut(id=contact_id, version=row["version"] + 1)
