"""One WeChat call from request to answer: reading it as WeChat does, and answering in its JSON.

Handlers are plain functions `(Call) -> bytes | HTTPResponse` that raise `Refused`: an effect in memory can't be half
done, whatever the client does meanwhile. Whatever is to go wrong on demand is added around them in `door.py`.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec
import orjson
from sanic import HTTPResponse, Request

from sandbox.calls import Refusal
from sandbox.errcodes import Refused
from sandbox.tokens import AccountKind
from sandbox.world import World

_JSON = b"application/json; encoding=utf-8"
_TOKEN = "access_token="  # noqa: S105 - the name of the parameter
_BODY_KEPT = 2_000

T = TypeVar("T")


class JSONAnswer(HTTPResponse):
    """WeChat's JSON with only the headers that it needs, made without Sanic's general rules (a tenth of a send)."""

    @property
    def processed_headers(self) -> Iterator[tuple[bytes, bytes]]:
        """Content type, and what Sanic put in for the connection."""
        yield b"content-type", _JSON
        yield b"content-length", b"%d" % len(self.body or b"")
        yield b"connection", self.headers["connection"].encode()


class Call:
    """What a handler sees of a request; `openid` and `template_id` are noted by it for the log of calls."""

    __slots__ = ("body", "now", "openid", "path", "request", "template_id", "world")

    def __init__(self, world: World, path: str, request: Request) -> None:
        self.world = world
        self.path = path
        self.request = request
        self.body = request.body
        self.now = world.clock.now()
        self.openid = ""
        self.template_id = ""

    def query(self, name: str) -> str | None:
        """One query parameter; None when missing or empty."""
        return self.request.args.get(name) or None

    def check_token(self, account: AccountKind = "miniprogram") -> None:
        """Refuse without a good access_token of that kind of account."""
        query = self.request.query_string
        if query.startswith(_TOKEN) and "&" not in query and "%" not in query:  # the usual form, read without parsing
            token: str | None = query[len(_TOKEN) :]
        else:
            token = self.query("access_token")
        self.world.tokens.check(token, account, self.now)

    def json(self) -> dict[str, Any]:
        """The body as an object; 44002 when there is none, 47001 when it is no JSON object."""
        if not self.body:
            raise Refused(44002)
        try:
            decoded = orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise Refused(47001) from error
        if not isinstance(decoded, dict):
            raise Refused(47001)
        return decoded

    def read(self, type_: type[T], errcode: int = 47001) -> T:
        """The body as a struct; `errcode` when a field is of another type."""
        try:
            return msgspec.convert(self.json(), type_)
        except msgspec.ValidationError as error:
            raise Refused(errcode) from error


Handler = Callable[[Call], bytes | HTTPResponse]


def ok(**values: Any) -> bytes:
    """A success with WeChat's usual two fields in front."""
    return orjson.dumps({"errcode": 0, "errmsg": "ok", **values})


def answer(handler: Handler, call: Call) -> HTTPResponse:
    """Run the handler and note how it ended."""
    try:
        result = handler(call)
    except Refused as refused:
        return refuse(call, refused)
    call.world.calls.note(call.now, call.path, call.openid, 0)
    return result if isinstance(result, HTTPResponse) else JSONAnswer(result)


def refuse(call: Call, refused: Refused) -> HTTPResponse:
    """The refusal's own answer; WeChat's is HTTP 200 with an errmsg that ends with a rid that rid/get knows."""
    calls = call.world.calls
    rid = calls.new_rid(call.now)
    body = orjson.dumps(refused.shown(rid))
    sent = call.body[:_BODY_KEPT].decode(errors="replace")
    calls.keep_refusal(rid, Refusal(call.now, call.path, sent, body.decode()))
    calls.note(call.now, call.path, call.openid, refused.errcode, refused.outcome)
    return JSONAnswer(body, refused.status)
