"""One HTTP endpoint, declared: who may call it, what goes in, what comes out. Everything else is done here, once.

How a capability uses it (`miniprogram_api/policies/owner.py`):

    @endpoint(auth=Auth.OWNER, query=PageQuery, returns=Page[PolicyOut], summary="适合我的政策")
    async def feed(request: Request, *, actor: Actor, query: PageQuery) -> bytes:
        return await policies.feed(actor, cursor=query.cursor, limit=query.limit)

    @endpoint(auth=Auth.STAFF, permission="policies.review", body=PublishPolicy, returns=PolicyOut,
              errors=(SameAuthor, WrongState), summary="发布政策")
    async def publish(request: Request, policy_id: UUID, *, actor: Actor, body: PublishPolicy, version: int) -> Reply:
        policy = await publishing.publish(policy_id, actor=actor, at=body.at, version=version)
        return Reply(PolicyOut.model_validate(policy), headers={"ETag": f'"{policy.version}"'})

and one line in `routes.py`: `("POST", "/api/staff/v1/policies/<policy_id:uuid>/publish", publish)`.

* The handler names what it needs by keyword, and gets only that: `actor` (never None behind a guarded door), `body`,
  `query`, `version` (the number of `If-Match: "3"`, required then), `file` (an `Upload` of at most
  `upload_bytes`, for `upload=True`), or `content` (the body as it arrives, for `streams=True`). A declared body or
  query that the handler does not take is refused at import, and so is the opposite.
* It returns a model, plain data, JSON that is ready as `bytes` or `str` (lists come so from one SQL), None (204), or a
  `Reply` with status or headers of its own, or a `Stream` (`returns=Stream`, never where a key counts). Errors are
  raised, never returned; `errors` lists what a client can act on.
* A POST at the owner's door needs `Idempotency-Key`; PUT, PATCH and DELETE there and a POST of staff honour one: the
  handler then runs inside the transaction that also writes the key's row, and the command's own `transaction()` joins
  it. So it must not call the outside; a command that has to does so in `first=`, a function with the handler's own
  keywords that runs before the transaction and may run again for a repetition: what it returns comes to the handler as
  `ready`. Or it is exempt by `idempotent=False` (sign-in, phone) and says how it is single otherwise. Exempt is also
  what answers with a secret, for an answer that is kept can be read.
* `together=True`: the handler gets the request's `key` and is itself done once a key, in one transaction with others of
  its moment (`idempotency.together`).
* Wrong input never reaches the handler: unknown fields, NUL, numbers beyond int8, malformed ids.
"""

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel
from sanic import Request

from backend.foundation.errors import WuweiError
from miniprogram_api.auth import Auth
from miniprogram_api.uploads import MOST_BYTES

Handler = Callable[..., Awaitable[Any]]

_TYPED: Final = re.compile(r"<(\w+)(?::\w+)?>")
_NAMES: Final = frozenset({"actor", "body", "query", "version", "file", "content", "ready", "key"})


class BadEndpoint(TypeError):
    """An endpoint's declaration and its handler do not fit; told at import."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A handler with its declaration; `routes.py` gives it a method and a path."""

    handler: Handler
    auth: Auth
    summary: str
    permission: str | None = None
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    returns: Any = None
    status: int = 200
    errors: tuple[type[WuweiError], ...] = ()
    idempotent: bool | None = None
    upload: bool = False
    upload_bytes: int = MOST_BYTES
    streams: bool = False
    documented: bool = True
    first: Handler | None = None
    together: bool = False
    takes: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Where the handler stands: `policies.owner.feed`."""
        return f"{self.handler.__module__.removeprefix('miniprogram_api.')}.{self.handler.__qualname__}"


def endpoint(
    *,
    auth: Auth,
    summary: str,
    permission: str | None = None,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    returns: Any = None,
    status: int = 200,
    errors: tuple[type[WuweiError], ...] = (),
    idempotent: bool | None = None,
    upload: bool = False,
    upload_bytes: int = MOST_BYTES,
    streams: bool = False,
    documented: bool = True,
    first: Handler | None = None,
    together: bool = False,
) -> Callable[[Handler], Endpoint]:
    """Declare an endpoint; raises BadEndpoint when the handler's keywords don't fit the declaration."""

    def declare(handler: Handler) -> Endpoint:
        takes = _taken(handler)
        declared = {"body": body is not None, "query": query is not None, "file": upload, "content": streams}
        declared |= {"ready": first is not None, "key": together}
        _check(handler, takes, declared)
        if auth is Auth.PUBLIC and (permission or "actor" in takes):
            raise BadEndpoint(f"{handler.__qualname__}: nobody is known at a public door")
        return Endpoint(
            handler,
            auth,
            summary,
            permission,
            body,
            query,
            returns,
            status,
            errors,
            idempotent,
            upload,
            upload_bytes,
            streams,
            documented,
            first,
            together,
            takes,
        )

    return declare


def _taken(handler: Handler) -> frozenset[str]:
    parameters = inspect.signature(handler).parameters.values()
    takes = frozenset(one.name for one in parameters if one.kind is inspect.Parameter.KEYWORD_ONLY)
    if takes - _NAMES:
        raise BadEndpoint(f"{handler.__qualname__}: no such keyword: {', '.join(sorted(takes - _NAMES))}")
    return takes


def _check(handler: Handler, takes: frozenset[str], declared: dict[str, bool]) -> None:
    for name, is_declared in declared.items():
        if is_declared is not (name in takes):
            fault = "declared but not taken" if is_declared else "taken but not declared"
            raise BadEndpoint(f"{handler.__qualname__}: `{name}` is {fault}")


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint at its place in the surface."""

    method: str
    path: str
    endpoint: Endpoint

    @property
    def is_once(self) -> bool:
        """Whether an Idempotency-Key counts here."""
        if self.endpoint.idempotent is not None:
            return self.endpoint.idempotent
        if self.endpoint.auth in (Auth.STAFF, Auth.PARTNER):
            return self.method == "POST" and not self.endpoint.streams
        return self.endpoint.auth is Auth.OWNER and self.method != "GET"

    @property
    def needs_key(self) -> bool:
        return self.is_once and self.method == "POST" and self.endpoint.auth is Auth.OWNER

    @property
    def template(self) -> str:
        """The path as documents and metrics show it: `/policies/{policy_id}`."""
        return _TYPED.sub(r"{\1}", self.path)

    @property
    def door(self) -> str:
        """`owner`, `staff`, `partner`, `public`, or empty outside /api."""
        parts = self.path.split("/")
        return parts[2] if parts[1] == "api" else ""


__all__ = ["Auth", "BadEndpoint", "Endpoint", "Handler", "Request", "Route", "endpoint"]
