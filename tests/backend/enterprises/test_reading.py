"""Who sees which enterprises, what a profile tells, and what revealing and telling leave behind."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.access import SYSTEM, Actor, ActorKind, Grant, Role
from backend.eligibility import Source
from backend.enterprises import personal, profile, queries, service
from backend.enterprises.errors import EnterpriseUnknown, FactInvalid, NotAskable, PhoneUnknown
from backend.enterprises.facts import record
from backend.enterprises.models import Binding, BindingState, Person, WeChatAccount
from backend.enterprises.queries import Search
from backend.enterprises.visibility import visible_to
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from backend.foundation.paging import WrongCursor
from backend.runtime import Runtime
from tests.backend.enterprises.builders import STAFF, code, enterprise, wide

pytestmark = pytest.mark.usefixtures("database", "clock", "runtime")


def _staff(role: Role = Role.SPECIALIST, *districts: str) -> Actor:
    return Actor(ActorKind.STAFF, new_id(), "工作人员", (Grant(role, districts=districts),))


async def _owner(enterprise_id: UUID, state: str = "active", **more: Any) -> Actor:
    now = clock_module.now()
    person = await Person.create(created_at=now)
    await Binding.create(
        person_id=person.id,
        enterprise_id=enterprise_id,
        role=more.pop("role", "manager"),
        state=state,
        basis="review",
        created_at=now,
        **more,
    )
    return Actor(ActorKind.OWNER, person.id)


async def _seen(actor: Actor) -> set[str]:
    condition = visible_to(actor)
    rows = await db.fetch(f"SELECT uscc FROM enterprises e WHERE {condition.render()}", *condition.params)
    return {row["uscc"] for row in rows}


async def test_everybody_sees_what_is_theirs(clock: Frozen) -> None:
    one = await enterprise(1, district="330502")
    two = await enterprise(2, district="330503")
    await enterprise(3)
    everything = {code(1), code(2), code(3)}
    assert await _seen(SYSTEM) == await _seen(_staff()) == await _seen(_staff(Role.AUDITOR)) == everything
    assert await _seen(_staff(Role.SPECIALIST, "330502", "330521")) == {code(1)}
    assert await _seen(_staff(Role.SYSTEM_ADMINISTRATOR)) == set()
    assert await _seen(Actor(ActorKind.PARTNER, new_id())) == set()
    assert await _seen(await _owner(one)) == {code(1)}
    assert await _seen(await _owner(one, "pending")) == set()
    assert await _seen(await _owner(one, "ended", ended_at=clock_module.now())) == set()
    assert await _seen(await _owner(one, "read_only", prove_by=clock_module.now())) == {code(1)}
    clerk = await _owner(two, role="clerk", until=clock_module.now() + timedelta(days=1))
    assert await _seen(clerk) == {code(2)}
    assert [one["name"] for one in await queries.mine(clerk)] == ["演示食品店"]
    clock.advance(timedelta(days=1))
    assert await _seen(clerk) == set()
    assert await queries.mine(clerk) == []
    for actor in (clerk, _staff(Role.SPECIALIST, "330521"), Actor(ActorKind.OWNER, uuid4())):
        with pytest.raises(EnterpriseUnknown):
            await profile.profile(actor, two)


async def test_a_list_is_found_by_name_code_place_and_paged() -> None:
    ids = [await enterprise(number, f"湖州演示{'食品' if number % 2 else '纺织'}{number}号店") for number in range(7)]
    await record(ids[1], {"district": "安吉县", "industry": "5212"}, source=Source.REGISTRY, actor=SYSTEM)
    await record(ids[1], {"industry": "6210"}, source=Source.BUREAU, actor=SYSTEM)

    async def found(**wanted: Any) -> list[UUID]:
        return [row["id"] for row in (await queries.search(STAFF, Search(**wanted)))["items"]]

    assert await found(text="食品") == [ids[5], ids[3], ids[1]]
    assert await found(text="食品", district="330523") == [ids[1]]
    assert await found(text=code(2).lower()) == [ids[2]]
    assert await found(text="9133") == ids[::-1]
    assert await found(text="100%_") == []
    assert await found(industry="H62") == [ids[1]]
    assert await found(industry="F") == await found(industry="不存在") == []
    assert await found(has_conflicts=True) == [ids[1]]
    first = await queries.search(STAFF, Search(), limit=4)
    second = await queries.search(STAFF, Search(), cursor=first["next"], limit=4)
    assert [row["id"] for row in (*first["items"], *second["items"])] == ids[::-1]
    assert second["next"] is None
    listed = (await queries.search(STAFF, Search(has_conflicts=True)))["items"][0]
    assert (listed["district_name"], listed["industry_name"]) == ("安吉县", "正餐服务")
    assert listed["conflicts"] == ["行业（国民经济行业小类）"]
    with pytest.raises(WrongCursor):
        await queries.search(STAFF, Search(), cursor="!!")


async def test_a_profile_tells_every_fact_with_source_and_day(clock: Frozen) -> None:
    one = await enterprise(1)
    await record(one, {"industry": "1810", "district": "吴兴区"}, source=Source.REGISTRY, actor=SYSTEM)
    await record(one, {"employees": 15, "qualifications": ["high_tech"]}, source=Source.BUREAU, actor=SYSTEM)
    await record(one, {"employees": 18, "has_ip": True}, source=Source.SELF_DECLARED, actor=SYSTEM)
    await record(one, {"credit_risk_class": "B"}, source=Source.BUREAU, actor=SYSTEM)
    seen = await profile.profile(STAFF, one)
    facts = {fact["key"]: fact for fact in seen["facts"]}
    assert facts["employees"]["told"] == "15人"
    assert facts["employees"]["source_title"] == "主管部门"
    assert facts["has_ip"]["told"] == "是"
    assert facts["qualifications"]["told"] == "高新技术企业"
    assert facts["industry"]["told"].startswith("制造业 / ")
    assert facts["region"]["told"] == "吴兴区"
    assert seen["size"] == {"tier": "micro", "possible": ["micro"]}
    assert {line["told"] for line in seen["conflicts"][0]["values"]} == {"15人", "18人"}
    owner = await _owner(one)
    own = await profile.profile(owner, one)
    assert "credit_risk_class" not in {fact["key"] for fact in own["facts"]}
    assert own["conflicts"] == []
    history = await profile.history(STAFF, one, "employees")
    assert [line["told"] for line in history] == ["18人", "15人"]
    with pytest.raises(EnterpriseUnknown):
        await profile.history(owner, one, "credit_risk_class")
    assert all("credit_risk_class" not in line["what"] for line in await profile.timeline(owner, one))
    assert any("credit_risk_class" in line["what"] for line in await profile.timeline(STAFF, one))
    clock.advance(timedelta(days=600))
    stale = {fact["key"]: fact["is_stale"] for fact in (await profile.profile(STAFF, one))["facts"]}
    assert (stale["employees"], stale["industry"]) == (True, False)


async def test_a_profile_takes_the_same_statements_however_much_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    small, big = await enterprise(1), await enterprise(2)
    for value in range(20):
        told = {"employees": value, "revenue_wan": value, "assets_wan": value, "monthly_sales_wan": value}
        await record(big, told, source=Source.SELF_DECLARED, actor=SYSTEM)
    counted: list[str] = []
    for name in ("fetch", "fetch_one", "fetch_value"):
        real = getattr(db, name)

        async def counting(sql: str, *params: Any, real: Any = real) -> Any:
            counted.append(sql)
            return await real(sql, *params)

        monkeypatch.setattr(db, name, counting)
    await profile.profile(STAFF, small)
    once = len(counted)
    await profile.profile(STAFF, big)
    assert len(counted) == 2 * once


async def test_an_owner_tells_what_may_be_asked() -> None:
    one = await enterprise()
    owner = await _owner(one)
    recorded = await service.tell(one, {"employees": 12, "vat_payer_kind": "small_scale"}, actor=owner)
    assert recorded.changed == ("employees", "vat_payer_kind")
    assert (await wide(one))["employees_source"] == Source.SELF_DECLARED
    for refused in ({"founded_on": "2020-01-01"}, {"credit_risk_class": "A"}, {"nothing": 1}, {"is_sme": True}):
        with pytest.raises(NotAskable):
            await service.tell(one, refused, actor=owner)
    with pytest.raises(FactInvalid):
        await service.tell(one, {"employees": "很多"}, actor=owner)
    with pytest.raises(EnterpriseUnknown):
        await service.tell(await enterprise(2), {"employees": 1}, actor=owner)
    told = await db.fetch("SELECT fields FROM audit_entries WHERE action = 'enterprises.facts_told'")
    assert [row["fields"] for row in told] == [["employees", "vat_payer_kind"]]


async def test_a_phone_is_revealed_only_with_a_reason_that_is_kept(runtime: Runtime) -> None:
    one, bare = await enterprise(1), await enterprise(2)
    sealed = runtime.vault.encrypt("13800001234", table="enterprises", column="phone_sealed", row=one)
    index = runtime.vault.blind_index("13800001234", column="phone")
    await db.execute("UPDATE enterprises SET phone_sealed = $2, phone_index = $3 WHERE id = $1", one, sealed, index)
    assert (await profile.profile(STAFF, one))["phone"] == "138****1234"
    with pytest.raises(FactInvalid):
        await service.reveal_phone(one, reason=" ", actor=STAFF)
    with pytest.raises(Forbidden):
        await service.reveal_phone(one, reason="回电", actor=_staff())
    with pytest.raises(PhoneUnknown):
        await service.reveal_phone(bare, reason="回电", actor=STAFF)
    assert await service.reveal_phone(one, reason="企业来电，需回电", actor=STAFF) == "13800001234"
    kept = await db.fetch("SELECT row_id, detail::text AS detail FROM audit_entries")
    assert [row["row_id"] for row in kept] == [one]
    assert "需回电" in kept[0]["detail"]
    assert "13800001234" not in kept[0]["detail"]
    assert (await profile.timeline(STAFF, one))[0]["what"] == "enterprises.phone_revealed"


async def test_the_law_of_bindings_is_kept_by_the_table() -> None:
    one = await enterprise()
    first = await _owner(one, role="representative")
    with pytest.raises(Exception, match="bindings_representative"):
        await _owner(one, role="representative")
    with pytest.raises(Exception, match="bindings_live"):
        await Binding.create(
            person_id=first.id,
            enterprise_id=one,
            role="manager",
            state="pending",
            basis="review",
            created_at=clock_module.now(),
        )
    with pytest.raises(Exception, match="check"):
        await _owner(one, role="clerk")
    assert [row["person_id"] for row in await queries.people([one])] == [first.id]


async def test_a_person_gets_a_copy_and_is_erased(runtime: Runtime) -> None:
    one = await enterprise()
    owner = await _owner(one)
    assert owner.id is not None
    now = clock_module.now()
    sealed = runtime.vault.encrypt("13800001234", table="persons", column="phone_sealed", row=owner.id)
    await Person.filter(id=owner.id).update(phone_sealed=sealed, phone_index=b"x", unionid="u")
    await WeChatAccount.create(person_id=owner.id, appid="wx1", openid="o1", created_at=now, last_seen_at=now)
    copy = await personal.export(owner.id)
    assert copy["person"]["phone"] == "13800001234"
    assert copy["wechat_accounts"][0]["openid"] == "o1"
    assert copy["bindings"][0]["uscc"] == code(1)
    assert await personal.erase(owner.id) == 3
    assert await personal.erase(owner.id) == 0
    left = await Person.get(id=owner.id)
    assert (left.state, left.phone_sealed, left.unionid) == ("erased", None, None)
    assert await WeChatAccount.all().count() == 0
    assert (await Binding.get(person_id=owner.id)).state == BindingState.ENDED
    assert await personal.export(uuid4()) == {}
