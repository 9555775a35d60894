"""Who is there: counts for whoever stands at the door, and what he has to look into.

Who is expected, came and is inside are counted of the same people: those with a seat in the hall. Whoever signed up for
online and was let in is counted apart.
"""

from typing import Any, Final
from uuid import UUID

from backend.access import Actor, Condition
from backend.foundation import db
from backend.salons.door import scanning
from backend.salons.errors import SalonUnknown
from backend.salons.visibility import salons_visible_to

_COUNTS: Final = """
SELECT p.*, (SELECT count(*) FROM salon_signups g WHERE g.salon_id = s.id AND g.way = 'hall'
     AND g.state IN ('confirmed', 'attended', 'no_show')) AS expected
FROM salons s CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE g.way = 'hall' AND p.is_inside) AS inside,
        count(*) FILTER (WHERE g.way = 'hall') AS came,
        count(*) FILTER (WHERE g.way = 'online' AND p.is_inside) AS online_inside,
        count(*) FILTER (WHERE g.way = 'online') AS online_came
    FROM salon_presences p JOIN salon_signups g ON g.id = p.signup_id WHERE p.salon_id = s.id
) AS p WHERE {wanted}
"""
_SCANS: Final = """
SELECT s.id, s.signup_id, s.outcome, s.refusal, s.direction, s.scanned_at, s.device, g.attendee, g.way,
    (SELECT e.name FROM enterprises e WHERE e.id = g.enterprise_id) AS enterprise
FROM salon_scans s LEFT JOIN salon_signups g ON g.id = s.signup_id WHERE s.salon_id = $1
"""
_STRANGE: Final = f"{_SCANS} AND s.outcome = $2 ORDER BY s.scanned_at DESC, s.id DESC LIMIT 200"
# In the order in which they came in: what a device kept for an hour is news when it is sent.
_RECENT: Final = f"{_SCANS} ORDER BY s.received_at DESC, s.id DESC LIMIT 50"


async def standing(salon_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """Return how many are inside, came, are expected; what was read last; tickets in two hands; who was not let in."""
    wanted = Condition("s.id = {}::uuid", (salon_id,)) & salons_visible_to(actor)
    row = await db.fetch_one(_COUNTS.format(wanted=wanted.render()), *wanted.params)
    if row is None:
        raise SalonUnknown
    is_masked = actor.reads_masked("salons.read")
    found: dict[str, Any] = dict(row)
    listed = {
        "recent": await db.fetch(_RECENT, salon_id),
        "conflicts": await db.fetch(_STRANGE, salon_id, "conflict"),
        "refused": await db.fetch(_STRANGE, salon_id, "refused"),
    }
    for name, rows in listed.items():
        told = [scanning.told(dict(one)) for one in rows]
        found[name] = [{**one, "attendee": ""} for one in told] if is_masked else told
    return found
