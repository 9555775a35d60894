"""Staff prepare, release, stop and account for broadcasts."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.assembly import BROADCAST_ORIGINS
from backend.foundation.paging import WrongCursor
from backend.foundation.states import WrongState
from backend.notifications import broadcasts
from backend.notifications.broadcasts import errors, outcomes, queries, report, resending, trial
from backend.notifications.broadcasts.rows import READ, RELEASE, STOP, WRITE
from miniprogram_api import reply
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.notifications.broadcast_schemas import (
    BroadcastDetailOut,
    BroadcastOut,
    BroadcastQuery,
    CancelBroadcast,
    CreateBroadcast,
    OutcomesOut,
    ProgressOut,
    RecipientOut,
    RecipientQuery,
    ReleaseBroadcast,
    ReportQuery,
    ResentOut,
    TrialOut,
)
from miniprogram_api.reply import Stream
from miniprogram_api.schema import CountedPage


@endpoint(
    auth=Auth.STAFF,
    permission=READ,
    query=BroadcastQuery,
    returns=CountedPage[BroadcastOut],
    errors=(WrongCursor,),
    summary="群发列表",
)
async def listing(request: Request, *, actor: Actor, query: BroadcastQuery) -> str:  # noqa: ARG001
    return await queries.page(actor, state=query.state, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.STAFF, permission=READ, returns=BroadcastDetailOut, errors=(errors.BroadcastUnknown,), summary="一项群发"
)
async def show(request: Request, broadcast_id: UUID, *, actor: Actor) -> str:  # noqa: ARG001
    return await queries.show(broadcast_id, actor)


@endpoint(
    auth=Auth.STAFF, permission=READ, returns=ProgressOut, errors=(errors.BroadcastUnknown,), summary="群发的进度"
)
async def progress(request: Request, broadcast_id: UUID, *, actor: Actor) -> Mapping[str, Any]:  # noqa: ARG001
    return await queries.progress(broadcast_id, actor)


@endpoint(
    auth=Auth.STAFF,
    permission=READ,
    returns=OutcomesOut,
    errors=(errors.BroadcastUnknown,),
    summary="各种结果和原因各有多少人",
)
async def figures(request: Request, broadcast_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await outcomes.figures(broadcast_id, actor)}


@endpoint(
    auth=Auth.STAFF,
    permission=READ,
    query=RecipientQuery,
    returns=CountedPage[RecipientOut],
    errors=(errors.BroadcastUnknown, WrongCursor),
    summary="冻结的名单和各人的结果：谁没有收到、为什么",
)
async def people(request: Request, broadcast_id: UUID, *, actor: Actor, query: RecipientQuery) -> dict[str, Any]:  # noqa: ARG001
    return await outcomes.page(
        broadcast_id, actor, outcome=query.outcome, reason=query.reason, cursor=query.cursor, limit=query.limit
    )


@endpoint(
    auth=Auth.STAFF,
    permission=WRITE,
    body=CreateBroadcast,
    returns=BroadcastDetailOut,
    status=201,
    errors=(errors.NothingToBroadcast, errors.WrongTime, errors.WrongRecurrence),
    summary="准备一项群发：立即、定时或重复",
)
async def create(request: Request, *, actor: Actor, body: CreateBroadcast) -> str:  # noqa: ARG001
    schedule = broadcasts.Schedule(body.starts_at, body.rrule)
    made = await broadcasts.create(BROADCAST_ORIGINS, body.origin, body.origin_id, schedule, actor=actor)
    return await queries.show(made, actor)


@endpoint(
    auth=Auth.STAFF,
    permission=WRITE,
    returns=BroadcastDetailOut,
    errors=(errors.BroadcastUnknown, errors.NothingToBroadcast, errors.NobodyToTell, errors.OnHold, WrongState),
    summary="冻结名单并预计送达情况；人数较多的随后等待另一人放行",
)
async def freeze(request: Request, broadcast_id: UUID, *, actor: Actor) -> str:  # noqa: ARG001
    await broadcasts.freeze(broadcast_id, BROADCAST_ORIGINS, actor=actor)
    return await queries.show(broadcast_id, actor)


@endpoint(
    auth=Auth.STAFF,
    permission=WRITE,
    returns=TrialOut,
    status=202,
    errors=(errors.BroadcastUnknown, errors.NoPhone),
    summary="试发给自己；返回试发编号，凭此查询结果",
)
async def test(request: Request, broadcast_id: UUID, *, actor: Actor) -> Mapping[str, Any]:  # noqa: ARG001
    return await trial.send_to_oneself(broadcast_id, BROADCAST_ORIGINS, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=WRITE,
    returns=TrialOut,
    errors=(errors.BroadcastUnknown, errors.TrialUnknown),
    summary="自己的一次试发的结果",
)
async def tested(request: Request, broadcast_id: UUID, trial_id: UUID, *, actor: Actor) -> Mapping[str, Any]:  # noqa: ARG001
    return await trial.show(broadcast_id, trial_id, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=RELEASE,
    body=ReleaseBroadcast,
    returns=BroadcastDetailOut,
    errors=(errors.BroadcastUnknown, errors.ListChanged, errors.SamePerson, errors.TooLate, WrongState),
    summary="放行；须填所核对的名单校验值，人数较多的须由未参与的另一人放行",
)
async def release(request: Request, broadcast_id: UUID, *, actor: Actor, body: ReleaseBroadcast) -> str:  # noqa: ARG001
    await broadcasts.release(broadcast_id, body.digest, actor=actor)
    return await queries.show(broadcast_id, actor)


@endpoint(
    auth=Auth.STAFF,
    permission=STOP,
    returns=BroadcastDetailOut,
    errors=(errors.BroadcastUnknown, WrongState),
    summary="暂停；还未发出的不再发出",
)
async def pause(request: Request, broadcast_id: UUID, *, actor: Actor) -> str:  # noqa: ARG001
    await broadcasts.pause(broadcast_id, actor=actor)
    return await queries.show(broadcast_id, actor)


@endpoint(
    auth=Auth.STAFF,
    permission=RELEASE,
    returns=BroadcastDetailOut,
    errors=(errors.BroadcastUnknown, errors.ListChanged, WrongState),
    summary="从停下的地方继续",
)
async def resume(request: Request, broadcast_id: UUID, *, actor: Actor) -> str:  # noqa: ARG001
    await broadcasts.resume(broadcast_id, actor=actor)
    return await queries.show(broadcast_id, actor)


@endpoint(
    auth=Auth.STAFF,
    permission=STOP,
    body=CancelBroadcast,
    returns=BroadcastDetailOut,
    errors=(errors.BroadcastUnknown, WrongState),
    summary="取消；还未发出的不再发出，不能恢复",
)
async def cancel(request: Request, broadcast_id: UUID, *, actor: Actor, body: CancelBroadcast) -> str:  # noqa: ARG001
    await broadcasts.cancel(broadcast_id, body.reason, actor=actor)
    return await queries.show(broadcast_id, actor)


@endpoint(
    auth=Auth.STAFF,
    permission=RELEASE,
    returns=ResentOut,
    errors=(errors.BroadcastUnknown, errors.TooLate, errors.TooSoon, WrongState),
    summary="只补发给没有收到的人；收到过的人不会再收到",
)
async def resend(request: Request, broadcast_id: UUID, *, actor: Actor) -> ResentOut:  # noqa: ARG001
    return ResentOut(recipients=await resending.resend(broadcast_id, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=READ,
    query=ReportQuery,
    returns=Stream,
    errors=(errors.BroadcastUnknown,),
    summary="逐人送达报告；末行写明行数，可据此核对文件是否完整",
)
async def download(request: Request, broadcast_id: UUID, *, actor: Actor, query: ReportQuery) -> Stream:  # noqa: ARG001
    written = report.write(broadcast_id, query.format, only_missed=query.only_missed, actor=actor)
    return reply.download(await written)
