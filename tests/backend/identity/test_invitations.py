"""Invitations: one code, one colleague, 72 hours."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest

from backend import identity
from backend.access import Actor
from backend.enterprises.models import BindingRole
from backend.foundation import db
from backend.foundation.clock import Frozen, now
from backend.foundation.errors import Invalid
from backend.identity.errors import AlreadyBound, InvitationInvalid, NotBound, NotManaging
from backend.runtime import Runtime
from tests.factories.people import add_enterprise, add_person
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("clock")

USCC = "91330502MA2B00001X"
PHONE = "13800001111"


async def _manager(running: Runtime) -> tuple[Actor, UUID]:
    enterprise = await add_enterprise(running, USCC, "张三", PHONE)
    actor = await add_person(running, PHONE)
    await identity.claim(actor, USCC, "张三")
    return actor, enterprise


async def test_of_two_hundred_who_try_one_code_one_gets_in(running: Runtime) -> None:
    manager, enterprise = await _manager(running)
    made = await identity.invite(manager, enterprise, BindingRole.MANAGER)
    people = [await add_person(running, f"139{n:08d}") for n in range(scaled(200))]
    results = await asyncio.gather(*(identity.accept(one, made.code) for one in people), return_exceptions=True)
    kinds = Counter(type(result) for result in results)
    assert kinds == {UUID: 1, InvitationInvalid: len(people) - 1}
    assert await db.fetch_value("SELECT count(*) FROM bindings WHERE basis = 'invitation'") == 1


async def test_nobody_new_comes_into_a_closed_enterprise(running: Runtime) -> None:
    manager, enterprise = await _manager(running)
    await db.execute("UPDATE enterprises SET closed_at = now() WHERE id = $1", enterprise)
    made = await identity.invite(manager, enterprise, BindingRole.MANAGER)
    with pytest.raises(InvitationInvalid):
        await identity.accept(await add_person(running, "13900000001"), made.code)


async def test_a_clerk_has_a_scope_and_an_end(running: Runtime) -> None:
    manager, enterprise = await _manager(running)
    until = now() + timedelta(days=90)
    made = await identity.invite(manager, enterprise, BindingRole.CLERK, scope=["policies", "cases"], until=until)
    clerk = await add_person(running, "13900000001")
    await identity.accept(clerk, made.code)
    [binding] = (await identity.my_bindings(clerk))["bindings"]
    assert (binding["role"], binding["scope"], binding["until"]) == ("clerk", ["cases", "policies"], until)
    with pytest.raises(NotManaging):
        await identity.invite(clerk, enterprise, BindingRole.CLERK, scope=["policies"], until=until)


@pytest.mark.parametrize(
    ("role", "scope", "days"),
    [
        (BindingRole.CLERK, ["policies"], None),
        (BindingRole.CLERK, ["policies"], -1),
        (BindingRole.CLERK, ["policies"], 1000),
        (BindingRole.CLERK, [], 10),
        (BindingRole.CLERK, ["everything"], 10),
        (BindingRole.MANAGER, ["policies"], None),
        (BindingRole.REPRESENTATIVE, [], None),
    ],
)
async def test_a_wrong_invitation_is_refused(
    running: Runtime, role: BindingRole, scope: list[str], days: int | None
) -> None:
    manager, enterprise = await _manager(running)
    until = now() + timedelta(days=days) if days else None
    with pytest.raises(Invalid):
        await identity.invite(manager, enterprise, role, scope=scope, until=until)


async def test_a_code_dies_after_72_hours_or_with_its_maker(running: Runtime, clock: Frozen) -> None:
    manager, enterprise = await _manager(running)
    guest = await add_person(running, "13900000001")
    late = await identity.invite(manager, enterprise, BindingRole.MANAGER)
    clock.advance(timedelta(hours=72))
    with pytest.raises(InvitationInvalid):
        await identity.accept(guest, late.code)
    orphan = await identity.invite(manager, enterprise, BindingRole.MANAGER)
    [binding] = (await identity.my_bindings(manager))["bindings"]
    await identity.leave(manager, binding["id"])
    with pytest.raises(InvitationInvalid):
        await identity.accept(guest, orphan.code)


async def test_a_closed_enterprise_takes_nobody_new(running: Runtime) -> None:
    manager, enterprise = await _manager(running)
    made = await identity.invite(manager, enterprise, BindingRole.MANAGER)
    assert await identity.enterprises_closed([enterprise]) == 1
    with pytest.raises(InvitationInvalid):
        await identity.accept(await add_person(running, "13900000001"), made.code)


async def test_who_is_in_already_leaves_the_code_for_another(running: Runtime) -> None:
    manager, enterprise = await _manager(running)
    made = await identity.invite(manager, enterprise, BindingRole.MANAGER)
    with pytest.raises(AlreadyBound):
        await identity.accept(manager, made.code)
    await identity.accept(await add_person(running, "13900000001"), made.code)


async def test_a_stranger_invites_nobody_and_the_code_is_not_kept(running: Runtime) -> None:
    manager, enterprise = await _manager(running)
    with pytest.raises(NotBound):
        await identity.invite(await add_person(running, "13900000001"), enterprise, BindingRole.MANAGER)
    made = await identity.invite(manager, enterprise, BindingRole.MANAGER)
    assert made.code not in str(await db.fetch("SELECT * FROM binding_invitations"))
