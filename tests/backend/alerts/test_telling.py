"""The webhook is told once that something is wrong and once that it is over, whatever fails between."""

import hashlib
import hmac
from datetime import timedelta

import pytest

from backend import alerts, outbox
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.settings import SettingsError
from backend.runtime import Runtime
from tests.backend.alerts.conftest import SECRET, Receiver
from tests.support.running import make_settings


async def test_opened_and_over_are_told_once_each(telling: Runtime, receiver: Receiver, clock: Frozen) -> None:
    opened = clock.now()
    for _ in range(3):
        await alerts.open_alert("outbox_stuck", "a.b", items=2)
        clock.advance(timedelta(seconds=5))
    await outbox.drain(alerts.HANDLERS)
    await alerts.clear("outbox_stuck", "a.b")
    await outbox.drain(alerts.HANDLERS)
    first, last = receiver.messages()
    assert [first["event"], last["event"]] == ["opened", "cleared"]
    assert first["alert_id"] == last["alert_id"]
    assert (first["kind"], first["key"], first["severity"], first["detail"]) == (
        "outbox_stuck",
        "a.b",
        "critical",
        {"items": 2},
    )
    assert (last["times"], last["opened_at"], last["at"]) == (3, opened.isoformat(), clock.now().isoformat())
    assert first["runbook"] == "docs/runbooks/alerts.md#outbox_stuck"


async def test_it_is_signed_over_time_and_body(telling: Runtime, receiver: Receiver, clock: Frozen) -> None:
    await alerts.open_alert("outbox_stuck")
    await outbox.drain(alerts.HANDLERS)
    [(headers, body)] = receiver.got
    moment = int(clock.now().timestamp())
    mac = hmac.new(SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["X-Wuwei-Signature"] == f"t={moment},v1={mac}"
    assert SECRET not in str(headers)


@pytest.mark.parametrize("status", [301, 400, 404, 500])
async def test_what_was_not_taken_comes_again_with_the_same_id(
    telling: Runtime, receiver: Receiver, clock: Frozen, status: int
) -> None:
    receiver.statuses = [status]
    for key in "ab":
        await alerts.open_alert("outbox_stuck", key)
    drained = await outbox.drain(alerts.HANDLERS)
    assert (drained.failed, len(receiver.got)) == (2, 1), "the second waits for the receiver as well"
    assert receiver.url not in (await db.fetch_value("SELECT string_agg(last_error, ' ') FROM outbox"))
    clock.advance(timedelta(seconds=10))
    await outbox.drain(alerts.HANDLERS)
    assert [message["key"] for message in receiver.messages()] == ["a", "a", "b"]
    tries = [headers["X-Wuwei-Delivery"] for headers, _ in receiver.got]
    assert tries[0] == tries[1] != tries[2]


async def test_a_receiver_that_is_away_is_tried_again(telling: Runtime, receiver: Receiver, clock: Frozen) -> None:
    await alerts.open_alert("outbox_stuck")
    await db.execute("UPDATE outbox SET attempts = 0")
    object.__setattr__(telling.settings, "alert_webhook_url", "http://127.0.0.1:9/hook")
    assert (await outbox.drain(alerts.HANDLERS)).failed == 1
    object.__setattr__(telling.settings, "alert_webhook_url", receiver.url)
    clock.advance(timedelta(seconds=10))
    assert (await outbox.drain(alerts.HANDLERS)).done == 1
    assert len(receiver.got) == 1


async def test_an_alert_that_was_rolled_back_is_not_told(telling: Runtime, receiver: Receiver) -> None:
    async def fail() -> None:
        async with db.transaction():
            await alerts.open_alert("outbox_stuck")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert (await outbox.drain(alerts.HANDLERS)).done == 0
    assert receiver.got == []


async def test_what_waits_is_let_go_when_the_webhook_is_set_no_more(telling: Runtime, receiver: Receiver) -> None:
    await alerts.open_alert("outbox_stuck")
    object.__setattr__(telling.settings, "alert_webhook_url", "")
    assert (await outbox.drain(alerts.HANDLERS)).done == 1
    assert receiver.got == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"alert_webhook_url": "https://a.example.cn/x"}, "WUWEI_ALERT_WEBHOOK_SECRET is wrong"),
        ({"alert_webhook_url": "https://a.example.cn", "alert_webhook_secret": "short"}, "16 characters"),
        ({"alert_webhook_url": "ftp://a.example.cn", "alert_webhook_secret": SECRET}, "WUWEI_ALERT_WEBHOOK_URL is"),
    ],
)
def test_a_webhook_needs_an_address_and_a_secret(given: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        make_settings("postgresql://a@b/c", "redis://x", **given)
