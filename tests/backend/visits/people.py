"""Visitors with their plans, owners who book, and visits at the point where a test begins."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from backend.access import SYSTEM, Actor, Role
from backend.foundation import clock, db
from backend.foundation.clock import SHANGHAI
from backend.foundation.ids import new_id
from backend.visits import reasons
from backend.visits.availability import finding, planning, slots
from backend.visits.availability.planning import DayPlan
from backend.visits.bookings import booking, changing
from backend.visits.bookings.booking import Order
from backend.visits.models import Visit
from backend.visits.states import VisitState
from tests.backend.cases.people import asker, clerk

WUXING = "330502"
ZHILI = "330502100"
MIAOXI = "330502102"
MEISHAN = "330522112"
TALK = "policy_talk"
MORNING = ((9 * 60, 12 * 60),)
FULL = ((9 * 60, 12 * 60), (13 * 60 + 30, 17 * 60))


def at(day: date | str, hour: int, minute: int = 0) -> datetime:
    """A moment of a day in China."""
    when = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime(when.year, when.month, when.day, hour, minute, tzinfo=SHANGHAI)


NEXT = at("2026-11-25", 9)
"""The first slot of the Wednesday after the test's Monday."""


async def unit(name: str = "吴兴分局") -> UUID:
    made = new_id()
    await db.execute("INSERT INTO units (id, name, created_at) VALUES ($1, $2, $3)", made, name, clock.now())
    return made


async def visitor(
    spans: planning.Spans = FULL,
    *,
    weekdays: Sequence[int] = (1, 2, 3, 4, 5),
    districts: tuple[str, ...] = (),
    unit_id: UUID | None = None,
    valid_from: date | None = None,
) -> Actor:
    """Somebody who visits on these weekdays."""
    made = await clerk(Role.VISITOR, districts=districts)
    assert made.id
    await db.execute(
        "UPDATE staff SET unit_id = $2, name = $3 WHERE id = $1", made.id, unit_id, f"走访员{made.id.hex[-4:]}"
    )
    week = [DayPlan(weekday, spans) for weekday in weekdays]
    if week:
        await planning.plan(made.id, week, valid_from or clock.today(), actor=made)
    return made


async def owners(number: int = 1, **facts: Any) -> tuple[Actor, UUID]:
    """An owner with his enterprise in 织里."""
    return await asker(number, **{"district": WUXING, "town": ZHILI, **facts})


async def find(
    enterprise_id: UUID, starts_at: datetime = NEXT, *, reason: str = TALK, place: str = "on_site"
) -> finding.Offer:
    return await finding.find(await reasons.known(reason), place, await finding.where(enterprise_id), starts_at)


async def booked(
    person: Actor,
    enterprise_id: UUID,
    starts_at: datetime = NEXT,
    *,
    is_hold: bool = False,
    reason: str = TALK,
    place: str = "on_site",
) -> Visit:
    """What an owner books for himself."""
    offer = await find(enterprise_id, starts_at, reason=reason, place=place)
    return await booking.book(offer, booking.own(person, "想了解补贴", is_hold=is_hold), actor=person)


async def confirmed(person: Actor, enterprise_id: UUID, starts_at: datetime = NEXT, **given: Any) -> Visit:
    made = await booked(person, enterprise_id, starts_at, **given)
    return await changing.confirm(made.id, actor=SYSTEM)


async def arranged(enterprise_id: UUID, starts_at: datetime, actor: Actor = SYSTEM, **given: Any) -> Visit:
    """What staff arrange for somebody without an account."""
    offer = await find(enterprise_id, starts_at, **given)
    return await booking.book(offer, Order(VisitState.CONFIRMED, "phone", None), actor=actor)


async def free(
    enterprise_id: UUID, first: date, last: date, *, reason: str = TALK, place: str = "on_site"
) -> slots.Found:
    """The slots that an owner is shown."""
    wish = await finding.wish(reason, place, enterprise_id, actor=SYSTEM)
    return await slots.free(wish, first, last)


def local(found: slots.Found) -> list[str]:
    """Beginnings as people read them."""
    return [f"{slot.starts_at.astimezone(SHANGHAI):%m-%d %H:%M}" for slot in found.slots]


async def row(visit_id: UUID) -> Visit:
    return await Visit.get(id=visit_id)


async def going(visit_id: UUID) -> set[UUID]:
    rows = await db.fetch("SELECT staff_id FROM staff_time WHERE visit_id = $1 AND is_live", visit_id)
    return {one["staff_id"] for one in rows}


async def kinds(visit_id: UUID) -> list[str]:
    rows = await db.fetch("SELECT kind FROM visit_events WHERE visit_id = $1 ORDER BY seq", visit_id)
    return [one["kind"] for one in rows]


async def inbox(person: Actor) -> list[str]:
    rows = await db.fetch("SELECT kind FROM inbox WHERE person_id = $1 ORDER BY id", person.id)
    return [one["kind"] for one in rows]


async def notices(staff: Actor) -> list[str]:
    rows = await db.fetch("SELECT kind FROM staff_notices WHERE staff_id = $1 ORDER BY id", staff.id)
    return [one["kind"] for one in rows]


def days(count: int) -> timedelta:
    return timedelta(days=count)
