"""Who is newly bound hears once how many policies fit him, and of none of them again."""

import pytest

from backend.access import Actor
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.policies import service
from backend.policies.reading import feed
from backend.policies.telling import welcoming
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.counting import counted
from tests.backend.policies.nights import night, spread
from tests.backend.policies.people import REVIEWER, leaf, owner, published

pytestmark = pytest.mark.usefixtures("running")


async def _kinds(person: Actor) -> list[str]:
    rows = await db.fetch("SELECT kind FROM inbox WHERE person_id = $1 ORDER BY id", person.id)
    return [row["kind"] for row in rows]


async def test_who_is_newly_bound_hears_once_of_all_that_fits_already(clock: clock_module.Frozen) -> None:
    shop = await enterprise(1, "甲店", employees=3)
    first = await owner(shop)
    for title in "一二三":
        await published(title)
    await published("不合", leaf("employees", "ge", 50))
    await spread()
    await night(clock)
    newcomer = await owner(shop)
    await night(clock)
    assert await _kinds(first) == ["policy_matched"] * 3
    [told] = await db.fetch("SELECT * FROM inbox WHERE person_id = $1", newcomer.id)
    assert (told["kind"], told["page"]) == ("policy_welcome", f"pages/policy/feed?enterprise={shop}")
    assert "甲店可能符合3项政策的条件" in told["body"]
    page = await feed.feed(newcomer, shop)
    assert page.count(b'"answer":"yes"') == 3
    untold = "SELECT count(*) FROM policy_recipients WHERE person_id = $1 AND told_at IS NULL"
    assert await db.fetch_value(untold, newcomer.id) == 0
    for _ in range(2):
        await db.execute("UPDATE enterprises SET facts_version = facts_version + 1")
        await night(clock)
    assert await _kinds(newcomer) == ["policy_welcome"]


async def test_one_policy_alone_is_told_by_its_name(clock: clock_module.Frozen) -> None:
    shop = await enterprise(1, employees=3)
    await published()
    await spread()
    await night(clock)
    newcomer = await owner(shop)
    await night(clock)
    assert await _kinds(newcomer) == ["policy_matched"]


async def test_what_comes_out_or_fits_later_is_told_by_its_name(clock: clock_module.Frozen) -> None:
    shop = await enterprise(1, employees=30)
    for title in "一二":
        await published(title)
    await spread()
    newcomer = await owner(shop)
    await night(clock)
    assert await _kinds(newcomer) == []
    await db.execute("UPDATE enterprises SET employees = 3, facts_version = facts_version + 1")
    await night(clock)
    assert await _kinds(newcomer) == ["policy_matched"] * 2
    await published("三")
    await spread()
    assert await _kinds(newcomer) == ["policy_matched"] * 3


async def test_several_enterprises_are_one_welcome_and_another_one_later_is_another(clock: clock_module.Frozen) -> None:
    shops = [await enterprise(number, f"{number}号店", employees=number) for number in (1, 2, 3)]
    for title, most in (("一", 2), ("二", 2), ("三", 3), ("四", 3)):
        await published(title, {"all": [leaf("employees", "le", most), leaf("employees", "ge", most - 1)]})
    await spread()
    person = await owner(shops[0], shops[1])
    await night(clock)
    [told] = await db.fetch("SELECT fields ->> 'enterprise' AS name, fields ->> 'count' AS many FROM inbox")
    assert (told["name"], told["many"]) == ("1号店等2家", "4")
    await db.execute("DELETE FROM policy_recipients WHERE enterprise_id = $1", shops[1])
    await db.execute("UPDATE bindings SET enterprise_id = $2 WHERE enterprise_id = $1", shops[1], shops[2])
    await db.execute("DELETE FROM policy_checked")  # as of a binding that is new
    await night(clock)
    assert await _kinds(person) == ["policy_welcome"] * 2


async def test_a_withdrawal_reaches_who_was_welcomed_too(clock: clock_module.Frozen) -> None:
    shop = await enterprise(1, employees=3)
    done = await published("一")
    await published("二")
    await spread()
    await night(clock)
    newcomer = await owner(shop)
    await night(clock)
    await service.withdraw(done.id, "有误", actor=REVIEWER)
    await spread()
    assert await _kinds(newcomer) == ["policy_welcome", "policy_retracted"]


async def test_paused_pushes_are_not_counted_and_told_when_they_go_on(clock: clock_module.Frozen) -> None:
    shop = await enterprise(1, employees=3)
    paused = await published("暂停")
    for title in "一二":
        await published(title)
    await spread()
    await db.execute("UPDATE policy_versions SET pushes_paused_at = now() WHERE policy_id = $1", paused.id)
    newcomer = await owner(shop)
    await night(clock)
    assert await db.fetch_value("SELECT fields ->> 'count' FROM inbox") == "2"
    await db.execute("UPDATE policy_versions SET pushes_paused_at = NULL WHERE policy_id = $1", paused.id)
    await night(clock)
    assert await _kinds(newcomer) == ["policy_welcome", "policy_matched"]


async def test_many_newcomers_are_told_in_chunks_each_once(
    clock: clock_module.Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(welcoming, "CHUNK", 2)
    shop = await enterprise(1, employees=3)
    for title in "一二":
        await published(title)
    await spread()
    people = [await owner(shop) for _ in range(5)]
    with counted(monkeypatch) as statements:
        await night(clock)
    assert [await _kinds(one) for one in people] == [["policy_welcome"]] * 5
    assert sum("HAVING count(*) > 1" in sql for sql in statements) == 3
