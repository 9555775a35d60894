"""Events to the callback URL: what became of them, one of one's own, the console's check."""

from typing import Annotated, Any

import msgspec

from sandbox.control.request import Control, Mistake
from sandbox.tokens import AccountKind


class _Push(msgspec.Struct, forbid_unknown_fields=True):
    openid: str
    event: Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z_]+$")]
    body: dict[str, Any] = {}
    account: AccountKind = "miniprogram"
    repeat: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 1


class _Verify(msgspec.Struct, forbid_unknown_fields=True):
    account: AccountKind = "miniprogram"


async def pushes(control: Control) -> dict[str, Any]:
    """GET /control/pushes: how many wait, how many ended how, and the last ones."""
    pushes = control.world.pushes
    recent = [outcome.shown() for outcome in reversed(pushes.recent)]
    return {"pending": len(pushes.pending), **pushes.counts, "recent": recent}


async def push(control: Control) -> dict[str, Any]:
    """POST /control/pushes {openid, event, body, account?, repeat?}: any event, also several times the same."""
    asked, world = control.read(_Push), control.world
    at_once = [world.push(asked.account, asked.openid, asked.event, asked.body) for _ in range(asked.repeat)]
    return {"push_ids": [str(number) for number in at_once]}


async def verify(control: Control) -> dict[str, bool]:
    """POST /control/callback/verify: the signed GET of WeChat's console."""
    account = control.read(_Verify).account
    url = control.world.callback_url(account)
    if not url:
        raise Mistake(409, "no callback URL is set")
    return {"verified": await control.pusher.verify(url, control.world.account(account))}
