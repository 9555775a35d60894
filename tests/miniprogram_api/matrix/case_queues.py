"""Whoever reads cases reads their lists, his own places only; an owner lists his own."""

from backend.access import Role
from backend.foundation import clock, db
from tests.backend.cases.people import opened
from tests.support.matrix import Call, Row, World

READERS = frozenset(Role) - {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.PARTNER}
_STAFF = "/api/staff/v1/cases"


async def _some(_world: World) -> Call:
    await opened()
    return Call(query={"queue": "unassigned", "sort": "newest", "q": "WW-2026", "state": "open"})


async def _figures(_world: World) -> Call:
    await opened()
    return Call(query={"from": "2026-01-01", "to": "2026-12-31", "by": "category"})


async def _own(world: World) -> Call:
    sql = "INSERT INTO persons (id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
    await db.execute(sql, world.owner.id, clock.now())
    await opened(world.owner)
    return Call(query={"which": "open"})


ROWS = (
    Row("GET", "/api/owner/v1/cases", arrange=_own),
    Row("GET", _STAFF, roles=READERS, arrange=_some),
    Row("GET", f"{_STAFF}/counts", roles=READERS),
    Row("GET", f"{_STAFF}/export", roles=READERS, arrange=_some),
    Row("GET", f"{_STAFF}/figures", roles=READERS, arrange=_figures),
)
