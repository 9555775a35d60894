"""What came of a salon: how many who were there opened a policy afterwards, or told that they applied for one.

Counted are enterprises that attended, from the salon's beginning until FOLLOWED_FOR later; an enterprise counts for
what it opened first, or told first, in that time. The figures are told once the time is over and stay as they are then,
so that nobody can subtract yesterday's.

No number tells of few: each that is shown counts nobody or at least FLOOR, and so does what is left when it is taken
from a number that is shown of which it is a part: of all who came, or of all who opened anything. Policies of which
nothing may be shown are not listed at all; what nobody did looks the same.
"""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from backend.access import Actor, Condition
from backend.foundation import clock, db
from backend.foundation.suppressing import FLOOR, is_small
from backend.salons.errors import SalonUnknown
from backend.salons.visibility import READ, salons_visible_to

FOLLOWED_FOR: Final = timedelta(days=30)

_SEEN: Final = "SELECT s.id, s.starts_at FROM salons s WHERE {wanted}"
_FIGURES: Final = """
WITH came AS (
    SELECT DISTINCT g.enterprise_id FROM salon_signups g WHERE g.salon_id = $1 AND g.state = 'attended'
), did AS (
    SELECT v.policy_id, f.enterprise_id,
        coalesce(bool_or(f.opened_at >= $2 AND f.opened_at < $3), FALSE) AS opened,
        coalesce(bool_or(f.applied_at >= $2 AND f.applied_at < $3), FALSE) AS applied
    FROM came JOIN policy_feedback f ON f.enterprise_id = came.enterprise_id
    JOIN policy_versions v ON v.id = f.version_id GROUP BY 1, 2
), each AS (
    SELECT policy_id, count(*) FILTER (WHERE opened) AS opened, count(*) FILTER (WHERE applied) AS applied
    FROM did GROUP BY 1 HAVING bool_or(opened OR applied)
)
SELECT (SELECT count(*) FROM came) AS came,
    (SELECT count(DISTINCT enterprise_id) FROM did WHERE opened) AS opened,
    (SELECT count(DISTINCT enterprise_id) FROM did WHERE applied) AS applied,
    (SELECT coalesce(json_agg(json_build_object('policy_id', e.policy_id, 'opened', e.opened, 'applied', e.applied,
         'title', (SELECT v.title FROM policy_versions v WHERE v.policy_id = e.policy_id AND v.published_at IS NOT NULL
                   ORDER BY v.edition DESC LIMIT 1)) ORDER BY e.opened DESC, e.applied DESC, e.policy_id), '[]')
     FROM each e)::text AS policies
"""


async def of_salon(salon_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """Return the figures of one salon; without any before the time is over. Raises SalonUnknown."""
    wanted = Condition("s.id = {}::uuid", (salon_id,)) & salons_visible_to(actor, READ)
    salon = await db.fetch_one(_SEEN.format(wanted=wanted.render()), *wanted.params)
    if salon is None:
        raise SalonUnknown
    until = salon["starts_at"] + FOLLOWED_FOR
    told = {"days": FOLLOWED_FOR.days, "since": salon["starts_at"], "until": until, "is_over": until <= clock.now()}
    if not told["is_over"]:
        return {**told, "came": None, "opened": None, "applied": None, "policies": []}
    row = await db.fetch_one(_FIGURES, salon_id, salon["starts_at"], until)
    figures = shown(dict(row) if row else {})
    return {**told, **figures}


def shown(counted: dict[str, Any]) -> dict[str, Any]:
    """Return of what was counted that which tells of no few; None is what is kept back."""
    came = counted["came"]
    totals = {name: _part(counted[name], came) for name in ("opened", "applied")}
    policies = []
    for one in orjson.loads(counted["policies"]):
        parts = {name: _part(one[name], came, total) for name, total in totals.items()}
        if any(parts.values()):
            policies.append({**one, **parts})
    return {"came": None if is_small(came) else came, **totals, "policies": policies}


def _part(count: int, *wholes: int | None) -> int | None:
    """Return a count, unless it or what it leaves of one of these wholes tells of few."""
    rests = [whole - count for whole in wholes if whole is not None]
    is_told = not any(is_small(one) for one in (count, *rests)) and (wholes[0] or 0) >= FLOOR
    return count if is_told else None
