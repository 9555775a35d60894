"""What a mini-program gets encrypted from WeChat and hands on to us: opened strictly, or the session_key is stale."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from backend.foundation import clock
from backend.foundation.errors import Conflict
from backend.gateways.wechat.crypto import Undecipherable, decrypt_cbc, same, strict_base64, unpad

_BLOCK = 16
_FRESH = timedelta(minutes=10)


class SessionKeyStale(Conflict):
    """The data was not sealed with the session_key we hold; most often the client fetched it before wx.login."""

    code = "wechat.session_key_stale"
    title = "微信登录已更新"
    sentence = "微信登录状态已更新，请重新登录后再试一次。"

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


def open_user_data(session_key: str, encrypted_data: str, iv: str, appid: str) -> dict[str, Any]:
    """Return the data that WeChat sealed for this session and appid within the last 10 minutes.

    Raises SessionKeyStale for everything else; the client then calls wx.login first and fetches the data after.
    """
    try:
        data = orjson.loads(_decrypt(session_key, encrypted_data, iv))
        watermark = data["watermark"]
        sealed_for, sealed_at = watermark["appid"], datetime.fromtimestamp(int(watermark["timestamp"]), UTC)
    except Undecipherable as error:
        raise SessionKeyStale(str(error)) from None
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        raise SessionKeyStale("no data with a watermark") from None
    if sealed_for != appid:
        raise SessionKeyStale("sealed for another appid")
    if abs(clock.now() - sealed_at) > _FRESH:
        raise SessionKeyStale("sealed too long ago")
    return data  # type: ignore[no-any-return]


def raw_data_is_signed(raw_data: str, session_key: str, signature: str) -> bool:
    """Say whether the plain copy of the user data was signed with this session_key."""
    ours = hashlib.sha1((raw_data + session_key).encode(errors="surrogatepass"), usedforsecurity=False)
    return same(ours.hexdigest(), signature)


def _decrypt(session_key: str, encrypted_data: str, iv: str) -> bytes:
    key, start = strict_base64(session_key, "session_key"), strict_base64(iv, "iv")
    if len(key) != _BLOCK or len(start) != _BLOCK:
        raise Undecipherable("session_key and iv have 16 bytes each")
    return unpad(decrypt_cbc(key, start, strict_base64(encrypted_data, "encryptedData")), _BLOCK)
