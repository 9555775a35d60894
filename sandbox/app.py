"""The Sanic application: WeChat's paths, the control API and the page, over one World."""

import gc
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from sanic import HTTPResponse, Request, Sanic
from sanic.config import Config
from sanic.exceptions import NotFound, SanicException
from sanic.log import error_logger
from sanic.models.handler_types import RouteHandler

from sandbox import control, door, wechat
from sandbox.call import Call, refuse
from sandbox.control.request import as_json, entry
from sandbox.errcodes import Refused
from sandbox.journal import Journal
from sandbox.pusher import Pusher
from sandbox.settings import Settings
from sandbox.sms import sending
from sandbox.world import World

_PAGE = Path(__file__).parent / "page"
_BODY_LIMIT = 1_000_000
_PAGE_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page/style.css": ("style.css", "text/css; charset=utf-8"),
    "/page/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/page/icon.svg": ("icon.svg", "image/svg+xml"),
}
_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; connect-src 'self'; img-src 'self'; script-src 'self'; style-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


App = Sanic[Config, SimpleNamespace]


def create_app(settings: Settings) -> App:
    """Open the journal, replay it and lay out the paths; pushing starts with the server."""
    journal = Journal(settings.state)
    world = World(settings, journal)
    pusher = Pusher(world)
    app = Sanic("wuwei_sandbox", configure_logging=False)
    app.config.update(
        ACCESS_LOG=False, REQUEST_MAX_SIZE=_BODY_LIMIT, KEEP_ALIVE_TIMEOUT=300, RESPONSE_TIMEOUT=1_300, MOTD=False
    )
    logging.getLogger("sanic.root").setLevel(logging.WARNING)
    _add_routes(app, world, pusher)
    _add_lifecycle(app, pusher, journal)
    _add_errors(app, world)
    return app


def _add_routes(app: App, world: World, pusher: Pusher) -> None:
    for method, path, handler in (*wechat.ROUTES, *sending.ROUTES):
        enter = cast("RouteHandler", door.entry(world, path, method, handler))  # Sanic's type forgets plain functions
        app.add_route(enter, path, methods=("GET", "POST"), name=path[1:])
    for method, path, control_handler in control.ROUTES:
        name = f"{method} {path}"
        app.add_route(entry(world, pusher, control_handler), path, methods=(method,), name=name, unquote=True)
    for path, (file, content_type) in _PAGE_FILES.items():
        app.add_route(_page_file((_PAGE / file).read_bytes(), content_type), path, name=file)


def _page_file(content: bytes, content_type: str) -> Callable[[Request], Coroutine[Any, Any, HTTPResponse]]:
    async def show(_request: Request) -> HTTPResponse:
        return HTTPResponse(content, headers=dict(_PAGE_HEADERS), content_type=content_type)

    return show


def _add_lifecycle(app: App, pusher: Pusher, journal: Journal) -> None:
    async def start(_app: App) -> None:
        pusher.start()
        gc.collect()
        gc.freeze()  # what was replayed stays; collecting it again and again would cost sends their evenness

    async def stop(_app: App) -> None:
        await pusher.stop()
        journal.close()

    app.register_listener(start, "before_server_start")
    app.register_listener(stop, "after_server_stop")


def _add_errors(app: App, world: World) -> None:
    async def answer_error(request: Request, error: Exception) -> HTTPResponse:
        """A control path answers in HTTP's way; any other path in WeChat's, whose server errors are -1."""
        status = error.status_code if isinstance(error, SanicException) else 500
        if not isinstance(error, SanicException):
            error_logger.exception("unexpected error", exc_info=error)
        if request.path.startswith("/control/"):
            return as_json({"error": str(error) or type(error).__name__}, status)
        if isinstance(error, NotFound):
            return refuse(Call(world, request.path, request), Refused(40066))
        if isinstance(error, SanicException):
            return refuse(Call(world, request.path, request), Refused(47001))
        return refuse(Call(world, request.path, request), Refused(-1))

    app.exception(Exception)(answer_error)
