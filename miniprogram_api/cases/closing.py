"""How staff end a case and answer for it: proof of reach, a superior's word, ratings, receipts."""

from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.cases import errors
from backend.cases.deadlines import alarms
from backend.cases.ending import closing, rating, reaching, rectifying
from backend.cases.intake import contacts, receipts
from backend.foundation.states import WrongState
from miniprogram_api.cases.schemas import (
    CaseMovedOut,
    ContactOut,
    DecideAppeal,
    DecideCase,
    FinishTask,
    HearOwner,
    ReceiptOut,
    RecordReach,
    WithReason,
)
from miniprogram_api.cases.staff import done
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.enterprises.schemas import Reveal
from miniprogram_api.reply import Reply

_HANDLE = "cases.handle"
_DECIDE = "cases.decide"
_COMMON = (errors.CaseUnknown, errors.CaseChanged, WrongState)


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=RecordReach,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.Unanswered, errors.OwnMatter),
    summary="记录答复已送达（电话或窗口）；此后才计算逾期未确认",
)
async def record_reach(request: Request, case_id: UUID, *, actor: Actor, body: RecordReach, version: int) -> Reply:  # noqa: ARG001
    return done(await reaching.record(case_id, body.how, body.note, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=HearOwner,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.HasAccount, errors.NeedsOther, errors.OwnMatter, errors.TooLateToReopen),
    summary="没有账号的经营者在电话或窗口的意思表示；确认解决须由答复人以外的人员记录",
)
async def hear(request: Request, case_id: UUID, *, actor: Actor, body: HearOwner, version: int) -> Reply:  # noqa: ARG001
    return done(await closing.hear(case_id, body.word, body.how, body.note, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_DECIDE,
    body=DecideCase,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.NothingToDecide, errors.NeedsOther, errors.OwnMatter),
    summary="上级对经营者不认可的答复作出决定",
)
async def decide(request: Request, case_id: UUID, *, actor: Actor, body: DecideCase, version: int) -> Reply:  # noqa: ARG001
    return done(await closing.decide(case_id, body.reason, ends=body.ends, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_DECIDE,
    body=WithReason,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.NeedsOther, errors.NeedsDecision, errors.OwnersTurn, errors.OwnMatter),
    summary="上级决定办结，须写明理由；已答复的须先由经营者确认，无法送达的除外",
)
async def close(request: Request, case_id: UUID, *, actor: Actor, body: WithReason, version: int) -> Reply:  # noqa: ARG001
    return done(await closing.close_by_decision(case_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_DECIDE,
    body=WithReason,
    returns=CaseMovedOut,
    errors=(*_COMMON, alarms.Supervised),
    summary="挂牌督办",
)
async def supervise(request: Request, case_id: UUID, *, actor: Actor, body: WithReason, version: int) -> Reply:  # noqa: ARG001
    return done(await alarms.supervise(case_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=FinishTask,
    returns=CaseMovedOut,
    errors=(errors.CaseUnknown, errors.TaskUnknown, errors.NeedsOther, errors.OwnMatter),
    summary="完成差评回访，由经办人以外的人员进行",
)
async def call_back(request: Request, case_id: UUID, *, actor: Actor, body: FinishTask) -> Reply:  # noqa: ARG001
    return done(await rectifying.finish(case_id, "call_back", body.result, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=WithReason,
    errors=(errors.CaseUnknown, errors.TaskUnknown),
    summary="记录未接通的回访",
)
async def call_tried(request: Request, case_id: UUID, *, actor: Actor, body: WithReason) -> None:  # noqa: ARG001
    await rectifying.try_call(case_id, body.reason, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=FinishTask,
    returns=CaseMovedOut,
    errors=(errors.CaseUnknown, errors.TaskUnknown, errors.OwnMatter),
    summary="完成差评整改",
)
async def rectify(request: Request, case_id: UUID, *, actor: Actor, body: FinishTask) -> Reply:  # noqa: ARG001
    return done(await rectifying.finish(case_id, "rectification", body.result, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=WithReason,
    returns=CaseMovedOut,
    errors=(errors.CaseUnknown, errors.NotRated, errors.AppealedBefore),
    summary="对差评提出申诉，须写明理由",
)
async def appeal(request: Request, case_id: UUID, *, actor: Actor, body: WithReason) -> Reply:  # noqa: ARG001
    return done(await rating.appeal(case_id, body.reason, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_DECIDE,
    body=DecideAppeal,
    returns=CaseMovedOut,
    errors=(errors.CaseUnknown, errors.NotRated, errors.NeedsOther, errors.OwnMatter),
    summary="决定评价申诉；成立的评价不计入统计，结果告知经营者",
)
async def decide_appeal(request: Request, case_id: UUID, *, actor: Actor, body: DecideAppeal) -> Reply:  # noqa: ARG001
    return done(await rating.decide(case_id, body.verdict, is_upheld=body.is_upheld, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=Reveal,
    returns=ContactOut,
    errors=(errors.CaseUnknown, errors.ContactUnknown),
    idempotent=False,  # what it gives is not to be kept, and each look is audited
    summary="查看没有账号的经营者的姓名和电话；理由记入审计",
)
async def reveal_contact(request: Request, case_id: UUID, *, actor: Actor, body: Reveal) -> dict[str, str | None]:  # noqa: ARG001
    return await contacts.reveal(case_id, body.reason, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission="cases.open",
    returns=ReceiptOut,
    status=201,
    errors=(errors.CaseUnknown, errors.HasOwner),
    summary="打印回执，供没有账号的经营者日后认领；重新打印后前一张作废",
)
async def receipt(request: Request, case_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    made = await receipts.make(case_id, actor=actor)
    return Reply(ReceiptOut(number=made.number, code=made.code), headers={"Cache-Control": "no-store"})
