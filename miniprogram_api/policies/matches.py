"""An answer given earlier, told again by its match id: to whom it was given, and to staff whom he shows it."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.enterprises.errors import EnterpriseUnknown
from backend.enterprises.visibility import READ
from backend.identity.errors import NotBound, OutOfScope
from backend.policies import replay
from backend.policies.errors import MatchIdInvalid, MatchUnknown
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.policies.match_schemas import MatchOut

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
