"""What a booking needs to know before it locks anything: for what, where, who could come.

Nothing here decides: who gets it is settled under the locks (`occupying.py`).
"""

import time
from asyncio import Lock
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import worktime
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.errors import WuweiError
from backend.visits import reasons
from backend.visits.availability import choosing, slots, visitors
from backend.visits.availability.choosing import Candidate
from backend.visits.availability.slots import Wish
from backend.visits.availability.visitors import Visitor
from backend.visits.errors import EnterpriseClosed, EnterpriseUnknown
from backend.visits.reasons import Reason
from backend.worktime import Calendar

REMOTE: Final = ("phone", "video")
FRESH: Final = 2.0
"""Seconds for which the next free slots are told again to others who were too late for the same one."""

_ENTERPRISES: Final = """
SELECT id, name, district, town, address, status, closed_at FROM enterprises WHERE id = ANY ($1::uuid[])
"""
_OVER: Final = ("deregistered", "revoked")


@dataclass(frozen=True, slots=True)
class Where:
    """An enterprise as a visit needs it."""

    enterprise_id: UUID
    name: str
    district: str | None
    town: str | None
    address: str

    def location(self, place: str) -> str | None:
        """Return the division's code of the place: the town, for the office the district's seat; nothing by phone."""
        if place in REMOTE:
            return None
        return self.district if place == "office" else self.town or self.district


_NOWHERE: Final = Where(UUID(int=0), "", None, None, "")


@dataclass(frozen=True, slots=True)
class Offer:
    """Who could come to an enterprise at a moment, before anybody else is looked at; `free` may be empty.

    `is_slot`: somebody's plan has a slot there, taken or not. `carry`: what each of the free carries.
    `calendar` is the one by which it was looked.
    """

    wish: Wish
    where: Where
    starts_at: datetime
    free: tuple[Visitor, ...]
    is_slot: bool
    carry: tuple[Candidate, ...]
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Question:
    """For what, how and where somebody is to come, and when; `only` these, where any are named.

    `going`: who goes there already, and so may whatever he knows.
    """

    reason: Reason
    place: str
    where: Where
    starts_at: datetime
    only: tuple[UUID, ...] = ()
    moving: UUID | None = None
    is_promised: bool = False
    going: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class _Shared:
    """Everything but the beginning on which the answer depends: those who share it are asked for together."""

    reason: Reason
    place: str
    location: str | None
    district: str | None
    only: tuple[UUID, ...]
    moving: UUID | None
    is_promised: bool
    going: tuple[UUID, ...]

    @classmethod
    def of(cls, one: Question) -> "_Shared":
        location = one.where.location(one.place)
        district = one.where.district
        return cls(one.reason, one.place, location, district, one.only, one.moving, one.is_promised, one.going)


async def where(enterprise_id: UUID) -> Where:
    """Return where an enterprise is; raises EnterpriseUnknown, EnterpriseClosed."""
    found = (await wheres([enterprise_id])).get(enterprise_id, EnterpriseUnknown())
    if isinstance(found, WuweiError):
        raise found
    return found


async def wheres(enterprise_ids: Collection[UUID]) -> dict[UUID, Where | EnterpriseClosed]:
    """Return where enterprises are, by one statement; of one that has closed, that."""
    rows = await db.fetch(_ENTERPRISES, list(enterprise_ids))
    return {row["id"]: EnterpriseClosed() if _is_over(row) else _where(row) for row in rows}


def _is_over(row: Record) -> bool:
    return row["closed_at"] is not None or row["status"] in _OVER


def _where(row: Record) -> Where:
    return Where(row["id"], row["name"], row["district"], row["town"], row["address"] or "")


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
    going: Sequence[UUID] = (),
) -> Offer:
    """Return who could come to a place at a moment."""
    people, there = tuple(sorted(only)), tuple(sorted(going))
    question = Question(reason, place, at, starts_at, people, moving, is_promised, there)
    return (await find_all([question]))[0]


async def find_all(questions: Sequence[Question]) -> list[Offer]:
    """Answer what is asked together: those who want the same of the same people are one statement."""
    alike: dict[_Shared, list[datetime]] = {}
    for question in questions:
        alike.setdefault(_Shared.of(question), []).append(question.starts_at)
    known = {shared: await _answer(shared, set(asked)) for shared, asked in alike.items()}
    return [replace(known[_Shared.of(one)][one.starts_at], where=one.where) for one in questions]


async def _answer(shared: _Shared, beginnings: Collection[datetime]) -> dict[datetime, Offer]:
    crew = await visitors.crew(shared.district, shared.reason.skill, only=shared.only or None)
    if shared.going:
        crew = crew.joined_by(await visitors.crew(shared.district, None, only=shared.going))
    wanted = Wish(shared.reason, shared.place, shared.location, None, crew, shared.moving, shared.is_promised)
    calendar = await worktime.current()
    found = await slots.at(wanted, beginnings, calendar)
    free = {one for staff in found.values() for one in staff}
    people = {one.id: one for one in crew.visitors}
    able = [people[staff] for staff in sorted(free)]
    carry = {one.staff_id: one for one in await choosing.candidates(able, calendar)}
    return {
        at: Offer(
            wanted,
            _NOWHERE,
            at,
            tuple(people[one] for one in found.get(at, ())),
            at in found,
            tuple(carry[one] for one in found.get(at, ())),
            calendar,
        )
        for at in beginnings
    }


class Following:
    """The next free slots, kept for FRESH seconds: advice for those who came too late, never a promise."""

    def __init__(self) -> None:
        self._known: dict[tuple[Wish, date], tuple[float, list[datetime]]] = {}
        self._locks: dict[tuple[Wish, date], Lock] = {}

    async def of(self, offer: Offer, count: int = 3) -> list[datetime]:
        """Return the next free beginnings from the day of a slot that is gone.

        Inside a transaction nobody is waited for: who looks it up for all may need the very connection that is held.
        """
        day = max(offer.starts_at.astimezone(clock.SHANGHAI).date(), clock.today())
        key = (offer.wish, day)
        if db.in_transaction():
            found = await self._told(key, 8 * count)
        else:
            async with self._locks.setdefault(key, Lock()):
                found = await self._told(key, 8 * count)
        return [at for at in found if at != offer.starts_at][:count]

    async def _told(self, key: tuple[Wish, date], count: int) -> list[datetime]:
        known = self._known.get(key)
        if known is None or time.monotonic() - known[0] > FRESH:
            self._forget()
            known = self._known[key] = (time.monotonic(), await slots.following(*key, count))
        return known[1]

    def _forget(self) -> None:
        old = [key for key, (told, _) in self._known.items() if time.monotonic() - told > FRESH]
        for key in old:
            del self._known[key]
            self._locks.pop(key, None)


FOLLOWING: Final = Following()
