"""Auditors read the trail and have it checked."""

from typing import Any

from sanic import Request

from backend import audit, staff
from backend.access import Actor
from backend.alerts import watching
from backend.runtime import current
from miniprogram_api.audit.schemas import EntryOut, ExportQuery, TrailQuery, VerdictOut
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Stream, download
from miniprogram_api.schema import CountedPage

READ = "audit.read"


def _filter(query: TrailQuery | ExportQuery) -> audit.Filter:
    return audit.Filter(query.actor, query.action, query.table, query.row, query.since, query.until)


@endpoint(
    auth=Auth.STAFF, permission=READ, query=TrailQuery, returns=CountedPage[EntryOut], summary="审计记录，最新的在前"
)
async def trail(request: Request, *, actor: Actor, query: TrailQuery) -> dict[str, Any]:  # noqa: ARG001  every handler is given its request
    page = await audit.listed(actor, _filter(query), cursor=query.cursor, limit=query.limit)
    names = await staff.names({one["actor_id"] for one in page["items"] if one["actor_kind"] == "staff"})
    return {**page, "items": [{**one, "actor": names.get(one["actor_id"])} for one in page["items"]]}


@endpoint(
    auth=Auth.STAFF,
    permission=READ,
    query=ExportQuery,
    returns=Stream,
    summary="导出审计记录（CSV，可用 Excel 打开）；末行写明条数，可据此核对文件是否完整；导出记入审计",
)
async def export(request: Request, *, actor: Actor, query: ExportQuery) -> Stream:  # noqa: ARG001
    return download(await audit.export(actor, _filter(query), staff.names))


@endpoint(
    auth=Auth.STAFF,
    permission=READ,
    returns=VerdictOut,
    errors=(audit.VerificationRunning,),
    summary="重新校验全部审计记录；同一时间只校验一次",
)
async def verification(request: Request) -> VerdictOut:  # noqa: ARG001
    verdict = await watching.verify_audit(current().settings.data_dir)
    first_at, last_at = await audit.sealed_between(verdict.seals)
    return VerdictOut(
        is_sound=verdict.is_sound,
        seals=verdict.seals,
        entries=verdict.entries,
        broken=verdict.broken,
        problem=verdict.problem,
        say=_said(verdict),
        first_at=first_at,
        last_at=last_at,
    )


def _said(verdict: audit.Verdict) -> str:
    if verdict.is_sound:
        return f"{verdict.seals} 个封条全部成立，覆盖 {verdict.entries} 条记录。"
    place = f"第 {verdict.broken} 号封条处" if verdict.broken else "封条之外"
    return f"审计记录在{place}被改动或缺失，请保持现场并立即联系安全管理员和审计员。"
