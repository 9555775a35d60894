"""Whom a policy would reach, whom a next version would gain or lose, and a rule looked at while it is written."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.eligibility import AsOfInvalid, RuleInvalid
from backend.enterprises.errors import EnterpriseUnknown
from backend.policies import errors
from backend.policies.editing import audience, checking, comparing
from backend.policies.telling import reach as reaching
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.policies.audience_schemas import (
    AudienceOut,
    AudienceQuery,
    ChangedOut,
    ChangesQuery,
    CheckedOut,
    CheckRule,
    ReachOut,
)
from miniprogram_api.schema import Page

_READ = "policies.read"
_REFUSED = (errors.PolicyUnknown, errors.EditionUnknown, AsOfInvalid, RuleInvalid, errors.PreviewTooSlow)


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=AudienceQuery,
    returns=AudienceOut,
    errors=_REFUSED,
    summary="最新版本可能适合多少企业、缺少什么信息、与上一版相差多少",
)
async def preview(request: Request, policy_id: UUID, *, actor: Actor, query: AudienceQuery) -> dict[str, Any]:  # noqa: ARG001
    return await audience.preview(actor, policy_id, as_of=query.as_of, against=query.against)


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=ChangesQuery,
    returns=Page[ChangedOut],
    errors=(*_REFUSED, errors.NothingToCompare),
    summary="换成最新版本后，哪些企业的答案会变",
)
async def changes(request: Request, policy_id: UUID, *, actor: Actor, query: ChangesQuery) -> dict[str, Any]:  # noqa: ARG001
    return await comparing.changes(actor, policy_id, **dict(query))


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    returns=ReachOut,
    errors=(errors.PolicyUnknown, RuleInvalid, errors.PreviewTooSlow),
    summary="最新版本今天发布会通知多少人、经什么途径、发什么内容",
)
async def reach(request: Request, policy_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await reaching.of_policy(actor, policy_id)


@endpoint(
    auth=Auth.STAFF,
    permission="policies.read",
    body=CheckRule,
    returns=CheckedOut,
    errors=(EnterpriseUnknown, AsOfInvalid),
    idempotent=False,
    summary="检查尚未保存的条件规则，可用一家企业试算",
)
async def check(request: Request, *, actor: Actor, body: CheckRule) -> dict[str, Any]:  # noqa: ARG001
    return await checking.check(actor, body.rule, enterprise_id=body.enterprise_id, as_of=body.as_of)
