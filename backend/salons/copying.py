"""Another salon like one that was: its words, seats and form at another time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from backend.access import Actor
from backend.foundation import clock, db
from backend.salons import service
from backend.salons.content import FIRST_TIMERS_UNTIL
from backend.salons.errors import SalonUnknown
from backend.salons.models import Salon
from backend.salons.service import Handled
from backend.salons.visibility import salons_visible_to

_QUOTAS: Final = """
SELECT title, way, seats, hard_limit, kept_until IS NOT NULL AS is_for_first_timers FROM salon_quotas
WHERE salon_id = $1 ORDER BY position
"""
_COPIED: Final = (
    "title", "topic", "intro", "organisers", "series_id", "unit_id", "district", "address", "online_url", "rule",
    "reason", "is_limited", "per_enterprise", "needs_approval", "approval_days", "form", "poster_id",
)  # fmt: skip


async def copy(salon_id: UUID, starts_at: datetime, *, actor: Actor) -> Handled:
    """Begin another salon with the words, seats and form of one, at another time; its intervals stay as they were."""
    visible = salons_visible_to(actor)
    sql = f"SELECT s.id FROM salons s WHERE s.id = $1 AND {visible.render(2)}"
    if await db.fetch_value(sql, salon_id, *visible.params) is None:
        raise SalonUnknown
    one = await Salon.get(id=salon_id)
    by = starts_at - one.starts_at
    columns = {name: getattr(one, name) for name in _COPIED}
    times = {name: getattr(one, name) + by for name in ("starts_at", "ends_at", "opens_at", "closes_at")}
    columns |= {**times, "sessions": [_shifted(part, by) for part in one.sessions]}
    columns["opens_at"] = min(max(times["opens_at"], clock.now()), times["closes_at"] - timedelta(minutes=1))
    kept_until = starts_at - FIRST_TIMERS_UNTIL
    rows = [
        {
            "id": None,
            "position": position,
            "title": row["title"],
            "way": row["way"],
            "seats": row["seats"],
            "hard_limit": row["hard_limit"],
            "kept_until": kept_until if row["is_for_first_timers"] else None,
        }
        for position, row in enumerate(await db.fetch(_QUOTAS, salon_id))
    ]
    return await service.begin(columns, rows, actor)


def _shifted(part: Mapping[str, Any], by: timedelta) -> dict[str, Any]:
    times = {name: (datetime.fromisoformat(part[name]) + by).isoformat() for name in ("starts_at", "ends_at")}
    return {**part, **times}
