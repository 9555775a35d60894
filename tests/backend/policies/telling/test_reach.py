"""How a version would be told before it is out: whom it would reach, by which way, in which words."""

from datetime import timedelta
from uuid import UUID

import pytest

from backend.access import Actor, ActorKind, Grant, Role
from backend.foundation import clock, db
from backend.foundation.errors import NotFound
from backend.foundation.ids import new_id
from backend.policies import service
from backend.policies.telling import reach
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import REVIEWER, WRITER, content, leaf, owner, published

pytestmark = pytest.mark.usefixtures("running")


async def test_persons_are_counted_once_and_nothing_is_written_down() -> None:
    shop, other, large = [await enterprise(number, employees=count) for number, count in ((1, 3), (2, 4), (3, 40))]
    await owner(shop, other)
    await owner(shop, role="clerk", until=clock.now() + timedelta(days=9))
    await owner(large)
    made = await service.draft(content(), actor=WRITER)
    told = await reach.of_policy(REVIEWER, made.id)
    assert (told["forecast"]["total"], told["forecast"]["inbox_only"], told["needs_release"]) == (1, 1, False)
    assert await db.fetch_value("SELECT count(*) FROM policy_recipients") == 0


async def test_what_is_sent_is_shown_in_its_words() -> None:
    made = await service.draft(content("一项名称很长很长很长很长很长很长很长的政策"), actor=WRITER)
    (message,) = (await reach.of_policy(REVIEWER, made.id))["messages"]
    assert (message["kind"], message["title"]) == ("policy_matched", "有一项政策可能适合您")
    assert "《一项名称很长很长很长很长很长很长很长的政策》：某某企业可能符合条件" in message["body"]
    subscribe = message["channels"][0]
    assert (subscribe["channel"], len(subscribe["fields"]["thing1"])) == ("subscribe", 20)


async def test_a_correction_tells_whoever_was_told_before() -> None:
    done = await published()
    await service.edit(done.id, content(correction="金额有误"), actor=WRITER, version=done.version)
    told = await reach.of_policy(REVIEWER, done.id)
    assert [one["kind"] for one in told["messages"]] == ["policy_matched", "policy_corrected"]
    assert "金额有误" in told["messages"][1]["body"]


async def test_what_is_for_reference_tells_nobody() -> None:
    made = await service.draft(content(reference_only=True), actor=WRITER)
    assert (await reach.of_policy(REVIEWER, made.id))["messages"] == []


async def test_a_rule_is_no_way_to_learn_about_enterprises_elsewhere() -> None:
    await owner(await enterprise(1, employees=3, district="330502"))
    made = await service.draft(content(rule=leaf("employees", "eq", 3)), actor=WRITER)
    away = Actor(ActorKind.STAFF, UUID(int=9), "", (Grant(Role.REVIEWER, districts=("330521",)),))
    assert (await reach.of_policy(away, made.id))["forecast"]["total"] == 0


async def test_an_unknown_policy_is_none() -> None:
    with pytest.raises(NotFound):
        await reach.of_policy(REVIEWER, new_id())
