"""Staff use macros: look first, then all or nothing, and ten minutes to take it back; managers write them."""

from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.cases import errors
from backend.cases.macros import acts as macro_acts
from backend.cases.macros import library as macros
from backend.cases.macros import runs as macro_runs
from miniprogram_api.cases.macro_schemas import (
    AppliedOut,
    ApplyMacro,
    EditMacro,
    MacroMadeOut,
    MacrosOut,
    MacroVersionsOut,
    OutcomeOut,
    PreviewMacro,
    PreviewOut,
    WriteMacro,
)
from miniprogram_api.cases.schemas import CaseMovedOut
from miniprogram_api.cases.staff import done
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply

_HANDLE = "cases.handle"
_CONFIGURE = "cases.configure"


@endpoint(auth=Auth.STAFF, permission=_HANDLE, returns=MacrosOut, summary="我能使用的办理模板")
async def listed(request: Request, *, actor: Actor) -> MacrosOut:  # noqa: ARG001
    return MacrosOut.model_validate({"items": await macros.listed(actor)})


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    returns=MacroVersionsOut,
    errors=(errors.MacroUnknown,),
    summary="一个办理模板的各版本",
)
async def versions(request: Request, macro_id: UUID, *, actor: Actor) -> MacroVersionsOut:  # noqa: ARG001
    return MacroVersionsOut.model_validate({"items": await macros.versions(actor, macro_id)})


@endpoint(
    auth=Auth.STAFF,
    permission=_CONFIGURE,
    body=WriteMacro,
    returns=MacroMadeOut,
    status=201,
    errors=(errors.MacroWrong, errors.MacroTaken),
    summary="新建办理模板",
)
async def create(request: Request, *, actor: Actor, body: WriteMacro) -> MacroMadeOut:  # noqa: ARG001
    acts = macro_acts.read([one.model_dump(mode="json") for one in body.acts])
    return MacroMadeOut(id=await macros.create(body.name, body.unit_id, acts, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_CONFIGURE,
    body=EditMacro,
    errors=(errors.MacroUnknown, errors.MacroChanged, errors.MacroWrong, errors.MacroTaken),
    summary="修改办理模板，旧版本保留",
)
async def edit(request: Request, macro_id: UUID, *, actor: Actor, body: EditMacro, version: int) -> Reply:  # noqa: ARG001
    acts = macro_acts.read([one.model_dump(mode="json") for one in body.acts])
    return _tagged(await macros.edit(macro_id, body.name, acts, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_CONFIGURE,
    errors=(errors.MacroUnknown, errors.MacroChanged),
    summary="停用办理模板",
)
async def close(request: Request, macro_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return _tagged(await macros.close(macro_id, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=PreviewMacro,
    returns=PreviewOut,
    errors=(errors.MacroUnknown,),
    summary="预览：使用模板将会发生什么、哪些不能办理；不改变任何事项",
)
async def preview(request: Request, macro_id: UUID, *, actor: Actor, body: PreviewMacro) -> PreviewOut:  # noqa: ARG001
    version, found = await macro_runs.preview(macro_id, body.case_ids, actor=actor)
    return PreviewOut(version=version, items=[OutcomeOut.model_validate(one) for one in found])


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    body=ApplyMacro,
    returns=AppliedOut,
    errors=(errors.MacroUnknown, errors.MacroChanged),
    summary="使用模板：每个事项全部办理或一步不办，各有结果",
)
async def apply(request: Request, macro_id: UUID, *, actor: Actor, body: ApplyMacro) -> AppliedOut:  # noqa: ARG001
    wanted = [(one.id, one.version) for one in body.cases]
    found = await macro_runs.apply(macro_id, wanted, actor=actor, version=body.version)
    return AppliedOut(items=[OutcomeOut.model_validate(one) for one in found])


@endpoint(
    auth=Auth.STAFF,
    permission=_HANDLE,
    returns=CaseMovedOut,
    errors=(errors.MacroRunUnknown, errors.UndoTooLate, errors.CaseChanged, errors.NotYours),
    summary="十分钟内撤销自己的模板办理；其间有他人办理的不能撤销",
)
async def undo(request: Request, run_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    return done(await macro_runs.undo(run_id, actor=actor))


def _tagged(version: int) -> Reply:
    return Reply(None, headers={"ETag": f'"{version}"'})
