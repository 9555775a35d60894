"""Delivers what is due: claims, commits `sending` for a slice, calls WeChat, settles; again until nothing is due."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from tortoise.exceptions import DBConnectionError

from backend import runtime
from backend.foundation import db
from backend.foundation.logging import get_logger
from backend.foundation.safe_asyncpg import run_to_end
from backend.notifications import breakers
from backend.notifications.claiming import LEASE, Batch, Claimed, claim
from backend.notifications.due import take_notes
from backend.notifications.kinds import CHANNELS, Channel
from backend.notifications.passing_on import pass_on
from backend.notifications.sending import phones_of, send
from backend.notifications.settling import begin, release, settle
from backend.notifications.telling import JOB

log = get_logger(__name__)

LANES: Final = 2
"""While one lane talks to PostgreSQL the other talks to WeChat; they share the allowed number of calls in flight."""
BATCH: Final = 400
"""Addresses claimed at once by a lane: several slices, so that claiming costs little."""
PATIENCE: Final = 12.0
"""Seconds in which an answer is kept while the database is away; a run with all of it ends before its job's time."""
_PAUSE: Final = 0.3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Delivered:
    """How a run went: calls made, and whether more is due that can be delivered now."""

    calls: int
    has_more: bool


@dataclass(slots=True)
class _Run:
    """What the lanes of one run share; a channel that is away, refuses us as a whole or rests is left for its rest."""

    deadline: float
    width: int
    calls: int = 0
    is_empty: bool = False
    channels: list[Channel] = field(default_factory=lambda: list(CHANNELS))
    troubled: frozenset[str] = frozenset()

    def see(self, gates: breakers.Gates) -> None:
        self.channels = [channel for channel in self.channels if channel in gates.open]
        self.troubled = gates.troubled

    @property
    def goes_on(self) -> bool:
        return bool(self.channels) and time.monotonic() < self.deadline


async def deliver(budget: float = 15.0, batch: int = BATCH) -> Delivered:
    """Send what is due for at most about `budget` seconds (and the last calls' own time).

    Any number of these may run, in any number of processes. When a channel is away, or refuses us as a whole, the run
    leaves it after one slice: trying all that waits would only churn, the next sweep tries again.
    """
    allowed = runtime.current().settings.send_concurrency
    lanes = min(LANES, allowed)
    run = _Run(time.monotonic() + budget, allowed // lanes)
    await _probe(run)
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(lanes):
                group.create_task(_lane(run, batch))
    except ExceptionGroup as several:
        raise several.exceptions[0] from several
    return Delivered(run.calls, has_more=not run.is_empty and bool(run.channels))


async def _probe(run: _Run) -> None:
    """Try each channel that has rested long enough by one call; how it goes decides whether the lanes serve it."""
    for channel in await breakers.probes():
        trial = _Run(run.deadline, 1, channels=[channel], troubled=frozenset({channel}))
        await take_notes()
        while trial.goes_on and not trial.calls:
            batch = await claim(1, runtime.current().settings, trial.channels)
            if not batch.looked_at:
                await breakers.nothing_due(channel)
                break
            await _send_batch(trial, batch)
        run.calls += trial.calls


async def _lane(run: _Run, limit: int) -> None:
    settings = runtime.current().settings
    while run.goes_on:
        await take_notes()
        run.see(await breakers.look())
        batch = await claim(limit, settings, run.channels)
        if not batch.looked_at:
            if await pass_on():
                continue
            run.is_empty = True
            return
        if batch.looked_at == limit:
            await runtime.current().wake_ups.wake(JOB)  # there is work for another process too
        await _send_batch(run, batch)


async def _send_batch(run: _Run, batch: Batch) -> None:
    """Send slice by slice; whatever ends this, what was not begun goes back."""
    try:
        for start in range(0, len(batch.messages), run.width):
            if not run.goes_on:
                break
            part = [one for one in batch.messages[start : start + run.width] if one.channel in run.channels]
            if part:
                await run_to_end(_slice(run, batch, part))
    finally:
        if batch.messages:
            await run_to_end(release([batch.claim]))


async def _slice(run: _Run, batch: Batch, part: Sequence[Claimed]) -> None:
    """Make the calls of one slice; from its beginning on it runs to its end, even when the job is cancelled."""
    ours = await _patiently(lambda: begin([message.id for message in part], batch.claim, LEASE))
    mine = [message for message in part if message.id in ours]
    phones = await _patiently(lambda: phones_of(mine))
    outcomes = await asyncio.gather(*(send(message, phones) for message in mine))
    if outcomes:
        await _patiently(lambda: settle(outcomes, batch.claim))
        await _patiently(lambda: breakers.note(outcomes, run.troubled))
    run.calls += len(outcomes)
    away = {outcome.channel for outcome in outcomes if outcome.concerns_all}
    run.channels = [channel for channel in run.channels if channel not in away]


async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Do what may safely be done twice, again and again while the database is away for a moment."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return await work()
        except (*db.TRANSIENT, DBConnectionError) as error:
            if time.monotonic() > end:
                raise
            log.warning("delivery.database_away", error=type(error).__name__)
        await asyncio.sleep(_PAUSE)
