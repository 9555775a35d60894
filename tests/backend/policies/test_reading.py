"""What today makes of a policy's dates, a narrower feed, another day in the detail, and whoever refuses profiling."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from backend import consents
from backend.access import Actor
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.paging import WrongCursor
from backend.identity.errors import NotBound
from backend.policies import queries, service
from backend.policies.reading import favourites, feed
from backend.policies.reading.reasons import Answer
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.counting import counted
from tests.backend.policies.people import REVIEWER, UP_TO_TEN, WRITER, content, leaf, owner, published

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _feed(actor: Actor, shop: UUID, **asked: Any) -> dict[str, Any]:
    return dict(orjson.loads(await feed.feed(actor, shop, **asked)))


async def _shop() -> tuple[Actor, UUID]:
    shop = await enterprise(1, employees=3)
    return await owner(shop), shop


@pytest.mark.parametrize(
    ("dates", "phase", "notice"),
    [
        ({}, "open", None),
        ({"effective_from": date(2027, 1, 1)}, "upcoming", "2027-01-01起可申报"),
        ({"apply_from": date(2026, 11, 24)}, "upcoming", "2026-11-24起可申报"),
        ({"effective_from": date(2027, 1, 1), "apply_from": date(2027, 3, 1)}, "upcoming", "2027-03-01起可申报"),
        ({"apply_from": date(2026, 11, 23)}, "open", None),
        ({"effective_to": date(2026, 12, 7)}, "closing", "2026-12-07截止"),
        ({"effective_to": date(2026, 12, 8)}, "open", None),
        ({"apply_until": date(2026, 11, 23)}, "closing", "2026-11-23截止"),
        ({"apply_from": date(2026, 11, 25), "apply_until": date(2026, 11, 30)}, "upcoming", "2026-11-25起可申报"),
    ],
)
async def test_a_yes_before_its_start_or_near_its_end_says_so(
    dates: dict[str, Any], phase: str, notice: str | None
) -> None:
    done = await published(**dates)
    actor, shop = await _shop()
    (item,) = (await _feed(actor, shop))["items"]
    assert (item["answer"], item["phase"], item["notice"]) == ("yes", phase, notice)
    told = await feed.detail(actor, shop, done.id)
    assert (told["phase"], told["notice"]) == (phase, notice)
    (item,) = orjson.loads(await queries.page(None, None, None, 20))["items"]
    assert (item["phase"], item["notice"]) == (phase, notice)
    opens = max(dates.get("effective_from", date(2026, 1, 1)), dates.get("apply_from", date(2026, 1, 1)))
    assert (item["opens_on"], item["apply_from"]) == (
        opens.isoformat(),
        dates["apply_from"].isoformat() if "apply_from" in dates else None,
    )


async def test_what_can_no_longer_be_applied_for_leaves_the_feed_though_it_is_in_force() -> None:
    await published(apply_until=date(2026, 11, 23))
    actor, shop = await _shop()
    assert len((await _feed(actor, shop))["items"]) == 1
    await db.execute("UPDATE policy_versions SET apply_until = '2026-11-22'")
    assert (await _feed(actor, shop))["items"] == []


async def test_a_card_is_the_same_stored_or_built() -> None:
    done = await published('带"引号"、\\ 和{括号}的标题', doc_no="x}", apply_from=date(2026, 12, 1))
    actor, shop = await _shop()
    (item,) = (await _feed(actor, shop))["items"]
    built = orjson.loads(
        await db.fetch_value(
            f"SELECT json_build_object({queries.CARD})::text FROM policy_versions v WHERE v.policy_id = $1", done.id
        )
    )
    assert {name: item[name] for name in built} == built
    assert set(item) - set(built) == {"phase", "notice", "favourite", "answer", "why", "excludes", "not_for_me"}


async def test_the_feed_narrows_by_category_service_answer_and_all_of_them() -> None:
    await published("甲", category="就业")
    await published("乙", category="金融", action="financing")
    await published("丙", leaf("employees", "ge", 100), category="金融", action="financing")
    actor, shop = await _shop()

    async def titles(**asked: Any) -> list[str]:
        return [one["title"] for one in (await _feed(actor, shop, **asked))["items"]]

    assert await titles(category="就业") == ["甲"]
    assert await titles(action="financing") == ["乙", "丙"]
    assert await titles(answer=Answer.NO, category="金融", action="financing") == ["丙"]
    assert await titles(answer=Answer.YES, category="金融", favourites=True) == []
    first = await _feed(actor, shop, action="financing", limit=1)
    assert await titles(action="financing", limit=1, cursor=first["next"]) == ["丙"]


async def test_who_refuses_gets_the_plain_list_at_once_and_his_own_again_when_he_allows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await published("不合", leaf("employees", "ge", 100))
    kept = await published("合适", UP_TO_TEN)
    await published("也不合", leaf("employees", "ge", 100), category="金融")
    actor, shop = await _shop()
    colleague = await owner(shop)
    assert [one["title"] for one in (await _feed(actor, shop))["items"]] == ["合适", "也不合", "不合"]
    await consents.refuse(actor)
    await favourites.keep(actor, kept.id)
    with counted(monkeypatch) as asked:
        page = await _feed(actor, shop, answer=Answer.YES)
    assert len(asked) == 4
    assert page["personalised"] is False
    assert [(one["title"], one["answer"], one["why"], one["excludes"], one["favourite"]) for one in page["items"]] == [
        ("也不合", None, [], [], False),
        ("合适", None, [], [], True),
        ("不合", None, [], [], False),
    ]
    assert [one["title"] for one in (await _feed(actor, shop, category="金融"))["items"]] == ["也不合"]
    assert [one["title"] for one in (await _feed(actor, shop, favourites=True))["items"]] == ["合适"]
    first = await _feed(actor, shop, limit=2)
    assert [one["title"] for one in (await _feed(actor, shop, limit=2, cursor=first["next"]))["items"]] == ["不合"]
    assert (await _feed(colleague, shop))["personalised"] is True, "it is his own choice, not the enterprise's"
    await consents.allow(actor)
    page = await _feed(actor, shop)
    assert (page["personalised"], page["items"][0]["title"]) == (True, "合适")
    with pytest.raises(WrongCursor):
        await _feed(actor, shop, cursor=first["next"])


async def test_refusing_opens_no_door() -> None:
    actor, _ = await _shop()
    await consents.refuse(actor)
    with pytest.raises(NotBound):
        await feed.feed(actor, await enterprise(2, employees=3))


async def test_a_refusers_detail_answers_only_when_he_asks() -> None:
    done = await published()
    actor, shop = await _shop()
    await consents.refuse(actor)
    told = await feed.detail(actor, shop, done.id)
    assert (told["personalised"], told["answer"], told["why"], told["match_id"]) == (False, None, None, None)
    told = await feed.detail(actor, shop, done.id, asked=True)
    assert (told["personalised"], told["answer"]) == (False, "yes")
    await consents.allow(actor)
    assert (await feed.detail(actor, shop, done.id))["answer"] == "yes"
    assert (await feed.detail(actor, shop, done.id, asked=False))["answer"] is None


async def test_another_day_is_answered_by_the_edition_in_force_then(clock: clock_module.Frozen) -> None:
    done = await published("旧", leaf("employees", "le", 2), effective_to=None)
    newer = leaf("founded_on", "within", {"years": 1})
    next_one = content("新", newer, effective_from=date(2026, 11, 1), effective_to=date(2027, 12, 31))
    await service.edit(done.id, next_one, actor=WRITER, version=done.version)
    handed = await service.submit(done.id, actor=WRITER)
    clock.advance(timedelta(seconds=1))
    handed = await service.publish(done.id, actor=REVIEWER, version=handed.version)
    shop = await enterprise(1, employees=3, founded_on=date(2026, 6, 1))
    actor = await owner(shop)

    async def on(day: date | None) -> tuple[str, Any, bool]:
        told = orjson.loads(orjson.dumps(await feed.detail(actor, shop, done.id, as_of=day)))
        assert (told["why"] is None) == (told["answer"] is None)
        assert told["why"] is None or told["why"]["as_of"] == str(day or clock_module.today())
        return told["policy"]["title"], told["answer"], told["is_in_force"]

    assert await on(None) == await on(clock_module.today()) == ("新", "yes", True)
    assert await on(date(2026, 10, 31)) == ("旧", "no", True)
    assert await on(date(2027, 5, 1)) == ("新", "yes", True)
    assert await on(date(2027, 7, 1)) == ("新", "no", True)
    assert await on(date(2028, 1, 1)) == ("新", None, False), "it was over then"
    assert await on(date(2025, 12, 31)) == ("新", None, False), "nothing had begun then"
    assert (await feed.detail(actor, shop, done.id, as_of=date(2027, 5, 1)))["match_id"] is None
    await service.withdraw(done.id, "有误", actor=REVIEWER)
    assert await on(date(2027, 5, 1)) == ("新", None, False), "what was taken back counts on no day"
    assert await on(date(2026, 10, 31)) == ("旧", "no", True)


async def test_a_detail_takes_few_statements_however_many_policies_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    actor, shop = await _shop()
    for number in range(3):
        done = await published(str(number), leaf("employees", "le", 20 + number))
        await feed.detail(actor, shop, done.id)
        for day, most in ((None, 2), (date(2027, 5, 1), 3)):  # one more while its facts are not at hand
            with counted(monkeypatch) as asked:
                await feed.detail(actor, shop, done.id, as_of=day)
            assert len(asked) <= most, asked
