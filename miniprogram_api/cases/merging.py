"""Staff merge and split cases and put them into other categories; owner and staff see what belongs together."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.cases import changing, errors
from backend.cases.linked import linking, merging, splitting
from backend.cases.linked.splitting import Part
from backend.foundation.states import WrongState
from miniprogram_api.cases.merging_schemas import (
    ChangeCategory,
    ChangeUrgency,
    LinksOut,
    MergeCase,
    PartsOut,
    SplitCase,
    SplitPartOut,
    UnmergeCase,
    UnsplitCase,
)
from miniprogram_api.cases.schemas import CaseMovedOut
from miniprogram_api.cases.staff import done
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply

_ASSIGN = "cases.assign"
_HANDLE = "cases.handle"
_COMMON = (errors.CaseUnknown, errors.CaseChanged, WrongState)


@endpoint(
    auth=Auth.STAFF,
    permission=_ASSIGN,
    body=MergeCase,
    returns=CaseMovedOut,
    errors=(
        *_COMMON,
        errors.NotSameMatter,
        errors.MergeTargetOver,
        errors.MergeOtherWay,
        errors.HasMerged,
        errors.NeedsDecision,
    ),
    summary="并案：把本事项并入另一个事项，答复一并送达",
)
async def merge(request: Request, case_id: UUID, *, actor: Actor, body: MergeCase, version: int) -> Reply:  # noqa: ARG001
    return done(await merging.merge(case_id, body.into, reason=body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_ASSIGN,
    body=UnmergeCase,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.NotMerged),
    summary="撤销并案，恢复原来的状态和计时",
)
async def unmerge(request: Request, case_id: UUID, *, actor: Actor, body: UnmergeCase, version: int) -> Reply:  # noqa: ARG001
    return done(await merging.unmerge(case_id, reason=body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_ASSIGN,
    body=SplitCase,
    returns=PartsOut,
    status=201,
    errors=(*_COMMON, errors.NotSplittable, errors.CategoryUnknown, errors.FileUnknown, errors.NeedsDecision),
    summary="拆分：一个事项里的几件事各自立项，时限从原收到时间起算",
)
async def split(request: Request, case_id: UUID, *, actor: Actor, body: SplitCase, version: int) -> PartsOut:  # noqa: ARG001
    parts = [Part(one.category, one.title, one.text, one.urgency, tuple(one.files)) for one in body.parts]
    made = await splitting.split(case_id, parts, body.reason, actor=actor, version=version)
    return PartsOut(items=[SplitPartOut.model_validate(one) for one in made])


@endpoint(
    auth=Auth.STAFF,
    permission=_ASSIGN,
    body=UnsplitCase,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.NotSplit, errors.PartsTouched),
    summary="撤销最近一次拆分；拆分出的事项已有办理动作的不能撤销",
)
async def unsplit(request: Request, case_id: UUID, *, actor: Actor, body: UnsplitCase, version: int) -> Reply:  # noqa: ARG001
    return done(await splitting.unsplit(case_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=ChangeCategory,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.CategoryUnknown, errors.SameAsBefore, errors.NotYours, errors.NeedsOther),
    summary="调整类别，时限按新类别从收到时间重算；已超期或使期限推迟的须由经办人以外的人调整",
)
async def category(request: Request, case_id: UUID, *, actor: Actor, body: ChangeCategory, version: int) -> Reply:  # noqa: ARG001
    changed = await changing.change_category(case_id, body.category, reason=body.reason, actor=actor, version=version)
    return done(changed)


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=ChangeUrgency,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.SameAsBefore, errors.NotYours),
    summary="调整紧急程度，不影响时限",
)
async def urgency(request: Request, case_id: UUID, *, actor: Actor, body: ChangeUrgency, version: int) -> Reply:  # noqa: ARG001
    return done(await changing.change_urgency(case_id, body.urgency, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission="cases.read",
    returns=LinksOut,
    errors=(errors.CaseUnknown,),
    summary="与本事项并案、拆分的事项",
)
async def links(request: Request, case_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await linking.of(actor, case_id)


@endpoint(
    auth=Auth.OWNER,
    returns=LinksOut,
    errors=(errors.CaseUnknown,),
    summary="与我的事项一并办理或拆分办理的事项",
)
async def owners_links(request: Request, case_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await linking.of(actor, case_id)
