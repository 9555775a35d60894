"""Who follows the service account: told by its pushes, filled up every night, and joined to our people by unionid."""

from collections.abc import Sequence
from typing import Final

from backend import runtime
from backend.foundation import clock, db
from backend.gateways.wechat.errors import WeChatRefused
from backend.gateways.wechat.service_account import BATCH, Follower, ServiceGateway
from backend.notifications.locking import lock_addresses
from backend.notifications.settling import break_off

_WRONG_OPENID: Final = 40003
_FOLLOW: Final = """
INSERT INTO service_followers (account, openid, is_following, seen_at)
SELECT $1, openid, TRUE, $3 FROM unnest($2::text[]) AS t (openid) ORDER BY openid
ON CONFLICT (account, openid) DO UPDATE SET is_following = TRUE, seen_at = EXCLUDED.seen_at
WHERE NOT service_followers.is_following
"""
_UNFOLLOW: Final = """
UPDATE service_followers SET is_following = FALSE, seen_at = $3 WHERE account = $1 AND openid = $2
"""
_ADDRESS: Final = "SELECT id FROM addresses WHERE channel = 'service' AND account = $1 AND openid = $2"
# Whoever has none yet may get one, once the account belongs to an open-platform account: he is asked about again.
_UNKNOWN: Final = """
SELECT openid FROM service_followers
WHERE account = $1 AND unionid IS NULL AND is_following
  AND (asked_at IS NULL OR asked_at < $2::timestamptz - interval '1 day')
ORDER BY asked_at NULLS FIRST LIMIT $3
"""
_LEARNED: Final = """
UPDATE service_followers f SET unionid = t.unionid, is_following = t.is_following, asked_at = $4
FROM unnest($2::text[], $3::text[], $5::boolean[]) AS t (openid, unionid, is_following)
WHERE f.account = $1 AND f.openid = t.openid
"""
_ASKED: Final = "UPDATE service_followers SET asked_at = $3 WHERE account = $1 AND openid = ANY($2::text[])"


async def follow(account: str, *openids: str) -> None:
    """Note that these follow the account; who they are is asked later."""
    await db.execute(_FOLLOW, account, list(openids), clock.now())


async def unfollow(account: str, openid: str) -> None:
    """Send nothing more by the service account to somebody who has left it; what waits there takes another way."""
    async with db.transaction():
        await db.execute(_UNFOLLOW, account, openid, clock.now())
        left = [row["id"] for row in await db.fetch(_ADDRESS, account, openid)]
        await lock_addresses(left)
        await break_off(left)


async def learn() -> int:
    """Ask WeChat for the unionids of up to a hundred new followers and return how many were asked about."""
    gateway, moment = runtime.current().service_account, clock.now()
    if gateway is None:
        return 0
    asked = [row["openid"] for row in await db.fetch(_UNKNOWN, gateway.appid, moment, BATCH)]
    if asked:
        found = await _ask(gateway, asked)
        async with db.transaction():
            await db.execute(_ASKED, gateway.appid, asked, moment)
            columns = ([one.openid for one in found], [one.unionid for one in found])
            await db.execute(_LEARNED, gateway.appid, *columns, moment, [one.is_following for one in found])
    return len(asked)


async def _ask(gateway: ServiceGateway, openids: Sequence[str]) -> list[Follower]:
    """Ask about each; one that WeChat does not know is found by halves, for it refuses a list as a whole.

    No page of WeChat's says what it answers to a list with a wrong openid in it; this bears both ways.
    """
    try:
        return list(await gateway.followers(openids))
    except WeChatRefused as error:
        if error.errcode != _WRONG_OPENID:
            raise
    if len(openids) == 1:
        return [Follower(openids[0], None, is_following=False)]
    middle = len(openids) // 2
    return [*await _ask(gateway, openids[:middle]), *await _ask(gateway, openids[middle:])]


async def fill_up() -> int:
    """Note every follower whose push we missed, or who was here before us, and return how many follow."""
    gateway = runtime.current().service_account
    after, count = None, 0
    while gateway is not None:
        page = await gateway.all_followers(after)
        await follow(gateway.appid, *page.openids)
        count, after = count + len(page.openids), page.after
        if after is None:
            break
    return count
