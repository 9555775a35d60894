"""Staff write, publish and call off salons; If-Match names the version they saw."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.eligibility import RuleInvalid
from backend.foundation.errors import Forbidden
from backend.foundation.paging import WrongCursor
from backend.foundation.states import WrongState
from backend.salons import copying, errors, queries, series, service
from backend.salons.content import SalonContent
from backend.salons.series import SeriesContent
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply
from miniprogram_api.salons.schemas import (
    CancelSalon,
    CopySalon,
    EditSeries,
    SalonCardOut,
    SalonHandledOut,
    SeriesListOut,
    SeriesOut,
    StaffSalonOut,
    StaffSalonsQuery,
)
from miniprogram_api.schema import CountedPage

_READ = "salons.read"
_EDIT = "salons.edit"
_GONE = (errors.SalonUnknown, errors.SalonChanged, WrongState, Forbidden)
_WRITTEN = (RuleInvalid, errors.FormWrong, Forbidden)


def _done(handled: service.Handled) -> Reply:
    return Reply(SalonHandledOut.model_validate(handled), headers={"ETag": f'"{handled.version}"'})


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=StaffSalonsQuery,
    returns=CountedPage[SalonCardOut],
    errors=(WrongCursor,),
    summary="沙龙，最近的在前",
)
async def listed(request: Request, *, actor: Actor, query: StaffSalonsQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queries.listed(
        actor,
        states=list(query.state),
        district=query.district,
        topic=query.topic,
        words=query.q,
        series_id=query.series_id,
        first=query.first,
        last=query.last,
        cursor=query.cursor,
        limit=query.limit,
    )


@endpoint(
    auth=Auth.STAFF,
    permission=_EDIT,
    body=SalonContent,
    returns=SalonHandledOut,
    status=201,
    errors=_WRITTEN,
    summary="起草沙龙",
)
async def draft(request: Request, *, actor: Actor, body: SalonContent) -> Reply:  # noqa: ARG001
    return _done(await service.draft(body, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    returns=StaffSalonOut,
    errors=(errors.SalonUnknown,),
    summary="一场沙龙和报名统计",
)
async def show(request: Request, salon_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    found = await queries.detail(salon_id, actor)
    return Reply(found, headers={"ETag": f'"{found["version"]}"'})


@endpoint(
    auth=Auth.STAFF,
    permission=_EDIT,
    body=SalonContent,
    returns=SalonHandledOut,
    errors=(*_GONE, *_WRITTEN, errors.Begun, errors.FormFixed, errors.SeatsGiven, errors.NotReady),
    summary="修改沙龙；时间地点有变化时通知所有报名的人",
)
async def edit(request: Request, salon_id: UUID, *, actor: Actor, body: SalonContent, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.edit(salon_id, body, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_EDIT,
    returns=SalonHandledOut,
    errors=(*_GONE, errors.NotReady),
    summary="发布沙龙，按条件邀请企业",
)
async def publish(request: Request, salon_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.publish(salon_id, actor=actor, version=version))


@endpoint(auth=Auth.STAFF, permission=_EDIT, returns=SalonHandledOut, errors=_GONE, summary="提前截止报名")
async def close(request: Request, salon_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.close(salon_id, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_EDIT,
    body=CancelSalon,
    returns=SalonHandledOut,
    errors=_GONE,
    summary="取消沙龙，通知所有报名的人",
)
async def cancel(request: Request, salon_id: UUID, *, actor: Actor, body: CancelSalon, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.cancel(salon_id, body.reason, actor=actor, version=version))


@endpoint(auth=Auth.STAFF, permission=_EDIT, returns=SalonHandledOut, errors=_GONE, summary="归档已举办的沙龙")
async def archive(request: Request, salon_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.archive(salon_id, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_EDIT,
    body=CopySalon,
    returns=SalonHandledOut,
    status=201,
    errors=(errors.SalonUnknown, Forbidden),
    summary="按一场沙龙另起一场",
)
async def copy(request: Request, salon_id: UUID, *, actor: Actor, body: CopySalon) -> Reply:  # noqa: ARG001
    return _done(await copying.copy(salon_id, body.starts_at, actor=actor))


@endpoint(auth=Auth.STAFF, permission=_READ, returns=SeriesListOut, summary="沙龙系列")
async def all_series(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await series.listed(actor)}


def _content(body: EditSeries) -> SeriesContent:
    return SeriesContent(**body.model_dump())


@endpoint(
    auth=Auth.STAFF,
    permission=_EDIT,
    body=EditSeries,
    returns=SeriesOut,
    status=201,
    errors=(Forbidden,),
    summary="新建系列",
)
async def make_series(request: Request, *, actor: Actor, body: EditSeries) -> dict[str, Any]:  # noqa: ARG001
    return await series.make(_content(body), actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=_EDIT,
    body=EditSeries,
    returns=SeriesOut,
    errors=(errors.SeriesUnknown, errors.SeriesChanged, Forbidden),
    summary="修改系列",
)
async def edit_series(
    request: Request,  # noqa: ARG001
    series_id: UUID,
    *,
    actor: Actor,
    body: EditSeries,
    version: int,
) -> dict[str, Any]:
    return await series.edit(series_id, _content(body), actor=actor, version=version)
