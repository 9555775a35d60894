"""What leaves the service about salons: an owner's calendar entry, the list for the door, figures."""

from typing import Any, Final
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.foundation.errors import Forbidden
from backend.salons import codes, errors, exporting, figures, ics
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply, Stream, download
from miniprogram_api.salons.later_schemas import ExportSignups, FiguresQuery, SalonFiguresOut

_PNG: Final = b"\x89PNG\r\n\x1a\n"


@endpoint(auth=Auth.OWNER, errors=(errors.SignupUnknown,), summary="加入日历（ICS）")
async def calendar(request: Request, signup_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    body = await ics.of_signup(signup_id, actor=actor)
    return Reply(body, headers={"Cache-Control": "no-store"}, content_type="text/calendar; charset=utf-8")


@endpoint(
    auth=Auth.STAFF,
    permission="salons.read",
    errors=(errors.SalonUnknown, errors.PageNotReleased, errors.CodeNotDrawn),
    summary="下载沙龙的小程序码（PNG或JPEG图片），扫码即打开该沙龙",
)
async def mini_code(request: Request, salon_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    image = await codes.drawn(salon_id, actor=actor)
    kind = "png" if image.startswith(_PNG) else "jpeg"
    headers = {
        "Cache-Control": "private, max-age=3600",
        "Content-Disposition": f'attachment; filename="salon-{salon_id}.{kind.replace("jpeg", "jpg")}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Reply(image, headers=headers, content_type=f"image/{kind}")


@endpoint(
    auth=Auth.STAFF,
    permission="salons.export",
    query=ExportSignups,
    returns=Stream,
    errors=(errors.SalonUnknown, Forbidden),
    summary="导出报名名单，可打印",
)
async def export(request: Request, salon_id: UUID, *, actor: Actor, query: ExportSignups) -> Stream:  # noqa: ARG001
    return download(await exporting.write(salon_id, query.format, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission="salons.read",
    query=FiguresQuery,
    returns=SalonFiguresOut,
    summary="沙龙统计：按主题、按区县",
)
async def told(request: Request, *, actor: Actor, query: FiguresQuery) -> dict[str, Any]:  # noqa: ARG001
    return await figures.of(actor, query.first, query.last)
