"""What WeChat pushes is applied once, in whatever form it comes: through the real door, signed and encrypted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend import alerts, runtime
from backend.access import SYSTEM
from backend.assembly import OUTBOX_HANDLERS
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.gateways.wechat.callback import Event
from backend.gateways.wechat.payload import dedupe_hash
from backend.notifications import callbacks, events
from backend.notifications import credits as ledger
from backend.notifications.claiming import LEASE, claim
from backend.notifications.delivering import deliver
from backend.notifications.due import take_notes
from backend.notifications.settling import begin
from backend.notifications.sweeping import sweep
from backend.outbox import drain
from tests.backend.notifications.people import (
    BROADCAST,
    KEYS,
    SEND,
    SERVICE,
    Phone,
    Phones,
    balance,
    deliveries,
    message,
    reasons,
    say,
    states,
)
from tests.backend.notifications.pushing import Door
from tests.support.sandbox import APPID

FORMS: dict[str, dict[str, Any]] = {
    "plain": {},
    "array": {"push_list": "array"},
    "container": {"push_list": "container"},
    "text": {"push_numbers": "string"},
    "numbers": {"push_numbers": "int"},
    "spaced": {"push_spaced_keys": True},
    "xml": {"push_format": "xml"},
}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest, phones: Phones) -> str:
    phones.sandbox.control("PATCH", "settings", **FORMS[request.param])
    return str(request.param)


def _tap(phones: Phones, phone: Phone, *kinds: str, **given: Any) -> None:
    keys = [KEYS[kind] for kind in kinds]
    phones.sandbox.control("POST", f"owners/{phone.openid}/subscribe", template_ids=keys, **given)


@pytest.mark.usefixtures("form")
async def test_a_tap_a_proof_and_an_opt_out_in_every_form(phones: Phones, door: Door) -> None:
    phone = await phones.make(taps=0)
    _tap(phones, phone, BROADCAST, SERVICE)
    await door.applied(1)
    assert (await balance(phone), await balance(phone, SERVICE)) == (1, 1)
    await say(message(phone.person))
    await deliver()
    await door.applied(2)
    [row] = await deliveries()
    assert (row["state"], row["confirmed_at"] is not None) == ("sent", True)
    phones.sandbox.control("POST", f"owners/{phone.openid}/settings", templates={KEYS[SERVICE]: "reject"})
    await door.applied(3)
    assert await balance(phone, SERVICE) == 0
    assert await ledger.drift() == []
    await say(message(phone.person, SERVICE))
    await deliver()
    assert (await reasons())[-1] == ("suppressed", "no_credit")


async def test_a_refused_dialog_takes_no_earlier_credit(phones: Phones, door: Door) -> None:
    phone = await phones.make(taps=1)
    _tap(phones, phone, BROADCAST, answers={KEYS[BROADCAST]: "reject"})
    await door.applied(1)
    assert await balance(phone) == 1


async def test_a_repeated_push_is_applied_once(phones: Phones, door: Door) -> None:
    phone = await phones.make(taps=0)
    item = {"TemplateId": phones.ids[BROADCAST], "SubscribeStatusString": "accept", "PopupScene": "0"}
    body = {"items": [item]}
    event = {"openid": phone.openid, "event": "subscribe_msg_popup_event", "body": body, "repeat": 5}
    phones.sandbox.control("POST", "pushes", **event)
    await door.applied(5)
    assert await balance(phone) == 1


def _answered(phones: Phones, phone: Phone, kind: str, scene: str) -> Event:
    """A popup event of one and the same second, as the door tells it."""
    item = {"TemplateId": phones.ids[kind], "SubscribeStatusString": "accept", "PopupScene": scene}
    payload: dict[str, Any] = {"FromUserName": phone.openid, "CreateTime": 1795395600, "List": item}
    popup = "subscribe_msg_popup_event"
    return Event(popup, phone.openid, datetime(2026, 11, 23, tzinfo=UTC), (item,), payload, dedupe_hash(payload, popup))


async def test_taps_of_one_second_count_each_unless_they_are_told_word_for_word_alike(phones: Phones) -> None:
    """The same words again are WeChat's repetition: nobody answers two dialogs within a second."""
    phone = await phones.make(taps=0)
    for kind, scene in ((BROADCAST, "0"), (SERVICE, "0"), (BROADCAST, "1"), (BROADCAST, "0")):
        await callbacks.receive(APPID, _answered(phones, phone, kind, scene))
    assert await events.handle() == 3
    assert (await balance(phone), await balance(phone, SERVICE)) == (2, 1)


async def test_a_message_that_failed_on_its_way_is_refused(phones: Phones, door: Door) -> None:
    phone = await phones.make()
    phones.sandbox.control("PATCH", "settings", sent_error_code="20004", sent_error_status="user refuse")
    await say(message(phone.person))
    await deliver()
    await door.applied(1)
    assert await reasons() == [("refused", "user refuse")]
    assert (await deliveries())[0]["errcode"] == 20004


@pytest.mark.parametrize("has_tapped", [False, True], ids=["nothing-since", "tapped-since"])
async def test_an_event_that_nothing_is_allowed_ends_credits_as_the_answer_does(
    phones: Phones, door: Door, clock: Frozen, *, has_tapped: bool
) -> None:
    phone = await phones.make(taps=3)
    phones.sandbox.control("PATCH", "settings", sent_error_code="43101", sent_error_status="user refuse")
    await say(message(phone.person))
    await deliver()
    if has_tapped:
        clock.advance(timedelta(seconds=1))
        await ledger.popup(APPID, phone.openid, [phones.ids[BROADCAST]], [])
    await door.applied(1)
    assert await states() == ["refused"]
    assert await balance(phone) == (3 if has_tapped else 0)
    assert await ledger.drift() == []


