"""What an owner was told: newest first, page by page, his alone; how its push went and whether it still stands."""

import asyncio
from typing import Any
from uuid import UUID

import orjson
import pytest

from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.errors import Invalid
from backend.foundation.ids import new_id
from backend.foundation.paging import WrongCursor
from backend.notifications import call_off, inbox, passing_on, personal, preferences, pushed
from backend.notifications import credits as ledger
from backend.notifications.delivering import deliver
from backend.notifications.errors import EntryNotFound
from backend.notifications.preferences import Wish
from backend.notifications.states import DeliveryState
from tests.backend.notifications.people import BROADCAST, FIELDS, SERVICE, Phones, deliveries, make_person, message, say
from tests.backend.policies.counting import counted
from tests.support.sizes import scaled

RETRACTED = "policy_retracted"
CHANGE = {**FIELDS, "change": "已撤回"}


async def test_pages_are_newest_first_and_nobody_elses(phones: Phones) -> None:
    mine, other = await make_person(), await make_person()
    await say(*(message(mine, page=f"p{n}") for n in range(7)), message(other))
    seen, cursor = [], None
    while True:
        told = orjson.loads(await inbox.page(mine, cursor=cursor, limit=3))
        seen += [entry["page"] for entry in told["items"]]
        cursor = told["next"]
        if cursor is None:
            break
    assert seen == [f"p{n}" for n in reversed(range(7))]


async def test_a_made_up_cursor_is_refused(phones: Phones) -> None:
    with pytest.raises(WrongCursor):
        await inbox.page(new_id(), cursor="' OR 1=1")


async def test_reading_counts_once_and_only_ones_own(phones: Phones) -> None:
    mine, other = await make_person(), await make_person()
    await say(message(mine), message(mine), message(other))
    ids = [row["id"] for row in await deliveries()]
    assert await inbox.unread(mine) == 2
    assert await inbox.mark_read(mine, [*ids, new_id()]) == 2
    assert await inbox.mark_read(mine, ids) == 0
    assert (await inbox.unread(mine), await inbox.unread(other)) == (0, 1)


async def test_a_person_gets_a_copy_and_is_forgotten_and_may_come_back(phones: Phones) -> None:
    phone = await phones.make(taps=2)
    await say(message(phone.person, page="pages/policy"))
    await deliver()
    await say(message(phone.person))
    copy = await personal.export(phone.person)
    assert [len(copy[name]) for name in ("addresses", "inbox", "deliveries", "subscriptions")] == [1, 2, 2, 1]
    assert await personal.erase(phone.person) > 0
    for name in ("inbox", "deliveries"):
        assert (await personal.export(phone.person))[name] == []
    rows = await deliveries()
    assert [(row["state"], row["data"], row["page"]) for row in rows] == [
        ("sent", "{}", None),
        ("cancelled", "{}", None),
    ]
    assert phone.openid not in str([dict(row) for row in await db.fetch("SELECT * FROM addresses")])
    assert await personal.erase(phone.person) == 0
    again = await phones.make(taps=1, kind=BROADCAST)
    await say(message(again.person))
    await deliver()
    assert (await deliveries())[-1]["state"] == "sent"
    assert await ledger.drift() == []


async def test_boxes_groups_and_unread_narrow_the_list(phones: Phones) -> None:
    mine = await make_person()
    await preferences.change(mine, [Wish(BROADCAST, "inbox", is_on=False)])
    await say(
        message(mine, BROADCAST),
        message(mine, SERVICE),
        message(mine, SERVICE),
        message(mine, RETRACTED, fields=CHANGE),
    )
    assert await _titles(mine) == ["policy_retracted", "binding_result", "binding_result"]
    assert await _titles(mine, box="muted") == ["policy_matched"]
    assert await _titles(mine, group="enterprises") == ["binding_result", "binding_result"]
    newest = (await _entries(mine))[0]["id"]
    assert await inbox.mark_read(mine, [newest]) == 1
    assert await _titles(mine, unread=True) == ["binding_result", "binding_result"]
    assert (await inbox.unread(mine), await inbox.unread(mine, "policies")) == (2, 0)
    with pytest.raises(Invalid):
        await inbox.page(mine, group="nonsense")


async def test_what_is_put_away_counts_no_more_and_comes_back_as_it_was(phones: Phones) -> None:
    mine, other = await make_person(), await make_person()
    await say(message(mine), message(mine), message(other))
    ids = [one["id"] for one in await _entries(mine)]
    assert await inbox.archive(other, ids) == 0
    assert await inbox.archive(mine, [*ids[:1], new_id()]) == 1
    assert await inbox.archive(mine, ids[:1]) == 0
    assert (await inbox.unread(mine), len(await _entries(mine)), len(await _entries(mine, box="archived"))) == (1, 1, 1)
    assert await inbox.unarchive(other, ids) == 0
    assert await inbox.unarchive(mine, ids) == 1
    assert await inbox.unread(mine) == 2


