"""The staff console: the files its build left, under a policy that lets nothing in from elsewhere."""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from sanic import Request

from backend.foundation.errors import NotFound
from miniprogram_api import pages
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply

BUILT: Final = Path(__file__).parent / "built" / "console"
_INDEX: Final = "index.html"
_HASHED: Final = "assets/"
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=()",
    "Vary": "Accept-Encoding",
}
_FOR_EVER: Final = "public, max-age=31536000, immutable"  # another content has another name
_ASK_AGAIN: Final = "no-cache"
_NOT_MODIFIED: Final = 304
_NOT_FOUND: Final = 404
_HOW: Final = (
    "<p>这个版本没有带上工作台页面，接口不受影响。</p><p>从源代码运行时：安装 Node 20.19 或更高版本，然后执行 "
    "<code>make console</code>（<code>make run</code> 也会自动构建），再刷新本页。</p>"
    '<p>容器镜像和安装包已包含工作台。接口说明见 <a href="/docs">接口参考</a>。</p>'
)


@dataclass(frozen=True, slots=True)
class File:
    """One file of the build, plain and as it goes over the wire."""

    body: bytes
    encoded: Mapping[str, bytes]
    content_type: str
    tag: str
    cache: str


def _read(folder: Path, path: Path) -> File:
    body, name = path.read_bytes(), path.relative_to(folder).as_posix()
    beside = {encoding: path.with_name(path.name + suffix) for encoding, suffix in _ENCODINGS}
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return File(
        body,
        {encoding: other.read_bytes() for encoding, other in beside.items() if other.exists()},
        f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        hashlib.sha256(body).hexdigest()[:32],
        _FOR_EVER if name.startswith(_HASHED) else _ASK_AGAIN,
    )


@lru_cache(maxsize=2)
def _files(folder: Path, _built_at: int) -> Mapping[str, File]:
    """Return every file by its path. Only these can be asked for, so no path leads out of the folder."""
    shown = (path for path in folder.rglob("*") if path.is_file() and path.suffix not in {".br", ".gz"})
    return {path.relative_to(folder).as_posix(): _read(folder, path) for path in shown}


def built(folder: Path) -> Mapping[str, File]:
    """Return the build as it is now, read once; empty when there is none. A new build is seen without a restart."""
    try:
        return _files(folder, (folder / _INDEX).stat().st_mtime_ns)
    except FileNotFoundError:
        return {}


def _wanted(files: Mapping[str, File], path: str) -> File:
    """Return a file, or the page that draws whatever other address the console has; raises NotFound."""
    if path in files:
        return files[path]
    if path.startswith(_HASHED) or "." in path.rpartition("/")[2]:
        raise NotFound
    return files[_INDEX]


def _answer(request: Request, file: File) -> Reply:
    headers = {**_HEADERS, "Cache-Control": file.cache, "ETag": f'"{file.tag}"'}
    if file.tag in request.headers.get("if-none-match", ""):
        return Reply(None, _NOT_MODIFIED, headers)
    accepted = {one.partition(";")[0].strip() for one in request.headers.get("accept-encoding", "").split(",")}
    for encoding, body in file.encoded.items():
        if encoding in accepted:
            return Reply(body, headers={**headers, "Content-Encoding": encoding}, content_type=file.content_type)
    return Reply(file.body, headers=headers, content_type=file.content_type)


@endpoint(auth=Auth.PUBLIC, summary="工作台页面", documented=False)
async def page(request: Request, path: str = "") -> Reply:
    files = built(BUILT)
    if not files:
        return replace(pages.html("工作台尚未构建", _HOW), status=_NOT_FOUND)
    return _answer(request, _wanted(files, path))
