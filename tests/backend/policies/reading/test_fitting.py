"""What staff read of an enterprise's policies: the owner's own answers, of enterprises that they see."""

from typing import Any
from uuid import UUID

import orjson
import pytest

from backend.access import SYSTEM, Actor, ActorKind, Grant, Role
from backend.eligibility import Source
from backend.enterprises.errors import EnterpriseUnknown
from backend.enterprises.facts import record
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.policies.reading import feed, fitting
from backend.policies.reading.reasons import Answer
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.counting import counted
from tests.backend.policies.people import UP_TO_TEN, leaf, owner, published

pytestmark = pytest.mark.usefixtures("running", "clock")


def _clerk(*districts: str) -> Actor:
    return Actor(ActorKind.STAFF, new_id(), "窗口", (Grant(Role.FRONT_DESK, districts=districts),))


async def _titles(actor: Actor, shop: UUID, **asked: Any) -> list[str]:
    return [one["title"] for one in (await fitting.of_enterprise(actor, shop, **asked))["items"]]


async def _policies() -> None:
    await published("还不知道", leaf("revenue_wan", "le", 500))
    await published("差一人", UP_TO_TEN)
    await published("符合", leaf("employees", "le", 20))


async def test_what_fits_comes_first_then_what_may_each_with_why_and_nothing_else() -> None:
    await _policies()
    shop = await enterprise(1, employees=11)
    page = await fitting.of_enterprise(_clerk(), shop)
    assert [(one["title"], one["answer"], one["why"]) for one in page["items"]] == [
        ("符合", "yes", ["符合：从业人数不超过20人"]),
        ("还不知道", "maybe", ["还没有“年营业收入”的信息"]),
    ]
    assert (page["count"], page["next"]) == (2, None)
    assert await _titles(_clerk(), shop, answer=Answer.MAYBE) == ["还不知道"]


async def test_staff_and_the_owner_read_the_same_answers() -> None:
    await _policies()
    shop = await enterprise(1, employees=11)
    own = orjson.loads(await feed.feed(await owner(shop), shop))["items"]
    told = (await fitting.of_enterprise(_clerk(), shop))["items"]
    assert [(one["title"], one["why"]) for one in own if one["answer"] != "no"] == [
        (one["title"], one["why"]) for one in told
    ]


async def test_answers_are_those_of_now() -> None:
    await _policies()
    shop = await enterprise(1, employees=11)
    assert await _titles(_clerk(), shop) == ["符合", "还不知道"]
    await record(shop, {"employees": 9, "revenue_wan": 900}, source=Source.BUREAU, actor=SYSTEM)
    assert sorted(await _titles(_clerk(), shop)) == ["差一人", "符合"]
    await db.execute("UPDATE policy_versions SET effective_to = effective_from, apply_from = NULL, apply_until = NULL")
    assert await _titles(_clerk(), shop) == []


async def test_pages_follow_each_other_and_are_counted_once() -> None:
    for nr in range(5):
        await published(f"政策{nr}", leaf("employees", "le", 20))
    shop = await enterprise(1, employees=11)
    first = page = await fitting.of_enterprise(_clerk(), shop, limit=2)
    found = [one["id"] for one in page["items"]]
    while page["next"]:
        page = await fitting.of_enterprise(_clerk(), shop, cursor=page["next"], limit=2)
        assert page["count"] is None
        found += [one["id"] for one in page["items"]]
    assert (len(found), len(set(found)), first["count"]) == (5, 5, 5)


async def test_nobody_reads_of_an_enterprise_that_he_does_not_see() -> None:
    shop = await enterprise(1, employees=11, district="330502")
    assert await _titles(_clerk("330502"), shop) == []
    for actor in (_clerk("330523"), Actor(ActorKind.STAFF, new_id(), "无权", ())):
        with pytest.raises(EnterpriseUnknown):
            await fitting.of_enterprise(actor, shop)
    with pytest.raises(EnterpriseUnknown):
        await fitting.of_enterprise(_clerk(), new_id())


async def test_one_statement_reads_them_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await enterprise(1, employees=11)
    for nr in range(3):
        await published(f"政策{nr}", leaf("employees", "le", 20))
    await fitting.of_enterprise(_clerk(), shop)
    with counted(monkeypatch) as statements:
        await fitting.of_enterprise(_clerk(), shop)
    assert len(statements) == 1