async def test_all_are_read_up_to_what_he_has_seen(phones: Phones) -> None:
    mine = await make_person()
    await say(message(mine), message(mine, SERVICE))
    seen = (await _entries(mine))[0]["id"]
    await say(message(mine))
    assert await inbox.mark_all_read(mine, group="enterprises") == 1
    assert await inbox.mark_all_read(mine, up_to=UUID(seen)) == 1
    assert await inbox.unread(mine) == 1
    assert await inbox.mark_all_read(new_id()) == 0


async def test_many_readings_at_once_count_each_entry_once(phones: Phones) -> None:
    mine = await make_person()
    await say(*(message(mine) for _ in range(5)))
    ids = [UUID(one["id"]) for one in await _entries(mine)]
    turns = [inbox.mark_read(mine, ids if n % 2 else ids[::-1]) for n in range(scaled(160))]
    rest = [inbox.mark_all_read(mine) for _ in range(scaled(40))]
    assert sum(await asyncio.gather(*turns, *rest)) == 5
    assert await inbox.unread(mine) == 0


async def test_an_entry_says_that_what_it_speaks_of_no_longer_stands(phones: Phones) -> None:
    mine, subject = await make_person(), new_id()
    await say(message(mine, subject=subject, page="pages/policy"), message(mine))
    assert [one["gone"] for one in await _entries(mine)] == [None, None]
    async with db.transaction():
        await call_off(subject, "withdrawn")
    fresh, old = await _entries(mine)
    assert (old["gone"]["because"], old["page"], fresh["gone"]) == ("withdrawn", "pages/policy", None)
    assert "撤回" in old["gone"]["sentence"]


async def test_an_entry_says_how_its_push_went(phones: Phones) -> None:
    phone, bare = await phones.make(taps=1), await make_person()
    await say(message(phone.person, SERVICE), message(bare))
    assert [one["push"]["state"] for one in await _entries(phone.person)] == ["waiting"]
    assert [one["push"]["state"] for one in await _entries(bare)] == ["waiting"], "another channel is still to be tried"
    await say(message(phone.person))
    await deliver()
    await passing_on.pass_on()
    await deliver()
    assert (await _entries(bare))[0]["push"]["sentence"] == "未推送：没有可推送的微信"
    told = [one["push"] for one in await _entries(phone.person)]
    assert [(one["state"], one["sentence"]) for one in told] == [
        ("sent", "已推送：微信订阅消息"),
        ("not_sent", "未推送：没有订阅"),
    ]
    await db.execute("DELETE FROM deliveries")
    assert [one["push"]["state"] for one in await _entries(phone.person)] == ["none", "none"]


@pytest.mark.parametrize("state", list(DeliveryState))
def test_every_state_has_its_words(state: DeliveryState) -> None:
    told = pushed.told(state, "some_new_reason", "subscribe", goes_on=False)
    assert told["sentence"]
    assert told["state"] in {"sent", "waiting", "not_sent", "unknown"}


def test_another_way_is_on_its_way() -> None:
    assert pushed.told("refused", "refused", "subscribe", goes_on=True)["state"] == "waiting"


async def test_one_entry_is_his_who_was_told(phones: Phones) -> None:
    mine, other = await make_person(), await make_person()
    await say(message(mine, page="p"))
    entry = UUID((await _entries(mine))[0]["id"])
    assert (await inbox.show(mine, entry))["page"] == "p"
    for person, wanted in ((other, entry), (mine, new_id())):
        with pytest.raises(EntryNotFound):
            await inbox.show(person, wanted)


async def test_a_list_is_one_statement_and_a_count_one(phones: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = await make_person()
    await say(*(message(mine) for _ in range(30)))
    with counted(monkeypatch) as seen:
        await inbox.page(mine, limit=30)
        await inbox.unread(mine)
    assert len(seen) == 2


async def test_counts_are_exact_up_to_a_thousand(phones: Phones) -> None:
    mine, moment = await make_person(), clock_module.now()
    columns = ["id", "person_id", "kind", "title", "body", "fields", "once", "created_at"]
    rows = [(new_id(), mine, SERVICE, "t", "b", "{}", str(n), moment) for n in range(1000)]
    await db.copy_rows("inbox", columns, rows)
    assert await inbox.unread(mine) == 1000
    await say(message(mine))
    assert await inbox.unread(mine) == "1000+"


async def _entries(person: UUID, **filters: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = orjson.loads(await inbox.page(person, **filters))["items"]
    return items


async def _titles(person: UUID, **filters: Any) -> list[str]:
    return [one["kind"] for one in await _entries(person, **filters)]
