import base64
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.foundation import clock
from backend.gateways.wechat.account import WeChatAccount
from backend.gateways.wechat.callback import LARGEST_BODY, Callback, CallbackRejected, Event
from backend.gateways.wechat.crypto import PushKeys, Undecipherable
from tests.backend.gateways.wechat.vectors import encrypt, pad, seal

ACCOUNT = WeChatAccount(
    appid="wxb11529c136998cb6",
    base_url="",
    secret="",
    callback_token="pamtest",
    callback_aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
)
KEYS = PushKeys.of(ACCOUNT.appid, ACCOUNT.callback_token, ACCOUNT.callback_aes_key)
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CALLBACK = Callback(ACCOUNT)
STAMP = str(int(NOW.timestamp()))


@pytest.fixture(autouse=True, scope="module")
def _at_now() -> Iterator[None]:
    with clock.use(clock.Frozen(NOW)):
        yield


def signed(sealed: str, timestamp: str = STAMP, **changed: str) -> dict[str, str]:
    return {
        "timestamp": timestamp,
        "nonce": "n1",
        "signature": KEYS.signature(timestamp, "n1"),
        "msg_signature": KEYS.msg_signature(timestamp, "n1", sealed),
        "encrypt_type": "aes",
        **changed,
    }


def push(message: bytes) -> Event:
    sealed = seal(KEYS, message)
    return CALLBACK.open(signed(sealed), orjson.dumps({"ToUserName": "gh_1", "Encrypt": sealed}))


def push_json(payload: Any) -> Event:
    return push(orjson.dumps(payload))


ENVELOPE = {"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": 1795400000, "MsgType": "event"}
SENT = {**ENVELOPE, "Event": "subscribe_msg_sent_event"}


def rejected(query: dict[str, str], body: bytes) -> str:
    with pytest.raises(CallbackRejected) as rejection:
        CALLBACK.open(query, body)
    return rejection.value.reason


def test_event_is_told_in_one_shape() -> None:
    item = {"TemplateId": "t1", "MsgID": 1864323726461255680, "ErrorCode": "0", "ErrorStatus": "success"}
    event = push_json({**SENT, "List": item})
    assert (event.kind, event.openid) == ("subscribe_msg_sent_event", "o1")
    assert event.created_at == datetime.fromtimestamp(1795400000, UTC)
    assert event.items == ({**item, "MsgID": "1864323726461255680"},)
    assert event.raw["ToUserName"] == "gh_1"
    assert len(event.dedupe_hash) == 64


def test_several_items_in_every_form() -> None:
    one, two = {"TemplateId": "a", "PopupScene": "0"}, {"TemplateId": "b", "PopupScene": "0"}
    xml = (
        b"<xml><FromUserName>o1</FromUserName><CreateTime>1795400000</CreateTime><MsgType>event</MsgType>"
        b"<Event>subscribe_msg_popup_event</Event><SubscribeMsgPopupEvent>"
        b"<List><TemplateId><![CDATA[a]]></TemplateId><PopupScene>0</PopupScene></List>"
        b"<List><TemplateId><![CDATA[b]]></TemplateId><PopupScene>0</PopupScene></List>"
        b"</SubscribeMsgPopupEvent></xml>"
    )
    head = {**ENVELOPE, "Event": "subscribe_msg_popup_event"}
    forms = [
        push(xml),
        push_json({**head, "List": [one, {"TemplateId": "b", "PopupScene": 0}]}),
        push_json({**head, "SubscribeMsgPopupEvent": {"List": [one, two]}}),
        push_json({**head, "CreateTime": "1795400000", " List": [{" TemplateId": "a", "PopupScene ": 0}, two]}),
    ]
    assert [event.items for event in forms] == [(one, two)] * 4
    assert {event.created_at for event in forms} == {datetime.fromtimestamp(1795400000, UTC)}


def test_person_of_a_privacy_event_is_named_apart_or_not_at_all() -> None:
    head = {**ENVELOPE, "FromUserName": "the-platform", "Event": "user_authorization_revoke"}
    assert push_json({**head, " OpenID": "o7", "RevokeInfo": "8"}).openid == "o7"
    assert push_json({**head, "RevokeInfo": "8"}).openid is None
    assert push_json({**head, " OpenID": "o7", "RevokeInfo": "8"}).items == ()


def test_odd_but_authentic_pushes_are_kept() -> None:
    assert push_json({}).kind == "unknown"
    assert push_json({}).openid is None
    assert push_json({"MsgType": "text", "MsgId": 5, "Content": "hello"}).kind == "text"
    for odd in (None, "soon", -5, 10**40, 1e300, "9" * 5000, [], True, "٣"):
        assert push_json({**SENT, "CreateTime": odd} if odd != 10**40 else SENT).created_at
    assert push_json({**SENT, "CreateTime": "soon"}).created_at == NOW
    for odd in (None, "text", 5, [], [1, None, "x"], {}, {"List": 5}):
        assert isinstance(push_json({**SENT, "List": odd}).items, tuple)


