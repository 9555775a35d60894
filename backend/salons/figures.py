"""How salons went, by topic and by district: held, signed up, came, waited in vain."""

from datetime import date, timedelta
from typing import Any, Final

from backend.access import Actor
from backend.enterprises import divisions
from backend.foundation import clock, db
from backend.salons.content import TOPICS
from backend.salons.visibility import salons_visible_to

_FIGURES: Final = """
SELECT {by} AS name, count(*) AS salons, coalesce(sum(n.seats), 0)::int AS seats,
    coalesce(sum(n.signed), 0)::int AS signed_up, coalesce(sum(n.came), 0)::int AS came,
    coalesce(sum(n.missing), 0)::int AS not_come, coalesce(sum(n.vain), 0)::int AS waited_in_vain
FROM salons s CROSS JOIN LATERAL (
    SELECT (SELECT sum(q.seats) FROM salon_quotas q WHERE q.salon_id = s.id) AS seats,
        count(*) FILTER (WHERE g.state IN ('confirmed', 'attended', 'no_show')) AS signed,
        count(*) FILTER (WHERE g.state = 'attended') AS came,
        count(*) FILTER (WHERE g.state = 'no_show') AS missing,
        count(*) FILTER (WHERE g.state = 'missed') AS vain
    FROM salon_signups g WHERE g.salon_id = s.id
) AS n
WHERE s.state IN ('held', 'archived') AND s.starts_at >= $1 AND s.starts_at < $2 AND {visible}
GROUP BY 1 ORDER BY 2 DESC, 1
"""


async def of(actor: Actor, first: date, last: date) -> dict[str, Any]:
    """Return the figures of salons held on these days in China, of those that the actor sees."""
    visible = salons_visible_to(actor)
    bounds = (clock.day_start(first), clock.day_start(last + timedelta(days=1)))
    found = {}
    for name, by in (("topics", "s.topic"), ("districts", "coalesce(s.district, '')")):
        rows = await db.fetch(_FIGURES.format(by=by, visible=visible.render(3)), *bounds, *visible.params)
        words = TOPICS if name == "topics" else {"": "全市", **divisions.DISTRICTS}
        found[name] = [{**dict(row), "word": words.get(row["name"], row["name"])} for row in rows]
    return found
