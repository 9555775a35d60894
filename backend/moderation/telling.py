"""Tells the origin of a thing what came of its check, through the outbox and a handler that the assembly hands in."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend import outbox
from backend.moderation.states import SubjectState
from backend.outbox import Handler, NewItem, OutboxItem

TOPIC: Final = "moderation.moved"
TOPICS: Final = (TOPIC,)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a thing's check has come to: passed or released (both may be shown), held, or refused with a reason."""

    origin: str
    origin_id: UUID
    subject_id: UUID
    state: SubjectState
    district: str | None = None
    reason: str | None = None

    @property
    def may_be_shown(self) -> bool:
        return self.state in {SubjectState.PASSED, SubjectState.RELEASED}


OnMoved = Callable[[Sequence[Outcome]], Awaitable[None]]
"""Takes a list of outcomes in the transaction that removes them from the outbox. A later one of the same thing may come
in an earlier list: who has seen `passed` leaves a `held` alone."""

Concerns = Callable[[UUID, UUID], Awaitable[bool]]
"""Tells of a thing of an origin whether it is a staff member's own matter, or one that he handles."""


async def tell(outcomes: Sequence[Outcome]) -> None:
    """Put the outcomes down in the transaction that decides them."""
    if outcomes:
        await outbox.put_many([NewItem(TOPIC, _written(one), key=str(one.subject_id)) for one in outcomes])


def handlers(origins: Mapping[str, OnMoved], notices: OnMoved) -> Mapping[str, Handler]:
    """Return the outbox handlers; `notices` hears of everything, each origin of its own."""

    async def moved(items: Sequence[OutboxItem]) -> None:
        outcomes = [_read(item) for item in items]
        by_origin: dict[str, list[Outcome]] = defaultdict(list)
        for one in outcomes:
            by_origin[one.origin].append(one)
        for origin, own in by_origin.items():
            await origins[origin](own)
        await notices(outcomes)

    return {TOPIC: moved}


def _written(one: Outcome) -> dict[str, str | None]:
    return {
        "origin": one.origin,
        "origin_id": str(one.origin_id),
        "subject_id": str(one.subject_id),
        "state": one.state.value,
        "district": one.district,
        "reason": one.reason,
    }


def _read(item: OutboxItem) -> Outcome:
    told = item.payload
    return Outcome(
        told["origin"],
        UUID(told["origin_id"]),
        UUID(told["subject_id"]),
        SubjectState(told["state"]),
        told["district"],
        told["reason"],
    )
