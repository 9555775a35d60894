"""Which templates are asked for next: those whose credit is short, the most wanted first, at most three of one sort."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.assembly import expected_messages
from backend.foundation import clock as time
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.notifications import asking, preferences
from backend.notifications import credits as ledger
from backend.notifications.delivering import deliver
from backend.notifications.kinds import KINDS
from backend.notifications.preferences import Wish
from tests.backend.notifications.people import BROADCAST, SERVICE, Phones, make_person, message, say
from tests.factories.people import add_binding, add_enterprise, add_person

pytestmark = pytest.mark.usefixtures("clock")
DIGEST, CLOSING, RETRACTED = "policy_digest", "policy_closing", "policy_retracted"


async def _asked(person: UUID, **expected: int) -> list[tuple[str, int]]:
    return [(one.title, one.short) for one in await asking.ask_next(person, expected)]


async def test_what_is_short_is_asked_for_and_what_matters_most_comes_first(phones: Phones) -> None:
    phone = await phones.make(taps=2)
    assert await _asked(phone.person, **{BROADCAST: 2}) == []
    assert await _asked(phone.person, **{BROADCAST: 3}) == [("政策推送提醒", 1)]
    asked = await _asked(phone.person, **{BROADCAST: 3, SERVICE: 4, RETRACTED: 1})
    assert asked == [("政策推送提醒", 1), ("政策变更提醒", 1), ("审核结果通知", 4)]


async def test_a_new_owner_is_asked_for_policies_before_the_weekly_letter(phones: Phones) -> None:
    phone = await phones.make(taps=0)
    assert await _asked(phone.person, **{BROADCAST: 1, DIGEST: 1}) == [("政策推送提醒", 1)]


async def test_what_waits_already_comes_before_what_may_come(phones: Phones) -> None:
    phone = await phones.make(taps=0)
    await say(message(phone.person, SERVICE))
    await deliver()
    asked = await _asked(phone.person, **{BROADCAST: 1, RETRACTED: 3})
    assert asked == [("审核结果通知", 1), ("政策推送提醒", 1), ("政策变更提醒", 3)]


async def test_what_he_declined_is_not_the_first_to_be_asked_for_again(phones: Phones, clock: Frozen) -> None:
    phone = await phones.make(taps=0)
    wanted = {BROADCAST: 1, SERVICE: 1, DIGEST: 1}
    first, later = [("政策推送提醒", 1), ("审核结果通知", 1)], [("政策周报提醒", 1)]
    assert await _asked(phone.person, **wanted) == first
    for title, then in (("政策推送提醒", later), ("政策周报提醒", [*reversed(first)])):
        await ledger.report(phone.person, [], [await _template(title)])
        assert await _asked(phone.person, **wanted) == then
    clock.advance(asking.DECLINED_FOR + timedelta(seconds=1))
    assert await _asked(phone.person, **wanted) == first


async def test_whoever_allows_what_he_declined_is_asked_for_it_like_anybody(phones: Phones) -> None:
    phone = await phones.make(taps=0)
    template = await _template("政策推送提醒")
    await ledger.report(phone.person, [], [template])
    await ledger.report(phone.person, [template], [])
    assert await _asked(phone.person, **{BROADCAST: 2, DIGEST: 1}) == [("政策推送提醒", 1)]


async def _template(title: str) -> str:
    return str(await db.fetch_value("SELECT template_id FROM message_templates WHERE title = $1", title))


async def test_one_dialog_takes_three_of_one_sort(phones: Phones) -> None:
    phone = await phones.make(taps=0)
    asks = await asking.ask_next(phone.person, {CLOSING: 1, DIGEST: 1, SERVICE: 9})
    assert {one.is_long_term for one in asks} == {True}
    asks = await asking.ask_next(phone.person, dict.fromkeys(KINDS, 1))
    assert (len(asks), {one.is_long_term for one in asks}) == (3, {False})


async def test_a_standing_permission_is_never_short(phones: Phones) -> None:
    phone = await phones.make(taps=0)
    sql = "INSERT INTO credits (address_id, template_id, is_standing, updated_at) SELECT $1, template_id, TRUE, $2"
    await db.execute(f"{sql} FROM message_templates WHERE title = '政策截止提醒'", phone.address, time.now())
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
    await db.execute("INSERT INTO profiling_refusals (person_id, at) VALUES ($1, $2)", person.id, time.now())
    assert dict(await expected_messages(person.id)) == {SERVICE: 0}
