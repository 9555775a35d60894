"""The owner's own enterprises: what the service knows of them, and what he adds."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.enterprises import catalogue, errors, profile, queries, service
from backend.identity.acting import acting_for
from backend.identity.errors import NotBound, OutOfScope, ReadOnly
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.enterprises.schemas import (
    EnterpriseOut,
    MyEnterprisesOut,
    QuestionsOut,
    RecordedOut,
    TellFacts,
    TimelineOut,
)

SCOPE = "enterprises"


@endpoint(auth=Auth.OWNER, returns=MyEnterprisesOut, summary="我的企业")
async def mine(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001  every handler is given its request
    return {"items": await queries.mine(actor)}


@endpoint(auth=Auth.OWNER, returns=EnterpriseOut, errors=(errors.EnterpriseUnknown,), summary="企业档案")
async def show(request: Request, enterprise_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await profile.profile(actor, enterprise_id)


@endpoint(auth=Auth.OWNER, returns=TimelineOut, errors=(errors.EnterpriseUnknown,), summary="企业记录")
async def timeline(request: Request, enterprise_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await profile.timeline(actor, enterprise_id)}


@endpoint(auth=Auth.OWNER, returns=QuestionsOut, summary="可以补充填写的企业信息")
async def questions(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": catalogue.questions()}


@endpoint(
    auth=Auth.OWNER,
    body=TellFacts,
    returns=RecordedOut,
    errors=(NotBound, OutOfScope, ReadOnly, errors.NotAskable, errors.FactInvalid),
    summary="补充填写企业信息",
)
async def tell(request: Request, enterprise_id: UUID, *, actor: Actor, body: TellFacts) -> RecordedOut:  # noqa: ARG001
    acted = await acting_for(actor, enterprise_id, scope=SCOPE)
    recorded = await service.tell(enterprise_id, body.facts, actor=acted)
    return RecordedOut(changed=list(recorded.changed), facts_version=recorded.facts_version)
