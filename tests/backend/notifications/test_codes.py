"""Each error code of WeChat, answered by the stand-in: what becomes of delivery, credit, template, address, channel,
and which alert is open."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest
from redis.asyncio import Redis

from backend import alerts
from backend.access import SYSTEM
from backend.foundation import clock as time
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.gateways.wechat.errors import WeChatRefused
from backend.gateways.wechat.policy import POLICIES, Action
from backend.notifications import credits as ledger
from backend.notifications.breakers import IN_A_ROW
from backend.notifications.delivering import deliver
from backend.runtime import Runtime
from tests.backend.notifications.people import BROADCAST, SEND, TITLES, Phones, balance, deliveries, message, say

TOKEN: Final = "/cgi-bin/stable_token"
SOON, MINUTE, HUMAN, DAY = timedelta(seconds=20), timedelta(seconds=65), timedelta(minutes=16), timedelta(hours=15)
TITLE: Final = TITLES["policy_pushed"]


@dataclass(frozen=True)
class Expected:
    """What a code leads to; `credit` is what is left of two, `within` how soon the next try is."""

    state: str
    credit: int = 2
    within: timedelta = timedelta(0)
    alert: tuple[str, str] | None = None
    template: str = "live"
    address: str = "live"
    channel: str = "closed"


def _access() -> Expected:
    return Expected("deferred", within=HUMAN, alert=("channel_access", "subscribe"), channel="counted")


def _token(within: timedelta) -> Expected:
    return Expected("deferred", within=within, alert=("wechat_token", "subscribe"), channel="counted")


def _refused(code: int) -> Expected:
    return Expected("failed", alert=("message_refused", str(code)))


# Answered to the send call itself.
CODES: Final = {
    -1: Expected("deferred", within=SOON),
    40001: _token(SOON),
    40014: _token(SOON),
    42001: _token(SOON),
    41001: _token(HUMAN),
    **{code: _access() for code in (40002, 40013, 40125, 40164, 40243, 41002, 41004, 48001, 89503)},
    45009: Expected("deferred", within=DAY, alert=("channel_quota", "subscribe"), channel="open"),
    45011: Expected("deferred", within=MINUTE, channel="open"),
    40003: Expected("refused", 1, alert=("openid_broken", "subscribe"), address="broken"),
    40037: Expected("deferred", within=HUMAN, alert=("template_stopped", TITLE), template="stopped"),
    43107: Expected("deferred", within=HUMAN, alert=("template_stopped", TITLE), template="stopped"),
    40038: Expected("deferred", within=DAY),
    43004: Expected("refused", 1),
    43101: Expected("refused", 0),
    43108: Expected("deferred", within=SOON),
    45168: Expected("failed", alert=("sensitive_words", TITLE)),
    **{code: _refused(code) for code in (47001, 47003, 45103, 45109, 85107, 43104, 40129, 99999)},
    **dict.fromkeys((48006, 76003, 76004, 76021, 76022, 61010, 40029, 40163, 87009), Expected("failed")),
    40226: Expected("failed", alert=("login_blocked", "subscribe")),
}
STALE: Final = {40001, 40014, 42001}

# Answered to the call for a token: nothing has left for WeChat, so nothing is lost, and the operators know why.
OF_TOKEN: Final = {
    **dict.fromkeys((40013, 40125, 40164, 40243, 41002, 41004, 89503, 40002), ("channel_access", "subscribe")),
    40001: ("wechat_token", "subscribe"),
    45009: ("channel_quota", "subscribe"),
}


def test_every_code_of_the_table_is_tried() -> None:
    assert (set(CODES) - {99999}) | {41030} == set(POLICIES), "41030 has a test of its own"


def test_every_alert_of_the_table_exists() -> None:
    assert {policy.alert for policy in POLICIES.values()} - {None} <= set(alerts.KINDS)


async def _open() -> list[tuple[str, str]]:
    found, _ = await alerts.listed(SYSTEM)
    return [(one.kind, one.key) for one in found]


async def _breaker() -> str:
    row = await db.fetch_one("SELECT state, troubles FROM channel_breakers WHERE channel = 'subscribe'")
    if row is None:
        return "closed"
    return "counted" if row["state"] == "closed" and row["troubles"] else str(row["state"])


@pytest.mark.parametrize("errcode", CODES)
async def test_a_code_ends_where_the_table_says(phones: Phones, errcode: int) -> None:
    phone, expected = await phones.make(taps=2), CODES[errcode]
    phones.sandbox.fault(path=SEND, errcode=errcode)
    await say(message(phone.person))
    await deliver()
    [row] = await deliveries()
    # The client itself asks for another token, and gets the same again: then nothing has left this machine.
    assert (row["state"], row["errcode"]) == (expected.state, None if errcode in STALE else errcode)
    assert row["reason"]
    assert await balance(phone) == expected.credit
    if expected.state == "deferred":
        assert timedelta(0) <= row["due_at"] - time.now() <= expected.within
    else:
        assert row["settled_at"] == time.now()
    assert phones.received() == []
    assert await db.fetch_value("SELECT state FROM addresses") == expected.address
    assert await db.fetch_value("SELECT state FROM message_templates WHERE title = $1", TITLE) == expected.template
    assert await _open() == ([expected.alert] if expected.alert else [])
    assert await _breaker() == expected.channel
    assert await _is_at_rest()


async def _is_at_rest() -> bool:
    """Nothing is claimed, the ledger proves every balance, and what went nowhere does not count against the day."""
    held = "SELECT count(*) FROM addresses WHERE claim IS NOT NULL OR broadcasts_today > 0"
    claims = "SELECT count(*) FROM delivery_claims"
    return not await db.fetch_value(held) and not await db.fetch_value(claims) and not await ledger.drift()


@pytest.mark.parametrize("errcode", OF_TOKEN)
async def test_a_refused_token_call_loses_nothing_and_is_told(
    phones: Phones, connected: Runtime, redis: Redis, errcode: int
) -> None:
    phone = await phones.make(taps=2)
    await redis.flushdb()
    connected.wechat.tokens._held = None  # type: ignore[attr-defined]
    phones.sandbox.fault(path=TOKEN, errcode=errcode)
    await say(message(phone.person))
    await deliver()
    [row] = await deliveries()
    assert row["state"] == "deferred"
    assert await balance(phone) == 2
    assert await _open() == [OF_TOKEN[errcode]]
    assert phones.sandbox.calls(SEND) == 0


async def test_while_the_token_is_refused_the_reason_stays_known(phones: Phones, connected: Runtime) -> None:
    tokens = connected.wechat.tokens  # type: ignore[attr-defined]
    tokens.trip(WeChatRefused(40164, "not in whitelist"))
    phone = await phones.make(taps=1)
    await say(message(phone.person))
    await deliver()
    assert await _open() == [("channel_access", "subscribe")]


async def test_a_page_that_is_missing_is_left_out_of_the_next_try(phones: Phones) -> None:
    phone = await phones.make(taps=1)
    phones.sandbox.fault(path=SEND, errcode=41030, times=1)
    await say(message(phone.person, page="pages/new"))
    await deliver()
    assert [(row["state"], row["page"]) for row in await deliveries()] == [("sent", None)]
    assert await _open() == [("page_missing", "subscribe")]


async def test_a_thousand_of_one_kind_are_one_alert_that_counts(phones: Phones) -> None:
    crowd = await phones.crowd(60)
    phones.sandbox.fault(path=SEND, errcode=47003, errmsg="argument invalid! data.thing1.value invalid rid: 65f-1a-2b")
    await say(*(message(phone.person) for phone in crowd))
    await deliver()
    [found], _ = await alerts.listed(SYSTEM)
    assert (found.kind, found.key, found.times) == ("message_refused", "47003", 60)
    assert {name: found.detail[name] for name in ("code", "field", "rid", "kind", "channel", "template")} == {
        "code": "47003",
        "field": "thing1",
        "rid": "65f-1a-2b",
        "kind": BROADCAST,
        "channel": "subscribe",
        "template": TITLE,
    }
    assert not {phone.openid for phone in crowd} & set(map(str, found.detail.values()))


async def test_what_is_over_is_over_with_the_next_answer(phones: Phones, clock: Frozen) -> None:
    phone = await phones.make(taps=3)
    phones.sandbox.fault(path=SEND, errcode=40164, times=1)
    await say(message(phone.person))
    await deliver()
    assert await _open() == [("channel_access", "subscribe")]
    clock.advance(HUMAN)
    await deliver()
    assert await _open() == []
    assert await _breaker() == "closed"


def test_what_only_an_operator_mends_rests_the_channel_after_several() -> None:
    assert IN_A_ROW > 1
    assert all(one.concerns_all for one in POLICIES.values() if one.action is Action.PAGE)
