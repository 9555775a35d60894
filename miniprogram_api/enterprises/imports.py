"""Staff upload registry files, watch them come in, stop them, and fetch the rows that were refused."""

from dataclasses import asdict
from typing import Any
from urllib.parse import quote
from uuid import UUID

from sanic import Request

from backend import staff
from backend.access import Actor
from backend.enterprises import errors, template, uploads
from backend.enterprises.imports import PERMISSION
from backend.files.errors import Empty, NotStored, TooBig
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.enterprises.import_schemas import (
    ImportColumnsOut,
    ImportOut,
    ImportPage,
    ImportsQuery,
    UploadQuery,
)
from miniprogram_api.reply import Reply, Stream
from miniprogram_api.uploads import Content


@endpoint(auth=Auth.STAFF, permission=PERMISSION, query=ImportsQuery, returns=ImportPage, summary="登记数据导入记录")
async def listing(request: Request, *, actor: Actor, query: ImportsQuery) -> dict[str, Any]:  # noqa: ARG001  every handler is given its request
    page = await uploads.page(actor, state=query.state, cursor=query.cursor, limit=query.limit)
    return {**page, "items": await _named(page["items"]), "most_bytes": uploads.most_bytes()}


async def _named(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = await staff.names({one["actor_id"] for one in items})
    return [{**one, "by": names.get(one["actor_id"], "命令行")} for one in items]


@endpoint(
    auth=Auth.STAFF,
    permission=PERMISSION,
    query=UploadQuery,
    streams=True,
    returns=ImportOut,
    status=202,
    errors=(TooBig, Empty, NotStored, errors.FileRefused, errors.ImportWaiting),
    summary="上传登记数据文件（CSV 或 XLSX）：请求体即文件本身；收下后排队导入",
)
async def upload(request: Request, *, actor: Actor, query: UploadQuery, content: Content) -> dict[str, Any]:  # noqa: ARG001
    if content.declared is not None and content.declared > uploads.most_bytes():
        raise TooBig(uploads.most_bytes())
    made = await uploads.receive(query.name, content, as_of=query.as_of, actor=actor)
    return (await _named([await uploads.show(actor, made)]))[0]


@endpoint(
    auth=Auth.STAFF, permission=PERMISSION, returns=ImportOut, errors=(errors.ImportUnknown,), summary="导入进度和结果"
)
async def show(request: Request, import_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return (await _named([await uploads.show(actor, import_id)]))[0]


@endpoint(
    auth=Auth.STAFF,
    permission=PERMISSION,
    errors=(errors.ImportUnknown, errors.NotStoppable),
    summary="取消导入；已导入的行保留",
)
async def cancel(request: Request, import_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await uploads.cancel(import_id, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=PERMISSION,
    returns=Stream,
    errors=(errors.ImportUnknown, errors.NoErrorFile),
    summary="下载被退回的行和原因（CSV，可用 Excel 打开）",
)
async def errors_of(request: Request, import_id: UUID, *, actor: Actor) -> Stream:  # noqa: ARG001
    file = await uploads.error_file(import_id, actor=actor)
    way = f"attachment; filename=\"errors.csv\"; filename*=UTF-8''{quote(file.name, safe='')}"
    return Stream(file.pieces(), file.size, "text/csv; charset=utf-8", {"Content-Disposition": way})


@endpoint(auth=Auth.STAFF, permission=PERMISSION, returns=ImportColumnsOut, summary="登记数据文件可以有哪些列")
async def columns_of(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": [asdict(one) for one in template.described()]}


@endpoint(auth=Auth.STAFF, permission=PERMISSION, returns=Stream, summary="下载登记数据文件的模板（CSV，只有表头）")
async def empty_file(request: Request, *, actor: Actor) -> Reply:  # noqa: ARG001
    way = f"attachment; filename=\"template.csv\"; filename*=UTF-8''{quote('登记数据模板.csv', safe='')}"
    return Reply(template.as_csv(), headers={"Content-Disposition": way}, content_type="text/csv; charset=utf-8")
