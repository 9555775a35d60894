"""Lets a channel rest that answers nobody: opened by failures that concern all, tried by one call, closed by an answer.

The truth is one row a channel. Several failures in a row open it, for 30 seconds first and twice as long each time, 10
minutes at most; a used-up quota opens it at once, until the quota is fresh. Then one call goes out: half open. While a
channel rests nothing of it is claimed, and what waits stays as it is.
"""

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from backend import alerts
from backend.foundation import clock, db
from backend.gateways.wechat.policy import Rest
from backend.notifications.kinds import CHANNELS, Channel
from backend.notifications.settling import Outcome

IN_A_ROW: Final = 5
"""Calls without an answer that concerns only themselves."""
SHORTEST: Final = timedelta(seconds=30)
LONGEST: Final = timedelta(minutes=10)
PROBE: Final = timedelta(seconds=30)
"""How long a probe may be out: longer than a call may take; then another one goes."""
# What the channel's next answer proves to be over.
_OVER: Final = ("channel_paused", "channel_quota", "channel_access", "wechat_token")

_LOOK = "SELECT channel, state, until_at FROM channel_breakers WHERE state <> 'closed' OR troubles > 0"
_PROBE = """
UPDATE channel_breakers SET state = 'half_open', until_at = $1::timestamptz + $2::interval, changed_at = $1
WHERE state <> 'closed' AND until_at <= $1 RETURNING channel
"""
# Nothing waits that could tell: the next call of somebody is the probe, and one failure is enough.
_NOTHING_DUE = """
UPDATE channel_breakers SET state = 'closed', troubles = $3, until_at = NULL, changed_at = $1
WHERE channel = $2 AND state = 'half_open'
"""
_COUNT = """
INSERT INTO channel_breakers (channel, state, troubles, changed_at) VALUES ($2, 'closed', $3, $1)
ON CONFLICT (channel) DO UPDATE SET troubles = channel_breakers.troubles + EXCLUDED.troubles
RETURNING state, troubles, openings
"""
_OPEN = """
UPDATE channel_breakers SET state = 'open', openings = openings + 1, until_at = $3, reason = $4, changed_at = $1
WHERE channel = $2
"""
# It may make a rest longer, never shorter.
_OPEN_AT_ONCE = """
INSERT INTO channel_breakers (channel, state, openings, until_at, reason, changed_at) VALUES ($2, 'open', 1, $3, $4, $1)
ON CONFLICT (channel) DO UPDATE SET state = 'open', reason = EXCLUDED.reason, changed_at = EXCLUDED.changed_at,
    until_at = GREATEST(channel_breakers.until_at, EXCLUDED.until_at)
"""
_CLOSE = """
UPDATE channel_breakers SET state = 'closed', troubles = 0, openings = 0, until_at = NULL, reason = NULL,
    changed_at = $1
WHERE channel = ANY($2::text[]) AND state <> 'open' RETURNING channel
"""
_AT_ONCE = "UPDATE channel_breakers SET until_at = $1 WHERE state <> 'closed' AND until_at > $1 RETURNING channel"
_SHOWN = "SELECT * FROM channel_breakers WHERE state <> 'closed' ORDER BY channel"


@dataclass(frozen=True, slots=True)
class Gates:
    """Which channels may be served now, and which of them had trouble last."""

    open: tuple[Channel, ...] = CHANNELS
    troubled: frozenset[str] = frozenset()


async def look() -> Gates:
    """Return where calls may go; one small look-up before every claim."""
    rows = {row["channel"]: row["state"] for row in await db.fetch(_LOOK)}
    return Gates(tuple(one for one in CHANNELS if rows.get(one, "closed") == "closed"), frozenset(rows))


async def probes() -> list[Channel]:
    """Return the channels that have rested long enough; whoever gets one makes one call there and notes it."""
    return [row["channel"] for row in await db.fetch(_PROBE, clock.now(), PROBE)]


async def nothing_due(channel: Channel) -> None:
    """Note that a probe found nothing to send."""
    await db.execute(_NOTHING_DUE, clock.now(), channel, IN_A_ROW - 1)


async def note(outcomes: Iterable[Outcome], troubled: Collection[str] = CHANNELS) -> None:
    """Count how a slice's calls went; an answer ends the trouble of the channels that had some (`troubled`)."""
    by_channel: dict[Channel, list[Outcome]] = {}
    for outcome in outcomes:
        by_channel.setdefault(outcome.channel, []).append(outcome)
    for channel, mine in by_channel.items():
        await _note(channel, mine, is_troubled=channel in troubled)


async def _note(channel: Channel, outcomes: Sequence[Outcome], *, is_troubled: bool) -> None:
    at_once = [one for one in outcomes if one.rest is Rest.AT_ONCE and one.due_at]
    if at_once:
        await _rest(channel, at_once)
    elif all(one.rest is Rest.COUNTED for one in outcomes):
        await _count(channel, outcomes)
    elif is_troubled:
        await close([channel])


async def _rest(channel: Channel, outcomes: Sequence[Outcome]) -> None:
    until = max(one.due_at for one in outcomes if one.due_at)
    await db.execute(_OPEN_AT_ONCE, clock.now(), channel, until, outcomes[0].reason)


async def _count(channel: Channel, outcomes: Sequence[Outcome]) -> None:
    """A probe that fails opens it again; one that is open already is not opened by those who were on their way."""
    moment, reason = clock.now(), outcomes[0].reason
    async with db.transaction():
        [row] = await db.fetch(_COUNT, moment, channel, len(outcomes))
        if row["state"] == "half_open" or (row["state"] == "closed" and row["troubles"] >= IN_A_ROW):
            until = _until(moment, row["openings"])
            await db.execute(_OPEN, moment, channel, until, reason)
            await alerts.open_alert("channel_paused", channel, reason=reason, until=until.isoformat())


def _until(moment: datetime, openings: int) -> datetime:
    pause = min(SHORTEST * (1 << min(openings, 10)), LONGEST)
    return moment + pause * random.uniform(0.9, 1.1)  # noqa: S311  spreading, no secret


async def close(channels: Sequence[str]) -> None:
    """End the trouble of channels that answer again, and the alerts that this proves to be over."""
    async with db.transaction():
        for row in await db.fetch(_CLOSE, clock.now(), list(channels)):
            for kind in _OVER:
                await alerts.clear(kind, row["channel"])


async def try_now() -> list[Channel]:
    """Let channels that rest be tried at once; an operator's word that the cause is mended."""
    return [row["channel"] for row in await db.fetch(_AT_ONCE, clock.now())]


async def resting() -> list[dict[str, object]]:
    """Return the channels that rest, why and until when."""
    return [dict(row) for row in await db.fetch(_SHOWN)]
