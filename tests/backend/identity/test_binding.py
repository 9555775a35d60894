"""Claims: what the registry proves binds at once, everything else looks the same from outside."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest

from backend import identity
from backend.access import Actor
from backend.enterprises.models import BindingRole, BindingState
from backend.foundation import db
from backend.foundation.clock import Frozen, now
from backend.foundation.errors import Invalid
from backend.foundation.ids import new_id
from backend.identity.errors import (
    AlreadyBound,
    BindingNotFound,
    CannotObject,
    NotBound,
    NotManaging,
    OutOfScope,
    PhoneNeeded,
    ReadOnly,
    TooManyClaims,
    TooManyManagers,
    UsccMalformed,
)
from backend.identity.states import BINDING
from backend.runtime import Runtime
from tests.factories.people import add_binding, add_enterprise, add_person
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("clock")

USCC = "91330502MA2B00001X"
PHONE = "13800001111"


async def _bound(running: Runtime, enterprise_id: UUID, role: str, **columns: object) -> Actor:
    """A person with a binding that staff made long ago."""
    actor = await add_person(running, f"139{new_id().int % 10**8:08d}")
    await add_binding(actor, enterprise_id, role, **columns)
    return actor


async def test_the_registrys_code_name_and_phone_bind_at_once_as_manager(running: Runtime) -> None:
    enterprise = await add_enterprise(running, USCC, "张三", PHONE)
    actor = await add_person(running, PHONE)
    claimed = await identity.claim(actor, USCC.lower(), " 张 三 ")
    assert claimed.state == BindingState.ACTIVE
    row = await db.fetch_one("SELECT * FROM bindings")
    assert row is not None
    assert (row["id"], row["enterprise_id"], row["role"]) == (claimed.binding_id, enterprise, "manager")
    assert (row["basis"], row["rests_on_contact"]) == ("registered_phone", True)
    assert (await identity.acting_for(actor, enterprise)).enterprise_id == enterprise


async def test_a_name_matches_whichever_dot_the_licence_was_typed_with(running: Runtime) -> None:
    await add_enterprise(running, USCC, "阿卜杜•热合曼", PHONE)
    actor = await add_person(running, PHONE)
    assert (await identity.claim(actor, USCC, "阿卜杜·热合曼")).state == BindingState.ACTIVE


async def test_whatever_is_wrong_the_answer_is_the_same(running: Runtime) -> None:
    await add_enterprise(running, USCC, "张三", PHONE)
    await add_enterprise(running, "91330502MA2B00002X", "李四", "13800002222")
    right, other = (
        await add_person(running, PHONE),
        await add_person(running, "13900009999"),
    )
    wrong = [
        await identity.claim(other, USCC, "张三"),  # phone
        await identity.claim(right, USCC, "王五"),  # name
        await identity.claim(right, "91330502MA2B09999X", "张三"),  # no such enterprise
        await identity.claim(right, "91330502MA2B00002X", "李四"),  # another's phone
    ]
    assert {(claimed.state, claimed.binding_id) for claimed in wrong} == {("pending", None)}
    assert all(claimed.review_id for claimed in wrong)
    mine = await identity.my_bindings(right)
    assert mine["bindings"] == []
    assert {frozenset(claim) for claim in mine["claims"]} == {
        frozenset({"id", "uscc", "role", "state", "reason", "created_at", "decided_at"})
    }
    assert "湖州" not in str(mine)


async def test_a_corrected_claim_binds_and_closes_its_review(running: Runtime) -> None:
    await add_enterprise(running, USCC, "张三", PHONE)
    actor = await add_person(running, PHONE)
    first = await identity.claim(actor, USCC, "张四")
    again = await identity.claim(actor, USCC, "张五")
    assert first.review_id == again.review_id
    assert (await identity.claim(actor, USCC, "张三")).state == BindingState.ACTIVE
    assert [row["state"] for row in await db.fetch("SELECT state FROM binding_reviews")] == ["withdrawn"]


@pytest.mark.parametrize(("standing", "state"), [(3, "active"), (4, "pending")])
async def test_a_phone_that_stands_with_more_than_three_is_an_agents(
    running: Runtime, standing: int, state: str
) -> None:
    for number in range(standing):
        await add_enterprise(running, f"91330502MA2B0000{number}X", "张三", PHONE)
    actor = await add_person(running, PHONE)
    assert (await identity.claim(actor, "91330502MA2B00000X", "张三")).state == state


async def test_a_representative_and_a_closed_enterprise_go_to_review(running: Runtime) -> None:
    await add_enterprise(running, USCC, "张三", PHONE)
    actor = await add_person(running, PHONE)
    claimed = await identity.claim(actor, USCC, "张三", role=BindingRole.REPRESENTATIVE)
    assert claimed.state == "pending"
    await db.execute("UPDATE enterprises SET closed_at = now()")
    assert (await identity.claim(actor, USCC, "张三")).state == "pending"


async def test_a_claim_needs_a_verified_phone_a_code_and_a_name(running: Runtime) -> None:
    actor = await add_person(running, PHONE)
    for uscc in ("", "91330502", USCC + "1", "9133050２MA2B00001I", "x" * 18):
        with pytest.raises(UsccMalformed):
            await identity.claim(actor, uscc, "张三")
    with pytest.raises(Invalid):
        await identity.claim(actor, USCC, " ")
    with pytest.raises(Invalid):
        await identity.claim(actor, USCC, "张三", licence_file_id=new_id())
    await db.execute("UPDATE persons SET phone_verified_at = NULL")
    with pytest.raises(PhoneNeeded):
        await identity.claim(actor, USCC, "张三")


async def test_tries_are_counted_by_person_and_day_even_at_once(running: Runtime, clock: Frozen) -> None:
    actor = await add_person(running, PHONE)
    claims = [identity.claim(actor, f"91330502MA2B{n:05d}X", "张三") for n in range(scaled(40) + 5)]
    results = await asyncio.gather(*claims, return_exceptions=True)
    kinds = Counter(type(result) for result in results)
    assert kinds == {identity.Claimed: 5, TooManyClaims: len(claims) - 5}
    refusal = next(result for result in results if isinstance(result, TooManyClaims))
    assert 0 < refusal.retry_after <= 14 * 3600 + 1
    clock.advance(timedelta(days=1))
    await identity.claim(actor, USCC, "张三")


async def test_guessing_the_name_at_an_enterprise_ends_after_twenty_tries(running: Runtime) -> None:
    await add_enterprise(running, USCC, "张三", PHONE)
    people = [await add_person(running, PHONE) for _ in range(5)]
    guesses = [identity.claim(actor, USCC, f"猜{n}") for actor in people for n in range(5)]
    results = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(result, identity.Claimed) for result in results) == 20


async def test_racing_claims_of_one_person_are_one_binding(running: Runtime) -> None:
    await add_enterprise(running, USCC, "张三", PHONE)
    actor = await add_person(running, PHONE)
    results = await asyncio.gather(*(identity.claim(actor, USCC, "张三") for _ in range(20)), return_exceptions=True)
    kinds = Counter(type(result) for result in results)
    assert kinds[identity.Claimed] == 1
    assert set(kinds) <= {identity.Claimed, AlreadyBound, TooManyClaims}
    assert await db.fetch_value("SELECT count(*) FROM bindings") == 1


async def test_of_many_who_could_five_become_managers(running: Runtime) -> None:
    await add_enterprise(running, USCC, "张三", PHONE)
    people = [await add_person(running, PHONE) for _ in range(15)]
    results = await asyncio.gather(*(identity.claim(one, USCC, "张三") for one in people), return_exceptions=True)
    kinds = Counter(type(result) for result in results)
    assert kinds == {identity.Claimed: 5, TooManyManagers: 10}


async def test_everyone_already_bound_is_told_and_nobody_else(running: Runtime) -> None:
    enterprise = await add_enterprise(running, USCC, "张三", PHONE)
    other = await add_enterprise(running, "91330502MA2B00002X", "李四", "13800002222")
    first, clerk = (
        await _bound(running, enterprise, "representative"),
        await _bound(running, enterprise, "clerk", until=now() + timedelta(days=1)),
    )
    await _bound(running, enterprise, "clerk", until=now() - timedelta(days=1))
    await _bound(running, other, "manager")
    actor = await add_person(running, PHONE)
    claimed = await identity.claim(actor, USCC, "张三")
    told = await db.fetch("SELECT person_id, page FROM inbox WHERE kind = 'binding_added'")
    assert {row["person_id"] for row in told} == {first.id, clerk.id}
    assert all(str(claimed.binding_id) in row["page"] for row in told)


async def _newcomer(running: Runtime) -> tuple[UUID, Actor, Actor, UUID]:
    enterprise = await add_enterprise(running, USCC, "张三", PHONE)
    first = await _bound(running, enterprise, "manager")
    actor = await add_person(running, PHONE)
    claimed = await identity.claim(actor, USCC, "张三")
    assert claimed.binding_id
    return enterprise, first, actor, claimed.binding_id


async def test_one_tap_suspends_a_newer_binding(running: Runtime) -> None:
    enterprise, first, actor, binding_id = await _newcomer(running)
    review_id = await identity.object_to(first, binding_id)
    assert [row["state"] for row in (await identity.my_bindings(actor))["bindings"]] == ["pending"]
    with pytest.raises(NotBound):
        await identity.acting_for(actor, enterprise)
    pending = await db.fetch_one("SELECT id, kind, objector_id FROM binding_reviews WHERE state = 'pending'")
    assert pending is not None
    assert tuple(pending) == (review_id, "objection", first.id)
    assert await db.fetch_value("SELECT count(*) FROM inbox WHERE person_id = $1", actor.id) == 1


async def test_many_taps_at_once_are_one_objection(running: Runtime) -> None:
    _, first, _, binding_id = await _newcomer(running)
    results = await asyncio.gather(*(identity.object_to(first, binding_id) for _ in range(10)), return_exceptions=True)
    assert sum(not isinstance(result, BaseException) for result in results) == 1


async def test_who_came_later_or_too_late_or_from_outside_cannot_object(running: Runtime, clock: Frozen) -> None:
    enterprise, first, actor, binding_id = await _newcomer(running)
    firsts = await db.fetch_value("SELECT id FROM bindings WHERE person_id = $1", first.id)
    for attempt, refusal in (
        (identity.object_to(actor, firsts), CannotObject),
        (identity.object_to(actor, binding_id), CannotObject),
        (identity.object_to(await add_person(running, "13700007777"), binding_id), BindingNotFound),
        (identity.object_to(first, new_id()), BindingNotFound),
    ):
        with pytest.raises(refusal):
            await attempt
    clock.advance(timedelta(days=31))
    with pytest.raises(CannotObject):
        await identity.object_to(first, binding_id)
    assert enterprise


async def test_leaving_ends_ones_own_binding_only(running: Runtime) -> None:
    enterprise, first, actor, binding_id = await _newcomer(running)
    with pytest.raises(BindingNotFound):
        await identity.leave(first, binding_id)
    await identity.leave(actor, binding_id)
    with pytest.raises(BindingNotFound):
        await identity.leave(actor, binding_id)
    with pytest.raises(NotBound):
        await identity.acting_for(actor, enterprise)


async def test_only_those_above_remove(running: Runtime) -> None:
    enterprise, first, actor, binding_id = await _newcomer(running)
    boss = await _bound(running, enterprise, "representative")
    with pytest.raises(NotManaging):
        await identity.remove(first, binding_id)
    with pytest.raises(BindingNotFound):
        await identity.remove(await add_person(running, "13700007777"), binding_id)
    await identity.remove(boss, binding_id)
    assert (await identity.my_bindings(actor))["bindings"] == []


async def test_acting_for_keeps_to_scope_end_date_and_proof(running: Runtime, clock: Frozen) -> None:
    enterprise = await add_enterprise(running, USCC, "张三", PHONE)
    until = now() + timedelta(days=1)
    clerk = await _bound(running, enterprise, "clerk", scope=["policies"], until=until)
    lapsed = await _bound(running, enterprise, "manager", state="read_only", prove_by=until)
    assert (await identity.acting_for(clerk, enterprise, scope="policies")).enterprise_id == enterprise
    with pytest.raises(OutOfScope):
        await identity.acting_for(clerk, enterprise, scope="financing")
    await identity.acting_for(lapsed, enterprise, changes=False)
    with pytest.raises(ReadOnly):
        await identity.acting_for(lapsed, enterprise)
    with pytest.raises(NotBound):
        await identity.acting_for(clerk, new_id())
    clock.advance(timedelta(days=1))
    with pytest.raises(NotBound):
        await identity.acting_for(clerk, enterprise, scope="policies")


async def test_colleagues_see_each_other_masked_and_strangers_nothing(running: Runtime) -> None:
    enterprise, first, actor, binding_id = await _newcomer(running)
    found = await identity.colleagues(first, enterprise)
    assert [(one["phone"], one["is_me"]) for one in found if one["id"] == binding_id] == [("138****1111", False)]
    with pytest.raises(NotBound):
        await identity.colleagues(await add_person(running, "13700007777"), enterprise)
    assert actor


def test_a_binding_ends_once() -> None:
    assert BINDING.is_final(BindingState.ENDED)
    assert BINDING.is_final(BindingState.REFUSED)
