"""What staff read around an enterprise: its timeline page by page, its people masked, its facts with their end."""

from datetime import timedelta
from typing import Any

import pytest

from backend import audit
from backend.access import Actor, ActorKind, Grant, Role
from backend.eligibility import Source
from backend.enterprises import bound, profile, service, timeline
from backend.enterprises.errors import EnterpriseUnknown
from backend.enterprises.facts import record
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from backend.runtime import Runtime
from tests.backend.enterprises.builders import STAFF, enterprise
from tests.factories.people import add_binding, add_person

pytestmark = pytest.mark.usefixtures("database", "clock", "runtime")


async def _everything(enterprise_id: Any, *kinds: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = await timeline.page(STAFF, enterprise_id, kinds=kinds, cursor=cursor, limit=2)
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


async def test_a_timeline_holds_what_was_done_told_and_bound_once(runtime: Runtime, clock: Frozen) -> None:
    made = await enterprise()
    owner = await add_person(runtime, "13800001111")
    binding = await add_binding(owner, made)
    await service.tell(made, {"employees": 12}, actor=owner)
    clock.advance(timedelta(days=1))
    async with db.transaction():
        await record(made, {"employees": 15, "credit_risk_class": "A"}, source=Source.BUREAU, actor=STAFF)
        await audit.record(STAFF, "enterprises.phone_revealed", table="enterprises", row_id=made)
        await audit.record(STAFF, "identity.binding_removed", table="bindings", row_id=binding)
        await audit.record(STAFF, "identity.binding_removed", table="bindings", row_id=new_id())
    told = await _everything(made)
    assert [(one["kind"], one["what_word"]) for one in told] == [
        ("facts", "企业信用风险分类、从业人数"),
        ("binding", "移除绑定人员"),
        ("act", "查看完整登记电话"),
        ("facts", "从业人数"),
        ("act", "填报企业信息"),
    ]
    assert told[0]["what"] == "credit_risk_class,employees"
    assert [one["by_kind_word"] for one in told] == ["工作人员"] * 3 + ["经营者"] * 2
    assert [one["kind"] for one in await _everything(made, "act", "binding")] == ["binding", "act", "act"]
    first = await timeline.page(STAFF, made, cursor=None, limit=2)
    assert (first["count"], first["count_is_at_least"]) == (5, False)
    elsewhere = Actor(ActorKind.STAFF, new_id(), grants=(Grant(Role.MANAGER, districts=("330521",)),))
    with pytest.raises(EnterpriseUnknown):
        await timeline.page(elsewhere, made, cursor=None, limit=2)


async def test_who_is_bound_is_shown_masked_to_those_who_judge(runtime: Runtime) -> None:
    made = await enterprise()
    live = await add_binding(await add_person(runtime, "13800001111"), made, "representative")
    ended = {"state": "ended", "ended_at": clock_module.now(), "reason": "left"}
    gone = await add_binding(await add_person(runtime, "13900002222"), made, **ended)
    page = await bound.page(STAFF, made, with_ended=False, cursor=None, limit=5)
    [one] = page["items"]
    assert (one["id"], one["phone"], one["role_word"], one["basis_word"]) == (
        live,
        "138****1111",
        "法定代表人",
        "工作人员审核",
    )
    page = await bound.page(STAFF, made, with_ended=True, cursor=None, limit=1)
    assert (page["count"], [one["id"] for one in page["items"]]) == (2, [gone])
    with pytest.raises(Forbidden):
        visitor = Actor(ActorKind.STAFF, new_id(), grants=(Grant(Role.VISITOR),))
        await bound.page(visitor, made, with_ended=False, cursor=None, limit=5)


async def test_a_fact_says_until_when_it_counts_and_whether_sources_differ(runtime: Runtime, clock: Frozen) -> None:
    made = await enterprise()
    owner = await add_person(runtime, "13800001111")
    await add_binding(owner, made)
    await service.tell(made, {"employees": 12}, actor=owner)
    async with db.transaction():
        await record(made, {"employees": 15}, source=Source.BUREAU, actor=STAFF)
    today = clock.now().date()
    shown = await profile.profile(STAFF, made)
    [fact] = [one for one in shown["facts"] if one["key"] == "employees"]
    assert (fact["told"], fact["has_conflict"]) == ("15人", True)
    assert fact["valid_until"] == today + timedelta(days=550)
    assert {value["told"] for value in shown["conflicts"][0]["values"]} == {"12人", "15人"}
    own = await profile.profile(owner, made)
    assert [one["has_conflict"] for one in own["facts"] if one["key"] == "employees"] == [False]
    clock.advance(timedelta(days=551))
    [fact] = [one for one in (await profile.profile(STAFF, made))["facts"] if one["key"] == "employees"]
    assert fact["is_stale"]
