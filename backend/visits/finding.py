"""What a booking needs to know before it locks anything: for what, where, who could come; shared among those who race.

Nothing here decides. Racers for one slot ask the same question, so it is asked once for all who come together; who
gets it is settled under the locks (`occupying.py`).
"""

import time
from asyncio import Lock
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.batch import Batcher
from backend.visits import reasons, slots, visitors
from backend.visits.errors import EnterpriseClosed, EnterpriseUnknown
from backend.visits.reasons import Reason
from backend.visits.slots import Wish
from backend.visits.visitors import Visitor

REMOTE: Final = ("phone", "video")
FRESH: Final = 1.0
"""Seconds for which the next free slots are told again to others who were too late for the same one."""

_ENTERPRISE: Final = "SELECT id, district, town, address, status, closed_at FROM enterprises WHERE id = $1"
_OVER: Final = ("deregistered", "revoked")


@dataclass(frozen=True, slots=True)
class Where:
    """An enterprise as a visit needs it."""

    enterprise_id: UUID
    district: str | None
    town: str | None
    address: str

    def location(self, place: str) -> str | None:
        """Return the division's code of the place: the town, for the office the district's seat; nothing by phone."""
        if place in REMOTE:
            return None
        return self.district if place == "office" else self.town or self.district


@dataclass(frozen=True, slots=True)
class Offer:
    """Who could come to an enterprise at a moment, before anybody else is looked at; `free` may be empty.

    `is_slot`: somebody's plan has a slot there, taken or not.
    """

    wish: Wish
    where: Where
    starts_at: datetime
    free: tuple[Visitor, ...]
    is_slot: bool


@dataclass(frozen=True, slots=True)
class _Question:
    """Everything on which the answer depends: those who ask the same share it."""

    reason: Reason
    place: str
    location: str | None
    district: str | None
    starts_at: datetime
    only: tuple[UUID, ...]
    moving: UUID | None
    is_promised: bool


async def where(enterprise_id: UUID) -> Where:
    """Return where an enterprise is; raises EnterpriseUnknown, EnterpriseClosed."""
    row = await db.fetch_one(_ENTERPRISE, enterprise_id)
    if row is None:
        raise EnterpriseUnknown
    if row["closed_at"] is not None or row["status"] in _OVER:
        raise EnterpriseClosed
    return _where(row)


def _where(row: Record) -> Where:
    return Where(row["id"], row["district"], row["town"], row["address"] or "")


async def wish(reason_key: str, place: str, enterprise_id: UUID, *, actor: Actor, moving: UUID | None = None) -> Wish:
    """Return a wish for a month's slots, with everybody who may be sent; raises as `reasons.offered`, `where` do."""
    reason, at = await reasons.offered(reason_key, place, actor), await where(enterprise_id)
    crew = await visitors.crew(at.district, reason.skill)
    return Wish(reason, place, at.location(place), enterprise_id, crew, moving)


async def find(
    reason: Reason,
    place: str,
    at: Where,
    starts_at: datetime,
    *,
    only: Sequence[UUID] = (),
    moving: UUID | None = None,
    is_promised: bool = False,
) -> Offer:
    """Return who could come at a moment; outside a transaction together with whoever asks the same just now."""
    location = at.location(place)
    people = tuple(sorted(only))
    question = _Question(reason, place, location, at.district, starts_at, people, moving, is_promised)
    answer = await (_answer(question) if db.in_transaction() else _asked.do(question))
    return replace(answer, where=at)


async def _answer(question: _Question) -> Offer:
    crew = await visitors.crew(question.district, question.reason.skill, only=question.only or None)
    wanted = Wish(question.reason, question.place, question.location, None, crew, question.moving, question.is_promised)
    day = question.starts_at.astimezone(clock.SHANGHAI).date()
    found = await slots.free(wanted, day, day, at=question.starts_at)
    free = {one for slot in found.slots for one in slot.staff}
    judged = {"taken", "way", "cap"} & {one.rule for one in found.removals if one.times}
    people = tuple(one for one in crew.visitors if one.id in free)
    nowhere = Where(UUID(int=0), None, None, "")
    return Offer(wanted, nowhere, question.starts_at, people, bool(people or judged))


async def _answer_all(questions: Sequence[_Question]) -> list[Offer]:
    known = {question: await _answer(question) for question in dict.fromkeys(questions)}
    return [known[question] for question in questions]


_asked: Final = Batcher(_answer_all)


class Following:
    """The next free slots, kept for FRESH seconds: advice for those who came too late, never a promise."""

    def __init__(self) -> None:
        self._known: dict[object, tuple[float, list[datetime]]] = {}
        self._lock = Lock()

    async def of(self, offer: Offer) -> list[datetime]:
        """Return the next free beginnings after a slot that is gone."""
        key = (offer.wish, offer.starts_at)
        async with self._lock:
            told, found = self._known.get(key, (0.0, []))
            if time.monotonic() - told > FRESH or not told:
                found = await slots.following(offer.wish, offer.starts_at)
                self._known = {one: kept for one, kept in self._known.items() if time.monotonic() - kept[0] < FRESH}
                self._known[key] = (time.monotonic(), found)
        return found


FOLLOWING: Final = Following()
