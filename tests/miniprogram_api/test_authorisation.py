"""Every endpoint × everybody: who gets in, who is told 401, 403 or 404. An endpoint without a row fails here.

To add a capability write `tests/miniprogram_api/matrix/<capability>.py` (found by itself):

    async def _a_visit(world: World) -> Call:
        visit = await visits.request(..., actor=world.owner)
        return Call(params={"visit_id": visit.id}, body={"reason": "改期"})

    ROWS = (
        Row("GET", "/api/owner/v1/visits"),
        Row("POST", "/api/owner/v1/visits/<visit_id:uuid>/cancel", others=404, arrange=_a_visit),
        Row("POST", "/api/staff/v1/visits/<visit_id:uuid>/confirm", roles=frozenset({Role.MANAGER}), arrange=_a_visit),
        Row("GET", "/api/public/v1/divisions"),
    )

Paths are those of `routes.py`. `roles` is written out on purpose, not derived from ROLES: who changes a role's
permissions sees here which doors that opens. `arrange` runs once for each person who gets in, and gives a call that
would succeed for `world.owner` (or for any role listed); what comes back must then be no refusal. It gets real actors,
known to the doors by their ids; how they sign in and when a session ends is proved by the tests of `identity`.
"""

import importlib
import pkgutil
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest

from backend.access import Actor, Role
from backend.access.actor import ActorKind
from backend.foundation.ids import token
from backend.runtime import Runtime
from miniprogram_api.auth import PARTNER_COOKIE, STAFF_COOKIE, Auth
from miniprogram_api.endpoint import Route
from miniprogram_api.routes import ROUTES
from tests.miniprogram_api import matrix
from tests.support.api import Api, serve
from tests.support.matrix import CSRF, Call, Row, World, authenticators

pytestmark = pytest.mark.usefixtures("clock")

ROWS: dict[tuple[str, str], Row] = {}
for _module in pkgutil.iter_modules(matrix.__path__):
    for _row in importlib.import_module(f"{matrix.__name__}.{_module.name}").ROWS:
        assert (_row.method, _row.path) not in ROWS, f"two rows for {_row.method} {_row.path}"
        ROWS[_row.method, _row.path] = _row

ROUTE_IDS = [f"{route.method} {route.path}" for route in ROUTES]
PARAMETER = re.compile(r"{(\w+)}")
UNKNOWN = {(401, "unauthenticated"), (401, "identity.session_ended"), (401, "staff.session_ended")}
REFUSED = {401, 403, 404, 405, 412, 422, 428}


def test_the_table_has_a_row_for_every_endpoint_and_none_for_others() -> None:
    surface = {(route.method, route.path) for route in ROUTES}
    assert surface - set(ROWS) == set(), "endpoints that nobody says who may call"
    assert set(ROWS) - surface == set(), "rows of endpoints that don't exist"


@pytest.mark.parametrize("route", ROUTES, ids=ROUTE_IDS)
def test_every_endpoint_stands_behind_the_door_its_path_names(route: Route) -> None:
    assert route.door in ("", *Auth)
    if route.door:
        sign_in = route.endpoint.auth is Auth.PUBLIC and "session" in route.path
        assert route.endpoint.auth == route.door or sign_in
    else:
        assert route.endpoint.auth is Auth.PUBLIC
    if route.endpoint.auth is Auth.STAFF:
        row = ROWS.get((route.method, route.path))
        everybody = row is not None and row.roles == frozenset(Role)
        assert route.endpoint.permission is not None or everybody, "a staff endpoint names its permission"


MANY = {"owner_requests_per_minute": 1_000_000, "address_requests_per_minute": 1_000_000}


@asynccontextmanager
async def _door(world: World) -> AsyncIterator[Api]:
    settings = world.runtime.settings.model_copy(update=MANY)
    async with serve(world.runtime, settings=settings, authenticators=authenticators(world)) as client:
        yield client


def _credentials(actor: Actor | str | None) -> dict[str, str]:
    if actor is None:
        return {}
    if isinstance(actor, str):  # a session that has ended, at every door
        return {"Authorization": f"Bearer {actor}", "Cookie": f"{STAFF_COOKIE}={actor}", "X-CSRF-Token": CSRF}
    if actor.kind is ActorKind.PARTNER:
        return {"Cookie": f"{PARTNER_COOKIE}={actor.id}", "X-CSRF-Token": CSRF}
    if actor.kind is ActorKind.STAFF:
        return {"Cookie": f"{STAFF_COOKIE}={actor.id}", "X-CSRF-Token": CSRF}
    return {"Authorization": f"Bearer {actor.id}"}


