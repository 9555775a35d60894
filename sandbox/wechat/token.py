"""access_token by both interfaces, whose tokens know nothing of each other."""

import msgspec
import orjson

from sandbox import clock, tokens
from sandbox.call import Call
from sandbox.errcodes import Refused
from sandbox.tokens import AccountKind, Family, Token
from sandbox.wechat.secret import check_secret

_GRANT = "client_credential"


def plain(call: Call) -> bytes:
    """GET /cgi-bin/token: each call makes a new token, the one before lives five minutes more."""
    if call.query("grant_type") != _GRANT:
        raise Refused(40002)
    account = check_secret(call, call.query("appid"), call.query("secret"), wrong=40001)
    before = call.world.tokens.find_current(account, "plain")
    if before is not None:
        call.world.commit("token_shortened", before.value, call.now + tokens.OVERLAP)
    return _shown(_grant(call, account, "plain"), call.now)


class _StableRequest(msgspec.Struct):
    grant_type: str = ""
    appid: str = ""
    secret: str = ""
    force_refresh: bool = False


def stable(call: Call) -> bytes:
    """POST /cgi-bin/stable_token: the same token until five minutes before its end.

    From then on there is a new one while the old one lives to its end, so `expires_in` is never under 300. A forced
    refresh ends the old one at once.
    """
    request = call.read(_StableRequest)
    if request.grant_type != _GRANT:
        raise Refused(40002)
    account = check_secret(call, request.appid, request.secret)
    current = call.world.tokens.find_current(account, "stable")
    if request.force_refresh and call.world.tokens.may_force(account, call.now):
        if current is not None:
            call.world.commit("token_revoked", current.value)
        call.world.commit("token_forced", account, call.now)
        current = None
    if current is None or current.expires_at - call.now <= tokens.OVERLAP:
        current = _grant(call, account, "stable")
    return _shown(current, call.now)


def _grant(call: Call, account: AccountKind, family: Family) -> Token:
    value = tokens.new_value()
    call.world.commit("token", value, account, family, call.now + tokens.LIFE)
    return call.world.tokens.known[value]


def _shown(token: Token, now: int) -> bytes:
    return orjson.dumps({"access_token": token.value, "expires_in": (token.expires_at - now) // clock.SECOND})
