"""How long it takes from place to place: told by staff where a straight line knows too little."""

from typing import Any, Final

from backend import audit
from backend.access import Actor
from backend.enterprises import divisions
from backend.foundation import db
from backend.foundation.errors import FieldError, Invalid
from backend.visits.reasons import PLAN

LONGEST: Final = 240

_TELL: Final = """
INSERT INTO visit_ways (one, other, minutes) VALUES (least($1, $2), greatest($1, $2), $3)
ON CONFLICT (one, other) DO UPDATE SET minutes = excluded.minutes
"""
_FORGET: Final = "DELETE FROM visit_ways WHERE one = least($1, $2) AND other = greatest($1, $2)"
_TOLD: Final = "SELECT one, other, minutes FROM visit_ways ORDER BY one, other"


async def minutes(one: str | None, other: str | None) -> int:
    """Return the minutes between two divisions' codes, as slots and bookings reckon them."""
    return int(await db.fetch_value("SELECT visit_minutes($1, $2)", one, other))


async def tell(one: str, other: str, took: int | None, *, actor: Actor) -> None:
    """Say how long a way takes, both directions alike; None goes back to what the straight line says."""
    actor.require(PLAN)
    unknown = [code for code in (one, other) if code not in divisions.TOWNS and code not in divisions.DISTRICTS]
    if unknown or one == other or (took is not None and not 0 <= took <= LONGEST):
        sentence = "请选择本市两个不同的区县或乡镇街道，时间为0至240分钟。"
        raise Invalid(fields=(FieldError("one", "out_of_range", sentence),))
    async with db.transaction():
        if took is None:
            await db.execute(_FORGET, one, other)
        else:
            await db.execute(_TELL, one, other, took)
        detail = {"way": f"{one}-{other}", "minutes": took}
        await audit.record(actor, "visits.way_told", table="visit_ways", row_id=None, detail=detail)


async def told() -> list[dict[str, Any]]:
    """Return the ways that staff told."""
    return [dict(row) for row in await db.fetch(_TOLD)]
