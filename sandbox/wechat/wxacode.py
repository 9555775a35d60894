"""Mini-program codes: a real PNG on success, WeChat's JSON on failure."""

import hashlib
import re
import struct
import zlib
from typing import Annotated, Literal

import msgspec
from sanic import HTTPResponse

from sandbox.call import Call
from sandbox.errcodes import Refused

_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
_CELLS = 24
_MARGIN = 2


class _CodeRequest(msgspec.Struct):
    scene: str = ""
    page: str = ""
    check_path: bool = True
    env_version: Literal["release", "trial", "develop"] = "release"
    width: Annotated[int, msgspec.Meta(ge=280, le=1280)] = 430


def draw(call: Call) -> HTTPResponse:
    """POST /wxa/getwxacodeunlimit. The picture is a stable pattern of scene and page, not a code that a phone reads."""
    call.check_token()
    request = call.read(_CodeRequest, 40097)
    if not _SCENE.fullmatch(request.scene):
        raise Refused(40169)
    _check_page(call, request)
    return HTTPResponse(_png(f"{request.scene}\0{request.page}", request.width), content_type="image/png")


def _check_page(call: Call, request: _CodeRequest) -> None:
    if request.page.startswith("/") or "?" in request.page:
        raise Refused(41030)
    live = call.world.switches.live_pages
    if request.check_path and request.page and live is not None and request.page not in live:
        raise Refused(41030)


def _png(text: str, width: int) -> bytes:
    """A square of black and white cells, one bit a pixel."""
    side = _CELLS + 2 * _MARGIN
    scale = width // side
    rows = [_row(cells, scale) * scale for cells in _pattern(text, side)]
    header = struct.pack(">IIBBBBB", side * scale, side * scale, 1, 0, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(b"".join(rows))), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _pattern(text: str, side: int) -> list[str]:
    """`side` rows of 0 (black) and 1 (white) with a white margin."""
    number = int.from_bytes(hashlib.shake_256(text.encode()).digest(_CELLS**2 // 8))
    bits = f"{number:0{_CELLS**2}b}"
    margin = "1" * _MARGIN
    inner = [margin + bits[start : start + _CELLS] + margin for start in range(0, _CELLS**2, _CELLS)]
    empty = ["1" * side] * _MARGIN
    return [*empty, *inner, *empty]


def _row(cells: str, scale: int) -> bytes:
    """One line of pixels with its filter byte."""
    pixels = "".join(cell * scale for cell in cells)
    padded = pixels.ljust(-(-len(pixels) // 8) * 8, "0")
    return b"\0" + int(padded, 2).to_bytes(len(padded) // 8)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
