"""Opens a file for whoever holds a link to it; the link is the only proof, so it is short-lived and told to nobody."""

from collections.abc import AsyncGenerator
from typing import Final
from urllib.parse import quote
from uuid import UUID

from sanic import Request

from backend import files
from backend.assembly import SHOWN_FILES
from backend.files import StoredFile
from backend.files.errors import LinkExpired
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.files.schemas import LinkQuery
from miniprogram_api.reply import Stream

_SHOWN_INLINE: Final = frozenset({"image/jpeg", "image/png", "image/webp"})
# Whatever a file holds runs nothing here, is kept by no cache, and the link goes no further.
_SAFE: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-site",
}


@endpoint(auth=Auth.PUBLIC, query=LinkQuery, returns=Stream, errors=(LinkExpired,), summary="凭签名链接打开文件")
async def open_file(request: Request, file_id: UUID, *, query: LinkQuery) -> Stream:  # noqa: ARG001  every handler is given its request
    file = await files.follow(file_id, query.expires, query.signature, SHOWN_FILES)
    return attached(file, files.read(file))


def attached(file: StoredFile, pieces: AsyncGenerator[bytes, None]) -> Stream:
    """Send a file so that nothing in it runs and nothing keeps it."""
    return Stream(pieces, file.size, file.media_type, {**_SAFE, "Content-Disposition": _disposition(file)})


def _disposition(file: StoredFile) -> str:
    """Show pictures, save everything else; the plain name is for programs that know no other."""
    way = "inline" if file.media_type in _SHOWN_INLINE else "attachment"
    extension = file.name.rpartition(".")[2]
    return f"{way}; filename=\"file.{extension}\"; filename*=UTF-8''{quote(file.name, safe='')}"
