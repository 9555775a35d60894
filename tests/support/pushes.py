"""Pushes as WeChat makes them, written anew from its description, so that a fault of ours can't hide."""

import base64
import hashlib
import json
import secrets
import struct
import time
from dataclasses import dataclass, replace
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from backend.foundation.settings import Settings

_BLOCK = 32


def sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324  WeChat's own signature


def _xml(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_xml(name, one) for one in value)
    if isinstance(value, dict):
        return f"<{name}>{''.join(_xml(*item) for item in value.items())}</{name}>"
    return f"<{name}><![CDATA[{value}]]></{name}>"


@dataclass(frozen=True)
class Pusher:
    """One account's side that pushes."""

    appid: str
    token: str
    key: bytes

    @classmethod
    def of(cls, settings: Settings, prefix: str = "wechat_") -> "Pusher":
        key = getattr(settings, f"{prefix}callback_aes_key").get_secret_value()
        token = getattr(settings, f"{prefix}callback_token").get_secret_value()
        return cls(getattr(settings, f"{prefix}appid"), token, base64.b64decode(key + "="))

    def posing_as(self, appid: str) -> "Pusher":
        """Return one that has our keys and names another account inside."""
        return replace(self, appid=appid)

    def seal(self, text: bytes, *, padding: bytes | None = None) -> str:
        """Encrypt; `padding` takes the place of the right one."""
        plain = secrets.token_bytes(16) + struct.pack(">I", len(text)) + text + self.appid.encode()
        count = _BLOCK - len(plain) % _BLOCK
        plain += bytes([count]) * count if padding is None else padding.rjust(count, b"\0")
        sealer = Cipher(algorithms.AES(self.key), modes.CBC(self.key[:16])).encryptor()
        return base64.b64encode(sealer.update(plain) + sealer.finalize()).decode()

    def sign(self, sealed: str, stamp: int | None = None) -> dict[str, str]:
        """Return the query of a push made now."""
        timestamp, nonce = str(int(time.time()) if stamp is None else stamp), secrets.token_hex(5)
        return {
            "signature": sha1(self.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "openid": "openid-1",
            "encrypt_type": "aes",
            "msg_signature": sha1(self.token, timestamp, nonce, sealed),
        }

    def push(self, event: dict[str, Any] | bytes, form: str = "json", **how: Any) -> tuple[dict[str, str], bytes]:
        """Return query and body of a push in secure mode."""
        if isinstance(event, dict):
            event = (json.dumps(event) if form == "json" else _xml("xml", event)).encode()
        sealed = self.seal(event, padding=how.get("padding"))
        body = {"ToUserName": "gh_0", "Encrypt": sealed}
        text = json.dumps(body) if form == "json" else _xml("xml", body)
        return self.sign(sealed, how.get("stamp")), text.encode()
