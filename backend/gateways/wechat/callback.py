"""The pushes of WeChat, in secure mode only: verified, opened, and told in one shape whatever form they came in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from backend.foundation import clock
from backend.foundation.errors import WuweiError
from backend.gateways.wechat.account import WeChatAccount
from backend.gateways.wechat.crypto import PushKeys, Undecipherable, same
from backend.gateways.wechat.payload import Json, Unreadable, dedupe_hash, items_of, read, text_of, who

LARGEST_BODY = 64 * 1024
SKEW = timedelta(seconds=600)
_DIGITS = 12


class CallbackRejected(WuweiError):
    """Not from WeChat, not for us, or not readable; `reason` is for our logs, the caller learns nothing."""

    code: ClassVar[str] = "wechat.push_rejected"
    title: ClassVar[str] = "推送未通过校验"
    sentence: ClassVar[str] = "推送未通过校验。"

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Event:
    """One push.

    `kind` is the Event, or the MsgType of what is no event. `openid` is the person it is about, None when WeChat does
    not say. `items` are the entries of a List, their values as text. `raw` is the whole push with clean keys.
    `dedupe_hash` (64 hex digits) is the same for WeChat's repetitions of one push and differs for different ones.
    """

    kind: str
    openid: str | None
    created_at: datetime
    items: tuple[Mapping[str, str], ...]
    raw: Json
    dedupe_hash: str


class Callback:
    """The receiving end of one account's pushes."""

    def __init__(self, account: WeChatAccount) -> None:
        self._keys = PushKeys.of(account.appid, account.callback_token, account.callback_aes_key)

    def handshake(self, query: Mapping[str, str]) -> str:
        """Answer the console's check of the URL: the text to send back verbatim, as text/plain."""
        self._verify_url(query)
        return _param(query, "echostr")

    def open(self, query: Mapping[str, str], body: bytes) -> Event:
        """Return the event of a push; raises CallbackRejected and nothing else, whatever came.

        Both signatures must be right, the time within 10 minutes of ours, the body at most 64 KB and encrypted: a
        plaintext body is refused even when it is signed.
        """
        if len(body) > LARGEST_BODY:
            raise CallbackRejected("body over 64 KB")
        signed_at = self._verify_url(query)
        try:
            message = self._keys.open(self._sealed(query, body))
            payload = read(message)
        except (Undecipherable, Unreadable) as error:
            raise CallbackRejected(str(error)) from None
        return _event(payload, signed_at)

    def _verify_url(self, query: Mapping[str, str]) -> datetime:
        timestamp, nonce = _param(query, "timestamp"), _param(query, "nonce")
        if not same(self._keys.signature(timestamp, nonce), _param(query, "signature")):
            raise CallbackRejected("wrong signature")
        signed_at = _moment(timestamp)
        if signed_at is None or abs(clock.now() - signed_at) > SKEW:
            raise CallbackRejected("timestamp too far from our time")
        return signed_at

    def _sealed(self, query: Mapping[str, str], body: bytes) -> str:
        """Return the encrypted part; in compat mode the plain part beside it is not looked at."""
        sealed = read(body).get("Encrypt")
        if not isinstance(sealed, str) or not sealed:
            raise CallbackRejected("not encrypted")
        ours = self._keys.msg_signature(_param(query, "timestamp"), _param(query, "nonce"), sealed)
        if not same(ours, _param(query, "msg_signature")):
            raise CallbackRejected("wrong msg_signature")
        return sealed


def _param(query: Mapping[str, str], name: str) -> str:
    value = query.get(name)
    if not isinstance(value, str) or not value:
        raise CallbackRejected(f"no {name}")
    return value


def _moment(seconds: str) -> datetime | None:
    """Read seconds since 1970, as WeChat writes them: text or number."""
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= _DIGITS):
        return None
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _event(payload: Json, signed_at: datetime) -> Event:
    kind = text_of(payload, "Event") or text_of(payload, "MsgType") or "unknown"
    return Event(
        kind=kind,
        openid=who(payload, kind),
        created_at=_moment(text_of(payload, "CreateTime")) or signed_at,
        items=items_of(payload),
        raw=payload,
        dedupe_hash=dedupe_hash(payload, kind),
    )
