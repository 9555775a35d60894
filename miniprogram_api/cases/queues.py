"""Lists of cases over HTTP: queues with their counts, files and figures for staff, an owner's own list."""

from typing import Any

from sanic import Request

from backend.access import Actor
from backend.cases import mine
from backend.cases.desk import exporting, figures, queues
from miniprogram_api.cases.queue_schemas import (
    CaseExportQuery,
    CaseFiguresOut,
    CaseRowOut,
    FiguresQuery,
    OwnersCasesQuery,
    OwnersRowOut,
    QueueCountsOut,
    QueueQuery,
    given,
)
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Stream, download
from miniprogram_api.schema import CountedPage, Page

_READ = "cases.read"


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=QueueQuery,
    returns=CountedPage[CaseRowOut],
    summary="事项队列，可筛选、检索；先到期的在前，或新收到的在前",
)
async def listed(request: Request, *, actor: Actor, query: QueueQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queues.page(
        actor, query.queue, query.narrower(), sort=query.sort, cursor=query.cursor, limit=query.limit
    )


@endpoint(auth=Auth.STAFF, permission=_READ, returns=QueueCountsOut, summary="各队列的件数，供角标显示")
async def counts(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await queues.counts(actor)


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=CaseExportQuery,
    returns=Stream,
    summary="导出事项队列；末行写明条数，可据此核对文件是否完整；导出记入审计",
)
async def export(request: Request, *, actor: Actor, query: CaseExportQuery) -> Stream:  # noqa: ARG001
    return download(await exporting.export(actor, query.queue, query.narrower(), query.format, sort=query.sort))


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=FiguresQuery,
    returns=CaseFiguresOut,
    summary="期间收到的事项办得怎样：每个数附计算口径，不按人统计",
)
async def statistics(request: Request, *, actor: Actor, query: FiguresQuery) -> dict[str, Any]:  # noqa: ARG001
    return await figures.of(actor, query.since, query.until, by=query.by, **given(query))


@endpoint(
    auth=Auth.OWNER,
    query=OwnersCasesQuery,
    returns=Page[OwnersRowOut],
    summary="我和我的企业的事项，新的在前",
)
async def of_owner(request: Request, *, actor: Actor, query: OwnersCasesQuery) -> dict[str, Any]:  # noqa: ARG001
    return await mine.page(actor, query.which, cursor=query.cursor, limit=query.limit)
