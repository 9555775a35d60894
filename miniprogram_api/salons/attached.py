"""The files of a salon: staff upload them, anybody sees the poster; what is handed out opens by signed links."""

from typing import Final
from uuid import UUID

from sanic import Request

from backend import files
from backend.access import Actor
from backend.files.errors import Damaged, Empty, NotStored, TooBig, TooManyPixels, WrongKind
from backend.files.purposes import PURPOSES
from backend.foundation.errors import Forbidden, NotFound
from backend.foundation.states import WrongState
from backend.salons import afterwards, attached, errors
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply, Stream
from miniprogram_api.salons.later_schemas import PutUpPoster, SalonFileOut, SalonFileQuery
from miniprogram_api.salons.schemas import SalonHandledOut
from miniprogram_api.uploads import Content

# What stands at this address never changes; for how long a poster that was taken down is still seen, it says as well.
_POSTER: Final = {
    "Cache-Control": "public, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": "inline",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@endpoint(
    auth=Auth.STAFF,
    permission="salons.edit",
    query=SalonFileQuery,
    streams=True,
    returns=SalonFileOut,
    status=201,
    errors=(errors.SalonUnknown, Forbidden, TooBig, Empty, WrongKind, Damaged, TooManyPixels, NotStored),
    summary="上传海报、资料或录像：请求体即文件本身；之后用返回的编号发布，一天内未使用的自动清除",
)
async def upload(
    request: Request,  # noqa: ARG001  every handler is given its request
    salon_id: UUID,
    *,
    actor: Actor,
    query: SalonFileQuery,
    content: Content,
) -> SalonFileOut:
    most = PURPOSES[attached.PURPOSES[query.what]].max_bytes
    if content.declared is not None and content.declared > most:
        raise TooBig(most)
    kept = await attached.receive(salon_id, query.what, query.name, content, actor=actor)
    return SalonFileOut(
        file_id=kept.id, name=kept.name, mime=kept.media_type, size=kept.size, url=files.address(kept.id)
    )


@endpoint(
    auth=Auth.STAFF,
    permission="salons.edit",
    body=PutUpPoster,
    returns=SalonHandledOut,
    errors=(errors.SalonUnknown, errors.SalonChanged, errors.FileUnknown, WrongState, Forbidden),
    summary="设置或取下海报",
)
async def put_up(request: Request, salon_id: UUID, *, actor: Actor, body: PutUpPoster, version: int) -> Reply:  # noqa: ARG001
    handled = await afterwards.put_up(salon_id, body.file_id, actor=actor, version=version)
    return Reply(SalonHandledOut.model_validate(handled), headers={"ETag": f'"{handled.version}"'})


@endpoint(auth=Auth.PUBLIC, returns=Stream, errors=(NotFound,), summary="已发布沙龙的海报")
async def poster(request: Request, file_id: UUID) -> Stream:  # noqa: ARG001
    file = await attached.poster(file_id)
    if file is None:
        raise NotFound
    return Stream(files.read(file), file.size, file.media_type, _POSTER)
