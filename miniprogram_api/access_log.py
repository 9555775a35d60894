"""One JSON line for every answer.

It looks like the lines of `backend.foundation.logging` but is written past that machinery, which would cost more than
the whole rest of a small request (140 µs against 10): every field here is known, only the path can hold what a stranger
wrote. Lines reach the file together, at the latest a tenth of a second after the answer, also where Python is told not
to keep anything back: a write to the system for each cost an eighth of a small request. Only a kill -9 can lose that
tenth; what must not be lost is a row, never a log line.
"""

import asyncio
import atexit
import logging
import sys
from typing import Any, Final

import orjson
from sanic import Request
from sanic.response import BaseHTTPResponse
from structlog.contextvars import get_contextvars

from backend.foundation import clock
from backend.foundation.logging import mask_text

_NAME: Final = "miniprogram_api.access"
_FLUSH_AFTER: Final = 0.1
_MOST_LINES: Final = 1_000
_lines: Final[list[bytes]] = []
_log: Final = logging.getLogger(_NAME)


def names_only_ids(path: str) -> bool:
    """Whether nothing but ids stands in what a route's path leaves open: such paths hold nothing to be masked."""
    return all(part.endswith(":uuid>") for part in path.split("/") if part.startswith("<"))


def write(request: Request, response: BaseHTTPResponse, route: str, seconds: float) -> None:
    """Write the line of one answer; the query is left out, it may hold personal data."""
    if not _log.isEnabledFor(logging.INFO):
        return
    actor = request.ctx.actor
    line: dict[str, Any] = {
        "event": "request",
        "method": request.method,
        "route": route,
        **({} if request.path == route else {"path": _path(request)}),
        "status": response.status,
        "ms": round(seconds * 1000, 2),
        "bytes": len(response.body or b""),
        "address": request.ctx.address,
        "actor": f"{actor.kind}:{actor.id}" if actor else None,
        **get_contextvars(),
        "request_id": request.id,
        "logger": _NAME,
        "level": "info",
        "timestamp": clock.now(),
    }
    _lines.append(orjson.dumps(line, default=str, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z))
    if len(_lines) == 1:
        asyncio.get_running_loop().call_later(_FLUSH_AFTER, flush)
    elif len(_lines) >= _MOST_LINES:  # a burst; or the loop that was to write them has ended
        flush()


def _path(request: Request) -> str:
    """To look for what must be masked takes as long as all the rest of the line."""
    path: str = request.path
    return path if request.route and request.route.ctx.names_only_ids else mask_text(path)


def flush() -> None:
    """Write the lines that wait; the end of the process asks for it too."""
    if _lines:
        told = b"".join(_lines).decode()
        _lines.clear()
        sys.stdout.write(told)
        sys.stdout.flush()


atexit.register(flush)