@pytest.mark.parametrize("has_msgid", [True, False], ids=["msgid", "no-msgid"])
async def test_an_unknown_is_settled_by_its_event(phones: Phones, door: Door, *, has_msgid: bool) -> None:
    phone = await phones.make(taps=2)
    phones.sandbox.control("PATCH", "settings", answer_msgid=has_msgid)
    phones.sandbox.fault(path=SEND, drop=True, times=1)
    await say(message(phone.person), message(phone.person))
    await deliver()
    assert sorted(await states()) == ["deferred", "unknown"]
    await door.applied(1)
    assert sorted(await states()) == ["deferred", "sent"]
    await db.execute("UPDATE deliveries SET due_at = now() - interval '1 year' WHERE state = 'deferred'")
    await db.execute("UPDATE addresses SET next_due_at = now() - interval '1 year'")
    await deliver()
    await door.applied(2)
    assert await states() == ["sent", "sent"]
    assert all(row["confirmed_at"] for row in await deliveries())
    assert phones.counts() == {phone.openid: 2}


async def test_an_event_before_the_answer_wins(phones: Phones, door: Door, clock: Frozen) -> None:
    phone = await phones.make()
    phones.sandbox.fault(path=SEND, drop=True, times=1)
    await say(message(phone.person))
    await deliver()
    clock.advance(timedelta(minutes=11))
    await sweep()
    assert await states() == ["unknown_final"]
    await door.applied(1)
    assert await states() == ["sent"]


async def test_an_event_is_of_the_call_under_way_and_not_of_one_given_up(
    phones: Phones, door: Door, clock: Frozen
) -> None:
    phone = await phones.make(taps=2)
    phones.sandbox.fault(path=SEND, abort=True, times=1)
    await say(message(phone.person))
    await deliver()
    clock.advance(timedelta(minutes=11))
    phones.sandbox.control("POST", "clock", seconds=660)
    await sweep()
    await say(message(phone.person))
    await take_notes()
    batch = await claim(1, runtime.current().settings)
    [under_way] = batch.messages
    await begin([under_way.id], batch.claim, LEASE)
    item = {"TemplateId": under_way.template_id, "MsgID": "77", "ErrorCode": "0", "ErrorStatus": "success"}
    phones.sandbox.control(
        "POST", "pushes", openid=phone.openid, event="subscribe_msg_sent_event", body={"items": [item]}
    )
    await door.applied(1)
    assert {row["id"]: row["state"] for row in await deliveries()} == {
        under_way.id: "sent",
        await db.fetch_value("SELECT min(id::text)::uuid FROM deliveries"): "unknown_final",
    }


async def test_several_events_of_one_pair_prove_several_messages(phones: Phones, door: Door) -> None:
    phone = await phones.make(taps=2)
    phones.sandbox.control("PATCH", "settings", answer_msgid=False)
    await say(message(phone.person), message(phone.person))
    await deliver()
    await door.applied(2)
    assert all(row["confirmed_at"] for row in await deliveries())


async def test_an_event_about_nobody_changes_nothing(phones: Phones, door: Door) -> None:
    phone = await phones.make()
    stranger = phones.sandbox.owner()
    item = {"TemplateId": "none", "MsgID": "77", "ErrorCode": "0", "ErrorStatus": "success"}
    for openid in (phone.openid, stranger):
        phones.sandbox.control(
            "POST", "pushes", openid=openid, event="subscribe_msg_sent_event", body={"items": [item]}
        )
    await door.applied(2)
    assert await db.fetch_value("SELECT count(*) FROM callback_events WHERE handled_at IS NULL") == 0


async def test_one_bad_push_holds_no_other(phones: Phones, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = await phones.make(taps=0), await phones.make(taps=0)
    apply = ledger.popup

    async def popup(account: str, openid: str, accepted: list[str], refused: list[str]) -> None:
        await apply(account, openid, accepted, refused)
        if openid == bad.openid:
            raise ValueError

    monkeypatch.setattr(ledger, "popup", popup)
    for phone in (bad, good):
        _tap(phones, phone, BROADCAST)
    await door.applied(2)
    assert (await balance(good), await balance(bad)) == (1, 0)
    assert await events.handle() == 0
    [told], _ = await alerts.listed(SYSTEM)
    assert (told.kind, told.key) == ("callback_laid_aside", "subscribe_msg_popup_event")
    laid_aside = "SELECT event ->> 'openid' FROM callback_events WHERE id::text = $1"
    assert await db.fetch_value(laid_aside, told.detail["event_id"]) == bad.openid


async def test_who_closes_his_account_at_wechat_is_erased_here(phones: Phones, door: Door) -> None:
    phone = await phones.make()
    await say(message(phone.person))
    phones.sandbox.control("POST", f"owners/{phone.openid}/authorization-cancel")
    await door.applied(1)
    assert (await drain(OUTBOX_HANDLERS)).failed == 0
    assert await db.fetch_value("SELECT count(*) FROM inbox") == 0
    assert await states() == ["cancelled"]
    everything = await db.fetch_value(
        "SELECT string_agg(row_to_json(a)::text, '') FROM addresses a"
    ) + await db.fetch_value("SELECT coalesce(string_agg(event::text, ''), '') FROM callback_events")
    assert phone.openid not in everything
