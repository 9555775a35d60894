"""How the bureau kept its own appointments, month by month, for anybody to read; counted now and then, not per reader.

Anybody may ask without signing in, and each answer counts a year of visits: so it is kept in Redis for KEPT, and when
that is over one reader counts anew while the others still read what was counted last. Without Redis each counts.
"""

from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson

from backend import runtime
from backend.foundation import clock, db
from backend.gateways.redis import fail_open

KEPT: Final = timedelta(minutes=10)
_KEY: Final = "wuwei:visits:figures"
_COUNTS: Final = "wuwei:visits:figures:counts"
_FORGOTTEN: Final = timedelta(days=1)
_COUNTING: Final = timedelta(minutes=1)
"""How long one reader may count before another tries."""

# What went into another visit counts there.
_FIGURES: Final = """
SELECT to_char(v.starts_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS month,
    count(*) FILTER (WHERE v.confirmed_at IS NOT NULL) AS confirmed,
    count(*) FILTER (WHERE v.state = 'cancelled_by_bureau') AS cancelled_by_bureau,
    count(*) FILTER (WHERE v.state = 'cancelled_by_bureau' AND v.is_late) AS late_by_bureau,
    count(*) FILTER (WHERE v.state = 'no_show_staff' AND NOT v.is_set_aside) AS missed_by_bureau,
    count(*) FILTER (WHERE v.state = 'expired' AND v.number IS NOT NULL) AS unanswered,
    count(*) FILTER (WHERE v.state IN ('arrived', 'reported', 'closed')) AS took_place,
    count(*) FILTER (WHERE EXISTS (SELECT FROM visit_attendances a WHERE a.visit_id = v.id AND a.how = 'back_filled'
                                   AND NOT a.is_set_aside)) AS back_filled,
    count(*) FILTER (WHERE v.closed_by = 'confirmed') AS closed_confirmed,
    count(*) FILTER (WHERE v.closed_by = 'silence') AS closed_by_silence,
    count(*) FILTER (WHERE v.closed_by = 'decision') AS closed_by_decision,
    sum((SELECT count(*) FROM visit_promises p WHERE p.visit_id = v.id))::int AS promises,
    sum((SELECT count(*) FROM visit_promises p WHERE p.visit_id = v.id AND p.kept_at IS NOT NULL))::int AS promises_kept
FROM visits v WHERE v.starts_at >= $1 AND v.starts_at < $2 AND v.number IS NOT NULL
  AND NOT (v.state = 'cancelled_by_bureau' AND EXISTS (
      SELECT FROM visit_events e WHERE e.visit_id = v.id AND e.kind = 'merged' AND e.data ? 'into'))
GROUP BY 1 ORDER BY 1
"""


async def published() -> list[dict[str, Any]]:
    """Return the figures as they were counted last, at most KEPT ago but for the while in which they are counted."""
    redis = runtime.current().redis
    kept = await fail_open(redis.get(_KEY), None, doing="visit figures")
    told = orjson.loads(kept) if kept else None
    if told and (datetime.fromisoformat(told["at"]) + KEPT > clock.now() or not await _may_count()):
        return list(told["months"])
    months = await monthly()
    fresh = orjson.dumps({"at": clock.now(), "months": months})
    await fail_open(redis.set(_KEY, fresh, ex=_FORGOTTEN), None, doing="visit figures")
    await fail_open(redis.delete(_COUNTS), 0, doing="visit figures")
    return months


async def _may_count() -> bool:
    redis = runtime.current().redis
    return bool(await fail_open(redis.set(_COUNTS, b"1", ex=_COUNTING, nx=True), True, doing="visit figures"))


async def monthly(months: int = 12) -> list[dict[str, Any]]:
    """Return, for the public, how the bureau kept its own appointments in the last months and this one."""
    today = clock.today()
    year, month = divmod(today.year * 12 + today.month - months, 12)
    first, last = clock.day_start(date(year, month + 1, 1)), clock.now()
    return [dict(row) for row in await db.fetch(_FIGURES, first, last)]
