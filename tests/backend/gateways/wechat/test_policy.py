import re
from datetime import UTC, datetime, timedelta

import pytest

from backend.foundation.clock import SHANGHAI
from backend.gateways.sms.policy import ANSWERS as SMS_ANSWERS
from backend.gateways.wechat.errors import (
    STALE_TOKEN,
    WeChatBusy,
    WeChatGarbled,
    WeChatNoToken,
    WeChatTimeout,
    WeChatUnavailable,
    refusal,
)
from backend.gateways.wechat.policy import ANSWERS, NO_TOKEN, POLICIES, Action, Policy, Wait, WrongTable, decide, read

NOW = datetime(2026, 11, 22, 15, 59, 30, tzinfo=UTC)
LOGIN = {-1, 40029, 40163, 45011, 40226, 40013, 40125, 41002, 41004, 40164, 40243, 87009}
TOKEN = {40001, 40013, 40125, 40164, 40243, 41002, 41004, 45009, 89503, 40014, 42001, 41001, 48001, -1}
SEND = {40003, 40037, 41030, 43101, 43107, 43108, 45168, 40038, 47003, 47001, 45009, 45011, 85107, 45109}


def test_every_documented_code_has_a_line() -> None:
    assert (LOGIN | TOKEN | SEND | STALE_TOKEN) - POLICIES.keys() == set()


@pytest.mark.parametrize(
    ("errcode", "action"),
    [
        (-1, Action.RETRY),
        (43101, Action.DEGRADE),
        (43107, Action.STOP_TEMPLATE),
        (40037, Action.STOP_TEMPLATE),
        (43108, Action.RETRY),
        (45009, Action.DEFER),
        (45168, Action.DROP),
        (40164, Action.PAGE),
        (99999, Action.DROP),
    ],
)
def test_action_of_a_code(errcode: int, action: Action) -> None:
    assert decide(refusal(errcode, "x")).action is action


def test_unknown_code_is_told_to_the_operators() -> None:
    assert decide(refusal(99999, "x")).alert
    assert not decide(refusal(43101, "x")).alert


def test_unanswered_is_never_sent_again_and_unsent_is() -> None:
    assert decide(WeChatTimeout("t")).action is Action.SETTLE
    assert decide(WeChatGarbled("g")).action is Action.SETTLE
    assert decide(WeChatUnavailable("u")).action is Action.RETRY


def test_what_waits_for_an_operator_is_not_tried_every_moment() -> None:
    waiting = [policy for policy in POLICIES.values() if policy.action in {Action.PAGE, Action.STOP_TEMPLATE}]
    assert waiting
    assert {policy.wait for policy in waiting} == {Wait.HUMAN}
    assert all(policy.alert for policy in waiting)


def test_page_missing_from_the_release_is_left_out_of_the_next_try() -> None:
    policy = decide(refusal(41030, "invalid page"))
    assert policy.without_page
    assert policy.alert


@pytest.mark.parametrize(
    ("wait", "earliest", "spread"),
    [
        (Wait.NONE, NOW, 0),
        (Wait.MOMENT, NOW + timedelta(seconds=1), 1),
        (Wait.OUTAGE, NOW + timedelta(seconds=10), 10),
        (Wait.HUMAN, NOW + timedelta(minutes=15), 60),
        (Wait.MINUTE, datetime(2026, 11, 22, 16, 0, tzinfo=UTC), 5),
        (Wait.DAY, datetime(2026, 11, 23, tzinfo=SHANGHAI), 60),
    ],
)
def test_next_try(wait: Wait, earliest: datetime, spread: int) -> None:
    due = Policy(Action.DEFER, "", "", wait).due(NOW)
    assert earliest <= due <= earliest + timedelta(seconds=spread)


@pytest.mark.parametrize(
    ("errmsg", "text", "rid"),
    [
        ("invalid code rid: 65f-1a-2b", "invalid code", "65f-1a-2b"),
        ("invalid code, rid: 65f-1a-2b", "invalid code", "65f-1a-2b"),
        ("plain", "plain", None),
        (None, "", None),
        ({"a": 1}, "{'a': 1}", None),
        ("x" * 5000, "x" * 300, None),
    ],
)
def test_rid_is_taken_out_of_the_message(errmsg: object, text: str, rid: str | None) -> None:
    error = refusal(40029, errmsg)
    assert (error.errmsg, error.rid) == (text, rid)


def test_minus_one_is_busy() -> None:
    assert isinstance(refusal(-1, "system error"), WeChatBusy)


_TOLD = 'meaning = "m", words = "词", source = "a"'
_FINE = '{ action = "drop", TOLD }'
_SOURCES = '[sources]\na = "somewhere"\n[b]\n'


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('1 = { action = "drop", meaning = "m", words = "词", source = "z" }', "no such source: z"),
        ('1 = { action = "dance", TOLD }', "1: 'dance' is not a valid Action"),
        ('1 = { action = "drop", TOLD, colour = "red" }', "colour"),
        ('1 = { action = "retry", TOLD }', "retry and wait none don't go together"),
        ('1 = { action = "drop", wait = "day", TOLD }', "don't go together"),
        ('1 = { action = "page", wait = "human", rest = "counted", TOLD }', "nobody would hear"),
        ('1 = { action = "page", wait = "human", alert = "x", TOLD }', "concerns every call"),
        (f"1 = {_FINE}\n[c]\n1 = {_FINE}", "1 is told twice"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_followed_is_refused(line: str, told: str) -> None:
    with pytest.raises(WrongTable, match=told):
        read(_SOURCES + line.replace("TOLD", _TOLD))


def test_every_code_has_a_meaning_and_a_source() -> None:
    assert all(policy.meaning and policy.source for policy in POLICIES.values())


def test_every_answer_of_both_tables_has_chinese_words_and_one_meaning_one_wording() -> None:
    every = {*ANSWERS, *SMS_ANSWERS}
    assert [policy.meaning for policy in every if not re.search(r"[\u4e00-\u9fff]", policy.words)] == []
    assert len({(policy.meaning, policy.words) for policy in every}) == len({policy.meaning for policy in every})


def test_without_a_token_the_reason_is_the_refusal_that_shut_it() -> None:
    assert decide(WeChatNoToken("paused", refusal(40164, "x"))) is POLICIES[40164]
    assert decide(WeChatNoToken("paused", WeChatTimeout("t"))) is NO_TOKEN
    assert decide(WeChatNoToken("the same again")) is NO_TOKEN
    assert decide(WeChatNoToken("paused", refusal(47001, "x"))) is NO_TOKEN
