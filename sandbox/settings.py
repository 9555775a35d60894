"""The stand-in's own settings, read once from the environment; it shares no code with the backend."""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_MINI_APPID = "wx5a7d0b0c5e1f2a34"
_SERVICE_APPID = "wx6b8e1c1d6f2a3b45"
_HIGHEST_PORT = 65535
_AES_KEY_BYTES = 32
_NAME = re.compile(r"[^.\s\x00]{1,32}")


class SettingsError(ValueError):
    """A setting is wrong; the text is one line an operator can act on."""


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """One WeChat account: who it is, and where and how its events are pushed (no URL: nowhere)."""

    appid: str
    secret: str
    callback_url: str | None
    callback_token: str
    callback_aes_key: str


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """The account with the SMS provider: its one key and its one approved signature."""

    key_id: str
    key_secret: str
    sign_name: str
    report_url: str | None = None
    """Where delivery reports are posted to (None: nowhere)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set from outside; what may change while running is in `switches.py`."""

    host: str
    port: int
    state: Path | None
    miniprogram: AccountSettings
    service: AccountSettings
    sms: SmsSettings
    owners: tuple[str, ...] = ()
    """Names of owners who are there from the first day on and follow the service account: `demo-<name>`."""


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read WUWEI_SANDBOX_* and WUWEI_WECHAT_*; raises SettingsError naming the variable."""
    state = environ.get("WUWEI_SANDBOX_STATE") or None
    return Settings(
        host=environ.get("WUWEI_SANDBOX_HOST") or "127.0.0.1",
        port=_port(environ.get("WUWEI_SANDBOX_PORT") or "8100"),
        state=Path(state) if state else None,
        miniprogram=_account(environ, "WUWEI_WECHAT_", _MINI_APPID),
        service=_account(environ, "WUWEI_WECHAT_SERVICE_", _SERVICE_APPID),
        sms=SmsSettings(
            key_id=environ.get("WUWEI_SMS_KEY_ID") or "sandbox-key",
            key_secret=environ.get("WUWEI_SMS_KEY_SECRET") or "sandbox-secret",
            sign_name=environ.get("WUWEI_SMS_SIGN_NAME") or "无微不至",
            report_url=environ.get("WUWEI_SMS_REPORT_URL") or None,
        ),
        owners=_owners(environ.get("WUWEI_SANDBOX_OWNERS") or ""),
    )


def _owners(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not all(_NAME.fullmatch(name) for name in names):
        raise SettingsError(f"WUWEI_SANDBOX_OWNERS must be names without dots and spaces, not {text!r}")
    return names


def _port(text: str) -> int:
    if text.isascii() and text.isdecimal() and 0 < int(text) <= _HIGHEST_PORT:
        return int(text)
    raise SettingsError(f"WUWEI_SANDBOX_PORT must be a port number from 1 to 65535, not {text!r}")


def _account(environ: Mapping[str, str], prefix: str, default_appid: str) -> AccountSettings:
    account = AccountSettings(
        appid=environ.get(f"{prefix}APPID") or default_appid,
        secret=environ.get(f"{prefix}SECRET") or "sandbox-secret",
        callback_url=environ.get(f"{prefix}CALLBACK_URL") or None,
        callback_token=environ.get(f"{prefix}CALLBACK_TOKEN") or "",
        callback_aes_key=environ.get(f"{prefix}CALLBACK_AES_KEY") or "",
    )
    _check_callback(account, prefix)
    return account


def _check_callback(account: AccountSettings, prefix: str) -> None:
    if account.callback_url is None and not account.callback_aes_key:
        return
    if account.callback_url and not account.callback_url.startswith(("http://", "https://")):
        raise SettingsError(f"{prefix}CALLBACK_URL must start with http:// or https://")
    if not account.callback_token:
        raise SettingsError(f"{prefix}CALLBACK_TOKEN is needed to sign what is pushed to {prefix}CALLBACK_URL")
    if not _is_aes_key(account.callback_aes_key):
        raise SettingsError(f"{prefix}CALLBACK_AES_KEY must be 43 characters of base64, as WeChat's console makes it")


def _is_aes_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text + "=", validate=True)) == _AES_KEY_BYTES
    except (binascii.Error, ValueError):
        return False
