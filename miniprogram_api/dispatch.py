"""What happens to a request between the router and its handler, in this order.

Address limit (in the middleware) → client version → who → owner's limit → permission → query and body → key → handler.
"""

import re
from collections.abc import Callable, Coroutine
from typing import Any, Final

from sanic import Request
from sanic.response import HTTPResponse

from backend.access import Actor
from backend.foundation.errors import FieldError, Invalid, WuweiError
from miniprogram_api import uploads
from miniprogram_api.auth import Auth, actor_of
from miniprogram_api.endpoint import Route
from miniprogram_api.errors import VersionRequired, problem, refusal_of
from miniprogram_api.idempotency import Key, key_of, once
from miniprogram_api.limits import owner_limit
from miniprogram_api.reply import Stream, respond, send
from miniprogram_api.validation import read_body, read_query
from miniprogram_api.versions import check_client

SanicHandler = Callable[..., Coroutine[Any, Any, HTTPResponse | None]]

_VERSION: Final = re.compile(r'(?:W/)?"?(\d{1,18})"?')


def handler_of(route: Route) -> SanicHandler:
    """Return what Sanic calls for a route."""

    async def handle(request: Request, **params: Any) -> HTTPResponse | None:
        try:
            answer = await dispatch(route, request, params)
        except WuweiError as refused:  # what Sanic does with what is raised costs more than most refusals do
            return problem(request, refusal_of(refused))
        if not isinstance(answer, Stream):
            return answer
        await send(request, answer)
        return None

    handle.__name__ = handle.__qualname__ = route.endpoint.name.replace(".", "_")
    if route.endpoint.upload or route.endpoint.streams:
        vars(handle)["is_stream"] = True  # the body is read by `uploads`, under its own limit
    return handle


async def dispatch(route: Route, request: Request, params: dict[str, Any]) -> HTTPResponse | Stream:
    """Do everything the declaration asks for, then run the handler."""
    declared = route.endpoint
    if declared.auth is Auth.OWNER:
        check_client(request)
    actor = await actor_of(request, declared.auth)
    request.ctx.actor = actor
    if actor is not None:
        owner_limit(request, actor)
        if declared.permission is not None:
            actor.require(declared.permission)
    await _take(route, request, actor, params)

    async def run() -> HTTPResponse:
        return respond(await declared.handler(request, **params), declared.status)

    key = _key(route, request, actor, params.get("file"))
    if declared.first is not None:
        params["ready"] = await declared.first(**params)
    if declared.together:
        params["key"] = key
        return await run()
    if key is not None:
        return await once(request.app.ctx.turns, key, run)
    if declared.streams:
        async with uploads.arriving(request) as params["content"]:
            return await run()
    answer = await declared.handler(request, **params)
    return answer if isinstance(answer, Stream) else respond(answer, declared.status)


def _key(route: Route, request: Request, actor: Actor | None, file: uploads.Upload | None) -> Key | None:
    """Return the key under which this command is done once; None where none counts or none was sent."""
    if actor is None or not route.is_once:
        return None
    name = f"{route.method} {route.path}"
    return key_of(request, name, actor, is_required=route.needs_key, sent=file.body if file else request.body)


async def _take(route: Route, request: Request, actor: Actor | None, params: dict[str, Any]) -> None:
    """Add to the path's parameters what the handler asked for by keyword."""
    declared = route.endpoint
    if "actor" in declared.takes:
        params["actor"] = actor
    if declared.upload:
        params["file"] = await uploads.receive(request, declared.upload_bytes)
    if declared.query is not None:
        params["query"] = read_query(declared.query, request.get_args(keep_blank_values=True))
    if declared.body is not None:
        params["body"] = read_body(declared.body, request.body)
    if "version" in declared.takes:
        params["version"] = _version(request)


def _version(request: Request) -> int:
    text = request.headers.get("if-match")
    if text is None:
        raise VersionRequired
    found = _VERSION.fullmatch(text.strip(" \t"))  # RFC 9110 5.5
    if found is None:
        raise Invalid(fields=(FieldError("If-Match", "pattern", '应为版本号，如 "3"'),))
    return int(found[1])
