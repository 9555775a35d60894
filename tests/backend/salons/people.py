"""Salons with their seats, and owners who want to come, at the point where a test begins."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend import outbox
from backend.access import SYSTEM, Actor, Role
from backend.foundation import clock, db
from backend.foundation.errors import WuweiError
from backend.salons import service, telling
from backend.salons.content import SalonContent
from backend.salons.models import Salon
from backend.salons.seats import signing
from backend.salons.seats.asking import Wish
from backend.salons.seats.signing import SignedUp
from tests.backend.cases.people import asker, clerk

WUXING = "330502"


async def editor() -> Actor:
    return await clerk(Role.PUBLISHER)


def hall(seats: int, **given: Any) -> dict[str, Any]:
    return {"title": "现场席位", "way": "hall", "seats": seats, **given}


def online(seats: int, **given: Any) -> dict[str, Any]:
    return {"title": "线上席位", "way": "online", "seats": seats, **given}


def written(*quotas: dict[str, Any], starts_in: timedelta = timedelta(days=14), **given: Any) -> SalonContent:
    """A salon in two weeks for which one can sign up from now on until the day before."""
    starts_at: datetime = clock.now() + starts_in
    told = {
        "title": "首违不罚讲解",
        "topic": "policy",
        "intro": "讲清哪些情形依法可以不予处罚。",
        "organisers": ["市市场监管局"],
        "address": "市民服务中心三楼",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "opens_at": clock.now() - timedelta(hours=1),
        "closes_at": starts_at - timedelta(minutes=30),
        "quotas": list(quotas) or [hall(2)],
        **given,
    }
    return SalonContent.model_validate(told)


async def published(*quotas: dict[str, Any], **given: Any) -> UUID:
    made = await service.draft(written(*quotas, **given), actor=SYSTEM)
    await service.publish(made.id, actor=SYSTEM, version=made.version)
    return made.id


async def owners(count: int = 1, *, first: int = 1, **facts: Any) -> list[tuple[Actor, UUID]]:
    return [await asker(number, **facts) for number in range(first, first + count)]


def wish(person: Actor, enterprise_id: UUID, salon_id: UUID, **given: Any) -> Wish:
    return Wish(person, salon_id, enterprise_id, person.id, given.pop("way", "hall"), **given)


async def sign_up(person: Actor, enterprise_id: UUID, salon_id: UUID, **given: Any) -> SignedUp:
    """One sign-up, as a set of one; raises its refusal."""
    async with db.transaction():
        (made,) = await signing.sign_up([wish(person, enterprise_id, salon_id, **given)])
    if isinstance(made, WuweiError):
        raise made
    return made


async def row(signup_id: UUID) -> dict[str, Any]:
    found = await db.fetch_one("SELECT * FROM salon_signups WHERE id = $1", signup_id)
    assert found
    return dict(found)


async def state(signup_id: UUID) -> str:
    return str((await row(signup_id))["state"])


async def salon(salon_id: UUID) -> Salon:
    return await Salon.get(id=salon_id)


async def counted(salon_id: UUID) -> tuple[int, int, int]:
    """Seats that the database says are taken, that are, and how many wait; the first two are to be the same."""
    taken = await db.fetch_value("SELECT sum(taken) FROM salon_quotas WHERE salon_id = $1", salon_id)
    seated = await db.fetch_value(
        "SELECT count(*) FROM salon_signups WHERE salon_id = $1 AND quota_id IS NOT NULL", salon_id
    )
    waiting = await db.fetch_value("SELECT coalesce(sum(waiting), 0) FROM salon_waiting WHERE salon_id = $1", salon_id)
    return taken, seated, waiting


async def drain() -> None:
    """Carry out what is due of the outbox, as a worker does."""

    await outbox.drain(telling.HANDLERS, seconds=5)


async def inbox(person: Actor) -> list[str]:
    rows = await db.fetch("SELECT kind FROM inbox WHERE person_id = $1 ORDER BY id", person.id)
    return [one["kind"] for one in rows]
