"""Carries out what is due: claims by topic, hands each handler a list, and never lets one item hold another."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from prometheus_client import Counter

from backend.foundation import db
from backend.foundation.logging import get_logger, mask_text
from backend.foundation.safe_asyncpg import run_to_end
from backend.outbox import queue
from backend.outbox.item import ExpectedFailure, Handler, LeaseLost, OutboxItem, Outside, SomeFailed

log = get_logger(__name__)

MAX_ATTEMPTS: Final = 20
"""About half a day of growing pauses: long enough for an outage or a mended release, then a person must look."""
LIST_SECONDS: Final = 10.0
ITEM_SECONDS: Final = 15.0
"""How long a handler may take over a list, and over one item: together less than a job may run, so that one that hangs
is noted as failed and held back, instead of ending every run of its topic anew."""
_FIRST_PAUSE: Final = 2.0
_LONGEST_PAUSE: Final = 3600.0
ITEMS: Final = Counter("wuwei_outbox_items_total", "Deferred effects by outcome", ["topic", "outcome"])


@dataclass(frozen=True, slots=True)
class Drained:
    """How a drain went; `is_empty` tells that nothing was due when it ended."""

    done: int
    failed: int
    is_empty: bool


def backoff(attempts: int) -> timedelta:
    """Return the pause after the n-th attempt: doubling up to an hour, spread so that not all come back at once."""
    pause = min(_FIRST_PAUSE * 2 ** (attempts - 1), _LONGEST_PAUSE)
    return timedelta(seconds=pause * random.uniform(0.75, 1.0))  # noqa: S311  spreading, no secret


async def drain(
    handlers: Mapping[str, Handler | Outside],
    *,
    seconds: float = 15.0,
    batch: int = 200,
    lease: timedelta = queue.LEASE,
) -> Drained:
    """Carry out due items until none is left or `seconds` are over; topics run side by side.

    Any number of drains may run at once, in any number of processes.
    """
    end = time.monotonic() + seconds
    done = failed = 0
    while time.monotonic() < end:
        items = await queue.claim(batch, lease, list(handlers))
        if not items:
            return Drained(done, failed, is_empty=True)
        failures = await _carry_out(handlers, items)
        done, failed = done + len(items) - failures, failed + failures
    return Drained(done, failed, is_empty=False)


async def _carry_out(handlers: Mapping[str, Handler | Outside], items: Sequence[OutboxItem]) -> int:
    """Run every topic's handler; a cancellation gives back what was not finished."""
    by_topic: dict[str, list[OutboxItem]] = defaultdict(list)
    for item in items:
        by_topic[item.topic].append(item)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_topic(handlers[topic], some)) for topic, some in by_topic.items()]
    except BaseException as error:  # noqa: BLE001  whatever ended it, a cancel too, what is unfinished goes back
        await run_to_end(queue.release(items))
        raise (error.exceptions[0] if isinstance(error, ExceptionGroup) else error) from None
    return sum(task.result() for task in tasks)


async def _topic(handler: Handler | Outside, items: Sequence[OutboxItem]) -> int:
    """Carry out one topic's items and return how many failed; when the list fails each one is tried alone."""
    try:
        await _attempt(handler, items)
    except SomeFailed as some:
        return await _some(handler, items, some.failures)
    except Exception as error:  # noqa: BLE001  a handler may fail in any way; it must not take the others along
        if len(items) == 1:
            await _failed(items[0], error)
            return 1
        log.warning("outbox.list_failed", topic=items[0].topic, items=len(items), error=_told(error))
        return sum([await _topic(handler, [item]) for item in items])
    ITEMS.labels(items[0].topic, "done").inc(len(items))
    return 0


async def _some(handler: Handler | Outside, items: Sequence[OutboxItem], failures: Mapping[UUID, BaseException]) -> int:
    """Note the failures; the rest is done, or rolled back with its transaction and then carried out without them."""
    bad = [item for item in items if item.id in failures]
    good = [item for item in items if item.id not in failures]
    for item in bad:
        await _failed(item, failures[item.id])
    if not good or not isinstance(handler, Outside):
        return len(bad) + (await _topic(handler, good) if good and bad else 0)
    await queue.done(good)
    ITEMS.labels(items[0].topic, "done").inc(len(good))
    return len(bad)


async def _attempt(handler: Handler | Outside, items: Sequence[OutboxItem]) -> None:
    """Raises TimeoutError for a handler that takes too long; what it did in its transaction is rolled back."""
    limit = asyncio.timeout(ITEM_SECONDS if len(items) == 1 else LIST_SECONDS)
    if isinstance(handler, Outside):
        async with limit:
            await handler.run(items)
        await queue.done(items)
        return
    async with limit, db.transaction():
        await handler(items)
        if await queue.done(items) != len(items):
            raise LeaseLost(items[0].topic)


async def _failed(item: OutboxItem, error: BaseException) -> None:
    is_last = item.attempts >= MAX_ATTEMPTS
    if not await queue.retry(item, _told(error), backoff(item.attempts), is_last=is_last):
        ITEMS.labels(item.topic, "lost").inc()
        return
    ITEMS.labels(item.topic, "dead" if is_last else "retried").inc()
    note = log.error if is_last else log.warning
    told = {"topic": item.topic, "item": str(item.id), "attempts": item.attempts}
    # A refusal from the outside says all in one line, try by try; where in our code it was met tells nobody anything.
    how = {"error": _told(error)} if isinstance(error, ExpectedFailure) else {"exc_info": error}
    note("outbox.dead" if is_last else "outbox.retried", **told, **how)


def _told(error: BaseException) -> str:
    """Return what is stored of an error: its kind and masked text."""
    return f"{type(error).__name__}: {mask_text(str(error))}"
