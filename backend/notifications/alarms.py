"""Tells who operates the service what is wrong, until one of them has seen to it or it is over; for the clock.

That the trail does not hold is told to the auditors too, by no administrator's grace: it may be one who altered it.

Alerts stand on a lower floor and open in the middle of anything, often because messages fail: so they are looked for,
never told from there.
"""

from typing import Final
from uuid import UUID

from backend import alerts
from backend.access import SYSTEM
from backend.alerts import Alert
from backend.alerts.queries import PERMISSION
from backend.foundation import db
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders

KIND: Final = "alarm"
OF_THE_TRAIL: Final = "trail_alarm"
TRAIL: Final = frozenset({"audit_broken", "audit_unverified"})
READERS: Final = "audit.read"
_LONGEST_KEY: Final = 100

_TOLD: Final = """
SELECT DISTINCT subject FROM staff_notices
WHERE kind = ANY ($1::text[]) AND subject IS NOT NULL AND settled_at IS NULL
"""


async def tell_alarms() -> int:
    """Tell each open alert that nobody has taken on, once, and close what is told of the others; returns how many."""
    waiting = await _waiting()
    told = {row["subject"] for row in await db.fetch(_TOLD, [KIND, OF_THE_TRAIL])}
    fresh = [alert for alert_id, alert in waiting.items() if alert_id not in told]
    async with db.transaction():
        await staff_notices.settle(sorted(told - waiting.keys()), KIND, OF_THE_TRAIL)
        return sum([await _tell(alert) for alert in fresh])


async def _waiting() -> dict[UUID, Alert]:
    found: dict[UUID, Alert] = {}
    before: UUID | None = None
    while True:
        page, before = await alerts.listed(SYSTEM, before=before)
        found |= {one.id: one for one in page if one.acknowledged_at is None}
        if before is None:
            return found


async def _tell(alert: Alert) -> int:
    fields = {
        "alarm": f"{alert.title}（{alert.key[:_LONGEST_KEY]}）" if alert.key else alert.title,
        "detail": alert.action,
    }
    to = {KIND: PERMISSION, **({OF_THE_TRAIL: READERS} if alert.kind in TRAIL else {})}
    return sum(
        [
            await staff_notices.tell(
                kind, Holders(permission), fields=fields, once=f"{kind}:{alert.id}", subject=alert.id
            )
            for kind, permission in to.items()
        ]
    )
