"""Who may knock at which door, and how a request proves who sends it."""

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Final

from sanic import Request

from backend.access import Actor, ActorKind
from backend.financing.banks import clients
from backend.foundation.errors import Unauthenticated
from backend.identity import sessions

STAFF_COOKIE: Final = "wuwei_staff"
PARTNER_COOKIE: Final = "wuwei_partner"
CSRF_HEADER: Final = "x-csrf-token"
UNATTENDED_HEADER: Final = "x-unattended"  # the console asks by itself: nobody uses it at this moment
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST_TOKEN: Final = 200


class Auth(StrEnum):
    """The doors: each names its people and their way of signing in."""

    OWNER = "owner"  # Authorization: Bearer <token>
    STAFF = "staff"  # the console's cookie, and its CSRF header for whatever changes something
    PARTNER = "partner"  # a cookie of its own with the same CSRF header: staff accounts whose only role is a partner's
    PUBLIC = "public"


Authenticator = Callable[[Request], Awaitable[Actor]]
"""Returns who sends the request, or raises Unauthenticated."""


def bearer(request: Request) -> str:
    """Return the token of the Authorization header; raises Unauthenticated."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.isascii() or not 0 < len(token) <= _LONGEST_TOKEN:
        raise Unauthenticated
    return token


def staff_credentials(request: Request, cookie: str = STAFF_COOKIE) -> tuple[str, str | None, bool]:
    """Return the console's session token, its CSRF token, and whether the request changes something."""
    token = request.cookies.get(cookie) or ""
    if not token.isascii() or not 0 < len(token) <= _LONGEST_TOKEN:
        raise Unauthenticated
    csrf = request.headers.get(CSRF_HEADER, "")
    # bytes that are no text could not even be hashed
    return token, csrf if csrf.isascii() else None, request.method not in _SAFE


async def actor_of(request: Request, auth: Auth) -> Actor | None:
    """Return who acts, by the authenticator the app was made with; nobody at a public door."""
    if auth is Auth.PUBLIC:
        return None
    authenticators: Mapping[Auth, Authenticator] = request.app.ctx.authenticators
    authenticate = authenticators.get(auth)
    if authenticate is None:
        raise Unauthenticated
    return await authenticate(request)


async def owner(request: Request) -> Actor:
    return await sessions.owner_by_token(bearer(request))


async def staff(request: Request) -> Actor:
    """Know somebody of the bureau; whoever of a bank knocks here is nobody, whatever cookie he brings."""
    return await _signed_in(request, STAFF_COOKIE, ActorKind.STAFF)


async def _signed_in(request: Request, cookie: str, kind: ActorKind) -> Actor:
    token, csrf, changes = staff_credentials(request, cookie)
    is_use = UNATTENDED_HEADER not in request.headers
    found = await sessions.staff_by_token(token, csrf, changes=changes, is_use=is_use)
    if found.kind is not kind:
        raise Unauthenticated
    return found


async def partner(request: Request) -> Actor:
    """Know somebody of a bank, or its program by a signed request; whoever of the bureau knocks here is nobody."""
    header = request.headers.get("authorization", "")
    if header.startswith(clients.SCHEME):
        target = request.path + (f"?{request.query_string}" if request.query_string else "")
        acts = [request.headers.get(name, "").strip(" \t") for name in ("if-match", "idempotency-key")]
        return await clients.by_signature(clients.Signed(header, request.method, target, request.body, *acts))
    return await _signed_in(request, PARTNER_COOKIE, ActorKind.PARTNER)


AUTHENTICATORS: Final[Mapping[Auth, Authenticator]] = {Auth.OWNER: owner, Auth.STAFF: staff, Auth.PARTNER: partner}
"""A door that is missing here lets nobody in."""
