"""Delivers what is due: claims, commits `sending` for a slice, calls WeChat, settles; again until nothing is due."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from prometheus_client import Counter
from tortoise.exceptions import DBConnectionError

from backend import runtime
from backend.foundation import clock, db
from backend.foundation.logging import get_logger
from backend.foundation.safe_asyncpg import run_to_end
from backend.gateways.wechat.errors import WeChatError, WeChatRefused, WeChatUnavailable
from backend.gateways.wechat.policy import Action, Policy, decide
from backend.notifications.claiming import LEASE, Batch, Claimed, claim
from backend.notifications.due import take_notes
from backend.notifications.settling import Outcome, begin, release, settle
from backend.notifications.telling import JOB

log = get_logger(__name__)

LANES: Final = 2
"""While one lane talks to PostgreSQL the other talks to WeChat; they share the allowed number of calls in flight."""
BATCH: Final = 200
"""Addresses claimed at once by a lane: several slices, so that claiming costs little."""
PATIENCE: Final = 12.0
"""Seconds in which an answer is kept while the database is away; a run with all of it ends before its job's time."""
MAX_ATTEMPTS: Final = 20
"""About two hours of growing pauses, for refusals that concern this one message."""
_LONGEST_PAUSE: Final = timedelta(minutes=10)
_PAUSE: Final = 0.3

OUTCOMES: Final = Counter("wuwei_deliveries_total", "Calls to send a message, by outcome", ["state", "errcode"])

# What becomes of a delivery whose call failed this way.
_STATES: Final = {
    Action.RETRY: "deferred",
    Action.DEFER: "deferred",
    Action.DROP: "failed",
    Action.DEGRADE: "refused",
    Action.STOP_TEMPLATE: "deferred",
    Action.PAGE: "deferred",
    Action.SETTLE: "unknown",
}
# Codes that would hit every other message as well: the token and the account's quotas.
_OF_ALL: Final = frozenset({40001, 40014, 42001, 45009, 45011})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Delivered:
    """How a run went: calls made, and whether more is due that can be delivered now."""

    calls: int
    has_more: bool


@dataclass(slots=True)
class _Run:
    """What the lanes of one run share."""

    deadline: float
    width: int
    calls: int = 0
    is_halted: bool = False
    is_empty: bool = False

    @property
    def goes_on(self) -> bool:
        return not self.is_halted and time.monotonic() < self.deadline


async def deliver(budget: float = 15.0, batch: int = BATCH) -> Delivered:
    """Send what is due for at most about `budget` seconds (and the last calls' own time).

    Any number of these may run, in any number of processes. When WeChat is away, or refuses us as a whole, the run
    ends after one slice: trying all that waits would only churn, the next sweep tries again.
    """
    allowed = runtime.current().settings.send_concurrency
    lanes = min(LANES, allowed)
    run = _Run(time.monotonic() + budget, allowed // lanes)
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(lanes):
                group.create_task(_lane(run, batch))
    except ExceptionGroup as several:
        raise several.exceptions[0] from several
    return Delivered(run.calls, has_more=not run.is_empty and not run.is_halted)


async def _lane(run: _Run, limit: int) -> None:
    settings = runtime.current().settings
    while run.goes_on:
        await take_notes()
        batch = await claim(limit, settings)
        if not batch.looked_at:
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
            await run_to_end(_slice(run, batch, batch.messages[start : start + run.width]))
    finally:
        if batch.messages:
            await run_to_end(release([batch.claim]))


async def _slice(run: _Run, batch: Batch, part: Sequence[Claimed]) -> None:
    """Make the calls of one slice; from its beginning on it runs to its end, even when the job is cancelled."""
    ours = await _patiently(lambda: begin([message.id for message in part], batch.claim, LEASE))
    outcomes = await asyncio.gather(*(_send(message) for message in part if message.id in ours))
    if outcomes:
        await _patiently(lambda: settle(outcomes, batch.claim))
    run.calls += len(outcomes)
    run.is_halted |= any(outcome.concerns_all for outcome in outcomes)


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


async def _send(message: Claimed) -> Outcome:
    """Make one call; whatever happens to it is an outcome."""
    wechat = runtime.current().wechat
    try:
        receipt = await wechat.send_subscribe(message.openid, message.template_id, message.data, message.page)
    except WeChatError as error:
        outcome = _failed(message, error)
    except Exception:
        log.exception("delivery.call_broke", delivery=str(message.id))
        outcome = Outcome(message.id, message.address_id, message.template_id, "unknown", reason="call_broke")
    else:
        outcome = Outcome(message.id, message.address_id, message.template_id, "sent", msgid=receipt.msgid)
    OUTCOMES.labels(outcome.state, str(outcome.errcode or "")).inc()
    return outcome


def _failed(message: Claimed, error: WeChatError) -> Outcome:
    policy = decide(error)
    errcode = error.errcode if isinstance(error, WeChatRefused) else None
    is_for_all = policy.action is Action.PAGE or errcode in _OF_ALL or isinstance(error, WeChatUnavailable)
    stops = policy.action is Action.STOP_TEMPLATE
    state = _STATES[policy.action]
    if state == "deferred" and message.attempts + 1 >= MAX_ATTEMPTS and not is_for_all and not stops:
        state = "failed"
    if policy.alert:
        log.error("delivery.refused", errcode=errcode, meaning=policy.meaning, template_id=message.template_id)
    return Outcome(
        id=message.id,
        address_id=message.address_id,
        template_id=message.template_id,
        state=state,
        reason=policy.meaning,
        errcode=errcode,
        due_at=_next_try(policy, 0 if is_for_all else message.attempts) if state == "deferred" else None,
        without_page=policy.without_page,
        gives_back=state in {"deferred", "failed"},
        stops_template=stops,
        concerns_all=is_for_all,
    )


def _next_try(policy: Policy, attempts: int) -> datetime:
    """Return the policy's moment; a refusal that repeats itself waits twice as long each time."""
    now = clock.now()
    due = policy.due(now)
    if policy.action is not Action.RETRY:
        return due
    pause = due - now
    return now + max(pause, min(pause * (1 << min(attempts, 12)), _LONGEST_PAUSE))
