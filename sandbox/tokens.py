"""Access tokens as WeChat keeps them: two interfaces with families of their own, old and new both valid for a while."""

import secrets
from typing import Literal

import msgspec

from sandbox import clock
from sandbox.errcodes import Refused

LIFE = 7_200 * clock.SECOND
OVERLAP = 5 * clock.MINUTE
_FORCED_A_DAY = 20
_FORCED_APART = 30 * clock.SECOND

Family = Literal["plain", "stable"]
AccountKind = Literal["miniprogram", "service"]


class Token(msgspec.Struct, frozen=True):
    """One token; `expires_at` in milliseconds."""

    value: str
    account: AccountKind
    family: Family
    expires_at: int


def new_value() -> str:
    """About as long and as opaque as WeChat's."""
    return "98_" + secrets.token_urlsafe(100)


class Tokens:
    """Issued tokens. Past their time they are still known (42001), revoked ones are not (40001)."""

    def __init__(self) -> None:
        self.known: dict[str, Token] = {}
        self.current: dict[tuple[str, str], str] = {}
        self._forced: dict[str, list[int]] = {}

    def grant(self, value: str, account: AccountKind, family: Family, expires_at: int) -> None:
        """Make it the family's current token."""
        self._forget_long_expired(expires_at)
        self.known[value] = Token(value, account, family, expires_at)
        self.current[account, family] = value

    def _forget_long_expired(self, newest: int) -> None:
        for value in [v for v, token in self.known.items() if token.expires_at < newest - clock.DAY]:
            del self.known[value]

    def shorten(self, value: str, expires_at: int) -> None:
        """The token ends at this moment, if not before."""
        token = self.known.get(value)
        if token is not None and expires_at < token.expires_at:
            self.known[value] = msgspec.structs.replace(token, expires_at=expires_at)

    def revoke(self, value: str) -> None:
        """The token is as if it had never been."""
        token = self.known.pop(value, None)
        if token is not None and self.current.get((token.account, token.family)) == value:
            del self.current[token.account, token.family]

    def note_forced(self, account: str, at: int) -> None:
        """A forced refresh was made."""
        self._forced.setdefault(account, []).append(at)

    def may_force(self, account: str, now: int) -> bool:
        """Less than 30 s after the last one it isn't refreshed; over 20 a day is refused."""
        forced = [at for at in self._forced.get(account, []) if clock.day(at) == clock.day(now)]
        if len(forced) >= _FORCED_A_DAY:
            raise Refused(45009)
        return not forced or now - forced[-1] >= _FORCED_APART

    def find_current(self, account: str, family: Family) -> Token | None:
        """The family's newest token, expired or not."""
        return self.known.get(self.current.get((account, family), ""))

    def check(self, value: str | None, account: AccountKind, now: int) -> None:
        """Refuse a business call whose token isn't good for this kind of account."""
        if not value:
            raise Refused(41001)
        token = self.known.get(value)
        if token is None:
            raise Refused(40001 if value.startswith("98_") else 40014)
        if token.expires_at <= now:
            raise Refused(42001)
        if token.account != account:
            raise Refused(48001)
