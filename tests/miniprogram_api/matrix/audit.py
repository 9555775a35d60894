"""The trail is read by auditors, and by nobody else."""

from backend import audit
from backend.access import Role
from backend.foundation import db
from backend.foundation.ids import new_id
from tests.support.matrix import Call, Row, World

AUDITORS = frozenset({Role.AUDITOR})


async def _some_acts(world: World) -> Call:
    async with db.transaction():
        await audit.record(world.owner, "identity.bound", table="bindings", row_id=new_id())
    return Call(query={"action": "identity.bound", "table": "bindings", "from": "2026-01-01T00:00:00+08:00"})


ROWS = (
    Row("GET", "/api/staff/v1/audit", roles=AUDITORS, arrange=_some_acts),
    Row("GET", "/api/staff/v1/audit/export", roles=AUDITORS),
    Row("GET", "/api/staff/v1/audit/verification", roles=AUDITORS),
)
