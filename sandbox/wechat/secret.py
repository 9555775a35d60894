"""The check of appid and secret that sign-in and both token interfaces share."""

import hmac

from sandbox.call import Call
from sandbox.errcodes import Refused
from sandbox.tokens import AccountKind

_KINDS: tuple[AccountKind, ...] = ("miniprogram", "service")


def check_secret(
    call: Call, appid: str | None, secret: str | None, *, only: AccountKind | None = None, wrong: int = 40125
) -> AccountKind:
    """Which account this is; 41002/41004 missing, 40013 unknown appid, `wrong` for a wrong secret."""
    if not appid:
        raise Refused(41002)
    if not secret:
        raise Refused(41004)
    for kind in _KINDS:
        account = call.world.account(kind)
        if account.appid == appid and only in {None, kind}:
            if not hmac.compare_digest(account.secret.encode(), secret.encode(errors="replace")):
                raise Refused(wrong)
            return kind
    raise Refused(40013)
