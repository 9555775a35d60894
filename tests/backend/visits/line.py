"""Owners in line for an earlier time, at the point where a test begins."""

from datetime import datetime
from uuid import UUID

from backend.access import Actor
from backend.visits.waiting import earlier
from tests.backend.visits.people import at, confirmed, owners

HOUR = ((9 * 60, 10 * 60),)
"""One slot a day."""


async def waiting(number: int, starts_at: datetime | None = None) -> tuple[Actor, UUID, UUID]:
    """An owner with a confirmed visit who waits for an earlier time."""
    person, place = await owners(number)
    made = await confirmed(person, place, starts_at or at("2026-12-02", 9))
    await earlier.join(place, made.id, actor=person)
    return person, place, made.id


async def offered(person: Actor, place: UUID) -> list[UUID]:
    """The open offers of an enterprise, as its owner reads them."""
    waits = await earlier.mine(place, actor=person)
    return [UUID(one["id"]) for wait in waits for one in wait["offers"] if one["state"] == "open"]
