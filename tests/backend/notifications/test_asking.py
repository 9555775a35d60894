"""Which templates are asked for next: those whose credit is short, at most three, never both sorts in one dialog."""

from typing import Any
from uuid import UUID

import pytest

from backend.assembly import expected_messages
from backend.foundation import clock, db
from backend.notifications import asking, preferences
from backend.notifications.delivering import deliver
from backend.notifications.kinds import KINDS
from backend.notifications.preferences import Wish
from tests.backend.notifications.people import BROADCAST, SERVICE, Phones, make_person, message, say
from tests.factories.people import add_binding, add_enterprise, add_person

pytestmark = pytest.mark.usefixtures("clock")
DIGEST, CLOSING, RETRACTED = "policy_digest", "policy_closing", "policy_retracted"


async def _asked(person: UUID, **expected: int) -> list[tuple[str, int]]:
    return [(one.title, one.short) for one in await asking.ask_next(person, expected)]


async def test_what_is_short_is_asked_for_the_shortest_first(phones: Phones) -> None:
    phone = await phones.make(taps=2)
    assert await _asked(phone.person, **{BROADCAST: 2}) == []
    assert await _asked(phone.person, **{BROADCAST: 3}) == [("政策推送提醒", 1)]
    asked = await _asked(phone.person, **{BROADCAST: 3, SERVICE: 4, RETRACTED: 1})
    assert asked == [("审核结果通知", 4), ("政策变更提醒", 1), ("政策推送提醒", 1)]


async def test_one_dialog_takes_three_of_one_sort(phones: Phones) -> None:
    phone = await phones.make(taps=0)
    asks = await asking.ask_next(phone.person, dict.fromkeys(KINDS, 1) | {CLOSING: 5})
    assert {one.is_long_term for one in asks} == {True}
    asks = await asking.ask_next(phone.person, dict.fromkeys(KINDS, 1) | {SERVICE: 9})
    assert (len(asks), {one.is_long_term for one in asks}) == (3, {False})


async def test_a_standing_permission_is_never_short(phones: Phones) -> None:
    phone = await phones.make(taps=0)
    sql = "INSERT INTO credits (address_id, template_id, is_standing, updated_at) SELECT $1, template_id, TRUE, $2"
    await db.execute(f"{sql} FROM message_templates WHERE title = '政策截止提醒'", phone.address, clock.now())
    assert await _asked(phone.person, **{CLOSING: 7}) == []


async def test_what_he_has_switched_off_is_not_asked_for(phones: Phones) -> None:
    phone = await phones.make(taps=0)
    await preferences.change(phone.person, [Wish(BROADCAST, "subscribe", is_on=False)])
    assert await _asked(phone.person, **{BROADCAST: 3, SERVICE: 1}) == [("审核结果通知", 1)]
    await preferences.switch_pushes(phone.person, is_on=False)
    assert await _asked(phone.person, **{SERVICE: 1}) == []


async def test_what_came_to_nothing_for_want_of_credit_is_asked_for(phones: Phones) -> None:
    phone = await phones.make(taps=0)
    await say(message(phone.person))
    await deliver()
    assert await _asked(phone.person) == [("政策推送提醒", 1)]


async def test_nobody_without_a_phone_is_asked(phones: Phones) -> None:
    assert await _asked(await make_person(), **{SERVICE: 3}) == []


async def test_what_may_come_is_what_he_asked_for_and_what_comes_by_itself(running: Any) -> None:
    person = await add_person(running, "13800001111")
    assert person.id
    assert dict(await expected_messages(person.id)) == {SERVICE: 0}
    shop = await add_enterprise(running, "91330502MA2B00001X", "张三", "13800001111")
    await add_binding(person, shop)
    assert dict(await expected_messages(person.id)) == {SERVICE: 0, BROADCAST: 1, DIGEST: 1}
    await db.execute("INSERT INTO profiling_refusals (person_id, at) VALUES ($1, $2)", person.id, clock.now())
    assert dict(await expected_messages(person.id)) == {SERVICE: 0}
