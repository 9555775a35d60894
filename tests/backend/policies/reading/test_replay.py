"""A match id tells the answer of then again, word by word, and nobody can make one up."""

import base64
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from backend.access import SYSTEM, Actor, ActorKind, Grant, Role
from backend.eligibility import Source
from backend.enterprises.errors import EnterpriseUnknown
from backend.enterprises.facts import record
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.identity.errors import NotBound, OutOfScope
from backend.policies import service
from backend.policies.errors import MatchIdInvalid, MatchUnknown
from backend.policies.reading import feed, replay
from tests.backend.enterprises.builders import STAFF, enterprise
from tests.backend.enterprises.histories import found, something_happens
from tests.backend.policies.people import REVIEWER, UP_TO_TEN, WRITER, content, leaf, owner, published
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("running", "clock")

RULES: dict[str, dict[str, Any]] = {
    "小微": {"all": [leaf("is_small_or_micro", "eq", True), leaf("region", "prefix", "3305")]},
    "资质": {
        "at_least": {
            "count": 2,
            "of": [
                leaf("qualifications", "has_tag", ["high_tech"]),
                leaf("listings", "lacks_tag", ["abnormal"]),
                leaf("founded_on", "within", {"years": 3}),
            ],
        }
    },
    "贷款": {"any": [leaf("loan_granted_on", "within", {"days": 90}), leaf("monthly_sales_wan", "le", 10)]},
    "不欠薪": {"all": [{"not": leaf("wage_arrears", "eq", True)}, leaf("statistical_size", "in", ["small", "micro"])]},
}


def _json(told: dict[str, Any]) -> dict[str, Any]:
    return dict(orjson.loads(orjson.dumps(told)))


async def _told(actor: Actor, shop: UUID, policy: UUID) -> dict[str, Any]:
    return _json(await feed.detail(actor, shop, policy))


async def _replaced(policy: UUID, rule: dict[str, Any]) -> None:
    """A next edition of a policy takes the place of the one before."""
    version = await db.fetch_value("SELECT version FROM policies WHERE id = $1", policy)
    await service.edit(policy, content(rule=rule, effective_to=None), actor=WRITER, version=version)
    handed = await service.submit(policy, actor=WRITER)
    await service.publish(policy, actor=REVIEWER, version=handed.version)


