"""Staff take a matter down, take it over, ask once, answer, decline; If-Match names the version they saw."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import cases, files
from backend.access import Actor
from backend.assembly import CASE_CITABLES
from backend.cases import citing, errors, handling, queries
from backend.cases.events import Citation
from backend.cases.handling import Wanted
from backend.cases.intake import registering
from backend.cases.models import Case
from backend.cases.states import WORDS
from backend.files.errors import Damaged, TooBig, WrongKind
from backend.foundation.states import WrongState
from miniprogram_api.cases.schemas import (
    AnswerCase,
    AskForMaterial,
    CaseMovedOut,
    CitationIn,
    DeclineCase,
    ExtendCase,
    NoteCase,
    OpenCase,
    OpenedOut,
    PauseCase,
    PromiseCase,
    ReplyToCase,
    StaffCaseOut,
)
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.files.links import link_for
from miniprogram_api.files.schemas import FileOut
from miniprogram_api.reply import Reply
from miniprogram_api.uploads import Upload

_HANDLE = "cases.handle"
_COMMON = (errors.CaseUnknown, errors.CaseChanged, errors.NotYours, errors.OwnMatter, WrongState)


def done(case: Case) -> Reply:
    """Tell where a case stands after a command."""
    out = CaseMovedOut(
        id=case.id, number=case.number, state=case.state, state_word=WORDS[case.state], version=case.version
    )
    return Reply(out, headers={"ETag": f'"{case.version}"'})


async def cited(citations: list[CitationIn]) -> list[Citation]:
    told = [Citation(one.source, one.words, one.ref_id, one.ref_version) for one in citations]
    return await citing.check(told, CASE_CITABLES)


@endpoint(
    auth=Auth.STAFF,
    permission="cases.read",
    returns=StaffCaseOut,
    errors=(errors.CaseUnknown,),
    summary="一个事项和它的全部经过",
)
async def show(request: Request, case_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    case = await queries.staff_detail(actor, case_id)
    return Reply(case, headers={"ETag": f'"{case["version"]}"'})


@endpoint(
    auth=Auth.STAFF,
    permission="cases.open",
    body=OpenCase,
    returns=OpenedOut,
    status=201,
    errors=(errors.CategoryUnknown, errors.FileUnknown, errors.PlaceUnknown, errors.PhoneWrong),
    summary="代经营者登记事项（窗口、电话、走访）",
)
async def register(request: Request, *, actor: Actor, body: OpenCase) -> cases.Opened:  # noqa: ARG001
    told = body.model_dump(exclude={"text", "take", "files", "contact"})
    contact = (body.contact.name, body.contact.phone) if body.contact else None
    return await registering.register(
        **told, body=body.text, files=body.files, take=body.take, contact=contact, actor=actor
    )


@endpoint(
    auth=Auth.STAFF,
    permission="cases.open",
    upload=True,
    returns=FileOut,
    status=201,
    errors=(TooBig, WrongKind, Damaged),
    summary="上传事项附件；之后办理时引用返回的编号",
)
async def upload(request: Request, *, actor: Actor, file: Upload) -> dict[str, Any]:  # noqa: ARG001
    kept = await files.store(actor, "attachment", file.name, file.body)
    names = ("id", "purpose", "name", "media_type", "size", "created_at")
    return {**{name: getattr(kept, name) for name in names}, "link": link_for(kept.id)}


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.AlreadyTaken),
    summary="接办",
)
async def accept(request: Request, case_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return done(await handling.accept(case_id, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=ReplyToCase,
    returns=CaseMovedOut,
    errors=(errors.CaseUnknown, errors.FileUnknown, WrongState),
    summary="回复经营者，不改变办理状态",
)
async def reply(request: Request, case_id: UUID, *, actor: Actor, body: ReplyToCase) -> Reply:  # noqa: ARG001
    return done(await handling.reply(case_id, body.text, actor=actor, files=body.files))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=NoteCase,
    errors=(errors.CaseUnknown,),
    summary="内部备注，经营者看不到",
)
async def note(request: Request, case_id: UUID, *, actor: Actor, body: NoteCase) -> None:  # noqa: ARG001
    await handling.note(case_id, body.text, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=AskForMaterial,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.AskedBefore),
    summary="一次性告知所缺材料；等待期间不计时",
)
async def ask(request: Request, case_id: UUID, *, actor: Actor, body: AskForMaterial, version: int) -> Reply:  # noqa: ARG001
    wanted = [Wanted(one.words, one.why, one.citation) for one in body.items]
    return done(await handling.ask(case_id, wanted, actor=actor, version=version, reason=body.reason))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=AnswerCase,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.FileUnknown, errors.SourceUnknown),
    summary="答复，可附依据",
)
async def answer(request: Request, case_id: UUID, *, actor: Actor, body: AnswerCase, version: int) -> Reply:  # noqa: ARG001
    citations = await cited(body.citations)
    return done(await handling.answer(case_id, body.text, citations, actor=actor, version=version, files=body.files))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=DeclineCase,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.NoCitation, errors.SourceUnknown),
    summary="不予办理，须写明理由和依据",
)
async def decline(request: Request, case_id: UUID, *, actor: Actor, body: DeclineCase, version: int) -> Reply:  # noqa: ARG001
    citations = await cited(body.citations)
    return done(await handling.decline(case_id, body.reason, citations, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=PauseCase,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.NotPausable),
    summary="因列明的理由暂停计时，经营者可见",
)
async def pause(request: Request, case_id: UUID, *, actor: Actor, body: PauseCase, version: int) -> Reply:  # noqa: ARG001
    return done(await handling.pause(case_id, body.reason, body.text, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF, permission=_HANDLE, returns=CaseMovedOut, errors=(*_COMMON, errors.NotPausable), summary="恢复计时"
)
async def resume(request: Request, case_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return done(await handling.resume(case_id, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=PromiseCase,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.PromiseTooLate, errors.TooManyPromises),
    summary="向经营者承诺办结日期",
)
async def promise(request: Request, case_id: UUID, *, actor: Actor, body: PromiseCase, version: int) -> Reply:  # noqa: ARG001
    return done(await handling.promise(case_id, body.on, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission="cases.decide",
    body=ExtendCase,
    returns=CaseMovedOut,
    errors=(*_COMMON, errors.ExtendedBefore, errors.NeedsOther),
    summary="上级批准延长办理期限，一次为限，须告知经营者；经办人不能批准自己的延长",
)
async def extend(request: Request, case_id: UUID, *, actor: Actor, body: ExtendCase, version: int) -> Reply:  # noqa: ARG001
    made = await handling.extend(
        case_id, body.days, body.reason, actor=actor, version=version, is_statutory=body.is_statutory
    )
    return done(made)
