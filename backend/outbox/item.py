"""What a deferred effect is and who carries it out."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One deferred effect as a handler sees it; `attempts` counts this one."""

    id: UUID
    topic: str
    key: str | None
    payload: dict[str, Any]
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewItem:
    """One deferred effect to come; without `due` it is due at once. `key` names what it is about, for `cancel`."""

    topic: str
    payload: Mapping[str, Any]
    key: str | None = None
    due: datetime | None = None


Handler = Callable[[Sequence[OutboxItem]], Awaitable[None]]
"""Carries out the effect of a list of items of one topic.

Raising, or taking longer than `draining.LIST_SECONDS`, fails the whole list; each item is then tried alone, so that one
bad item holds no other. A handler that knows which ones failed raises `SomeFailed` instead. Must be idempotent when it
is an `Outside` one: a crash between the effect and its note repeats the effect.
"""


@dataclass(frozen=True, slots=True)
class Outside:
    """Marks a handler that speaks to the outside: it runs without a transaction and at least once.

    Every other handler runs in one transaction with the removal of its items, so its effect happens exactly once.
    It must end well within LEASE.
    """

    run: Handler


class SomeFailed(Exception):
    """Some items of the list failed, the others are done."""

    def __init__(self, failures: Mapping[UUID, BaseException]) -> None:
        self.failures = dict(failures)
        super().__init__(f"{len(self.failures)} items failed")


class ExpectedFailure(Exception):
    """What an `Outside` handler says of an item that the other side did not take: its text is all there is to know."""


class LeaseLost(Exception):
    """Another worker has taken the items over, because this one was too slow; what it did is rolled back."""
