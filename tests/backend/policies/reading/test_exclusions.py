"""Which fitting policies exclude each other: both ways round, with the citation, among what fits."""

from typing import Any
from uuid import UUID

import orjson
import pytest

from backend.access import Actor
from backend.foundation import db
from backend.policies import service
from backend.policies.editing.versions import Handled
from backend.policies.reading import feed
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.counting import counted
from tests.backend.policies.people import CITATION, REVIEWER, UP_TO_TEN, WRITER, content, leaf, owner, published

pytestmark = pytest.mark.usefixtures("running", "clock")

SAID = {**CITATION, "sentence": "两项政策不得同时享受。"}


def excluding(*numbers: str) -> dict[str, Any]:
    return {"exclusions": [{"number": number, "citation": SAID} for number in numbers]}


async def _feed(actor: Actor, shop: UUID) -> dict[str, list[str]]:
    items = orjson.loads(await feed.feed(actor, shop))["items"]
    return {one["title"]: [other["title"] for other in one["excludes"]] for one in items}


async def _detail(actor: Actor, shop: UUID, of: Handled) -> list[dict[str, Any]]:
    told = orjson.loads(orjson.dumps(await feed.detail(actor, shop, of.id), default=str))
    return list(told["excludes"])


async def _again(of: Handled, title: str, **given: Any) -> Handled:
    made = await service.edit(of.id, content(title, **given), actor=WRITER, version=of.version)
    handed = await service.submit(made.id, actor=WRITER)
    return await service.publish(made.id, actor=REVIEWER, version=handed.version)


async def _names(policy: UUID, *numbers: str) -> None:
    """Let it exclude what no draft may name any more: policies that don't exist, or not yet."""
    said = orjson.dumps(excluding(*numbers)["exclusions"]).decode()
    await db.execute("UPDATE policy_versions SET exclusions = $2::jsonb WHERE policy_id = $1", policy, said)


async def test_it_holds_both_ways_whichever_says_so_and_whichever_came_first() -> None:
    first = await published("甲")
    second = await published("乙", **excluding(first.number))
    third = await published("丙")
    first = await _again(first, "甲", **excluding(third.number))
    shop = await enterprise(1, employees=3)
    actor = await owner(shop)
    assert await _feed(actor, shop) == {"甲": ["乙", "丙"], "乙": ["甲"], "丙": ["甲"]}
    for one, others in ((first, ["乙", "丙"]), (second, ["甲"]), (third, ["甲"])):
        told = await _detail(actor, shop, one)
        assert [(other["title"], other["answer"], other["citation"]) for other in told] == [
            (title, "yes", SAID) for title in others
        ]


async def test_a_policy_that_comes_after_the_one_that_names_it_is_found_too() -> None:
    first = await published("甲")
    await _names(first.id, "Z-LATER")
    made = await service.draft(content("乙"), actor=WRITER, number="Z-LATER")
    handed = await service.submit(made.id, actor=WRITER)
    await service.publish(made.id, actor=REVIEWER, version=handed.version)
    shop = await enterprise(1, employees=3)
    assert await _feed(await owner(shop), shop) == {"乙": ["甲"], "甲": ["乙"]}


async def test_only_what_fits_or_may_fit_is_named() -> None:
    wanted = await published("甲", UP_TO_TEN)
    maybe = await published("还不知道", leaf("revenue_wan", "le", 500), **excluding(wanted.number))
    never = await published("不合", leaf("employees", "ge", 100), **excluding(wanted.number, maybe.number))
    shop = await enterprise(1, employees=3)
    actor = await owner(shop)
    assert await _feed(actor, shop) == {"甲": ["还不知道"], "还不知道": ["甲"], "不合": []}
    assert [one["title"] for one in await _detail(actor, shop, wanted)] == ["还不知道"]
    assert (await _detail(actor, shop, maybe))[0]["answer"] == "yes"
    assert await _detail(actor, shop, never) == []


async def test_what_is_withdrawn_or_no_longer_says_so_excludes_nothing() -> None:
    first = await published("甲")
    second = await published("乙", **excluding(first.number))
    third = await published("丙", **excluding(first.number))
    shop = await enterprise(1, employees=3)
    actor = await owner(shop)
    await service.withdraw(second.id, "有误", actor=REVIEWER)
    assert await _feed(actor, shop) == {"丙": ["甲"], "甲": ["丙"]}
    await _again(third, "丙")
    assert await _feed(actor, shop) == {"丙": [], "甲": []}
    assert await _detail(actor, shop, first) == []
    assert await db.fetch_value("SELECT count(*) FROM policy_exclusions") == 0


async def test_naming_itself_or_nobody_is_harmless() -> None:
    made = await service.draft(content("甲"), actor=WRITER, number="SELF")
    handed = await service.submit(made.id, actor=WRITER)
    await _names(made.id, "NOBODY", "SELF")
    await service.publish(made.id, actor=REVIEWER, version=handed.version)
    shop = await enterprise(1, employees=3)
    assert await _feed(await owner(shop), shop) == {"甲": []}


async def test_the_detail_asks_as_often_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    first = await published("甲")
    shop = await enterprise(1, employees=3)
    actor = await owner(shop)
    figures = []
    for number in range(3):
        await published(f"乙{number}", leaf("employees", "le", 20 + number), **excluding(first.number))
        await _detail(actor, shop, first)
        await feed.feed(actor, shop)
        with counted(monkeypatch) as asked:
            assert len(await _detail(actor, shop, first)) == number + 1
        with counted(monkeypatch) as read:
            await feed.feed(actor, shop)
        figures.append((len(asked), len(read)))
    assert all(detail <= 4 and warm == 1 for detail, warm in figures), figures  # 4 while its facts are not at hand
