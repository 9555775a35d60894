"""What the host sends to those of a salon: a sentence, and afterwards the materials."""

from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.foundation.errors import Forbidden, Invalid
from backend.foundation.states import WrongState
from backend.salons import afterwards, errors
from backend.salons.attached import Material
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply
from miniprogram_api.salons.later_schemas import HandOut, SayToAll
from miniprogram_api.salons.schemas import SalonHandledOut


@endpoint(
    auth=Auth.STAFF,
    permission="salons.edit",
    body=HandOut,
    returns=SalonHandledOut,
    errors=(errors.SalonUnknown, errors.SalonChanged, errors.FileUnknown, WrongState, Forbidden, Invalid),
    summary="发布资料和录像，告知到场和候补未成功的人",
)
async def hand_out(request: Request, salon_id: UUID, *, actor: Actor, body: HandOut, version: int) -> Reply:  # noqa: ARG001
    materials = [Material(one.title, one.url, one.file_id) for one in body.materials]
    handled = await afterwards.hand_out(salon_id, materials, actor=actor, version=version)
    return Reply(SalonHandledOut.model_validate(handled), headers={"ETag": f'"{handled.version}"'})


@endpoint(
    auth=Auth.STAFF,
    permission="salons.run",
    body=SayToAll,
    errors=(errors.SalonUnknown, errors.NobodyHears, Forbidden, Invalid),
    summary="告知所有报名和候补的人",
)
async def say(request: Request, salon_id: UUID, *, actor: Actor, body: SayToAll) -> None:  # noqa: ARG001
    await afterwards.say(salon_id, body.words, actor=actor)
