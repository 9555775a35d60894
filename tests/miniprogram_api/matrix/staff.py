"""The console's own accounts."""

from backend import staff
from backend.access import SYSTEM, Grant, Role
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from tests.factories.people import PASSWORD, add_staff
from tests.support.matrix import Call, Row, World

EVERYBODY = frozenset(Role)
READERS = frozenset({Role.MANAGER, Role.AUDITOR, Role.SECURITY_ADMINISTRATOR})
KEEPERS = frozenset({Role.SECURITY_ADMINISTRATOR})


async def _accounts(world: World) -> Call:
    for actor in world.staff.values():
        await add_staff(staff_id=actor.id)
    return Call()


async def _sessions(world: World) -> Call:
    await _accounts(world)
    for actor in world.staff.values():
        sql = """
        INSERT INTO staff_sessions (id, staff_id, token_hash, csrf_hash, created_at, seen_at)
        VALUES ($1, $2, $3, '', $4, $4) ON CONFLICT DO NOTHING
        """
        await db.execute(sql, actor.session_id, actor.id, str(actor.id).encode(), clock.now())
    return Call()


async def _nobody(world: World) -> Call:
    return Call(body={"login": "nobody", "password": "Wrong-password-1", "code": "000000"})


async def _a_password(world: World) -> Call:
    await _accounts(world)
    return Call(body={"current_password": PASSWORD, "new_password": "Another-pass-9"})


async def _a_newcomer(world: World) -> Call:
    await _accounts(world)
    return Call(body={"login": "newcomer", "name": "新人", "grants": [{"role": "visitor", "districts": ["330502"]}]})


async def _a_colleague(world: World) -> Call:
    await _accounts(world)
    colleague = await add_staff()
    return Call(params={"staff_id": colleague.id or new_id()})


async def _a_role(world: World) -> Call:
    call = await _a_colleague(world)
    return Call(params=call.params, body={"role": "publisher", "until": "2099-01-01T00:00:00+08:00"})


async def _a_grant(world: World) -> Call:
    await _accounts(world)
    colleague = await add_staff()
    assert colleague.id
    [grant_id] = await staff.grant(colleague.id, [Grant(Role.VISITOR)], actor=SYSTEM)
    return Call(params={"staff_id": colleague.id, "grant_id": grant_id})


async def _a_unit(world: World) -> Call:
    await _accounts(world)
    return Call(body={"name": "吴兴分局", "district": "330502"})


ROWS = (
    Row("POST", "/api/staff/v1/sessions", anonymous=401, arrange=_nobody),
    Row("DELETE", "/api/staff/v1/sessions/current", roles=EVERYBODY),
    Row("GET", "/api/staff/v1/sessions/current", roles=EVERYBODY, arrange=_sessions),
    Row("GET", "/api/staff/v1/me", roles=EVERYBODY, arrange=_accounts),
    Row("POST", "/api/staff/v1/password", roles=EVERYBODY, arrange=_a_password),
    Row("GET", "/api/staff/v1/staff", roles=READERS),
    Row("POST", "/api/staff/v1/staff", roles=KEEPERS, arrange=_a_newcomer),
    Row("POST", "/api/staff/v1/staff/<staff_id:uuid>/reset", roles=KEEPERS, arrange=_a_colleague),
    Row("POST", "/api/staff/v1/staff/<staff_id:uuid>/leave", roles=KEEPERS, arrange=_a_colleague),
    Row("POST", "/api/staff/v1/staff/<staff_id:uuid>/grants", roles=KEEPERS, arrange=_a_role),
    Row("DELETE", "/api/staff/v1/staff/<staff_id:uuid>/grants/<grant_id:uuid>", roles=KEEPERS, arrange=_a_grant),
    Row("GET", "/api/staff/v1/units", roles=READERS),
    Row("POST", "/api/staff/v1/units", roles=KEEPERS, arrange=_a_unit),
)
