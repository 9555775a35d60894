"""An owner follows his matter, writes to whoever handles it, and brings what is missing."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.cases import errors, handling, owning, queries
from backend.foundation.states import WrongState
from backend.identity.errors import OutOfScope, ReadOnly
from miniprogram_api.cases.schemas import CaseMovedOut, OwnersCaseOut, ReplyToCase, SupplyCase
from miniprogram_api.cases.staff import done
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply


@endpoint(auth=Auth.OWNER, returns=OwnersCaseOut, errors=(errors.CaseUnknown,), summary="我的一个事项和它的经过")
async def show(request: Request, case_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await queries.owners_detail(actor, case_id)


@endpoint(
    auth=Auth.OWNER,
    body=ReplyToCase,
    returns=CaseMovedOut,
    errors=(errors.CaseUnknown, errors.FileUnknown, WrongState),
    summary="给经办人留言",
)
async def reply(request: Request, case_id: UUID, *, actor: Actor, body: ReplyToCase) -> Reply:  # noqa: ARG001
    return done(await handling.reply(case_id, body.text, actor=actor, files=body.files))


@endpoint(
    auth=Auth.OWNER,
    body=SupplyCase,
    returns=CaseMovedOut,
    errors=(errors.CaseUnknown, errors.FileUnknown, ReadOnly, OutOfScope, WrongState),
    summary="补充材料",
)
async def supply(request: Request, case_id: UUID, *, actor: Actor, body: SupplyCase) -> Reply:  # noqa: ARG001
    return done(await owning.supply(case_id, body.text, body.files, actor=actor))
