import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from backend.foundation.clock import Frozen
from backend.gateways.wechat.user_data import SessionKeyStale, open_user_data, raw_data_is_signed
from tests.backend.gateways.wechat.vectors import pad

KEY = b"k" * 16
IV = b"i" * 16
APPID = "wx4f4bc4dec97d474b"
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sealed(padded: bytes) -> str:
    encryptor = Cipher(algorithms.AES(KEY), modes.CBC(IV)).encryptor()
    return b64(encryptor.update(padded) + encryptor.finalize())


def data(**changed: Any) -> str:
    watermark = {"appid": APPID, "timestamp": int(NOW.timestamp()), **changed}
    return sealed(pad(orjson.dumps({"phoneNumber": "13580006666", "watermark": watermark}), 16))


def opened(encrypted: str, key: bytes = KEY, iv: bytes = IV) -> dict[str, Any]:
    return open_user_data(b64(key), encrypted, b64(iv), APPID)


@pytest.mark.usefixtures("clock")
def test_fresh_data_of_our_appid_opens() -> None:
    assert opened(data())["phoneNumber"] == "13580006666"
    assert opened(data(timestamp=str(int(NOW.timestamp()))))


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    "encrypted",
    [
        data(appid="wx-another"),
        data(timestamp="soon"),
        data(timestamp=2**63),
        data(timestamp=None),
        sealed(pad(b"[]", 16)),
        sealed(pad(b"{}", 16)),
        sealed(pad(b'{"watermark":5}', 16)),
        sealed(pad(b"\xff\xff", 16)),
        sealed(b"{}" + b"\0" * 14),
        sealed(b"\x11" * 32),
        sealed(b"x" * 14 + b"\1\2"),
        data().replace("+", " ") + " ",
        data()[:-4],
        "",
    ],
)
def test_anything_else_means_a_stale_session_key(encrypted: str) -> None:
    with pytest.raises(SessionKeyStale) as stale:
        opened(encrypted)
    assert "13580006666" not in str(stale.value) + stale.value.reason


def test_another_key_or_iv_is_stale(clock: Frozen) -> None:
    for key, iv in ((b"K" * 16, IV), (b"k" * 32, IV), (b"", IV), (KEY, b"i" * 8), (KEY, b"")):
        with pytest.raises(SessionKeyStale):
            opened(data(), key, iv)
    clock.advance(timedelta(minutes=10, seconds=1))
    with pytest.raises(SessionKeyStale):
        opened(data())


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_any_text_is_stale(key: str, encrypted: str, iv: str) -> None:
    with pytest.raises(SessionKeyStale):
        open_user_data(key, encrypted, iv, APPID)
    assert not raw_data_is_signed(key, iv, encrypted)
