"""Enterprises for tests: as bare as the table allows."""

from uuid import UUID

from stdnum.cn import uscc

from backend.access import Actor, ActorKind, Grant, Role
from backend.foundation import clock, db
from backend.foundation.ids import new_id

STAFF = Actor(ActorKind.STAFF, new_id(), "演示工作人员", (Grant(Role.MANAGER),))


def code(number: int, kind: str = "91", area: str = "330502") -> str:
    """A USCC with the right check digit."""
    body = f"{kind}{area}MA2{number:06d}"
    return body + uscc.calc_check_digit(body)


async def enterprise(number: int = 1, name: str = "演示食品店", **facts: object) -> UUID:
    """An enterprise; `facts` go straight into the wide row as the registry's of today."""
    new, today = new_id(), clock.today()
    columns = ["id", "uscc", "name", "created_at"]
    values: list[object] = [new, code(number), name, clock.now()]
    for key, value in facts.items():
        columns += [key, f"{key}_source", f"{key}_on"]
        values += [value, 3, today]
    marks = ", ".join(f"${n + 1}" for n in range(len(values)))
    await db.execute(f"INSERT INTO enterprises ({', '.join(columns)}) VALUES ({marks})", *values)
    return new


async def wide(enterprise_id: UUID) -> dict[str, object]:
    row = await db.fetch_one("SELECT * FROM enterprises WHERE id = $1", enterprise_id)
    assert row is not None
    return dict(row)
