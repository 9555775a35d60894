"""Who is newly bound, and comes to fit several policies by it, is told once how many, not once for each.

Every version that is counted is told with it: he hears of it no more, unless it is withdrawn or corrected. One alone is
told by its name, as to anybody else.
"""

from datetime import date
from typing import Final
from uuid import UUID

from backend import notifications
from backend.foundation import clock, db
from backend.policies import messages

CHUNK: Final = 2_000

# New is a binding that no night has been done with. A list that waits for its release keeps whom it has.
_TELL: Final = """
WITH newcomers AS (
    SELECT r.person_id FROM policy_recipients r JOIN policy_versions v ON v.id = r.version_id
    WHERE {untold} AND r.person_id IN (
        SELECT d.person_id FROM policy_due d WHERE d.person_id > $2 AND d.person_id <= $3
        AND NOT EXISTS (SELECT FROM policy_checked k WHERE k.binding_id = d.binding_id))
    GROUP BY r.person_id HAVING count(*) > 1 ORDER BY r.person_id LIMIT $4
), told AS (
    UPDATE policy_recipients r SET told_at = $1 FROM newcomers n, policy_versions v
    WHERE r.person_id = n.person_id AND v.id = r.version_id AND {untold}
    RETURNING r.person_id, r.enterprise_id
)
SELECT t.person_id, count(*)::int AS policies, count(DISTINCT e.id)::int AS enterprises,
       (array_agg(e.id ORDER BY e.name, e.id))[1] AS enterprise_id, min(e.name) AS name
FROM told t JOIN enterprises e ON e.id = t.enterprise_id GROUP BY t.person_id ORDER BY t.person_id
"""
_UNTOLD: Final = """
r.told_at IS NULL AND r.broadcast_id IS NULL AND r.found_by = 'difference'
AND v.state = 'published' AND v.pushes_paused_at IS NULL
"""


async def welcome(day: date, after: UUID, upto: UUID) -> bool:
    """Tell the next newcomers of a range of persons, in the night's transaction; tells whether more may be left."""
    rows = await db.fetch(_TELL.format(untold=_UNTOLD), clock.now(), after, upto, CHUNK)
    await notifications.tell([messages.welcomed(dict(row), day) for row in rows])
    return len(rows) == CHUNK
