"""What an owner keeps: his own list, over every edition, that says what has become of each."""

import asyncio
from datetime import date, timedelta
from typing import Any

import orjson
import pytest

from backend.access import SYSTEM, Actor
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from backend.policies import personal, service
from backend.policies.errors import FavouritesFull, PolicyUnknown
from backend.policies.reading import favourites, feed
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.counting import counted
from tests.backend.policies.people import REVIEWER, WRITER, content, owner, published

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _mine(actor: Actor, **asked: Any) -> dict[str, Any]:
    return dict(orjson.loads(await favourites.mine(actor, **asked)))


async def test_keeping_and_dropping_are_each_done_once() -> None:
    done, actor, other = await published(), await owner(), await owner()
    for _ in range(2):
        await favourites.keep(actor, done.id)
        assert [one["id"] for one in (await _mine(actor))["items"]] == [str(done.id)]
    assert (await _mine(other))["items"] == []
    for _ in range(2):
        await favourites.drop(actor, done.id)
        assert (await _mine(actor))["items"] == []


async def test_a_favourite_outlives_editions_and_says_when_it_is_gone(clock: clock_module.Frozen) -> None:
    done, ending = await published("甲"), await published("乙", effective_to=date(2026, 12, 1))
    actor = await owner()
    for one in (done, ending):
        await favourites.keep(actor, one.id)
    edited = await service.edit(done.id, content("甲新版"), actor=WRITER, version=done.version)
    handed = await service.submit(done.id, actor=WRITER)
    assert "甲" in {one["title"] for one in (await _mine(actor))["items"]}, "a draft shows nowhere"
    await service.publish(done.id, actor=REVIEWER, version=handed.version)
    assert edited.edition == 2
    assert "甲新版" in {one["title"] for one in (await _mine(actor))["items"]}
    await service.withdraw(done.id, "有误", actor=REVIEWER)
    clock.advance(timedelta(days=30))
    for state in ("published", "expired"):
        told = {one["title"]: (one["state"], one["phase"], one["notice"]) for one in (await _mine(actor))["items"]}
        assert told == {
            "甲新版": ("withdrawn", "ended", "已撤回"),
            "乙": (state, "ended", "2026-12-01已截止"),
        }
        await service.expire()


async def test_what_was_never_released_cannot_be_kept() -> None:
    actor, made = await owner(), await service.draft(content(), actor=WRITER)
    for one in (made.id, new_id()):
        with pytest.raises(PolicyUnknown):
            await favourites.keep(actor, one)
    with pytest.raises(Forbidden):
        await favourites.keep(SYSTEM, made.id)


async def test_there_is_a_most_even_for_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(favourites, "MOST", 3)
    made, actor = [await published(str(number)) for number in range(6)], await owner()
    done = await asyncio.gather(*(favourites.keep(actor, one.id) for one in made), return_exceptions=True)
    assert [type(one) for one in done if one is not None] == [FavouritesFull] * 3
    kept = {one["id"] for one in (await _mine(actor))["items"]}
    assert len(kept) == 3
    for one in made:
        if str(one.id) in kept:
            await favourites.keep(actor, one.id)


async def test_pages_miss_and_repeat_nothing_though_all_were_kept_at_once() -> None:
    made, actor = [await published(str(number)) for number in range(5)], await owner()
    for one in made:
        await favourites.keep(actor, one.id)
    titles: list[str] = []
    cursor = None
    for _ in range(3):
        page = await _mine(actor, cursor=cursor, limit=2)
        titles, cursor = titles + [one["title"] for one in page["items"]], page["next"]
    assert (titles, cursor) == (["4", "3", "2", "1", "0"], None)


async def test_a_list_is_one_statement_and_keeping_a_fixed_number(monkeypatch: pytest.MonkeyPatch) -> None:
    actor, figures = await owner(), set()
    for number in range(4):
        done = await published(str(number))
        with counted(monkeypatch) as kept:
            await favourites.keep(actor, done.id)
        with counted(monkeypatch) as read:
            await favourites.mine(actor)
        figures.add((len(kept), len(read)))
    assert figures == {(3, 1)}


async def test_the_feed_marks_them_and_can_be_narrowed_to_them() -> None:
    done, _ = await published("甲"), await published("乙")
    shop = await enterprise(1, employees=3)
    actor = await owner(shop)
    await favourites.keep(actor, done.id)
    page = orjson.loads(await feed.feed(actor, shop))
    assert {one["title"]: one["favourite"] for one in page["items"]} == {"甲": True, "乙": False}
    page = orjson.loads(await feed.feed(actor, shop, favourites=True))
    assert [one["title"] for one in page["items"]] == ["甲"]


async def test_they_are_handed_out_and_go_with_the_account() -> None:
    done, actor = await published(), await owner()
    assert actor.id is not None
    await favourites.keep(actor, done.id)
    told = await personal.export(actor.id)
    assert [one["number"] for one in told["favourites"]] == [done.number]
    await personal.erase(actor.id)
    assert await db.fetch_value("SELECT count(*) FROM policy_favourites") == 0