async def test_every_answer_ever_given_is_told_again(clock: Frozen, tmp_path: Path) -> None:
    by = random.Random(scaled(20))
    policies = [(await published(title, rule, effective_to=None)).id for title, rule in RULES.items()]
    shops = await found(scaled(100))
    actor = await owner(*shops)
    seen = []
    for step in range(6):
        await something_happens(shops, by, clock, tmp_path)
        some = by.sample(shops, k=max(1, len(shops) // 4))
        seen += [(shop, await _told(actor, shop, by.choice(policies))) for shop in some]
        if step % 2:
            await _replaced(by.choice(policies), {"all": [by.choice(list(RULES.values())), UP_TO_TEN]})
    assert {told["answer"] for _, told in seen} == {"yes", "maybe", "no"}
    for shop, told in seen:
        again = _json(await replay.replay(actor, shop, told["match_id"]))
        assert {name: again[name] for name in ("answer", "why", "match_id")} == {
            name: told[name] for name in ("answer", "why", "match_id")
        }
        assert (again["is_identical"], again["catalogue_changed"]) == (True, False)
        assert (again["policy"]["edition"], again["policy"]["id"]) == (told["policy"]["edition"], told["policy"]["id"])


async def test_later_tellings_editions_and_days_change_nothing_of_it(clock: Frozen) -> None:
    policy = await published(effective_to=None)
    shop = await enterprise()
    actor = await owner(shop)
    await record(shop, {"employees": 3}, source=Source.SELF_DECLARED, actor=SYSTEM)
    then = await _told(actor, shop, policy.id)
    await record(shop, {"employees": 30}, source=Source.BUREAU, actor=SYSTEM)
    await _replaced(policy.id, leaf("revenue_wan", "le", 5))
    clock.advance(timedelta(days=900))
    again = _json(await replay.replay(actor, shop, then["match_id"]))
    assert (then["answer"], again["answer"], again["why"]) == ("yes", "yes", then["why"])
    assert (again["policy"]["edition"], again["policy"]["state"], again["on"]) == (1, "superseded", "2026-11-23")
    assert (await _told(actor, shop, policy.id))["answer"] == "maybe"


async def test_equal_names_are_given_for_what_rests_on_the_same(clock: Frozen) -> None:
    policy, shop = await published(), await enterprise()
    actor = await owner(shop)
    names = [(await _told(actor, shop, policy.id))["match_id"] for _ in range(2)]
    await record(shop, {"employees": 3}, source=Source.SELF_DECLARED, actor=SYSTEM)
    names.append((await _told(actor, shop, policy.id))["match_id"])
    clock.advance(timedelta(days=1))
    names.append((await _told(actor, shop, policy.id))["match_id"])
    assert [len(one) for one in names] == [64] * 4
    assert (names[0] == names[1], len(set(names))) == (True, 3)


async def test_what_is_no_match_id_or_was_never_given_is_refused() -> None:
    policy, shop, other = await published(), await enterprise(1), await enterprise(2)
    actor = await owner(shop, other)
    given = (await _told(actor, shop, policy.id))["match_id"]
    for wrong in ("", "x", given[:-1], given + "A", given[:-1] + "=", "一" * 64, "A" * 64, "_" * 64):
        with pytest.raises(MatchIdInvalid):
            await replay.replay(actor, shop, wrong)
    with pytest.raises(MatchUnknown):
        await replay.replay(actor, other, given)
    data = base64.urlsafe_b64decode(given)
    for place in range(1, len(data)):
        forged = bytearray(data)
        forged[place] ^= 1
        with pytest.raises(MatchUnknown):
            await replay.replay(actor, shop, base64.urlsafe_b64encode(forged).decode())


async def test_a_draft_can_not_be_named() -> None:
    made, shop = await service.draft(content(), actor=WRITER), await enterprise()
    row = await db.fetch_one("SELECT id, rule_hash FROM policy_versions WHERE policy_id = $1", made.id)
    assert row is not None
    given = (await replay.answered(row["id"], row["rule_hash"], shop))["match_id"]
    with pytest.raises(MatchUnknown):
        await replay.replay(SYSTEM, shop, given)


async def test_what_reads_otherwise_since_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    policy, shop = await published(), await enterprise()
    await record(shop, {"employees": 3}, source=Source.SELF_DECLARED, actor=SYSTEM)
    actor = await owner(shop)
    given = (await _told(actor, shop, policy.id))["match_id"]
    monkeypatch.setattr(replay, "FINGERPRINT", b"another catalogue")
    again = await replay.replay(actor, shop, given)
    assert (again["answer"], again["is_identical"], again["catalogue_changed"]) == ("yes", True, True)
    monkeypatch.setattr(replay, "INTERNAL", {"employees"})
    again = await replay.replay(actor, shop, given)
    assert (again["answer"], again["is_identical"]) == ("yes", False)


async def test_a_rule_that_a_release_left_behind_is_told_without_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    policy, shop = await published(), await enterprise()
    actor = await owner(shop)
    given = (await _told(actor, shop, policy.id))["match_id"]

    async def nothing(_hashes: set[str]) -> dict[str, Any]:
        return {}

    monkeypatch.setattr("backend.policies.rules.parsed", nothing)
    again = await replay.replay(actor, shop, given)
    assert (again["answer"], again["why"], again["is_identical"]) == (None, None, False)


async def test_an_owner_acts_for_it_and_staff_see_it() -> None:
    policy, shop = await published(), await enterprise(district="330502")
    actor = await owner(shop)
    given = (await _told(actor, shop, policy.id))["match_id"]
    assert (await replay.replay(STAFF, shop, given))["match_id"] == given
    elsewhere = Actor(ActorKind.STAFF, new_id(), "窗口", (Grant(Role.FRONT_DESK, districts=("330521",)),))
    with pytest.raises(EnterpriseUnknown):
        await replay.replay(elsewhere, shop, given)
    with pytest.raises(NotBound):
        await replay.replay(await owner(), shop, given)
    until = clock_module.day_start(date(2030, 1, 1))
    clerk = await owner(shop, role="clerk", scope=["visits"], until=until)
    with pytest.raises(OutOfScope):
        await replay.replay(clerk, shop, given)


async def test_a_row_whose_time_has_come_is_settled_before_it_is_explained(clock: Frozen) -> None:
    policy = await published(rule=leaf("qualifications", "has_tag", ["high_tech"]), effective_to=None)
    shop = await enterprise()
    actor = await owner(shop)
    today = clock.now().date()
    await record(shop, {"qualifications": {"high_tech": today}}, source=Source.BUREAU, actor=SYSTEM)
    first = await _told(actor, shop, policy.id)
    clock.advance(timedelta(days=1))
    listed = orjson.loads(await feed.feed(actor, shop))["items"]
    assert [one["answer"] for one in listed] == ["no"]
    second = await _told(actor, shop, policy.id)
    assert (first["answer"], second["answer"]) == ("yes", "no")
    assert [(await replay.replay(actor, shop, one["match_id"]))["answer"] for one in (first, second)] == ["yes", "no"]
