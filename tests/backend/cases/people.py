"""Clerks who handle cases, owners who ask, and cases at the point where a test begins."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend import cases
from backend.access import SYSTEM, Actor, ActorKind, Grant, Role
from backend.cases import handling
from backend.cases.models import Case
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import owner
from tests.factories.people import add_staff

_GRANT = """
INSERT INTO staff_grants (id, staff_id, role, unit_id, districts, granted_at) VALUES ($1, $2, $3, $4, $5, $6)
"""
CONSULT = "consult_policy"
HELP = "help_operation"
COMPLAINT = "complaint_service"


async def clerk(*roles: Role, districts: tuple[str, ...] = (), unit_id: UUID | None = None) -> Actor:
    """A specialist, unless another role is named."""
    grants = [Grant(role, unit_id, districts) for role in roles or (Role.SPECIALIST,)]
    made = await add_staff(*grants)
    for one in grants:
        given = (new_id(), made.id, one.role, one.unit_id, list(one.districts), clock.now())
        await db.execute(_GRANT, *given)
    return made


async def whose(case_id: UUID) -> Actor:
    """The clerk to whom a case was given, or a new one where nobody has it."""
    found = await db.fetch_value("SELECT handler_id FROM cases WHERE id = $1", case_id)
    return Actor(ActorKind.STAFF, found, "工作人员", (Grant(Role.SPECIALIST),)) if found else await clerk()


async def manager() -> Actor:
    return await clerk(Role.MANAGER)


async def asker(number: int = 1, **facts: Any) -> tuple[Actor, UUID]:
    """An owner with his enterprise, in 吴兴 unless told otherwise."""
    place = await enterprise(number, **{"district": "330502", **facts})
    return await owner(place), place


async def opened(
    person: Actor | None = None,
    enterprise_id: UUID | None = None,
    *,
    category: str = HELP,
    received_at: datetime | None = None,
    **given: Any,
) -> UUID:
    """A case that was asked in the mini-program."""
    opening = cases.Opening(
        **{
            "origin": "cases",
            "origin_id": new_id(),
            "category": category,
            "title": "用工困难",
            "body": "招不到人，请问有什么办法？",
            "channel": cases.Channel.MINI_PROGRAM,
            "person_id": person.id if person else None,
            "enterprise_id": enterprise_id,
            "received_at": received_at,
            **given,
        }
    )
    async with db.transaction():
        return (await cases.open_one(opening, actor=person or SYSTEM)).id


async def taken(actor: Actor, person: Actor | None = None, enterprise_id: UUID | None = None, **given: Any) -> UUID:
    """A case that a clerk has taken over."""
    case_id = await opened(person, enterprise_id, **given)
    await handling.accept(case_id, actor=actor)
    return case_id


async def answered(actor: Actor, person: Actor | None = None, enterprise_id: UUID | None = None, **given: Any) -> UUID:
    """A case that its handler has answered."""
    case_id = await taken(actor, person, enterprise_id, **given)
    await handling.answer(case_id, "可以申请用工补助，材料见附件。", actor=actor)
    return case_id


async def row(case_id: UUID) -> Case:
    return await Case.get(id=case_id)


async def kinds(case_id: UUID) -> list[str]:
    """What happened to a case, in its order."""
    rows = await db.fetch("SELECT kind FROM case_events WHERE case_id = $1 ORDER BY seq", case_id)
    return [one["kind"] for one in rows]
