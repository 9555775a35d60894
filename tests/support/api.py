"""The HTTP door inside the test's own loop: httpx speaks to the app, no socket between them.

    async def test_about(api: Api) -> None:
        answer = await api.get("/api/public/v1/about")

Every successful JSON answer is checked against the `returns` its endpoint declares, so the description can't lie.
"""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import httpx
from pydantic import TypeAdapter
from sanic import Sanic

from backend.foundation.settings import Settings
from backend.runtime import Runtime
from miniprogram_api.app import context, create_app, live
from miniprogram_api.auth import AUTHENTICATORS, Auth, Authenticator
from miniprogram_api.endpoint import Route
from miniprogram_api.routes import ROUTES

Api = httpx.AsyncClient

_numbers = itertools.count()


class Lifespan:
    """Starts and stops an ASGI app as a server would."""

    def __init__(self, app: Sanic) -> None:
        self._app = app
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(
            self._app({"type": "lifespan", "asgi": {"version": "3.0"}}, self._to_app.get, self._from_app.put)
        )
        await self._say("startup")

    async def __aexit__(self, *_: object) -> None:
        await self._say("shutdown")
        await self._task

    async def _say(self, what: str) -> None:
        await self._to_app.put({"type": f"lifespan.{what}"})
        answer = await self._from_app.get()
        assert answer["type"] == f"lifespan.{what}.complete", answer


_adapter = cache(TypeAdapter)


def _checker(routes: tuple[Route, ...], app: Sanic) -> Any:
    """Return a hook that compares an answer with what its endpoint declares."""
    declared = {(route.method, route.path): route.endpoint for route in routes}

    async def check(response: httpx.Response) -> None:
        if not response.is_success or "application/json" not in response.headers.get("content-type", ""):
            return
        found, _, _ = app.router.get(response.request.url.path, response.request.method, None)
        endpoint = declared.get((response.request.method, f"/{found.path}"))
        if endpoint is not None and endpoint.returns is not None:
            await response.aread()
            _adapter(endpoint.returns).validate_json(response.content)

    return check


# Apps that nobody uses just now: to lay out some hundred routes takes longer than most tests.
_idle: dict[tuple[Route, ...], list[Sanic]] = defaultdict(list)


@asynccontextmanager
async def _borrowed(routes: tuple[Route, ...], settings: Settings) -> AsyncIterator[Sanic]:
    """Give an app with these routes, laid out, whose context is to be set."""
    app = _idle[routes].pop() if _idle[routes] else await _lay_out(routes, settings)
    yield app
    _idle[routes].append(app)  # one that failed is not used again


async def _lay_out(routes: tuple[Route, ...], settings: Settings) -> Sanic:
    app = create_app(settings, routes=routes, name=f"test-{next(_numbers)}")
    app.config.TOUCHUP = False  # it rewrites Sanic's classes and can do so once in a process only
    app.asgi = True
    await app._startup()  # what its lifespan would do
    return app


@asynccontextmanager
async def serve(
    runtime: Runtime,
    *,
    settings: Settings | None = None,
    routes: tuple[Route, ...] = ROUTES,
    authenticators: Mapping[Auth, Authenticator] = AUTHENTICATORS,
) -> AsyncIterator[Api]:
    """Serve the app over a runtime that is open already; gives the client."""

    @asynccontextmanager
    async def opened(_settings: Settings) -> AsyncIterator[Runtime]:
        yield runtime

    async with _borrowed(routes, settings or runtime.settings) as app:
        vars(app.ctx).clear()
        vars(app.ctx).update(vars(context(settings or runtime.settings, routes, authenticators)))
        async with (
            live(app, opened),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app),
                base_url="http://api",
                event_hooks={"response": [_checker(routes, app)]},
            ) as client,
        ):
            yield client
