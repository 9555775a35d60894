"""Phones: verified by WeChat, sealed, one person's at a time."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from backend import identity
from backend.enterprises import personal
from backend.enterprises.models import BindingState
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.gateways.wechat.protocol import PhoneNumber
from backend.identity import phones, proving
from backend.identity.errors import PhoneCodeInvalid, SessionEnded, WeChatAway
from backend.identity.phones import BoundPhone
from backend.runtime import Runtime
from tests.backend.identity.conftest import Owner, People
from tests.factories.people import add_binding, add_enterprise

PHONE = "13800001111"
USCC = "91330502MA2B00001X"
PATH = "/wxa/business/getuserphonenumber"


async def test_a_phone_is_verified_sealed_and_shown_masked(people: People) -> None:
    owner = await people.owner()
    openid = people.sandbox.owner(phone=PHONE)
    signed = await people.sign_in(openid)
    actor = await identity.owner_by_token(signed.token)
    bound = await identity.bind_phone(actor, people.sandbox.phone_code(openid))
    assert bound.masked == "138****1111"
    assert await identity.phone_of(signed.person_id) == PHONE
    row = await db.fetch_one("SELECT phone_sealed, phone_index FROM persons WHERE id = $1", signed.person_id)
    assert row is not None
    assert PHONE.encode() not in row["phone_sealed"] + row["phone_index"]
    assert (await people.sign_in(openid)).has_phone
    assert not (await people.sign_in(owner.openid)).has_phone


async def test_the_same_code_many_times_at_once_is_one_exchange(people: People) -> None:
    owner = await people.owner()
    code = people.sandbox.phone_code(owner.openid)
    people.sandbox.fault(path=PATH, delay_ms=100)
    results = await asyncio.gather(*(identity.bind_phone(owner.actor, code) for _ in range(20)))
    assert len({result.masked for result in results}) == 1
    assert people.sandbox.calls(PATH) == 1


async def test_somebody_elses_code_is_refused(people: People) -> None:
    owner, other = await people.owner(), await people.owner()
    with pytest.raises(PhoneCodeInvalid):
        await identity.bind_phone(owner.actor, people.sandbox.phone_code(other.openid))
    assert await identity.phone_of(owner.actor.id) is None


async def test_an_outage_is_told_as_one(people: People) -> None:
    owner = await people.owner()
    people.sandbox.fault(path=PATH, errcode=40013)
    with pytest.raises(WeChatAway):
        await identity.bind_phone(owner.actor, people.sandbox.phone_code(owner.openid))


async def test_who_closes_his_account_meanwhile_takes_nobodys_number(
    people: People, connected: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, leaver = await people.owner(PHONE), people.sandbox.owner(phone=PHONE)
    signed = await people.sign_in(leaver)
    ask = connected.wechat.phone_number

    async def ask_and_leave(code: str, openid: str) -> PhoneNumber:
        found = await ask(code, openid)
        for module in (identity.PERSONAL, personal.PERSONAL):
            await module.erase(signed.person_id)
        return found

    monkeypatch.setattr(connected.wechat, "phone_number", ask_and_leave)
    with pytest.raises(SessionEnded):
        await identity.bind_phone(await identity.owner_by_token(signed.token), people.sandbox.phone_code(leaver))
    assert await identity.phone_of(first.actor.id) == PHONE


async def test_who_verifies_a_number_last_holds_it(people: People, connected: Runtime) -> None:
    enterprise = await add_enterprise(connected, "91330502MA2B00001X", "张三", PHONE)
    first = await people.owner(PHONE)
    claimed = await identity.claim(first.actor, "91330502MA2B00001X", "张三")
    assert claimed.state == BindingState.ACTIVE
    second = await people.owner(PHONE)
    assert await identity.phone_of(second.actor.id) == PHONE
    assert await identity.phone_of(first.actor.id) is None
    row = await db.fetch_one("SELECT state, prove_by FROM bindings WHERE enterprise_id = $1", enterprise)
    assert row is not None
    assert row["state"] == "read_only"
    told = await db.fetch("SELECT person_id, fields->>'matter' FROM inbox WHERE kind = 'binding_result' ORDER BY id")
    assert {(row[0], row[1]) for row in told} == {
        (first.actor.id, "验证手机号已变更"),
        (first.actor.id, "手机号验证"),
    }
    titles = {row["title"] for row in await db.fetch("SELECT title FROM inbox WHERE kind = 'binding_result'")}
    assert titles == {"企业绑定和手机号验证结果"}


async def test_who_lost_a_number_proves_it_again_or_is_refused(people: People) -> None:
    """What came of his code before holds no more: nobody hears of a success that is none."""
    first = await people.owner()
    code = people.sandbox.phone_code(first.openid)
    await identity.bind_phone(first.actor, code)
    phone = await identity.phone_of(first.actor.id)
    second = await people.owner()
    await identity.bind_phone(second.actor, f"phone-{phone}")
    with pytest.raises(PhoneCodeInvalid):
        await identity.bind_phone(first.actor, code)
    bound = await identity.bind_phone(first.actor, f"phone-{phone}")
    assert (bound.masked[-4:], await identity.phone_of(first.actor.id)) == ((phone or "")[-4:], phone)
    assert await identity.phone_of(second.actor.id) is None
    await identity.bind_phone(second.actor, f"phone-{phone}")
    assert await identity.phone_of(second.actor.id) == phone


async def _bound(people: People, connected: Runtime) -> tuple[Owner, Owner, UUID]:
    """Return two owners, of whom the second holds by now the number that the first was bound by."""
    enterprise = await add_enterprise(connected, USCC, "张三", PHONE)
    first = await people.owner(PHONE)
    await identity.claim(first.actor, USCC, "张三")
    return first, await people.owner(PHONE), enterprise


async def _states(*owners: Owner) -> list[str]:
    return [one["state"] for owner in owners for one in (await identity.my_bindings(owner.actor))["bindings"]]


async def test_each_loss_is_told_once(people: People, connected: Runtime, clock: Frozen) -> None:
    first, second, _ = await _bound(people, connected)
    await identity.claim(second.actor, USCC, "张三")
    for one in (first, second, first):
        clock.advance(timedelta(minutes=1))
        await identity.bind_phone(one.actor, f"phone-{PHONE}")
    sql = "SELECT count(*) FROM inbox WHERE person_id = $1 AND fields ->> 'matter' = '验证手机号已变更'"
    assert [await db.fetch_value(sql, one.actor.id) for one in (first, second)] == [2, 2]


async def test_who_proves_another_number_has_nothing_back(people: People, connected: Runtime) -> None:
    first, _, _ = await _bound(people, connected)
    await identity.bind_phone(first.actor, "phone-13900002222")
    assert await _states(first) == ["read_only"]
    await identity.bind_phone(first.actor, f"phone-{PHONE}")
    assert await _states(first) == ["active"]


async def test_what_the_registry_changed_meanwhile_is_not_brought_back(people: People, connected: Runtime) -> None:
    first, _, enterprise = await _bound(people, connected)
    assert await identity.reprove([enterprise]) == 1
    await identity.bind_phone(first.actor, f"phone-{PHONE}")
    assert await _states(first) == ["read_only"]
    assert (await identity.claim(first.actor, USCC, "张三")).state == "active"


async def test_a_representative_comes_back_with_the_number_that_staff_saw_him_with(
    people: People, connected: Runtime
) -> None:
    enterprise = await add_enterprise(connected, USCC, "张三", "13900003333")
    first = await people.owner(PHONE)
    await add_binding(first.actor, enterprise, "representative", rests_on_contact=True)
    await people.owner(PHONE)
    assert await _states(first) == ["read_only"]
    await identity.bind_phone(first.actor, f"phone-{PHONE}")
    assert await _states(first) == ["active"]


async def test_a_number_that_became_an_agents_brings_nothing_back(people: People, connected: Runtime) -> None:
    first, _, _ = await _bound(people, connected)
    for number in range(proving.AGENT):
        await add_enterprise(connected, f"91330502MA2C0000{number}X", "李四", PHONE)
    await identity.bind_phone(first.actor, f"phone-{PHONE}")
    assert await _states(first) == ["read_only"]
    assert (await identity.claim(first.actor, USCC, "张三")).state == "pending"


async def test_another_number_proved_twice_is_not_the_one_that_staff_saw(people: People, connected: Runtime) -> None:
    enterprise = await add_enterprise(connected, USCC, "张三", "13900003333")
    first = await people.owner(PHONE)
    await add_binding(first.actor, enterprise, "representative", rests_on_contact=True)
    await people.owner(PHONE)
    for phone in ("13900002222", "13900002222", PHONE):
        await identity.bind_phone(first.actor, f"phone-{phone}")
        assert await _states(first) == ["read_only"]


async def test_of_many_who_prove_a_number_at_once_one_holds_it_and_acts(people: People, connected: Runtime) -> None:
    first, second, _ = await _bound(people, connected)
    await identity.claim(second.actor, USCC, "张三")
    codes = {one.openid: [people.sandbox.phone_code(one.openid) for _ in range(5)] for one in (first, second)}
    tries = [identity.bind_phone(one.actor, code) for one in (first, second) for code in codes[one.openid]]
    for came in await asyncio.gather(*tries, return_exceptions=True):
        assert isinstance(came, BoundPhone | PhoneCodeInvalid), came
    holders = [await identity.phone_of(one.actor.id) for one in (first, second)]
    assert sorted(holders, key=str) == [PHONE, None]
    assert await _states(first, second) == ["active" if phone else "read_only" for phone in holders]


async def test_what_is_bound_while_the_number_goes_falls_with_it(people: People, connected: Runtime) -> None:
    first, second, _ = await _bound(people, connected)
    is_bound = asyncio.Event()

    async def take_back() -> None:
        await is_bound.wait()
        await identity.bind_phone(first.actor, f"phone-{PHONE}")

    taking = asyncio.create_task(take_back())
    async with db.transaction():
        await identity.claim(second.actor, USCC, "张三")
        is_bound.set()
        await asyncio.wait({taking}, timeout=0.3)
    await taking
    assert await _states(first, second) == ["active", "read_only"]


async def test_two_who_take_each_others_numbers_at_once_both_get_them(people: People) -> None:
    other = "13900002222"
    pairs = [(await people.owner(PHONE), other), (await people.owner(other), PHONE)]
    for _ in range(3):
        came = await asyncio.gather(
            *(identity.bind_phone(one.actor, f"phone-{phone}") for one, phone in pairs), return_exceptions=True
        )
        assert not [one for one in came if not isinstance(one, BoundPhone | PhoneCodeInvalid)]
        pairs = [(pairs[0][0], pairs[1][1]), (pairs[1][0], pairs[0][1])]


async def test_a_number_taken_while_its_answer_is_written_is_no_success(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await people.owner()
    code = people.sandbox.phone_code(owner.openid)

    async def taken_over(_person: UUID) -> None:
        return None

    monkeypatch.setattr(phones, "phone_of", taken_over)
    with pytest.raises(PhoneCodeInvalid):
        await identity.bind_phone(owner.actor, code)
