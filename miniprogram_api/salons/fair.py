"""Who did not come: the rule, one's own standing, reasons and their decision; and how many more may be invited."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.foundation.errors import Forbidden
from backend.identity.errors import ReadOnly
from backend.salons import errors
from backend.salons.seats import fairness, inviting_more
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.salons.door_schemas import (
    DecideNoShow,
    ExplainedListOut,
    ExplainNoShow,
    ExtraOut,
    SetExtra,
    StandingOut,
)

_RUN = "salons.run"
_EDIT = "salons.edit"


@endpoint(auth=Auth.OWNER, returns=StandingOut, summary="报名未到场的规则和我的情况")
async def standing(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await fairness.standing(actor)


@endpoint(
    auth=Auth.OWNER,
    body=ExplainNoShow,
    errors=(errors.SignupUnknown, ReadOnly, errors.ExplainedBefore),
    summary="说明未到场的原因",
)
async def explain(request: Request, signup_id: UUID, *, actor: Actor, body: ExplainNoShow) -> None:  # noqa: ARG001
    await fairness.explain(signup_id, body.reason, actor=actor)


@endpoint(auth=Auth.STAFF, permission=_RUN, returns=ExplainedListOut, summary="待处理的未到场说明")
async def explained(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await fairness.explained(actor)}


@endpoint(
    auth=Auth.STAFF,
    permission=_RUN,
    body=DecideNoShow,
    errors=(errors.SignupUnknown, errors.NothingExplained, Forbidden),
    summary="采纳或不采纳未到场的说明",
)
async def decide(request: Request, signup_id: UUID, *, actor: Actor, body: DecideNoShow) -> None:  # noqa: ARG001
    await fairness.decide(signup_id, is_excused=body.is_excused, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=_EDIT,
    returns=ExtraOut,
    errors=(errors.SalonUnknown, Forbidden),
    summary="按到场率测算可以超额邀请多少人",
)
async def proposed(request: Request, salon_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await inviting_more.proposed(salon_id, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=_EDIT,
    body=SetExtra,
    errors=(errors.SalonUnknown, errors.SeatsGiven, errors.TooManyExtra, Forbidden),
    summary="设置超额邀请数，不超过场地上限",
)
async def set_extra(request: Request, salon_id: UUID, *, actor: Actor, body: SetExtra) -> None:  # noqa: ARG001
    await inviting_more.set_extra(salon_id, body.quota_id, body.extra, actor=actor)
