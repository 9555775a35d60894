"""The words in which a capability says who may call its endpoints (`tests/miniprogram_api/matrix/<capability>.py`)."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor, Grant, Role
from backend.access.actor import ActorKind
from backend.foundation.errors import Unauthenticated
from backend.foundation.ids import new_id
from backend.runtime import Runtime
from miniprogram_api.auth import PARTNER_COOKIE, Auth, Authenticator, bearer, staff_credentials

CSRF = "matrix-csrf"


def _of_a_bank(name: str) -> Actor:
    return Actor(ActorKind.PARTNER, new_id(), name, (Grant(Role.PARTNER),), session_id=new_id())


@dataclass
class World:
    """The people of one case; `arrange` makes what belongs to them, `staff` acts where a command needs somebody."""

    runtime: Runtime
    owner: Actor = field(default_factory=lambda: Actor(ActorKind.OWNER, new_id(), "甲"))
    other: Actor = field(default_factory=lambda: Actor(ActorKind.OWNER, new_id(), "乙"))
    staff: dict[Role, Actor] = field(default_factory=dict)
    partner: Actor = field(default_factory=lambda: _of_a_bank("甲银行"))
    rival: Actor = field(default_factory=lambda: _of_a_bank("乙银行"))

    def __post_init__(self) -> None:
        for role in Role:
            self.staff[role] = Actor(ActorKind.STAFF, new_id(), role.value, (Grant(role),), session_id=new_id())

    def actors(self) -> Iterator[Actor]:
        yield from (self.owner, self.other, *self.staff.values(), self.partner, self.rival)


@dataclass(frozen=True)
class Call:
    """A request that would succeed for whom it is arranged."""

    params: Mapping[str, UUID | str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    files: Any = None
    content: bytes | None = None


async def nothing(world: World) -> Call:
    return Call()


Arrange = Callable[[World], Awaitable[Call]]


@dataclass(frozen=True)
class Row:
    """One endpoint's line of the table.

    `roles`: at the staff door, exactly those that get in; everybody else is told 403. `others`: at the owner door, what
    another owner is told about this owner's object (404), None where everybody has his own; at the partner door, what
    another bank's desk is told. `anonymous`: at the public
    door, what somebody unknown is told. `arrange` makes the object and a call that is in order.
    """

    method: str
    path: str
    roles: frozenset[Role] = frozenset()
    others: int | None = None
    anonymous: int = 200
    arrange: Arrange = nothing


def authenticators(world: World) -> dict[Auth, Authenticator]:
    """Return doors that know the world's people by their ids; how people sign in is proved in `identity`'s tests."""
    known = {str(actor.id): actor for actor in world.actors()}

    def find(token: str, kind: ActorKind) -> Actor:
        actor = known.get(token)
        if actor is None or actor.kind is not kind:
            raise Unauthenticated
        return actor

    async def owner(request: Request) -> Actor:
        return find(bearer(request), ActorKind.OWNER)

    async def staff(request: Request) -> Actor:
        token, csrf, changes = staff_credentials(request)
        if changes and csrf != CSRF:
            raise Unauthenticated
        return find(token, ActorKind.STAFF)

    async def partner(request: Request) -> Actor:
        token, csrf, changes = staff_credentials(request, PARTNER_COOKIE)
        if changes and csrf != CSRF:
            raise Unauthenticated
        return find(token, ActorKind.PARTNER)

    return {Auth.OWNER: owner, Auth.STAFF: staff, Auth.PARTNER: partner}
