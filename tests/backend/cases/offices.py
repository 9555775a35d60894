"""Units with their people, and cases that wait for one of them."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from backend.access import SYSTEM, Actor, Role
from backend.assembly import OUTBOX_HANDLERS
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.outbox import drain
from backend.staff import absences
from tests.backend.cases.people import clerk

LONG_AGO = timedelta(days=200)


def id_of(actor: Actor) -> UUID:
    assert actor.id
    return actor.id


async def unit(name: str = "吴兴分局", parent_id: UUID | None = None) -> UUID:
    made = new_id()
    sql = "INSERT INTO units (id, name, parent_id, created_at) VALUES ($1, $2, $3, $4)"
    await db.execute(sql, made, name, parent_id, clock.now())
    return made


async def member(
    unit_id: UUID, *roles: Role, skills: Sequence[str] = (), name: str = "", districts: tuple[str, ...] = ()
) -> Actor:
    """Somebody of a unit whose grants extend to the whole city, here for as long as one counts."""
    made = await clerk(*roles, districts=districts)
    sql = "UPDATE staff SET unit_id = $2, created_at = $3, name = $4 WHERE id = $1"
    await db.execute(sql, made.id, unit_id, clock.now() - LONG_AGO, name or "工作人员")
    for skill in skills:
        await db.execute("INSERT INTO staff_skills VALUES ($1, $2, $3)", made.id, skill, clock.now())
    return made


async def route(category: str, unit_id: UUID, district: str = "") -> None:
    await db.execute("INSERT INTO case_routes VALUES ($1, $2, $3)", category, district, unit_id)


async def away(someone: Actor, days: int = 0, *, stand_in: Actor | None = None, after: int = 0) -> UUID:
    """Somebody is away from today, or `after` so many days, and for so many days more."""
    first = clock.today() + timedelta(days=after)
    other = stand_in.id if stand_in else None
    return await absences.tell(
        id_of(someone), first, first + timedelta(days=days), "leave", stand_in=other, actor=SYSTEM
    )


async def leaves(someone: Actor) -> None:
    """Only the account's own end, not what follows from it."""
    await db.execute("UPDATE staff SET state = 'left', left_at = $2 WHERE id = $1", someone.id, clock.now())
    await db.execute("UPDATE staff_grants SET ended_at = $2 WHERE staff_id = $1", someone.id, clock.now())


async def settled() -> None:
    """Carry out what waits in the outbox."""
    done = await drain(OUTBOX_HANDLERS)
    assert done.failed == 0


async def holders(case_ids: Sequence[UUID]) -> list[UUID | None]:
    """Who has each of these cases, in their order."""
    rows = await db.fetch("SELECT id, handler_id FROM cases WHERE id = ANY ($1::uuid[])", list(case_ids))
    found = {row["id"]: row["handler_id"] for row in rows}
    return [found[one] for one in case_ids]


async def why(case_id: UUID) -> list[str]:
    """What staff read about the ways of a case."""
    sql = "SELECT body FROM case_notes WHERE case_id = $1 AND kind = 'assignment' ORDER BY id"
    return [row["body"] for row in await db.fetch(sql, case_id)]


async def notices(someone: Actor) -> list[str]:
    sql = "SELECT kind FROM staff_notices WHERE staff_id = $1 AND settled_at IS NULL ORDER BY id"
    return [row["kind"] for row in await db.fetch(sql, someone.id)]


async def load(someone: Actor) -> int:
    sql = "SELECT coalesce(sum(weight), 0) FROM staff_assignments WHERE staff_id = $1 AND closed_at IS NULL"
    return int(await db.fetch_value(sql, someone.id))
