"""A night as the workers go through it, and what owners have heard by its end."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend import outbox
from backend.access import Actor
from backend.enterprises import settling
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.policies.telling import differences, spreading

HANDLERS = {**spreading.HANDLERS, **differences.HANDLERS}


async def spread() -> None:
    drained = await outbox.drain(HANDLERS)
    assert (drained.failed, drained.is_empty) == (0, True)


async def night(clock: clock_module.Frozen, days: int = 1) -> None:
    """Let the clock come to half past two of a coming day, and do what the workers do then."""
    day = clock_module.today() + timedelta(days=days)
    clock.set(clock_module.day_start(day) + timedelta(hours=2, minutes=30))
    await settling.settle_due()
    assert await differences.begin("02:30")
    await spread()
    assert await db.fetch_value("SELECT ended_at FROM policy_differences WHERE on_day = $1", day) is not None


async def told(*people: Actor) -> list[int]:
    """How many messages each of them has."""
    rows = await db.fetch("SELECT person_id, count(*) FROM inbox WHERE kind = 'policy_matched' GROUP BY 1")
    counts = {row[0]: row[1] for row in rows}
    return [counts.get(person.id, 0) for person in people]


async def changed(shop: UUID, **facts: Any) -> None:
    """As an import does: other values, another version of the facts."""
    sql = "UPDATE enterprises SET {0} = $2, {0}_source = 3, {0}_on = $3, facts_version = facts_version + 1"
    for key, value in facts.items():
        await db.execute(f"{sql.format(key)} WHERE id = $1", shop, value, clock_module.today())