def test_nul_characters_are_dropped() -> None:
    event = push_json({**SENT, "Te\0xt": "a\0b"})
    assert event.raw["Text"] == "ab"


def test_repetitions_share_a_hash_and_others_do_not() -> None:
    verdict = {**ENVELOPE, "Event": "wxa_media_check", "trace_id": "t1"}
    same = push_json(dict(reversed(verdict.items())))
    assert push_json(verdict).dedupe_hash == same.dedupe_hash
    assert push_json({**verdict, "trace_id": "t2"}).dedupe_hash != same.dedupe_hash
    message = {"FromUserName": "o1", "MsgId": 7, "MsgType": "text", "CreateTime": 1}
    again = push_json({**message, "MsgId": "7", "CreateTime": 2})
    assert push_json(message).dedupe_hash == again.dedupe_hash
    assert push_json({**message, "FromUserName": "o2"}).dedupe_hash != again.dedupe_hash
    assert push_json({**message, "MsgId": 8}).dedupe_hash != again.dedupe_hash


def test_handshake_echoes_only_what_is_signed() -> None:
    query = {"timestamp": STAMP, "nonce": "n1", "signature": KEYS.signature(STAMP, "n1"), "echostr": "4375"}
    assert CALLBACK.handshake(query) == "4375"
    for wrong in ({"signature": "0" * 40}, {"signature": "é"}, {"nonce": "n2"}, {"echostr": ""}):
        with pytest.raises(CallbackRejected):
            CALLBACK.handshake({**query, **wrong})


SEALED = seal(KEYS, orjson.dumps(SENT))
BODY = orjson.dumps({"Encrypt": SEALED})


def test_right_push_passes_so_that_the_wrong_ones_mean_something() -> None:
    assert CALLBACK.open(signed(SEALED), BODY).kind == "subscribe_msg_sent_event"


@pytest.mark.parametrize("missing", ["timestamp", "nonce", "signature", "msg_signature"])
def test_every_parameter_is_needed(missing: str) -> None:
    query = signed(SEALED)
    del query[missing]
    assert rejected(query, BODY) == f"no {missing}"


def test_both_signatures_are_checked() -> None:
    assert rejected(signed(SEALED, signature="0" * 40), BODY) == "wrong signature"
    assert rejected(signed(SEALED, msg_signature="0" * 40), BODY) == "wrong msg_signature"
    assert rejected(signed(SEALED, msg_signature=KEYS.signature(STAMP, "n1")), BODY) == "wrong msg_signature"
    assert rejected(signed(SEALED, nonce="n2"), BODY) == "wrong signature"
    assert rejected(signed(SEALED, msg_signature="签名"), BODY) == "wrong msg_signature"
    assert rejected(signed(SEALED, signature="\ud800"), BODY) == "wrong signature"


@pytest.mark.parametrize(("seconds", "passes"), [(-601, False), (-600, True), (600, True), (601, False)])
def test_time_may_differ_by_ten_minutes(seconds: int, passes: bool) -> None:
    stamp = str(int((NOW + timedelta(seconds=seconds)).timestamp()))
    if passes:
        assert CALLBACK.open(signed(SEALED, stamp), BODY)
    else:
        assert rejected(signed(SEALED, stamp), BODY) == "timestamp too far from our time"


@pytest.mark.parametrize("stamp", ["now", "-1", "1e9", "９", "9" * 400, "\0"])
def test_timestamp_that_is_none_is_refused_even_signed(stamp: str) -> None:
    assert rejected(signed(SEALED, stamp), BODY) == "timestamp too far from our time"


def test_plaintext_is_refused_even_signed() -> None:
    for body in (orjson.dumps(SENT), b"<xml><Event>x</Event></xml>", b'{"Encrypt":""}', b'{"Encrypt":{"a":1}}'):
        assert rejected(signed(""), body) == "not encrypted"


def test_plain_part_of_compat_mode_is_not_looked_at() -> None:
    body = orjson.dumps({**SENT, "FromUserName": "forged", "Encrypt": SEALED})
    assert CALLBACK.open(signed(SEALED), body).openid == "o1"


