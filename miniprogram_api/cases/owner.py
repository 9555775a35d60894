"""An owner follows his matter, writes to whoever handles it, and brings what is missing."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.cases import errors, owning, queries
from backend.cases.ending import closing, rating, reaching
from backend.cases.ending.rating import Level, Rating
from backend.cases.intake import receipts
from backend.foundation.states import WrongState
from backend.identity.errors import OutOfScope, ReadOnly
from miniprogram_api.cases.schemas import (
    CaseMovedOut,
    ClaimedOut,
    ClaimReceipt,
    ConfirmCase,
    OwnersCaseOut,
    RateCase,
    RefuseCase,
    SupplyCase,
    WriteBack,
)
from miniprogram_api.cases.staff import done
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply


@endpoint(auth=Auth.OWNER, returns=OwnersCaseOut, errors=(errors.CaseUnknown,), summary="我的一个事项和它的经过")
async def show(request: Request, case_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    await reaching.opened(case_id, actor=actor)
    return await queries.owners_detail(actor, case_id)


@endpoint(
    auth=Auth.OWNER,
    body=WriteBack,
    returns=CaseMovedOut,
    errors=(
        errors.CaseUnknown, errors.FileUnknown, errors.WordWanted, errors.TooLateToReopen, errors.NotYetAnswered,
        ReadOnly, OutOfScope, WrongState,
    ),
    summary="给经办人留言；已答复的，须说明是否认为没有解决",
)  # fmt: skip
async def reply(request: Request, case_id: UUID, *, actor: Actor, body: WriteBack) -> Reply:  # noqa: ARG001
    return done(await closing.write_back(case_id, body.text, body.files, actor=actor, is_unsolved=body.is_unsolved))


@endpoint(
    auth=Auth.OWNER,
    body=SupplyCase,
    returns=CaseMovedOut,
    errors=(errors.CaseUnknown, errors.FileUnknown, ReadOnly, OutOfScope, WrongState),
    summary="补充材料",
)
async def supply(request: Request, case_id: UUID, *, actor: Actor, body: SupplyCase) -> Reply:  # noqa: ARG001
    return done(await owning.supply(case_id, body.text, body.files, actor=actor))


def _rated(body: RateCase) -> Rating:
    return Rating(Level(body.level), body.text)


@endpoint(
    auth=Auth.OWNER,
    body=ConfirmCase,
    returns=CaseMovedOut,
    errors=(errors.CaseUnknown, ReadOnly, OutOfScope, WrongState),
    summary="确认已解决，可以同时评价",
)
async def confirm(request: Request, case_id: UUID, *, actor: Actor, body: ConfirmCase) -> Reply:  # noqa: ARG001
    rated = _rated(body.rating) if body.rating else None
    return done(await closing.confirm(case_id, actor=actor, rated=rated))


@endpoint(
    auth=Auth.OWNER,
    body=RefuseCase,
    returns=CaseMovedOut,
    errors=(errors.CaseUnknown, errors.TooLateToReopen, errors.NotYetAnswered, ReadOnly, OutOfScope, WrongState),
    summary="认为未解决，退回重办；对不予办理申请复核",
)
async def refuse(request: Request, case_id: UUID, *, actor: Actor, body: RefuseCase) -> Reply:  # noqa: ARG001
    return done(await closing.refuse(case_id, body.text, actor=actor))


@endpoint(
    auth=Auth.OWNER,
    body=RateCase,
    returns=CaseMovedOut,
    errors=(errors.CaseUnknown, errors.RatedBefore, ReadOnly, OutOfScope, WrongState),
    summary="评价（好差评）",
)
async def rate(request: Request, case_id: UUID, *, actor: Actor, body: RateCase) -> Reply:  # noqa: ARG001
    return done(await rating.rate(case_id, _rated(body), actor=actor))


@endpoint(
    auth=Auth.OWNER,
    body=RateCase,
    returns=CaseMovedOut,
    errors=(errors.CaseUnknown, errors.NotRated, errors.AddedBefore, ReadOnly, OutOfScope),
    summary="追加评价，一次为限",
)
async def rate_again(request: Request, case_id: UUID, *, actor: Actor, body: RateCase) -> Reply:  # noqa: ARG001
    return done(await rating.add(case_id, _rated(body), actor=actor))


@endpoint(
    auth=Auth.OWNER,
    body=ClaimReceipt,
    returns=ClaimedOut,
    idempotent=False,  # the receipt itself is used once; a wrong try has to count although it is refused
    errors=(errors.ReceiptWrong, errors.ReceiptUsed),
    summary="凭窗口回执的编号和取件码认领事项",
)
async def claim(request: Request, *, actor: Actor, body: ClaimReceipt) -> ClaimedOut:  # noqa: ARG001
    return ClaimedOut(id=await receipts.claim(body.number, body.code, actor=actor))
