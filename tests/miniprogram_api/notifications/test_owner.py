"""The owner's inbox and subscriptions over HTTP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from backend.access import Actor
from backend.access.actor import ActorKind
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.notifications import addresses
from backend.runtime import Runtime
from tests.backend.notifications.people import SERVICE, deliveries, make_person, message, say
from tests.support.api import Api, serve
from tests.support.matrix import World, authenticators
from tests.support.sandbox import APPID

TEMPLATE = "T" * 43
_TEMPLATE = """
INSERT INTO message_templates (template_id, account, title, is_long_term, fields, state, seen_at)
VALUES ($1, $2, '政策推送提醒', FALSE, '{}', 'live', now())
"""


@dataclass
class Owner:
    """One signed-in owner's calls."""

    api: Api
    person: UUID

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.api.get(f"/api/owner/v1/{path}", params=query, headers=self._headers())

    async def post(self, path: str, body: Any, key: str | None = None) -> httpx.Response:
        return await self.api.post(f"/api/owner/v1/{path}", json=body, headers=self._headers(key or str(new_id())))

    async def put(self, path: str, body: Any) -> httpx.Response:
        return await self.api.put(f"/api/owner/v1/{path}", json=body, headers=self._headers())

    def _headers(self, key: str = "") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.person}", **({"Idempotency-Key": key} if key else {})}


@pytest.fixture
async def owner(running: Runtime) -> AsyncIterator[Owner]:
    person = await make_person()
    await db.execute(_TEMPLATE, TEMPLATE, APPID)
    await addresses.upsert(person, APPID, "an-openid")
    world = World(running, owner=Actor(ActorKind.OWNER, person))
    async with serve(running, authenticators=authenticators(world)) as api:
        yield Owner(api, person)


async def test_inbox_unread_and_read(owner: Owner) -> None:
    await say(*(message(owner.person) for _ in range(3)))
    assert (await owner.get("inbox/unread-count")).json() == {"unread": 3}
    first = (await owner.get("inbox", limit=2)).json()
    rest = (await owner.get("inbox", limit=2, cursor=first["next"])).json()
    ids = [entry["id"] for entry in first["items"] + rest["items"]]
    assert len(set(ids)) == 3
    assert rest["next"] is None
    assert first["items"][0]["at"].endswith("+08:00")
    assert (await owner.post("inbox/read", {"ids": ids})).json() == {"read": 3}
    assert (await owner.get("inbox/unread-count")).json() == {"unread": 0}
    assert all(entry["is_read"] for entry in (await owner.get("inbox")).json()["items"])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": []},
        {"ids": ["x"]},
        {"ids": ["\x00"]},
        {"ids": [1]},
        {"ids": [str(new_id())] * 101},
        {"ids": None},
        [],
    ],
)
async def test_wrong_readings_are_told(owner: Owner, body: Any) -> None:
    assert (await owner.post("inbox/read", body)).status_code == 422


async def test_a_wrong_cursor_is_told(owner: Owner) -> None:
    assert (await owner.get("inbox", cursor="nonsense")).status_code == 422


async def test_a_report_counts_once_however_often_it_is_sent(owner: Owner) -> None:
    before = (await owner.get("subscriptions")).json()["items"]
    assert [(one["template_id"], one["remaining"], one["is_allowed"]) for one in before] == [(TEMPLATE, 0, False)]
    for _ in range(3):
        answer = await owner.post("subscriptions/report", {"accepted": [TEMPLATE, TEMPLATE]}, key="report-of-one-tap")
        assert answer.status_code == 204
    after = (await owner.get("subscriptions")).json()["items"]
    assert [(one["remaining"], one["is_allowed"]) for one in after] == [(1, True)]


async def test_a_report_of_nonsense_changes_nothing(owner: Owner) -> None:
    for body in ({"accepted": ["x" * 65]}, {"accepted": [TEMPLATE] * 6}, {"refused": "all"}, {"what": 1}):
        assert (await owner.post("subscriptions/report", body)).status_code == 422
    assert (
        await owner.post("subscriptions/report", {"accepted": ["unknown"], "refused": ["other"]})
    ).status_code == 204
    assert (await owner.get("subscriptions")).json()["items"][0]["remaining"] == 0


async def test_the_list_is_narrowed_and_entries_move(owner: Owner) -> None:
    await say(message(owner.person), message(owner.person, SERVICE))
    items = (await owner.get("inbox", group="enterprises", unread="true")).json()["items"]
    assert [(one["kind"], one["gone"], one["push"]["state"]) for one in items] == [(SERVICE, None, "waiting")]
    ids = [items[0]["id"]]
    assert (await owner.get(f"inbox/{ids[0]}")).json() == items[0]
    assert (await owner.post("inbox/archive", {"ids": ids})).json() == {"moved": 1}
    assert len((await owner.get("inbox", box="archived")).json()["items"]) == 1
    assert (await owner.get("inbox/unread-count")).json() == {"unread": 1}
    assert (await owner.post("inbox/unarchive", {"ids": ids})).json() == {"moved": 1}
    assert (await owner.post("inbox/read-all", {"group": "enterprises"})).json() == {"read": 1}
    assert (await owner.get("inbox/unread-count", group="policies")).json() == {"unread": 1}


async def test_somebody_elses_entries_are_as_if_they_were_not(owner: Owner) -> None:
    await say(message(await make_person()))
    foreign = str((await deliveries())[0]["id"])
    for path in ("read", "archive", "unarchive"):
        answer = (await owner.post(f"inbox/{path}", {"ids": [foreign]})).json()
        assert answer == (await owner.post(f"inbox/{path}", {"ids": [str(new_id())]})).json()
        assert set(answer.values()) == {0}
    known, unknown = await owner.get(f"inbox/{foreign}"), await owner.get(f"inbox/{new_id()}")
    assert (known.status_code, known.json()["code"]) == (404, unknown.json()["code"])


async def test_a_wrong_filter_is_told(owner: Owner) -> None:
    wrong: tuple[dict[str, Any], ...] = ({"group": "nonsense"}, {"box": "all"}, {"unread": "maybe"}, {"limit": 101})
    for query in wrong:
        assert (await owner.get("inbox", **query)).status_code == 422


async def test_switches_are_turned(owner: Owner) -> None:
    change = {"changes": [{"kind": "policy_matched", "channel": "subscribe", "is_on": False}]}
    told = (await owner.put("notification-preferences", change)).json()
    kinds = {kind["kind"]: kind for group in told["groups"] for kind in group["kinds"]}
    assert [one["is_on"] for one in kinds["policy_matched"]["channels"]] == [True, False, True]
    assert (await owner.put("notification-preferences/pushes", {"is_on": False})).json()["pushes_on"] is False
    assert (await owner.get("notification-preferences")).json()["pushes_on"] is False


async def test_a_switch_that_cannot_be_turned_is_told(owner: Owner) -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {"kind": "binding_result", "channel": "inbox", "is_on": False},
        {"kind": "*", "channel": "subscribe", "is_on": False},
        {"kind": "policy_matched", "channel": "pigeon", "is_on": False},
        {"kind": "policy_matched", "channel": "inbox", "is_on": "no"},
    )
    for change in wrong:
        assert (await owner.put("notification-preferences", {"changes": [change]})).status_code == 422


async def test_what_to_ask_for_next_is_told(owner: Owner) -> None:
    assert (await owner.get("subscriptions/asks")).json() == {"items": []}
    await say(message(owner.person))
    asked = (await owner.get("subscriptions/asks")).json()["items"]
    assert [(one["template_id"], one["kind"], one["short"]) for one in asked] == [(TEMPLATE, "one_time", 1)]
