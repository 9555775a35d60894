"""Reading control requests and answering them; mistakes are HTTP 400 or 404 with one clear sentence."""

from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, TypeVar

import msgspec
import orjson
from sanic import HTTPResponse, Request

from sandbox.owners import Owner
from sandbox.pusher import Pusher
from sandbox.world import World

T = TypeVar("T")


class Mistake(Exception):
    """The control call can't be done; `status` is HTTP's."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text


class Control:
    """One control request with what it may act on."""

    def __init__(self, world: World, pusher: Pusher, request: Request) -> None:
        self.world = world
        self.pusher = pusher
        self.request = request

    def read(self, type_: type[T]) -> T:
        """The body; an empty one is `{}`."""
        try:
            return msgspec.json.decode(self.request.body or b"{}", type=type_)
        except msgspec.DecodeError as error:
            raise Mistake(400, str(error)) from error

    def query(self, name: str) -> str | None:
        """One query parameter; None when missing or empty."""
        return self.request.args.get(name) or None

    def number(self, name: str, default: int) -> int:
        """A query parameter that is a whole number of at most 19 digits."""
        text = self.query(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdecimal() and len(text) <= 19):  # noqa: PLR2004 - 64 bits
            raise Mistake(400, f"{name} must be a whole number")
        return int(text)

    def owner(self, name: str) -> Owner:
        """The owner of an openid, or `demo-<name>`, who is made when first named."""
        openid = self.world.demo_owner(name) or name
        owner = self.world.owners.by_openid.get(openid)
        if owner is None:
            raise Mistake(404, f"no owner has the openid {name}")
        return owner


ControlHandler = Callable[Concatenate[Control, ...], Coroutine[Any, Any, Any]]


def entry(world: World, pusher: Pusher, handler: ControlHandler) -> Callable[..., Coroutine[Any, Any, HTTPResponse]]:
    """The Sanic handler around a control handler, whose return value becomes JSON."""

    async def enter(request: Request, **path: Any) -> HTTPResponse:
        try:
            return as_json(await handler(Control(world, pusher, request), **path))
        except Mistake as mistake:
            return as_json({"error": mistake.text}, mistake.status)

    return enter


def as_json(value: Any, status: int = 200) -> HTTPResponse:
    """JSON with line breaks, since people read it with curl."""
    return HTTPResponse(orjson.dumps(value, option=orjson.OPT_INDENT_2), status, content_type="application/json")
