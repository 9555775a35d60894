"""What an owner reads: his policies by answer with the reason, and one of them clause by clause."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from backend.access import Actor, ActorKind
from backend.eligibility import RuleInvalid, Source
from backend.enterprises.facts import record
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.identity.errors import NotBound, OutOfScope
from backend.policies import errors, service
from backend.policies.reading import feed, matching
from backend.policies.reading.reasons import Answer
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.counting import counted
from tests.backend.policies.people import REVIEWER, UP_TO_TEN, WRITER, content, leaf, owner, published
from tests.benches.population import publish_rules

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _page(actor: Actor, enterprise_id: UUID, **asked: Any) -> dict[str, Any]:
    return dict(orjson.loads(await feed.feed(actor, enterprise_id, **asked)))


async def _policies() -> None:
    """One of each answer for a shop with eleven people of which nothing else is known."""
    await published("符合", leaf("employees", "le", 20))
    await published("差一人", UP_TO_TEN)
    await published("还不知道", leaf("revenue_wan", "le", 500))


async def test_every_policy_has_its_answer_and_the_reason() -> None:
    await _policies()
    shop = await enterprise(1, employees=11)
    page = await _page(await owner(shop), shop)
    assert [(one["title"], one["answer"], one["why"]) for one in page["items"]] == [
        ("符合", "yes", ["符合：从业人数不超过20人"]),
        ("还不知道", "maybe", ["还没有“年营业收入”的信息"]),
        ("差一人", "no", ["不符合：从业人数不超过10人（超出 1 人）"]),
    ]
    assert page["next"] is None
    assert page["items"][0]["until"] == "2099-12-31"
    assert await db.fetch_value("SELECT array_agg(reasons ORDER BY verdict)::text FROM policy_matches") == (
        "{{yes:employees},{missing:revenue_wan},{near:employees}}"
    )


async def test_one_answer_can_be_asked_for_and_pages_follow_each_other() -> None:
    await _policies()
    shop = await enterprise(1, employees=11)
    actor = await owner(shop)
    assert [one["title"] for one in (await _page(actor, shop, answer=Answer.MAYBE))["items"]] == ["还不知道"]
    titles: list[str] = []
    cursor = None
    for _ in range(3):
        page = await _page(actor, shop, cursor=cursor, limit=1)
        titles += [one["title"] for one in page["items"]]
        cursor = page["next"]
    assert (titles, cursor) == (["符合", "还不知道", "差一人"], None)


async def test_pages_within_one_answer_miss_and_repeat_nothing() -> None:
    for number in range(7):
        await published(f"第{number}项")
    shop = await enterprise(1, employees=3)
    actor, titles, cursor = await owner(shop), [], None
    while True:
        page = await _page(actor, shop, answer=Answer.YES, cursor=cursor, limit=2)
        titles += [one["title"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert titles == [f"第{number}项" for number in reversed(range(7))]


async def test_answers_follow_facts_rules_and_days(clock: clock_module.Frozen) -> None:
    await published("新办", leaf("founded_on", "within", {"days": 30}))
    shop = await enterprise(1, founded_on=date(2026, 11, 1))
    actor = await owner(shop)
    assert [one["answer"] for one in (await _page(actor, shop))["items"]] == ["yes"]
    clock.advance(timedelta(days=30))
    assert [one["answer"] for one in (await _page(actor, shop))["items"]] == ["no"]
    await db.execute("UPDATE enterprises SET founded_on = $2, facts_version = 2 WHERE id = $1", shop, date(2026, 12, 1))
    assert [one["answer"] for one in (await _page(actor, shop))["items"]] == ["yes"]
    await published("再来一项")
    assert len((await _page(actor, shop))["items"]) == 2


async def test_what_is_over_or_withdrawn_is_not_in_the_feed(clock: clock_module.Frozen) -> None:
    await published("到期", effective_to=date(2026, 11, 23))
    gone = await published("撤回")
    shop = await enterprise(1, employees=3)
    actor = await owner(shop)
    await service.withdraw(gone.id, "有误", actor=REVIEWER)
    assert [one["title"] for one in (await _page(actor, shop))["items"]] == ["到期"]
    clock.advance(timedelta(days=1))
    assert (await _page(actor, shop))["items"] == []


async def test_before_anything_is_published_the_feed_is_empty() -> None:
    shop = await enterprise(1)
    assert await _page(await owner(shop), shop) == {"items": [], "next": None, "personalised": True}


async def test_a_warm_feed_is_one_statement_and_a_cold_one_a_fixed_number(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = set()
    for policies in (1, 6):
        for number in range(policies):
            await published(f"{policies}-{number}", leaf("employees", "le", number + 1))
        shop = await enterprise(policies, employees=3)
        actor = await owner(shop)
        with counted(monkeypatch) as cold:
            await feed.feed(actor, shop)
        with counted(monkeypatch) as warm:
            await feed.feed(actor, shop)
        figures.add((len(cold), len(warm)))
    assert len(figures) == 1, figures
    assert figures.pop()[1] == 1


async def test_many_at_once_compute_the_same() -> None:
    await _policies()
    shop = await enterprise(1, employees=11)
    actor = await owner(shop)
    pages = await asyncio.gather(*(feed.feed(actor, shop) for _ in range(8)))
    assert len(set(pages)) == 1


@pytest.mark.parametrize("state", ["pending", "ended"])
async def test_who_does_not_act_for_it_finds_nothing(state: str) -> None:
    done = await published()
    shop = await enterprise(1, employees=3)
    await matching.refresh(shop)
    for actor in (await owner(), await owner(shop, state=state), Actor(ActorKind.OWNER, new_id())):
        with pytest.raises(NotBound):
            await feed.feed(actor, shop)
        with pytest.raises(NotBound):
            await feed.detail(actor, shop, done.id)


async def test_a_clerk_reads_policies_when_he_was_let() -> None:
    done = await published()
    shop = await enterprise(1, employees=3)
    until = clock_module.day_start(date(2030, 1, 1))
    let = await owner(shop, role="clerk", scope=["policies"], until=until)
    assert len((await _page(let, shop))["items"]) == 1
    other = await owner(shop, role="clerk", scope=["visits"], until=until)
    with pytest.raises(OutOfScope):
        await feed.feed(other, shop)
    with pytest.raises(OutOfScope):
        await feed.detail(other, shop, done.id)


async def test_the_detail_tells_each_clause_with_its_citation_and_the_value_known() -> None:
    rule = {"all": [UP_TO_TEN, leaf("revenue_wan", "le", 500)]}
    done = await published(rule=rule)
    shop = await enterprise(1, employees=11)
    told = orjson.loads(orjson.dumps(await feed.detail(await owner(shop), shop, done.id)))
    assert (told["answer"], told["policy"]["title"]) == ("no", "小店减费")
    people, revenue = told["why"]["root"]["parts"]
    assert people["citation"]["document"] == "演示文件〔2026〕1号"
    assert people["own"] == {"text": "11人", "source": "登记机关", "on": "2026-11-23"}
    assert people["near_miss"]["say"] == "超出 1 人"
    assert revenue["because"] == "missing"


async def test_the_detail_asks_what_would_settle_it() -> None:
    done = await published(rule=leaf("revenue_wan", "le", 500))
    shop = await enterprise(1)
    told = orjson.loads(orjson.dumps(await feed.detail(await owner(shop), shop, done.id)))
    assert told["answer"] == "maybe"
    assert [one["fact"] for one in told["why"]["missing"]] == ["revenue_wan"]
    assert told["why"]["missing"][0]["question"].endswith("？")


@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: {"not": one}, lambda one: {"any": [UP_TO_TEN, one]}])
async def test_what_is_internal_is_no_condition_for_its_answer_would_tell_it(wrap: Any) -> None:
    """A yes to "class C or D" says the class in plain words, even when the value itself is left out."""
    with pytest.raises(RuleInvalid) as refused:
        await service.draft(content(rule=wrap(leaf("credit_risk_class", "in", ["C", "D"]))), actor=WRITER)
    (field,) = refused.value.fields
    assert (field.code, field.path.endswith("fact"), field.path[:4]) == ("internal_fact", True, "rule")


async def test_an_answers_name_changes_with_what_it_rests_on(clock: clock_module.Frozen) -> None:
    done = await published()
    shop = await enterprise(1, employees=3)
    actor = await owner(shop)
    names = [(await feed.detail(actor, shop, done.id))["match_id"] for _ in range(2)]
    assert len(set(names)) == 1
    await record(shop, {"employees": 4}, source=Source.SELF_DECLARED, actor=actor)
    names.append((await feed.detail(actor, shop, done.id))["match_id"])
    clock.advance(timedelta(days=1))
    names.append((await feed.detail(actor, shop, done.id))["match_id"])
    assert len(set(names)) == 3


async def test_a_policy_has_no_answer_from_the_day_after_its_last(clock: clock_module.Frozen) -> None:
    done = await published(effective_to=date(2026, 11, 23))
    shop = await enterprise(1, employees=3)
    actor = await owner(shop)
    assert (await feed.detail(actor, shop, done.id))["answer"] == "yes"
    clock.advance(timedelta(days=1))
    assert (await feed.detail(actor, shop, done.id))["answer"] is None


@pytest.mark.parametrize(
    "left_behind", [leaf("fact_of_long_ago", "le", 10), leaf("credit_risk_class", "in", ["C", "D"])]
)
async def test_a_rule_that_a_release_left_behind_gives_no_answer(left_behind: dict[str, Any]) -> None:
    done = await published()
    gone, name = orjson.dumps(left_behind).decode(), str(left_behind["fact"])
    await db.execute("UPDATE policy_versions SET rule = $1::jsonb, rule_hash = $2", gone, name)
    shop = await enterprise(1, employees=3)
    told = await feed.detail(await owner(shop), shop, done.id)
    assert (told["answer"], told["match_id"], told["why"]) == (None, None, None)


async def test_a_withdrawn_policy_still_says_so_to_who_was_told() -> None:
    done = await published()
    shop = await enterprise(1, employees=3)
    actor = await owner(shop)
    await service.withdraw(done.id, "有误", actor=REVIEWER)
    told = orjson.loads(orjson.dumps(await feed.detail(actor, shop, done.id)))
    assert (told["policy"]["state"], told["answer"], told["why"]) == ("withdrawn", None, None)


async def test_a_draft_is_found_by_no_owner() -> None:
    made = await service.draft(content(), actor=WRITER)
    shop = await enterprise(1)
    actor = await owner(shop)
    for unknown in (made.id, new_id()):
        with pytest.raises(errors.PolicyUnknown):
            await feed.detail(actor, shop, unknown)


async def test_many_policies_are_no_reason_to_plan_anew_at_every_reading() -> None:
    """PostgreSQL keeps one plan for all readings only where it costs no more than one for each."""
    await publish_rules(800)
    shop = await enterprise(1, employees=3, region="330502100")
    actor = await owner(shop)
    assert len((await _page(actor, shop))["items"]) == 20
    await db.execute("ANALYZE policy_matches")
    async with db.transaction():
        await db.execute("PREPARE page (uuid, uuid, timestamptz, date) AS " + feed._statement(20))
        kept, anew = [await _cost(mode, actor.id, shop) for mode in ("force_generic_plan", "force_custom_plan")]
    assert kept < 1.05 * anew


async def _cost(mode: str, *who: Any) -> float:
    await db.execute(f"SET LOCAL plan_cache_mode = {mode}")
    given = ", ".join(f"'{one}'" for one in (*who, clock_module.now(), clock_module.today()))
    plan = orjson.loads(await db.fetch_value(f"EXPLAIN (FORMAT JSON) EXECUTE page ({given})"))
    return float(plan[0]["Plan"]["Total Cost"])