async def _send(door: Api, route: Route, call: Call, actor: Actor | str | None) -> httpx.Response:
    path = route.template.format(**call.params) + (f"?{urlencode(call.query)}" if call.query else "")
    headers = {**_credentials(actor), **call.headers}
    if route.is_once:
        headers["Idempotency-Key"] = token()
    sent: dict[str, Any] = {"json": call.body, "files": call.files, "content": call.content}
    return await door.request(route.method, path, headers=headers, **sent)


def _row(route: Route) -> Row:
    return ROWS.get((route.method, route.path)) or pytest.fail("no row")


async def test_no_guarded_endpoint_lets_in_a_session_that_does_not_live(running: Runtime) -> None:
    async with serve(running, settings=running.settings.model_copy(update=MANY)) as api:
        for route in (one for one in ROUTES if one.endpoint.auth is not Auth.PUBLIC):
            params = dict.fromkeys(PARAMETER.findall(route.template), uuid4())
            for stranger in (None, token(), "x", "\x7f", "a" * 5000):
                answer = await _send(api, route, Call(params=params), stranger)
                assert (answer.status_code, answer.json()["code"]) in UNKNOWN, (route.path, answer.text)


@pytest.mark.parametrize("route", [r for r in ROUTES if r.endpoint.auth is Auth.PUBLIC], ids=lambda r: r.path)
async def test_a_public_endpoint_answers_somebody_unknown(running: Runtime, route: Route) -> None:
    world, row = World(running), _row(route)
    async with _door(world) as door:
        answer = await _send(door, route, await row.arrange(world), None)
    assert answer.status_code == row.anonymous, answer.text


@pytest.mark.parametrize("route", [r for r in ROUTES if r.endpoint.auth is Auth.OWNER], ids=lambda r: r.path)
async def test_an_owner_s_endpoint_knows_its_owner(running: Runtime, route: Route) -> None:
    world, row = World(running), _row(route)
    async with _door(world) as door:
        call = await row.arrange(world)
        for stranger in (None, token(), *world.staff.values()):
            assert (await _send(door, route, call, stranger)).status_code == 401, stranger
        other = (await _send(door, route, call, world.other)).status_code
        assert other == row.others if row.others else other not in (401, 403, 404), other
        answer = await _send(door, route, call, world.owner)
        assert answer.status_code not in REFUSED, answer.text


@pytest.mark.parametrize("route", [r for r in ROUTES if r.endpoint.auth is Auth.STAFF], ids=lambda r: r.path)
async def test_a_staff_endpoint_lets_in_the_roles_of_its_row(running: Runtime, route: Route) -> None:
    world, row = World(running), _row(route)
    async with _door(world) as door:
        call = await row.arrange(world)
        for stranger in (None, token(), world.owner):
            assert (await _send(door, route, call, stranger)).status_code == 401, stranger
        for role in set(Role) - row.roles:
            answer = await _send(door, route, call, world.staff[role])
            assert (role, answer.status_code) == (role, 403)
            assert answer.json()["permission"] == route.endpoint.permission
        for place, role in enumerate(sorted(row.roles)):
            answer = await _send(door, route, call if place == 0 else await row.arrange(world), world.staff[role])
            assert answer.status_code not in REFUSED, (role, answer.text)


@pytest.mark.parametrize("route", [r for r in ROUTES if r.endpoint.auth is Auth.PARTNER], ids=lambda r: r.path)
async def test_a_partner_s_endpoint_knows_its_desk(running: Runtime, route: Route) -> None:
    world, row = World(running), _row(route)
    async with _door(world) as door:
        call = await row.arrange(world)
        for stranger in (None, token(), world.owner, *world.staff.values()):
            assert (await _send(door, route, call, stranger)).status_code == 401, stranger
        rival = (await _send(door, route, call, world.rival)).status_code
        assert rival == row.others if row.others else rival not in (401, 403, 404), rival
        answer = await _send(door, route, call, world.partner)
        assert answer.status_code not in REFUSED, answer.text
