"""Puts the HTTP door together: one native, single-process Sanic app."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from types import SimpleNamespace
from typing import Any, Final

from sanic import Sanic

from backend.assembly import assemble
from backend.foundation.settings import Settings
from backend.runtime import Runtime
from miniprogram_api import access_log, errors, middleware, uploads
from miniprogram_api.addresses import networks
from miniprogram_api.auth import AUTHENTICATORS, Auth, Authenticator
from miniprogram_api.dispatch import handler_of
from miniprogram_api.endpoint import Route
from miniprogram_api.idempotency import Turns
from miniprogram_api.limits import Limiter
from miniprogram_api.routes import ROUTES
from miniprogram_api.versions import parse

Opener = Callable[[Settings], AbstractAsyncContextManager[Runtime]]

_CONFIG: Final = {
    "MOTD": False,
    "ACCESS_LOG": False,
    "AUTO_EXTEND": False,
    "REQUEST_MAX_SIZE": 1_000_000,
    "REQUEST_MAX_HEADER_SIZE": 16_384,
    "REQUEST_TIMEOUT": 15,
    "RESPONSE_TIMEOUT": 60,  # receiving the body counts: a photo over a weak network
    "KEEP_ALIVE_TIMEOUT": 75,
    "GRACEFUL_SHUTDOWN_TIMEOUT": 20.0,
}


def context(
    settings: Settings, routes: tuple[Route, ...], authenticators: Mapping[Auth, Authenticator]
) -> SimpleNamespace:
    """Return what requests find under `request.app.ctx`; `live` adds the rest."""
    return SimpleNamespace(
        settings=settings,
        authenticators=authenticators,
        trusted=networks(settings.trusted_proxies),
        minimum_client=parse(settings.minimum_client),
        turns=Turns(),
        uploads=asyncio.Semaphore(uploads.AT_ONCE),
        routes=routes,
    )


@asynccontextmanager
async def live(app: Sanic[Any, Any], opener: Opener) -> AsyncIterator[None]:
    """Open what the app needs by `opener`; to be held as long as it answers."""
    async with opener(app.ctx.settings) as runtime:
        app.ctx.limiter = Limiter(runtime.redis)
        sharing = asyncio.create_task(app.ctx.limiter.keep_sharing())
        try:
            yield
        finally:
            sharing.cancel()


def create_app(
    settings: Settings,
    *,
    opener: Opener = assemble,
    routes: tuple[Route, ...] = ROUTES,
    authenticators: Mapping[Auth, Authenticator] = AUTHENTICATORS,
    name: str = "wuwei",
) -> Sanic[Any, Any]:
    """Return the app; it opens what it needs by `opener` when its server starts and closes it when that stops."""
    app: Sanic[Any, Any] = Sanic(
        name,
        ctx=context(settings, routes, authenticators),
        request_class=middleware.DoorRequest,
        configure_logging=False,
    )
    app.config.update(_CONFIG)
    middleware.install(app)
    for kind in (Exception, asyncio.CancelledError):
        app.error_handler.add(kind, errors.answer)
    for route in routes:
        app.add_route(
            handler_of(route),
            route.path,
            methods=[route.method],
            name=f"{route.method}_{route.endpoint.name.replace('.', '_')}_{route.path.count('/')}",
            ctx_template=route.template,
            ctx_names_only_ids=access_log.names_only_ids(route.path),
        )
    _tie(app, opener)
    return app


def _tie(app: Sanic[Any, Any], opener: Opener) -> None:
    """Tie what the app needs to the life of its server."""
    held = AsyncExitStack()

    async def begin(app: Sanic[Any, Any]) -> None:
        await held.enter_async_context(live(app, opener))

    async def end(_app: Sanic[Any, Any]) -> None:
        await held.aclose()

    app.register_listener(begin, "before_server_start")
    app.register_listener(end, "after_server_stop")
