"""What every request and every answer passes: id, address, limits, CORS, headers, gzip, metrics and one log line."""

import asyncio
import gzip
import re
from time import perf_counter
from typing import Any, Final

from sanic import Request, Sanic
from sanic.exceptions import BadURL
from sanic.response import BaseHTTPResponse, HTTPResponse

from backend.foundation.ids import new_text
from backend.foundation.logging import bind_contextvars
from miniprogram_api import access_log, metrics
from miniprogram_api.addresses import ANONYMOUS, address_of, given_request_id
from miniprogram_api.limits import address_limit
from miniprogram_api.salons import nobody

_SECURITY: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
_HSTS: Final = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
_GZIP_FROM: Final = 1024
_GZIP_ASIDE: Final = 64 * 1024
_GZIP_LEVEL: Final = 4
_ACCEPTS_GZIP: Final = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:\s|,|$))")
_CORS_METHODS: Final = "GET, POST, PUT, PATCH, DELETE"
_CORS_HEADERS: Final = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, X-Client-Version, X-CSRF-Token, X-Request-ID"
)
_CORS_EXPOSED: Final = "ETag, Idempotency-Replayed, Retry-After, X-Request-ID"


class DoorRequest(Request[Any, Any]):
    """A request whose id is ours, or that of a trusted proxy, never a stranger's.

    A path that is none (NUL in it) is one that doesn't exist: Sanic would drop the connection without an answer.
    """

    def __init__(self, url_bytes: bytes, *arguments: Any, **named: Any) -> None:
        try:
            super().__init__(url_bytes, *arguments, **named)
        except BadURL:
            super().__init__(b"/", *arguments, **named)
        # here and not in `enter`, which what can't be read as a request never passes
        self.ctx.started = perf_counter()
        self.ctx.address = ""
        self.ctx.actor = None

    @property
    def id(self) -> str:
        if self._id is None:
            self._id = given_request_id(self) or new_text()
        return str(self._id)


async def enter(request: Request) -> HTTPResponse | None:
    """Prepare a request; raises TooManyRequests."""
    request.ctx.address = address_of(request)
    bind_contextvars(request_id=request.id)
    if request.method == "OPTIONS" and "access-control-request-method" in request.headers and _origin(request):
        return HTTPResponse(status=204)
    if request.path == ANONYMOUS:
        nobody.limit(request)
    elif request.path.startswith("/api/"):
        address_limit(request)
    return None


async def leave(request: Request, response: BaseHTTPResponse) -> None:
    """Finish an answer; errors come through here too."""
    headers = response.headers
    for name, value in _SECURITY.items():
        headers.setdefault(name, value)
    headers["X-Request-ID"] = request.id
    if request.app.ctx.settings.secure_cookies:
        headers.setdefault(*_HSTS)
    _cors(request, response)
    await _compress(request, response)
    _account(request, response)


def _origin(request: Request) -> str | None:
    origin = request.headers.get("origin")
    return origin if origin in request.app.ctx.settings.cors_origins else None


def _cors(request: Request, response: BaseHTTPResponse) -> None:
    """Let the named origins read the answer; by default there are none and nothing is said."""
    if not request.app.ctx.settings.cors_origins:
        return
    response.headers["Vary"] = "Origin"
    origin = _origin(request)
    if origin is None:
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Allow-Credentials"] = "true"
    response.headers["Access-Control-Expose-Headers"] = _CORS_EXPOSED
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = _CORS_METHODS
        response.headers["Access-Control-Allow-Headers"] = _CORS_HEADERS
        response.headers["Access-Control-Max-Age"] = "600"


async def _compress(request: Request, response: BaseHTTPResponse) -> None:
    """Gzip texts over 1 KB; large ones in a thread, so that nobody waits for them."""
    body = response.body
    if not body or len(body) < _GZIP_FROM or "content-encoding" in response.headers or not _is_text(response):
        return
    vary = response.headers.get("vary")
    response.headers["Vary"] = f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"
    if not _ACCEPTS_GZIP.search(request.headers.get("accept-encoding", "")):
        return
    if len(body) < _GZIP_ASIDE:
        response.body = gzip.compress(body, _GZIP_LEVEL, mtime=0)
    else:
        response.body = await asyncio.to_thread(gzip.compress, body, _GZIP_LEVEL, mtime=0)
    response.headers["Content-Encoding"] = "gzip"


def _is_text(response: BaseHTTPResponse) -> bool:
    return (response.content_type or "").startswith(("application/json", "application/problem+json", "text/"))


def _account(request: Request, response: BaseHTTPResponse) -> None:
    route = request.route.ctx.template if request.route else "unmatched"
    seconds = perf_counter() - request.ctx.started
    metrics.observe(request.method, route, response.status, seconds)
    access_log.write(request, response, route, seconds)


def install(app: Sanic[Any, Any]) -> None:
    app.register_middleware(enter, "request")
    app.register_middleware(leave, "response")
