"""A page that is kept tells the very same as the long way, and nothing that has changed since."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from backend.access import SYSTEM, Actor
from backend.consents import profiling
from backend.eligibility import Source
from backend.enterprises.facts import record
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.identity.errors import NotBound
from backend.policies import service
from backend.policies.reading import favourites, feed, pages, replay
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.counting import counted
from tests.backend.policies.people import REVIEWER, WRITER, content, leaf, owner, published

pytestmark = pytest.mark.usefixtures("running")

_RULE = {"all": [leaf("employees", "le", 10), leaf("has_ip", "eq", True), leaf("region", "prefix", "3305")]}


async def _read_twice(actor: Actor, shop: UUID, policy_id: UUID, **how: Any) -> dict[str, Any]:
    """Read by what is kept, if anything, and the long way: the two must be one."""
    quick = await feed.detail(actor, shop, policy_id, **how)
    pages._kept.clear()
    slow = await feed.detail(actor, shop, policy_id, **how)
    assert _plain(quick) == _plain(slow)
    return slow


def _plain(page: dict[str, Any]) -> bytes:
    return orjson.dumps(page, default=str)


async def test_what_is_kept_is_read_by_one_statement_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await enterprise(employees=3, region="330502100")
    reader, done = await owner(shop), await published(rule=_RULE)
    await _read_twice(reader, shop, done.id)
    with counted(monkeypatch) as statements:
        first, again = [await feed.detail(reader, shop, done.id) for _ in range(2)]
    assert _plain(first) == _plain(again)
    assert (again["answer"], statements) == ("maybe", [pages._HIS, pages._FACTS, pages._HIS])


async def test_facts_that_change_between_two_statements_are_read_the_long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await enterprise(employees=3, region="330502100", has_ip=True)
    reader, done = await owner(shop), await published(rule=_RULE)
    await feed.detail(reader, shop, done.id)
    fetch_one = db.fetch_one

    async def raced(sql: str, *params: Any) -> Any:
        if sql == pages._FACTS:
            await db.execute("UPDATE enterprises SET employees = 11 WHERE id = $1", shop)
        return await fetch_one(sql, *params)

    monkeypatch.setattr(db, "fetch_one", raced)
    assert (await feed.detail(reader, shop, done.id))["answer"] == "no"
    assert shop not in pages._known


async def test_whatever_changes_is_seen_at_once() -> None:
    shop = await enterprise(employees=3, region="330502100")
    reader, done = await owner(shop), await published(rule=_RULE)
    assert (await _read_twice(reader, shop, done.id))["answer"] == "maybe"
    await db.execute("UPDATE enterprises SET has_ip = TRUE, has_ip_source = 1, has_ip_on = '2026-11-01'")
    assert (await _read_twice(reader, shop, done.id))["answer"] == "yes"
    await favourites.keep(reader, done.id)
    assert (await _read_twice(reader, shop, done.id))["favourite"] is True
    edited = await service.edit(done.id, content(rule=leaf("employees", "ge", 10)), actor=WRITER, version=done.version)
    assert (await _read_twice(reader, shop, done.id))["answer"] == "yes"
    handed = await service.submit(edited.id, actor=WRITER)
    await service.publish(done.id, actor=REVIEWER, version=handed.version)
    assert (await _read_twice(reader, shop, done.id))["answer"] == "no"
    await service.withdraw(done.id, "有误", actor=REVIEWER)
    assert (await _read_twice(reader, shop, done.id))["answer"] is None


async def test_who_refuses_or_no_longer_acts_gets_nothing_out_of_what_is_kept() -> None:
    shop = await enterprise(employees=3, region="330502100")
    reader, done = await owner(shop), await published(rule=_RULE)
    await feed.detail(reader, shop, done.id)
    await profiling.refuse(reader)
    assert (await _read_twice(reader, shop, done.id))["answer"] is None
    assert (await _read_twice(reader, shop, done.id, asked=True))["answer"] == "maybe"
    with pytest.raises(NotBound):
        await feed.detail(await owner(), shop, done.id)
    await db.execute("UPDATE bindings SET state = 'ended', ended_at = now()")
    with pytest.raises(NotBound):
        await feed.detail(reader, shop, done.id)


async def test_a_page_is_kept_for_its_day(clock: Frozen) -> None:
    shop = await enterprise(employees=3)
    reader, done = await owner(shop), await published(apply_until=clock.now().date())
    assert (await _read_twice(reader, shop, done.id))["is_in_force"] is True
    clock.set(clock.now().replace(day=clock.now().day + 1))
    assert (await _read_twice(reader, shop, done.id))["is_in_force"] is False


async def test_a_link_that_died_is_marked_within_minutes(clock: Frozen) -> None:
    shop = await enterprise(employees=3)
    link = {"title": "办事指南", "url": "https://example.org/guide"}
    reader, done = await owner(shop), await published(links=[link])
    await _read_twice(reader, shop, done.id)
    await db.execute(
        "INSERT INTO policy_links (url, host, due_at, failures, dead_since) VALUES ($1, 'example.org', $2, 3, $2)",
        link["url"],
        clock.now(),
    )
    clock.advance(timedelta(minutes=11))
    told = orjson.loads(_plain(await feed.detail(reader, shop, done.id)))
    assert told["policy"]["links"] == [{**link, "warning": "链接可能已失效"}]


async def test_only_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_KEPT", 2)
    monkeypatch.setattr(pages, "_KEPT_FACTS", 1)
    shops = [await enterprise(number, employees=number) for number in (3, 4)]
    reader = await owner(*shops)
    for kept in (pages._kept, pages._known):
        kept.clear()
    made = [(await published(f"第{number}项")).id for number in range(3)]
    for shop in shops:
        for one in (*made, made[2]):
            await feed.detail(reader, shop, one)
    assert (list(pages._kept), list(pages._known)) == ([made[1], made[2]], shops[1:])


async def test_an_answer_is_worked_out_once_for_what_it_rests_on(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await enterprise(employees=3, region="330502100")
    reader, other, done = await owner(shop), await owner(shop), await published(rule=_RULE)
    await feed.detail(reader, shop, done.id)
    given, made = replay.given, []

    def worked_out(*rests_on: Any) -> dict[str, Any]:
        made.append(rests_on)
        return given(*rests_on)

    monkeypatch.setattr(replay, "given", worked_out)
    told = [_plain(await feed.detail(one, shop, done.id)) for one in (reader, other, reader)]
    assert (len(set(told)), len(made)) == (1, 1)
    await record(shop, {"employees": 3}, source=Source.SELF_DECLARED, actor=SYSTEM)
    assert _plain(await feed.detail(reader, shop, done.id)) != told[0]
    assert len(made) == 2
