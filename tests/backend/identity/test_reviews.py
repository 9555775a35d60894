"""Staff judge: claims, objections, by district, once, and not their own."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import pytest

from backend import identity
from backend.access import Actor, Grant, Role
from backend.assembly import leave
from backend.enterprises.models import BindingRole
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden, Invalid, NotFound
from backend.foundation.ids import new_id
from backend.identity import Wanted, locks, phones
from backend.identity.errors import (
    AlreadyDecided,
    EnterpriseUnknown,
    HolderWithoutPhone,
    RepresentativeTaken,
    SameReviewer,
)
from backend.runtime import Runtime
from tests.factories.people import add_enterprise, add_person, add_staff

pytestmark = pytest.mark.usefixtures("clock")

T = TypeVar("T")
USCC = "91330502MA2B00001X"
PHONE = "13800001111"
_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def _claim(
    running: Runtime, role: BindingRole = BindingRole.MANAGER, phone: str = "13900009999"
) -> tuple[Actor, UUID]:
    actor = await add_person(running, phone)
    claimed = await identity.claim(actor, USCC, "张三", role=role)
    assert claimed.review_id
    return actor, claimed.review_id


async def test_an_approved_claim_binds_and_is_told(running: Runtime) -> None:
    enterprise = await add_enterprise(running, USCC, "张三", PHONE)
    actor, review_id = await _claim(running, BindingRole.REPRESENTATIVE)
    staff = await add_staff()
    binding_id = await identity.approve(staff, review_id)
    row = await db.fetch_one("SELECT * FROM bindings WHERE id = $1", binding_id)
    assert row is not None
    assert (row["role"], row["state"], row["basis"], row["decided_by"]) == (
        "representative",
        "active",
        "review",
        staff.id,
    )
    assert (await identity.acting_for(actor, enterprise)).enterprise_id == enterprise
    inbox = await db.fetch("SELECT person_id, fields->>'result' AS result FROM inbox")
    assert [(one["person_id"], one["result"]) for one in inbox] == [(actor.id, "已通过")]


async def test_a_refused_claim_tells_the_reason_and_nothing_of_the_registry(running: Runtime) -> None:
    await add_enterprise(running, USCC, "李四", PHONE, "湖州秘密食品店")
    actor, review_id = await _claim(running)
    staff = await add_staff()
    with pytest.raises(Invalid):
        await identity.refuse(staff, review_id, reason=" ")
    await identity.refuse(staff, review_id, reason="照片不清晰")
    told = await db.fetch_one("SELECT person_id, body FROM inbox")
    assert told is not None
    assert told["person_id"] == actor.id
    assert "照片不清晰" in told["body"]
    mine = str(await identity.my_bindings(actor)) + told["body"]
    assert "秘密" not in mine
    assert "李四" not in mine


async def test_a_review_is_decided_once_by_racers_too(running: Runtime) -> None:
    await add_enterprise(running, USCC, "李四", PHONE)
    _, review_id = await _claim(running)
    staff = [await add_staff() for _ in range(8)]
    verdicts = [
        identity.approve(one, review_id) if n % 2 else identity.refuse(one, review_id, reason="不符")
        for n, one in enumerate(staff)
    ]
    results = await asyncio.gather(*verdicts, return_exceptions=True)
    assert sum(isinstance(result, AlreadyDecided) for result in results) == 7


async def test_a_claim_for_an_enterprise_nobody_knows_waits_for_the_registry(running: Runtime) -> None:
    _, review_id = await _claim(running)
    staff = await add_staff()
    with pytest.raises(EnterpriseUnknown):
        await identity.approve(staff, review_id)
    await add_enterprise(running, USCC, "张三", PHONE)
    await identity.approve(staff, review_id)


async def test_there_is_one_representative_until_his_proof_has_lapsed(running: Runtime) -> None:
    await add_enterprise(running, USCC, "张三", PHONE)
    staff = await add_staff()
    before, first = await _claim(running, BindingRole.REPRESENTATIVE)
    old = await identity.approve(staff, first)
    _, second = await _claim(running, BindingRole.REPRESENTATIVE, "13900008888")
    with pytest.raises(RepresentativeTaken):
        await identity.approve(staff, second)
    await db.execute("UPDATE bindings SET state = 'read_only', prove_by = now() WHERE id = $1", old)
    await identity.approve(staff, second)
    assert await db.fetch_value("SELECT state FROM bindings WHERE id = $1", old) == "ended"
    told = await db.fetch_value("SELECT fields->>'result' FROM inbox WHERE person_id = $1 ORDER BY id DESC", before.id)
    assert told == "已解除"
    trail = "SELECT count(*) FROM audit_entries WHERE row_id = $1 AND action = 'identity.binding_replaced'"
    assert await db.fetch_value(trail, old) == 1


async def test_a_manager_who_becomes_representative_changes_places(running: Runtime) -> None:
    await add_enterprise(running, USCC, "张三", PHONE)
    actor = await add_person(running, PHONE)
    await identity.claim(actor, USCC, "张三")
    claimed = await identity.claim(actor, USCC, "张三", role=BindingRole.REPRESENTATIVE)
    assert claimed.review_id
    await identity.approve(await add_staff(), claimed.review_id)
    assert [one["role"] for one in (await identity.my_bindings(actor))["bindings"]] == ["representative"]


async def test_reviews_are_seen_by_permission_and_district(running: Runtime) -> None:
    await _claim(running)  # unknown to the registry: its code names the district 330502
    here, there = (
        await add_staff(Grant(Role.FRONT_DESK, districts=("330502",))),
        Grant(Role.FRONT_DESK, districts=("330503",)),
    )
    assert len((await identity.review_list(here, state="pending", cursor=None, limit=20))["items"]) == 1
    elsewhere = await add_staff(there)
    assert (await identity.review_list(elsewhere, state="pending", cursor=None, limit=20))["items"] == []
    [review] = (await identity.review_list(here, state="pending", cursor=None, limit=20))["items"]
    assert (review["representative_written"], review["phone"]) == ("张三", "139****9999")
    with pytest.raises(NotFound):
        await identity.refuse(elsewhere, review["id"], reason="不符")
    with pytest.raises(Forbidden):
        await identity.refuse(await add_staff(Grant(Role.VISITOR)), review["id"], reason="不符")
    with pytest.raises(NotFound):
        await identity.approve(here, new_id())


async def test_reviews_come_in_pages(running: Runtime) -> None:
    for number in range(5):
        await _claim(running, phone=f"1390000000{number}")
    staff, cursor, seen = await add_staff(), None, []
    while True:
        page = await identity.review_list(staff, state="pending", cursor=cursor, limit=2)
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5


async def _objected(running: Runtime, clock: Frozen) -> tuple[Actor, Actor, Actor, UUID]:
    await add_enterprise(running, USCC, "张三", PHONE)
    first, approver = await add_person(running, PHONE), await add_staff()
    await identity.claim(first, USCC, "张三")
    clock.advance(timedelta(minutes=1))
    newcomer, review_id = await _claim(running)
    binding_id = await identity.approve(approver, review_id)
    return first, newcomer, approver, await identity.object_to(first, binding_id)


async def test_who_let_a_binding_pass_does_not_judge_the_objection(running: Runtime, clock: Frozen) -> None:
    _, newcomer, approver, objection = await _objected(running, clock)
    with pytest.raises(SameReviewer):
        await identity.approve(approver, objection)
    await identity.approve(await add_staff(), objection)
    assert [one["state"] for one in (await identity.my_bindings(newcomer))["bindings"]] == ["active"]


async def test_an_upheld_objection_ends_the_binding_and_both_are_told(running: Runtime, clock: Frozen) -> None:
    first, newcomer, _, objection = await _objected(running, clock)
    await db.execute("TRUNCATE inbox CASCADE")
    await identity.refuse(await add_staff(), objection, reason="非本企业人员")
    assert (await identity.my_bindings(newcomer))["bindings"] == []
    assert {row["person_id"] for row in await db.fetch("SELECT person_id FROM inbox")} == {first.id, newcomer.id}


@pytest.mark.parametrize("is_upheld", [True, False])
async def test_an_objection_whose_subject_has_left_can_be_closed_and_brings_nobody_back(
    running: Runtime, clock: Frozen, *, is_upheld: bool
) -> None:
    _, newcomer, _, objection = await _objected(running, clock)
    binding = await db.fetch_value("SELECT binding_id FROM binding_reviews WHERE id = $1", objection)
    await identity.leave(newcomer, binding)
    staff = await add_staff()
    await (identity.refuse(staff, objection, reason="已离开") if is_upheld else identity.approve(staff, objection))
    assert await db.fetch_value("SELECT state FROM bindings WHERE id = $1", binding) == "ended"
    decided = await db.fetch_value("SELECT state FROM binding_reviews WHERE id = $1", objection)
    assert decided == ("refused" if is_upheld else "approved")


async def test_a_decision_does_not_bring_back_who_leaves_at_the_same_moment(running: Runtime, clock: Frozen) -> None:
    _, newcomer, _, objection = await _objected(running, clock)
    binding = await db.fetch_value("SELECT binding_id FROM binding_reviews WHERE id = $1", objection)
    staff, left = await add_staff(), asyncio.Event()

    async def leave_slowly() -> None:
        async with db.transaction():
            await identity.leave(newcomer, binding)
            left.set()
            await asyncio.sleep(0.2)

    leaving = asyncio.create_task(leave_slowly())
    await left.wait()
    await identity.approve(staff, objection)
    await leaving
    assert await db.fetch_value("SELECT state FROM bindings WHERE id = $1", binding) == "ended"


async def _while_he_corrects(actor: Actor, other: Awaitable[T]) -> T:
    """Do something that waits for a claim which is about to look for its open review; both come through."""
    begun, waits = asyncio.Event(), asyncio.Event()

    async def correct() -> None:
        async with db.transaction():
            await phones.phone_of(actor.id or new_id(), is_kept=True)
            await locks.take("binding", USCC)
            begun.set()
            await waits.wait()
            await identity.claim(actor, USCC, "张三丰")

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(correct())
        await begun.wait()
        doing = group.create_task(_done(other))
        while not await db.fetch_value(_WAITS):
            await asyncio.sleep(0.01)
        waits.set()
    return doing.result()


async def _done(other: Awaitable[T]) -> T:
    return await other


async def test_who_closes_his_account_while_he_corrects_a_claim_comes_through_with_both(running: Runtime) -> None:
    actor, review_id = await _claim(running)
    await _while_he_corrects(actor, leave(actor))
    assert await db.fetch_value("SELECT state FROM binding_reviews WHERE id = $1", review_id) == "withdrawn"


async def test_who_corrects_his_claim_while_staff_approve_it_and_they_come_through_both(running: Runtime) -> None:
    await add_enterprise(running, USCC, "张三", PHONE)
    actor, review_id = await _claim(running)
    binding_id = await _while_he_corrects(actor, identity.approve(await add_staff(), review_id))
    assert await db.fetch_value("SELECT state FROM bindings WHERE id = $1", binding_id) == "active"


async def test_a_binding_whose_holder_lost_his_phone_meanwhile_stays_in_review(running: Runtime, clock: Frozen) -> None:
    _, newcomer, _, objection = await _objected(running, clock)
    staff, stranger = await add_staff(), await add_person(running, "13800002222")
    lose, find = "UPDATE bindings SET rests_on_contact = TRUE", "SELECT state FROM bindings WHERE person_id = $1"
    await db.execute(lose)
    async with db.transaction():
        await phones._keep(stranger, stranger.id or new_id(), "13900009999")
    shown = await identity.review(staff, objection)
    assert (shown["may"], shown["waits_for_phone"], shown["phone_is_registered"]) == (["refuse"], True, None)
    with pytest.raises(HolderWithoutPhone):
        await identity.approve(staff, objection)
    assert await db.fetch_value(find, newcomer.id) == "pending"
    async with db.transaction():
        await phones._keep(newcomer, newcomer.id or new_id(), "13900003333")
    assert (await identity.review(staff, objection))["may"] == ["approve", "refuse"]
    await identity.approve(staff, objection)
    assert await db.fetch_value(find, newcomer.id) == "active"


async def test_who_was_turned_away_is_not_let_in_by_the_registry_again(running: Runtime) -> None:
    enterprise = await add_enterprise(running, USCC, "张三", PHONE)
    actor = await add_person(running, PHONE)
    await db.execute(
        "INSERT INTO bindings (id, person_id, enterprise_id, role, state, basis, created_at, ended_at)"
        " VALUES ($1, $2, $3, 'manager', 'refused', 'registered_phone', $4, $4)",
        new_id(),
        actor.id,
        enterprise,
        clock_module.now(),
    )
    assert (await identity.claim(actor, USCC, "张三")).state == "pending"


async def test_reviews_are_narrowed_counted_and_told_in_words(running: Runtime) -> None:
    await add_enterprise(running, USCC, "张三", PHONE, name="湖州演示食品店")
    staff = await add_staff()
    _, waiting = await _claim(running, phone="13900000001")
    _, refused = await _claim(running, phone="13900000002")
    await identity.refuse(staff, refused, reason="照片不清楚")
    page = await identity.review_list(staff, Wanted(text="演示"), cursor=None, limit=5)
    assert ([one["id"] for one in page["items"]], page["count"]) == ([waiting], 1)
    told = page["items"][0]
    assert (told["kind_word"], told["state_word"], told["role_word"]) == ("绑定申请", "待审核", "管理人员")
    every = await identity.review_list(staff, Wanted(None), cursor=None, limit=1)
    assert ([one["id"] for one in every["items"]], every["count"]) == ([refused], 2), "the newest first"
    rest = await identity.review_list(staff, Wanted(None), cursor=every["next"], limit=1)
    assert ([one["id"] for one in rest["items"]], rest["next"]) == ([waiting], None)
    for wanted in (Wanted(role="representative"), Wanted(kind="objection"), Wanted(text="%"), Wanted(text="9133099")):
        assert (await identity.review_list(staff, wanted, cursor=None, limit=5))["count"] == 0, wanted
    await db.execute("UPDATE enterprises SET status = 'active', status_source = 2, status_on = current_date")
    shown = await identity.review(staff, refused)
    assert (shown["reason"], shown["may"], shown["managers"]) == ("照片不清楚", [], 0)
    assert (shown["enterprise_status_word"], shown["phone_is_registered"]) == ("存续", False)


async def test_a_review_tells_whether_the_phone_is_the_registered_one(running: Runtime) -> None:
    await add_enterprise(running, USCC, "李四", PHONE)
    _, registered = await _claim(running, phone=PHONE)
    assert (await identity.review(await add_staff(), registered))["phone_is_registered"] is True
    await db.execute("UPDATE enterprises SET phone_sealed = NULL, phone_index = NULL")
    assert (await identity.review(await add_staff(), registered))["phone_is_registered"] is None


async def test_whoever_approved_may_not_judge_the_objection_and_is_not_offered_to(
    running: Runtime, clock: Frozen
) -> None:
    _, newcomer, approver, review_id = await _objected(running, clock)
    shown = await identity.review(approver, review_id)
    assert (shown["kind"], shown["may"], shown["binding_state"]) == ("objection", [], "pending")
    assert (shown["binding_state_word"], shown["binding_basis_word"]) == ("有异议，暂停", "工作人员审核")
    assert shown["objector_phone"] == f"{PHONE[:3]}****{PHONE[-4:]}"
    assert (await identity.review(await add_staff(), review_id))["may"] == ["approve", "refuse"]
    elsewhere = await add_staff(Grant(Role.FRONT_DESK, districts=("330521",)))
    with pytest.raises(NotFound):
        await identity.review(elsewhere, review_id)
    with pytest.raises(NotFound):
        await identity.open_licence(approver, review_id)
    assert newcomer.id
