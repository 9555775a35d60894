"""What fits an enterprise, for staff who advise it; an answer given earlier, told again by its match id."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.enterprises.errors import EnterpriseUnknown
from backend.enterprises.visibility import READ
from backend.identity.errors import NotBound, OutOfScope
from backend.policies.errors import MatchIdInvalid, MatchUnknown
from backend.policies.reading import fitting, replay
from backend.policies.reading.reasons import Answer
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.policies.match_schemas import MatchOut
from miniprogram_api.policies.schemas import FittingOut, FittingQuery
from miniprogram_api.schema import CountedPage

_REFUSED = (MatchIdInvalid, MatchUnknown)


@endpoint(
    auth=Auth.OWNER,
    returns=MatchOut,
    errors=(NotBound, OutOfScope, *_REFUSED),
    summary="以前得到的一次判断：按当时的规则、信息和日期重新推算",
)
async def mine(request: Request, enterprise_id: UUID, match_id: str, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await replay.replay(actor, enterprise_id, match_id)


@endpoint(
    auth=Auth.STAFF,
    permission=READ,
    returns=MatchOut,
    errors=(EnterpriseUnknown, *_REFUSED),
    summary="企业以前得到的一次判断：按当时的规则、信息和日期重新推算",
)
async def shown(request: Request, enterprise_id: UUID, match_id: str, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await replay.replay(actor, enterprise_id, match_id)


@endpoint(
    auth=Auth.STAFF,
    permission=READ,
    query=FittingQuery,
    returns=CountedPage[FittingOut],
    errors=(EnterpriseUnknown,),
    summary="这家企业可能符合的政策，和缺少信息、还不能判断的：与经营者自己看到的判断相同",
)
async def fitting_for(
    request: Request,  # noqa: ARG001
    enterprise_id: UUID,
    *,
    actor: Actor,
    query: FittingQuery,
) -> dict[str, Any]:
    answer = Answer[query.answer.upper()] if query.answer else None
    return await fitting.of_enterprise(actor, enterprise_id, answer=answer, cursor=query.cursor, limit=query.limit)
