"""Staff look enterprises up, see where sources disagree, and reveal a phone when they say why."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.enterprises import catalogue, errors, imports, profile, queries, service
from backend.enterprises.visibility import READ
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.enterprises.schemas import (
    Admit,
    CodesOut,
    EnterpriseOut,
    FactEntriesOut,
    HistoryOut,
    ListedPage,
    PhoneOut,
    Reveal,
    SearchQuery,
)


@endpoint(auth=Auth.STAFF, permission=READ, query=SearchQuery, returns=ListedPage, summary="查找企业")
async def search(request: Request, *, actor: Actor, query: SearchQuery) -> dict[str, Any]:  # noqa: ARG001
    wanted = queries.Search(**query.model_dump(exclude={"cursor", "limit"}))
    return await queries.search(actor, wanted, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.STAFF, permission=READ, returns=EnterpriseOut, errors=(errors.EnterpriseUnknown,), summary="企业档案"
)
async def show(request: Request, enterprise_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await profile.profile(actor, enterprise_id)


@endpoint(
    auth=Auth.STAFF, permission=READ, returns=HistoryOut, errors=(errors.EnterpriseUnknown,), summary="一项信息的来历"
)
async def history(request: Request, enterprise_id: UUID, key: str, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await profile.history(actor, enterprise_id, key)}


@endpoint(
    auth=Auth.STAFF, permission="policies.read", returns=FactEntriesOut, summary="事实目录：政策条件可以引用的全部信息"
)
async def facts(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": catalogue.entries()}


@endpoint(
    auth=Auth.STAFF, permission="policies.read", returns=CodesOut, summary="信息项的代码表：行业、地区等代码的名称"
)
async def codes(request: Request, key: str, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": catalogue.codes(key)}


@endpoint(
    auth=Auth.STAFF,
    permission=service.REVEAL,
    body=Reveal,
    returns=PhoneOut,
    errors=(errors.EnterpriseUnknown, errors.PhoneUnknown, errors.FactInvalid),
    idempotent=False,
    summary="查看完整登记电话；理由记入审计",
)
async def reveal_phone(request: Request, enterprise_id: UUID, *, actor: Actor, body: Reveal) -> PhoneOut:  # noqa: ARG001
    return PhoneOut(phone=await service.reveal_phone(enterprise_id, reason=body.reason, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=imports.PERMISSION,
    body=Admit,
    errors=(errors.CodeValid, errors.FactInvalid),
    summary="准入校验不符的早期试点信用代码",
)
async def admit(request: Request, *, actor: Actor, body: Admit) -> None:  # noqa: ARG001
    await imports.admit(body.uscc, reason=body.reason, actor=actor)
