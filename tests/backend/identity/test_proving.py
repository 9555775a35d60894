"""When the registry's representative or phone changes: read-only, thirty days, over."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from backend import identity, runtime
from backend.access import Actor
from backend.foundation import db
from backend.foundation.clock import Frozen, now
from backend.foundation.ids import new_id
from backend.identity import contacts
from backend.identity.errors import AlreadyBound, AlreadyClaimed, BindingNotFound
from backend.outbox import OutboxItem
from backend.runtime import Runtime
from tests.factories.people import add_binding, add_enterprise, add_person

pytestmark = pytest.mark.usefixtures("clock")

USCC = "91330502MA2B00001X"
PHONE = "13800001111"


async def _bound(running: Runtime) -> tuple[Actor, UUID]:
    enterprise = await add_enterprise(running, USCC, "张三", PHONE)
    actor = await add_person(running, PHONE)
    await identity.claim(actor, USCC, "张三")
    return actor, enterprise


async def _state(actor: Actor) -> list[str]:
    return [one["state"] for one in (await identity.my_bindings(actor))["bindings"]]


async def test_a_change_makes_read_only_tells_and_ends_after_thirty_days(running: Runtime, clock: Frozen) -> None:
    actor, enterprise = await _bound(running)
    assert await identity.reprove([enterprise]) == 1
    assert await identity.reprove([enterprise]) == 0
    assert await _state(actor) == ["read_only"]
    assert await db.fetch_value("SELECT count(*) FROM inbox WHERE person_id = $1", actor.id) == 1
    clock.advance(timedelta(days=29, hours=23))
    assert await identity.end_lapsed() == 0
    clock.advance(timedelta(hours=1))
    assert await identity.end_lapsed() == 1
    assert await _state(actor) == []


async def test_proving_again_brings_it_back(running: Runtime) -> None:
    actor, enterprise = await _bound(running)
    await identity.reprove([enterprise])
    index = running.vault.blind_index("李四", column=contacts.REPRESENTATIVE)
    await db.execute("UPDATE enterprises SET representative_index = $1", index)
    assert (await identity.claim(actor, USCC, "张三")).state == "pending"
    assert await _state(actor) == ["read_only"]
    assert (await identity.claim(actor, USCC, "李四")).state == "active"
    assert await _state(actor) == ["active"]


async def test_who_lost_his_phone_may_object_to_who_comes_with_it(running: Runtime, clock: Frozen) -> None:
    """He is told of the newcomer like everybody bound, so the tap in that message must work."""
    actor, enterprise = await _bound(running)
    assert await identity.reprove([enterprise]) == 1
    clock.advance(timedelta(minutes=1))
    newcomer = await add_person(running, f"137{new_id().int % 10**8:08d}")
    with pytest.raises(BindingNotFound):
        await identity.object_to(newcomer, (await identity.my_bindings(actor))["bindings"][0]["id"])
    binding_id = await add_binding(newcomer, enterprise, "manager", age=timedelta(0))
    await identity.object_to(actor, binding_id)
    assert (await _state(actor), await _state(newcomer)) == (["read_only"], ["pending"])


async def test_the_imports_note_tells_those_whom_it_made_read_only_once(running: Runtime) -> None:
    actor, enterprise = await _bound(running)
    sql = "UPDATE bindings SET state = 'read_only', prove_by = $1"
    await db.execute(sql, now() + timedelta(days=30))
    note = OutboxItem(new_id(), "enterprises.contact_changed", None, {"enterprise_id": str(enterprise)}, 1, now())
    for _ in range(2):
        async with db.transaction():
            await identity.contacts_changed([note, note])
    assert await db.fetch_value("SELECT count(*) FROM inbox WHERE person_id = $1", actor.id) == 1


async def test_what_staff_reviewed_does_not_rest_on_the_registrys_phone(running: Runtime) -> None:
    actor, enterprise = await _bound(running)
    await db.execute("UPDATE bindings SET rests_on_contact = FALSE, basis = 'review'")
    assert await identity.reprove([enterprise]) == 0
    assert await _state(actor) == ["active"]


async def test_a_representative_proves_again_before_staff_only(running: Runtime) -> None:
    actor, enterprise = await _bound(running)
    await db.execute("UPDATE bindings SET role = 'representative'")
    with pytest.raises(AlreadyBound):
        await identity.claim(actor, USCC, "张三")
    await identity.reprove([enterprise])
    assert (await identity.claim(actor, USCC, "张三")).state == "pending"
    assert await _state(actor) == ["read_only"]


async def test_a_binding_under_objection_is_staffs_to_judge(running: Runtime) -> None:
    actor, _ = await _bound(running)
    await db.execute("UPDATE bindings SET state = 'pending'")
    with pytest.raises(AlreadyClaimed):
        await identity.claim(actor, USCC, "张三")


async def test_while_index_keys_change_old_and_new_still_meet(running: Runtime) -> None:
    await add_enterprise(running, USCC, "张三", PHONE)
    actor = await add_person(running, PHONE)
    newer = replace(running.vault, index={"i2": b"x" * 32, **running.vault.index})
    runtime._current.append(replace(running, vault=newer))
    try:
        assert (await identity.claim(actor, USCC, "张三")).state == "active"
    finally:
        runtime._current.pop()


async def test_a_clerk_ends_on_his_day(running: Runtime, clock: Frozen) -> None:
    actor, _ = await _bound(running)
    await db.execute("UPDATE bindings SET role = 'clerk', until = $1", now() + timedelta(days=1))
    clock.advance(timedelta(days=1))
    assert await identity.end_lapsed() == 1
    assert await db.fetch_value("SELECT reason FROM bindings WHERE person_id = $1", actor.id) == "until"


async def test_a_person_gets_a_copy_and_is_forgotten(running: Runtime) -> None:
    actor = await add_person(running, PHONE)
    await identity.claim(actor, USCC, "张三")
    assert actor.id
    copy = await identity.PERSONAL.export(actor.id)
    assert [claim["representative"] for claim in copy["claims"]] == ["张三"]
    await identity.PERSONAL.erase(actor.id)
    row = await db.fetch_one("SELECT state, representative_sealed FROM binding_reviews")
    assert row is not None
    assert tuple(row) == ("withdrawn", None)