def test_body_has_a_limit() -> None:
    assert rejected(signed(SEALED), BODY + b" " * LARGEST_BODY) == "body over 64 KB"
    assert CALLBACK.open(signed(SEALED), BODY + b" " * (LARGEST_BODY - len(BODY)))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"<xml>",
        b"<xml>text</xml>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><Encrypt>&a;</Encrypt></xml>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml><Encrypt>a</Encrypt></xml>',
        b'<?xml version="1.0" encoding="nonsense"?><xml><Encrypt>a</Encrypt></xml>',
        b"<a>" * 20_000,
        b"<a>" * 9_000 + b"</a>" * 9_000,
        b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
        b'{"a":' * 500 + b"1" + b"}" * 500,
        b"{" + b'"a":[' * 20 + b"1" + b"]" * 20 + b"}",
    ],
)
def test_unreadable_outside_and_inside(body: bytes) -> None:
    assert rejected(signed(""), body)
    sealed = seal(KEYS, body)
    assert rejected(signed(sealed), orjson.dumps({"Encrypt": sealed}))


def _frame(message: bytes, appid: bytes = KEYS.appid, length: int | None = None) -> bytes:
    size = len(message) if length is None else length
    return b"0123456789abcdef" + size.to_bytes(4, "big") + message + appid


@pytest.mark.parametrize(
    ("padded", "reason"),
    [
        (pad(_frame(b"{}", b"wx-another-appid")), "sealed for another appid"),
        (pad(_frame(b"{}", KEYS.appid + b" ")), "sealed for another appid"),
        (pad(_frame(b"{}", length=2**32 - 1)), "wrong length"),
        (pad(_frame(b"{}", length=3)), "sealed for another appid"),
        (pad(b"0123456789abcdef"), "wrong length"),
        (pad(b"short"), "wrong length"),
        (_frame(b"{}" + b" " * 12)[:-1] + b"\0", "wrong padding"),
        (pad(_frame(b"{}"))[:-2] + b"\1\2", "wrong padding"),
        (pad(_frame(b"{}"))[:-1] + b"\x21", "wrong padding"),
        (b"\x20" * 16, "wrong padding"),
    ],
)
def test_frame_must_be_whole(padded: bytes, reason: str) -> None:
    padded += b"\0" * (-len(padded) % 16)
    sealed = encrypt(KEYS.key, padded)
    assert rejected(signed(sealed), orjson.dumps({"Encrypt": sealed})) == reason


@pytest.mark.parametrize("sealed", ["not base64!", "QUJD", "QUJDRA==\n", "签", SEALED[:-4], SEALED + "AAAA"])
def test_sealed_must_be_whole_blocks_of_base64(sealed: str) -> None:
    assert rejected(signed(sealed), orjson.dumps({"Encrypt": sealed}))


@pytest.mark.parametrize("key", ["", "abc", "!" * 43, "A" * 42, "A" * 44, "é" * 43])
def test_wrong_key_is_told_at_the_start(key: str) -> None:
    with pytest.raises(Undecipherable):
        PushKeys.of("wx", "token", key)


@given(st.binary(max_size=400))
def test_any_body_is_opened_or_rejected(body: bytes) -> None:
    with pytest.raises(CallbackRejected):
        CALLBACK.open(signed(""), body)


@given(st.binary(max_size=400))
def test_any_sealed_bytes_are_opened_or_rejected(noise: bytes) -> None:
    sealed = base64.b64encode(noise).decode()
    with pytest.raises(CallbackRejected):
        CALLBACK.open(signed(sealed), orjson.dumps({"Encrypt": sealed}))


@given(st.binary(max_size=400))
def test_any_decrypted_bytes_are_opened_or_rejected(noise: bytes) -> None:
    sealed = encrypt(KEYS.key, noise + b"\0" * (-len(noise) % 16))
    with suppress(CallbackRejected):
        assert CALLBACK.open(signed(sealed), orjson.dumps({"Encrypt": sealed})).kind


SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(
    st.characters(exclude_categories=["Cs"])
)  # fmt: skip
NAMES = st.sampled_from(["Event", " Event", "List", "OpenID", "CreateTime", "MsgId", "FromUserName"]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=5
)
PAYLOADS = st.dictionaries(
    NAMES, st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=5)
)


@given(PAYLOADS)
def test_any_authentic_json_object_becomes_an_event(payload: dict[str, Any]) -> None:
    event = push_json(payload)
    assert event.dedupe_hash == push_json(payload).dedupe_hash
    assert event.created_at.tzinfo is not None
    assert "\0" not in orjson.dumps(event.raw).decode()


@given(st.dictionaries(st.sampled_from([*signed(""), "echostr"]), st.text(max_size=50)), st.binary(max_size=50))
def test_any_query_is_rejected(query: dict[str, str], body: bytes) -> None:
    with pytest.raises(CallbackRejected):
        CALLBACK.open(query, body)
    with pytest.raises(CallbackRejected):
        CALLBACK.handshake(query)
