"""Somebody says that he has seen an alert and looks after it; it stays open until its cause is gone."""

from typing import Final
from uuid import UUID

from backend import audit
from backend.access import Actor
from backend.alerts.errors import AlertNotFound
from backend.alerts.queries import Alert, shown
from backend.foundation import clock, db

PERMISSION: Final = "system.operate"

_LOCK: Final = "SELECT * FROM alerts WHERE id = $1 FOR UPDATE"
_SEEN: Final = "UPDATE alerts SET acknowledged_at = $2, acknowledged_by = $3 WHERE id = $1 RETURNING *"


async def acknowledge(alert_id: UUID, *, actor: Actor) -> Alert:
    """Note who looks after it; who comes second changes nothing. Raises Forbidden, AlertNotFound."""
    actor.require(PERMISSION)
    async with db.transaction():
        row = await db.fetch_one(_LOCK, alert_id)
        if row is None:
            raise AlertNotFound
        if row["acknowledged_at"] is None:
            [row] = await db.fetch(_SEEN, alert_id, clock.now(), actor.id)
            detail = {"kind": row["kind"], "key": row["key"]}
            await audit.record(actor, "alerts.acknowledged", table="alerts", row_id=alert_id, detail=detail)
    return shown(row)
