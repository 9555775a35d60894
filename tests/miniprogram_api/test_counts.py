"""Every list for staff tells honestly how many there are: what one finds by turning all its pages."""

from typing import Any, get_origin
from urllib.parse import urlencode

import pytest

from backend.access import Role
from backend.foundation import paging
from miniprogram_api.auth import STAFF_COOKIE, Auth
from miniprogram_api.endpoint import Route
from miniprogram_api.routes import ROUTES
from miniprogram_api.schema import CountedPage, Page
from tests.miniprogram_api.test_authorisation import ROWS
from tests.support.api import Api
from tests.support.matrix import CSRF, World


def _kind(route: Route) -> Any:
    told = getattr(route.endpoint.returns, "__pydantic_generic_metadata__", {}).get("origin")
    return told or get_origin(route.endpoint.returns)


STAFF = [route for route in ROUTES if route.endpoint.auth is Auth.STAFF]
LISTS = [route for route in STAFF if _kind(route) is CountedPage]
# Not lists of things to be worked through: what was read once, found by a preview, or ranked.
UNCOUNTED = {
    "/api/staff/v1/policies/dead-links",
    "/api/staff/v1/policies/precision",
    "/api/staff/v1/policies/<policy_id:uuid>/audience/changes",
}


def test_no_list_for_staff_is_without_its_count() -> None:
    assert {route.path for route in STAFF if _kind(route) is Page} <= UNCOUNTED
    assert len(LISTS) >= 8


async def _get(known: Api, world: World, route: Route, params: dict[str, str], query: dict[str, str]) -> dict[str, Any]:
    role = next(iter(sorted(ROWS[route.method, route.path].roles or set(Role))))
    headers = {"Cookie": f"{STAFF_COOKIE}={world.staff[role].id}", "X-CSRF-Token": CSRF}
    answer = await known.get(f"{route.template.format(**params)}?{urlencode(query)}", headers=headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.path)
async def test_the_count_is_what_turning_the_pages_finds(
    known: Api, world: World, route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        call = await ROWS[route.method, route.path].arrange(world)
    params = {name: str(value) for name, value in call.params.items()}
    query = {**call.query, "limit": "1"}
    first = page = await _get(known, world, route, params, query)
    found = len(page["items"])
    while page["next"]:
        page = await _get(known, world, route, params, {**query, "cursor": page["next"]})
        assert page["count"] is None
        found += len(page["items"])
    assert (first["count"], first["count_is_at_least"]) == (found, False)
    monkeypatch.setattr(paging, "BOUND", 1)
    bounded = await _get(known, world, route, params, query)
    assert (bounded["count"], bounded["count_is_at_least"]) == (min(found, 1), found > 1)
