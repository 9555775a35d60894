"""Every vector of the file is used here; a kind this file does not know fails."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.foundation import clock
from backend.gateways.wechat.account import WeChatAccount
from backend.gateways.wechat.callback import Callback, CallbackRejected
from backend.gateways.wechat.client import session_signature
from backend.gateways.wechat.crypto import same, sha1_of_sorted
from backend.gateways.wechat.payload import items_of, read
from backend.gateways.wechat.user_data import SessionKeyStale, open_user_data, raw_data_is_signed
from tests.backend.gateways.wechat.vectors import VECTORS, Vector, keys_of, name, of_kind, seal

PUSHED = of_kind("aes_url_verify", "aes_decrypt")


def test_no_vector_is_left_out() -> None:
    assert {vector["kind"] for vector in VECTORS} == {
        "aes_url_verify", "aes_decrypt", "aes_encrypt", "encrypted_data",
        "sha1_sorted", "rawdata_sha1", "hmac_session", "event_parse",
    }  # fmt: skip


@pytest.mark.parametrize("vector", PUSHED, ids=name)
def test_signature_of_a_sealed_message(vector: Vector) -> None:
    ours = keys_of(vector).msg_signature(vector["timestamp"], vector["nonce"], vector["encrypt"])
    assert same(ours, vector["msg_signature"]) is not vector.get("negative", False)


@pytest.mark.parametrize("vector", [vector for vector in PUSHED if not vector.get("negative")], ids=name)
def test_sealed_message_opens(vector: Vector) -> None:
    plain = keys_of(vector).open(vector["encrypt"]).decode()
    assert plain == vector["observed_plaintext"]
    expected = vector.get("expect", {})
    assert plain == expected.get("equals", plain)
    assert all(part in plain for part in expected.get("contains", []))


@pytest.mark.parametrize("vector", of_kind("aes_decrypt"), ids=name)
def test_callback_opens_what_is_signed_and_nothing_else(vector: Vector) -> None:
    keys = keys_of(vector)
    account = WeChatAccount(vector["receive_id"], "", "", vector["token"], vector["encoding_aes_key"])
    timestamp, nonce = vector["timestamp"], vector["nonce"]
    query = {
        "timestamp": timestamp,
        "nonce": nonce,
        "signature": keys.signature(timestamp, nonce),
        "msg_signature": vector["msg_signature"],
    }
    bodies = (
        f'{{"ToUserName":"gh_1","Encrypt":"{vector["encrypt"]}"}}',
        f"<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[{vector['encrypt']}]]></Encrypt></xml>",
    )
    with clock.use(clock.Frozen(datetime.fromtimestamp(int(timestamp), UTC))):
        for body in bodies:
            if vector.get("negative"):
                with pytest.raises(CallbackRejected):
                    Callback(account).open(query, body.encode())
            else:
                event = Callback(account).open(query, body.encode())
                assert event.raw == read(vector["observed_plaintext"].encode())


@pytest.mark.parametrize("vector", of_kind("aes_encrypt"), ids=name)
def test_sealed_by_another_opens_here_and_the_senders_side_agrees(vector: Vector) -> None:
    keys = keys_of(vector)
    assert keys.open(vector["encrypt"]).decode() == vector["plaintext"]
    assert seal(keys, vector["plaintext"].encode(), vector["random16"].encode()) == vector["encrypt"]
    if "msg_signature" in vector:
        signature = keys.msg_signature(vector["timestamp"], vector["nonce"], vector["encrypt"])
        assert signature == vector["msg_signature"]


@pytest.mark.parametrize("vector", of_kind("encrypted_data"), ids=name)
def test_encrypted_data(vector: Vector) -> None:
    sealed = (vector["session_key"], vector["encrypted_data"], vector["iv"], vector["appid"])
    if vector.get("negative"):
        with pytest.raises(SessionKeyStale):
            open_user_data(*sealed)
        return
    with clock.use(clock.Frozen(_sealed_at(sealed))):
        data = open_user_data(*sealed)
    for path, value in vector["expect"].items():
        found = data
        for step in path.split("."):
            found = found[step]
        assert found == value


def _sealed_at(sealed: tuple[str, str, str, str]) -> datetime:
    """Find the moment of sealing, which not every vector tells, by reading it without the check of its age."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("backend.gateways.wechat.user_data._FRESH", timedelta.max)
        return datetime.fromtimestamp(int(open_user_data(*sealed)["watermark"]["timestamp"]), UTC)


@pytest.mark.parametrize("vector", of_kind("sha1_sorted"), ids=name)
def test_sha1_of_sorted(vector: Vector) -> None:
    assert sha1_of_sorted(*vector["parts"]) == vector["signature"]


@pytest.mark.parametrize("vector", of_kind("rawdata_sha1"), ids=name)
def test_raw_data_signature(vector: Vector) -> None:
    signed = (vector["raw_data"], vector["session_key"])
    assert raw_data_is_signed(*signed, vector["signature"])
    assert not raw_data_is_signed(vector["raw_data"] + " ", vector["session_key"], vector["signature"])


@pytest.mark.parametrize("vector", of_kind("hmac_session"), ids=name)
def test_session_signature(vector: Vector) -> None:
    assert session_signature(vector["session_key"], vector["message"]) == vector["signature"]


@pytest.mark.parametrize("vector", of_kind("event_parse"), ids=name)
def test_every_form_of_an_event_has_the_same_items(vector: Vector) -> None:
    payloads = [read(text.encode()) for text in (vector["xml"], *vector["json"])]
    items = [items_of(payload) for payload in payloads]
    assert len(items[0]) == 1
    assert items[0][0]["TemplateId"]
    assert all(other == items[0] for other in items)
    assert len({payload["Event"] for payload in payloads}) == 1
