"""What a person wants to be told and where: at once, for what still waits too; what concerns his rights stays."""

import asyncio
from uuid import UUID

import pytest

from backend.access import SYSTEM
from backend.foundation import db
from backend.foundation.errors import Invalid
from backend.notifications import inbox, personal, preferences, staff_phones
from backend.notifications.delivering import deliver
from backend.notifications.groups import GROUP_OF, GROUPS, OTHER
from backend.notifications.kinds import CHANNELS, KINDS
from backend.notifications.preferences import Wish
from tests.backend.notifications.people import BROADCAST, SERVICE, Phones, make_person, message, reasons, say
from tests.backend.notifications.staff import bind, holder
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _switches(person: UUID) -> dict[tuple[str, str], bool]:
    told = await preferences.mine(person)
    return {
        (kind["kind"], one["channel"]): one["is_on"]
        for group in told["groups"]
        for kind in group["kinds"]
        for one in kind["channels"]
    }


async def _changes(person: UUID) -> list[tuple[str, str, bool]]:
    sql = "SELECT kind, channel, is_on FROM notification_preference_changes WHERE person_id = $1 ORDER BY id"
    return [tuple(row) for row in await db.fetch(sql, person)]


def test_every_kind_stands_in_one_group_with_a_name_of_its_own() -> None:
    assert set(GROUP_OF) >= set(KINDS)
    assert GROUPS[OTHER].kinds == {}, "name the kind in kind_groups.json"
    assert sum(len(group.kinds) for group in GROUPS.values()) == len(GROUP_OF)


async def test_everything_is_on_until_it_is_switched_off() -> None:
    person = await make_person()
    told = await preferences.mine(person)
    assert told["pushes_on"]
    assert all((await _switches(person)).values())
    named = {kind["kind"] for group in told["groups"] for kind in group["kinds"]}
    assert named == set(KINDS) - {preferences.PHONE_KIND}
    for group in told["groups"]:
        for kind in group["kinds"]:
            assert [one["channel"] for one in kind["channels"]] == ["inbox", *KINDS[kind["kind"]].channels]
            assert kind["channels"][0]["can_change"] is not kind["is_critical"]


async def test_only_who_has_bound_his_phone_has_a_switch_for_work() -> None:
    person, colleague = await make_person(), await holder()
    await bind(colleague, person)
    assert (preferences.PHONE_KIND, "subscribe") in await _switches(person)
    await staff_phones.unbind_person(person, actor=SYSTEM)
    assert (preferences.PHONE_KIND, "subscribe") not in await _switches(person)


async def test_a_switch_holds_for_what_still_waits_and_is_written_down(phones: Phones) -> None:
    phone = await phones.make(taps=2)
    await say(message(phone.person))
    assert await preferences.change(phone.person, [Wish(BROADCAST, "subscribe", is_on=False)]) == 1
    await deliver()
    assert await reasons(phone.person) == [("suppressed", "switched_off")]
    assert phones.received(phone) == []
    assert await preferences.change(phone.person, [Wish(BROADCAST, "subscribe", is_on=True)]) == 1
    assert await preferences.change(phone.person, [Wish(BROADCAST, "subscribe", is_on=True)]) == 0
    await say(message(phone.person))
    await deliver()
    assert len(phones.received(phone)) == 1
    assert await _changes(phone.person) == [(BROADCAST, "subscribe", False), (BROADCAST, "subscribe", True)]


async def test_one_switch_stops_all_pushes_and_leaves_the_others_as_they_are(phones: Phones) -> None:
    phone = await phones.make(taps=1)
    await phones.allow(phone, 1, SERVICE)
    await preferences.change(phone.person, [Wish(BROADCAST, "service", is_on=False)])
    await preferences.switch_pushes(phone.person, is_on=False)
    await say(message(phone.person), message(phone.person, SERVICE))
    await deliver()
    assert {reason for _, reason in await reasons(phone.person)} == {"switched_off"}
    assert (await preferences.mine(phone.person))["pushes_on"] is False
    assert await inbox.unread(phone.person) == 2, "the inbox has everything all the same"
    await preferences.switch_pushes(phone.person, is_on=True)
    assert (await preferences.mine(phone.person))["pushes_on"] is True
    assert [pair for pair, is_on in (await _switches(phone.person)).items() if not is_on] == [(BROADCAST, "service")]
    await say(message(phone.person))
    await deliver()
    assert len(phones.received(phone)) == 1


async def test_what_concerns_his_rights_stays_in_the_inbox() -> None:
    person = await make_person()
    wishes = [Wish(BROADCAST, "inbox", is_on=False), Wish(SERVICE, "inbox", is_on=False)]
    with pytest.raises(Invalid) as refused:
        await preferences.change(person, wishes)
    assert [(one.path, one.code) for one in refused.value.fields] == [("changes.1.is_on", "critical")]
    assert all((await _switches(person)).values()), "one refused switch leaves them all"
    await preferences.change(person, wishes[:1])
    await say(message(person), message(person, SERVICE))
    assert await inbox.unread(person) == 1


@pytest.mark.parametrize("wish", [Wish("no_such", "inbox", is_on=True), Wish("policy_digest", "sms", is_on=False)])
async def test_a_switch_that_is_not_there_is_refused(wish: Wish) -> None:
    with pytest.raises(Invalid):
        await preferences.change(await make_person(), [wish])


async def test_the_last_of_several_wishes_for_one_switch_counts() -> None:
    person = await make_person()
    wishes = [
        Wish(BROADCAST, "sms" if "sms" in KINDS[BROADCAST].channels else "subscribe", is_on=on) for on in (True, False)
    ]
    assert await preferences.change(person, wishes) == 1


async def test_many_at_once_write_down_each_turn_once() -> None:
    person = await make_person()
    await asyncio.gather(*(preferences.switch_pushes(person, is_on=False) for _ in range(scaled(20))))
    assert sorted(await _changes(person)) == sorted(("*", channel, False) for channel in CHANNELS)


async def test_the_log_is_handed_out_and_forgotten_with_its_person() -> None:
    person = await make_person()
    await preferences.switch_pushes(person, is_on=False)
    assert len((await personal.export(person))["preference_changes"]) == len(CHANNELS)
    await personal.erase(person)
    assert await _changes(person) == []
