"""What staff are told, over HTTP: polled cheaply, one's own alone; a code binds a phone from door to door."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from backend.access import Actor, Role
from backend.foundation.ids import new_id
from backend.runtime import Runtime
from miniprogram_api.auth import STAFF_COOKIE
from tests.backend.notifications.people import make_person
from tests.backend.notifications.staff import KIND, settle, tell
from tests.factories.people import add_staff
from tests.support.api import Api, serve
from tests.support.matrix import CSRF, World, authenticators


class Console:
    """Two colleagues at their consoles, and the mini-program of the first."""

    def __init__(self, api: Api, world: World) -> None:
        self.api, self.owner = api, world.owner
        self.mine, self.other = world.staff[Role.REVIEWER], world.staff[Role.FRONT_DESK]

    async def call(
        self, method: str, path: str, body: Any = None, *, actor: Actor | None = None, tag: str = ""
    ) -> httpx.Response:
        headers = {"Cookie": f"{STAFF_COOKIE}={(actor or self.mine).id}", "X-CSRF-Token": CSRF}
        headers |= {"If-None-Match": tag} if tag else {}
        return await self.api.request(method, f"/api/staff/v1/{path}", json=body, headers=headers)

    async def tap(self, method: str, body: Any = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.owner.id}", "Idempotency-Key": str(new_id())}
        return await self.api.request(method, "/api/owner/v1/staff-phone", json=body, headers=headers)


@pytest.fixture
async def console(running: Runtime) -> AsyncIterator[Console]:
    world = World(running)
    world.owner = Actor(world.owner.kind, await make_person())
    for role in (Role.REVIEWER, Role.FRONT_DESK):
        await add_staff(staff_id=world.staff[role].id)
    async with serve(running, authenticators=authenticators(world)) as api:
        yield Console(api, world)


async def test_a_console_that_polls_is_told_only_what_has_changed(console: Console) -> None:
    assert console.mine.id
    first = await console.call("GET", "notices/unread-count")
    tag = first.headers["etag"]
    assert (first.json(), first.status_code) == ({"unread": 0}, 200)
    same = await console.call("GET", "notices/unread-count", tag=f'"x", W/{tag}')
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    await tell([console.mine.id])
    changed = await console.call("GET", "notices/unread-count", tag=tag)
    assert (changed.status_code, changed.json()) == (200, {"unread": 1})
    listed = await console.call("GET", "notices")
    assert (await console.call("GET", "notices", tag=listed.headers["etag"])).status_code == 304


async def test_notices_are_read_put_away_and_settled(console: Console) -> None:
    assert console.mine.id
    subject = new_id()
    await tell([console.mine.id], "a", subject=subject)
    await tell([console.mine.id], "b")
    items = (await console.call("GET", "notices")).json()["items"]
    ids = [one["id"] for one in items]
    assert items[0].keys() >= {"link", "title", "body", "is_settled"}
    assert (await console.call("POST", "notices/read", {"ids": ids}, actor=console.other)).json() == {"read": 0}
    assert (await console.call("POST", "notices/archive", {"ids": ids}, actor=console.other)).json() == {"moved": 0}
    assert (await console.call("POST", "notices/read", {"ids": ids[:1]})).json() == {"read": 1}
    assert (await console.call("POST", "notices/archive", {"ids": ids[:1]})).json() == {"moved": 1}
    assert (await console.call("POST", "notices/unarchive", {"ids": ids})).json() == {"moved": 1}
    await settle(subject)
    assert (await console.call("GET", "notices/unread-count")).json() == {"unread": 0}
    assert (await console.call("POST", "notices/read-all", {"up_to": ids[0]})).json() == {"read": 0}
    assert (await console.call("GET", f"notices?kind={KIND}&unread=true")).json()["items"] == []


async def test_a_wrong_filter_is_told(console: Console) -> None:
    for query in ("kind=nonsense", "box=muted", "cursor=x", "unread=maybe", "limit=0"):
        assert (await console.call("GET", f"notices?{query}")).status_code == 422


async def test_switches_are_turned_and_wrong_ones_refused(console: Console) -> None:
    body = {"changes": [{"kind": "alarm", "is_pushed": False}, {"kind": KIND, "is_pushed": True}]}
    told = (await console.call("PUT", "notice-preferences", body)).json()["items"]
    assert [one["kind"] for one in told if not one["is_pushed"]] == ["alarm"]
    wrong = await console.call("PUT", "notice-preferences", {"changes": [{"kind": "x", "is_pushed": True}]})
    assert wrong.status_code == 422


async def test_a_phone_is_bound_by_the_code_that_the_console_shows(console: Console) -> None:
    assert (await console.call("GET", "phone")).json() == {"is_bound": False, "bound_at": None}
    offered = await console.call("POST", "phone/code")
    assert (offered.status_code, offered.headers["cache-control"]) == (201, "no-store")
    assert (await console.tap("POST", {"code": "22222222"})).status_code == 404
    bound = await console.tap("POST", {"code": offered.json()["code"]})
    assert (bound.status_code, bound.json()["name"]) == (200, "工作人员")
    assert (await console.call("GET", "phone")).json()["is_bound"] is True
    assert (await console.tap("DELETE")).status_code == 204
    assert (await console.tap("GET")).json() == {"name": None, "bound_at": None}
    assert (await console.call("DELETE", "phone")).status_code == 204
