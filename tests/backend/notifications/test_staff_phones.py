"""A staff member's own WeChat: bound by a code that is good once, ended on either side and when he leaves."""

import asyncio
from datetime import timedelta

import pytest

from backend import outbox, staff
from backend.access import SYSTEM
from backend.assembly import OUTBOX_HANDLERS
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.notifications import personal, staff_phones
from backend.notifications.delivering import deliver
from backend.notifications.errors import CodeUnknown, PhoneTaken
from tests.backend.notifications.people import Phones, make_person, reasons
from tests.backend.notifications.staff import bind, holder, tell

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _acts() -> list[str]:
    rows = await db.fetch("SELECT action FROM audit_entries WHERE action LIKE 'staff.phone%' ORDER BY id")
    return [row["action"] for row in rows]


async def test_a_code_binds_once_and_is_forgiving_about_its_case() -> None:
    actor, person = await holder(), await make_person()
    assert actor.id
    offer = await staff_phones.offer(actor)
    assert await staff_phones.bind(person, f" {offer.code.lower()} ", actor=SYSTEM) == "工作人员"
    with pytest.raises(CodeUnknown):
        await staff_phones.bind(await make_person(), offer.code, actor=SYSTEM)
    found = await staff_phones.of_person(person)
    assert found
    assert (found["name"], found["bound_at"]) == ("工作人员", await staff_phones.bound_at(actor.id))
    assert offer.code not in str([dict(row) for row in await db.fetch("SELECT * FROM staff_phone_codes")])


async def test_a_code_ends_with_its_time_and_with_the_next_one(clock: Frozen) -> None:
    actor, person = await holder(), await make_person()
    old, new = await staff_phones.offer(actor), await staff_phones.offer(actor)
    for code in (old.code, "ABCD2345", "", "码"):
        with pytest.raises(CodeUnknown):
            await staff_phones.bind(person, code, actor=SYSTEM)
    clock.advance(staff_phones.LIVES)
    with pytest.raises(CodeUnknown):
        await staff_phones.bind(person, new.code, actor=SYSTEM)


async def test_many_with_one_code_are_one() -> None:
    actor = await holder()
    offer = await staff_phones.offer(actor)
    people = [await make_person() for _ in range(6)]
    binds = (staff_phones.bind(person, offer.code, actor=SYSTEM) for person in people)
    outcomes = await asyncio.gather(*binds, return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["CodeUnknown"] * 5 + ["str"]
    assert await db.fetch_value("SELECT count(*) FROM staff_phones WHERE ended_at IS NULL") == 1


async def test_a_new_phone_takes_the_place_of_the_old_one_and_one_phone_is_one_persons() -> None:
    actor, colleague, first, second = await holder(), await holder(), await make_person(), await make_person()
    await bind(actor, first)
    await bind(actor, second)
    assert await staff_phones.of_person(first) is None
    offer = await staff_phones.offer(colleague)
    with pytest.raises(PhoneTaken):
        await staff_phones.bind(second, offer.code, actor=SYSTEM)
    assert await staff_phones.unbind(actor) == 1
    assert await staff_phones.bind(second, offer.code, actor=SYSTEM), "a refused code stays good"
    assert await _acts() == ["staff.phone_bound", "staff.phone_unbound"] * 2 + ["staff.phone_bound"]


@pytest.mark.parametrize("how", ["console", "phone", "left", "erased"])
async def test_after_its_end_nothing_more_goes_to_it(phones: Phones, how: str, clock: Frozen) -> None:
    actor = await holder()
    phone = await phones.make(taps=0)
    await bind(actor, phone.person)
    assert actor.id
    await tell([actor.id], "waits")
    if how == "console":
        assert await staff_phones.unbind(actor) == 1
    elif how == "phone":
        assert await staff_phones.unbind_person(phone.person, actor=SYSTEM) == 1
    elif how == "left":
        await staff.leave(actor.id, actor=SYSTEM)
        await outbox.drain(OUTBOX_HANDLERS)
    else:
        await personal.erase(phone.person)
    await tell([actor.id], "later")
    clock.advance(timedelta(seconds=1))
    await deliver()
    assert [state for state, _ in await reasons(phone.person)] == ["cancelled"]
    assert phones.received(phone) == []
    assert await staff_phones.bound_at(actor.id) is None
    assert await staff_phones.unbind(actor) == 0
