"""Staff who hold something, and what they were told."""

from typing import Any
from uuid import UUID

from backend import staff
from backend.access import SYSTEM, Actor, Grant, Role
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.notifications import staff_notices, staff_phones
from backend.notifications.staff_notices import Holders
from tests.factories.people import add_staff

REVIEW, KIND = "policies.review", "policy_review_wanted"
FIELDS = {"policy": "稳岗补贴", "edition": "1", "policy_id": "p"}


async def holder(*grants: Grant) -> Actor:
    actor = await add_staff(staff_id=new_id())
    assert actor.id
    await staff.grant(actor.id, grants or [Grant(Role.REVIEWER)], actor=SYSTEM)
    return actor


async def tell(to: Holders | list[UUID], once: str = "once", **given: Any) -> int:
    async with db.transaction():
        return await staff_notices.tell(KIND, to, fields=FIELDS, once=once, **given)


async def settle(*subjects: UUID) -> int:
    async with db.transaction():
        return await staff_notices.settle(subjects, KIND)


async def told() -> set[UUID]:
    return {row["staff_id"] for row in await db.fetch("SELECT staff_id FROM staff_notices")}


async def bind(actor: Actor, person: UUID) -> None:
    offer = await staff_phones.offer(actor)
    await staff_phones.bind(person, offer.code, actor=SYSTEM)
