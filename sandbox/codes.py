"""Login codes (wx.login) and phone codes (getPhoneNumber): five minutes, one use."""

import re
import secrets
from typing import Literal

import msgspec

from sandbox import clock
from sandbox.errcodes import Refused

LIFE = 5 * clock.MINUTE
_DEMO_PHONE = re.compile(r"phone-([0-9]{11})")

Kind = Literal["login", "phone"]


class Code(msgspec.Struct):
    """A code that a phone got for its owner."""

    kind: Kind
    openid: str
    expires_at: int
    is_used: bool = False


def new_value() -> str:
    """About as long as WeChat's."""
    return "0" + secrets.token_urlsafe(23)


def demo_phone(code: str) -> str | None:
    """`phone-<11 digits>` is a phone code for that number, bound to nobody and good any number of times."""
    found = _DEMO_PHONE.fullmatch(code)
    return found[1] if found else None


class Codes:
    """Issued codes by value."""

    def __init__(self) -> None:
        self._known: dict[str, Code] = {}

    def issue(self, value: str, kind: Kind, openid: str, expires_at: int) -> None:
        """Note a code given to a phone."""
        self._known[value] = Code(kind, openid, expires_at)

    def use(self, value: str) -> None:
        """The code is spent."""
        self._known[value].is_used = True

    def check_login(self, value: str, now: int) -> str:
        """The openid behind a login code; 40163 when used, 40029 when unknown or older than five minutes."""
        code = self._find(value, "login", now)
        if code.is_used:
            raise Refused(40163)
        return code.openid

    def check_phone(self, value: str, openid: str | None, now: int) -> str:
        """The openid behind a phone code; 40029 for all that is wrong, also when it is another openid's."""
        code = self._find(value, "phone", now)
        if code.is_used or (openid is not None and openid != code.openid):
            raise Refused(40029)
        return code.openid

    def _find(self, value: str, kind: Kind, now: int) -> Code:
        code = self._known.get(value)
        if code is None or code.kind != kind or code.expires_at <= now:
            raise Refused(40029)
        return code
