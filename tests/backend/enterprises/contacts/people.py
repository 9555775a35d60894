"""Staff of units, plans and lines of the ledger at the point where a test begins."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from backend.access import SYSTEM, Actor, Role
from backend.enterprises import contacts
from backend.enterprises.contacts import Contact, Plan, ServiceKind
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from tests.backend.cases.people import clerk

BASIS = "《优化营商环境条例》第四十八条"
LAW = "《食品安全法》第一百零九条"


async def unit(name: str, parent: UUID | None = None) -> UUID:
    made = new_id()
    sql = "INSERT INTO units (id, name, parent_id, created_at) VALUES ($1, $2, $3, $4)"
    await db.execute(sql, made, name, parent, clock.now())
    return made


async def member(role: Role = Role.MANAGER, unit_id: UUID | None = None, **given: Any) -> Actor:
    """Somebody of a unit, with a role for the whole city."""
    made = await clerk(role, **given)
    await db.execute("UPDATE staff SET unit_id = $2 WHERE id = $1", made.id, unit_id)
    return made


def a_plan(enterprise_id: UUID, day: date | str = "2026-12-01", **given: Any) -> Plan:
    """A visit that the bureau plans."""
    on_day = date.fromisoformat(day) if isinstance(day, str) else day
    about = {"origin": "visits", "origin_id": new_id(), "kind": ServiceKind.VISIT, **given}
    return Plan(enterprise_id, on_day=on_day, reason="困难帮扶", legal_basis=BASIS, **about)


async def planned(*plans: Plan, actor: Actor = SYSTEM) -> list[UUID]:
    async with db.transaction():
        return await contacts.plan(plans, actor=actor)


async def noted(enterprise_id: UUID, at: datetime | None = None, *, actor: Actor = SYSTEM, **given: Any) -> list[UUID]:
    """A visit that took place."""
    about = {"origin": "visits", "origin_id": new_id(), "kind": ServiceKind.VISIT, **given}
    made = Contact(enterprise_ids=[enterprise_id], at=at or clock.now(), reason="困难帮扶", legal_basis=BASIS, **about)
    async with db.transaction():
        return await contacts.note(made, actor=actor)


async def line(contact_id: UUID) -> dict[str, Any]:
    row = await db.fetch_one("SELECT * FROM contacts WHERE id = $1", contact_id)
    assert row is not None
    return dict(row)


async def count(table: str, condition: str = "TRUE") -> int:
    return int(await db.fetch_value(f"SELECT count(*) FROM {table} WHERE {condition}"))
