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


async def _a_seat_of_each(world: World) -> Call:
    """One more seat, of the role whose turn it is: everybody ends only his own."""
    await _accounts(world)
    turn = await db.fetch_value("SELECT count(*) FROM staff_sessions WHERE client = 'seat'")
    owner, made = world.staff[sorted(world.staff)[turn]], new_id()
    sql = """
    INSERT INTO staff_sessions (id, staff_id, token_hash, csrf_hash, created_at, seen_at, client)
    VALUES ($1, $2, $3, '', $4, $4, 'seat')
    """
    await db.execute(sql, made, owner.id, made.bytes, clock.now())
    return Call(params={"session_id": made})


async def _some_people(world: World) -> Call:
    await _accounts(world)
    return Call(query={"state": "active", "text": "a"})


async def _a_new_name(world: World) -> Call:
    call = await _a_colleague(world)
    return Call(params=call.params, body={"name": "新姓名"})


async def _a_unit_to_close(world: World) -> Call:
    await _accounts(world)
    made = await staff.create_unit(f"分局{new_id()}", actor=SYSTEM)
    return Call(params={"unit_id": made})


async def _a_unit_to_change(world: World) -> Call:
    call = await _a_unit_to_close(world)
    return Call(params=call.params, body={"name": f"改名{new_id()}", "district": "330502"})


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
    Row("GET", "/api/staff/v1/sessions", roles=EVERYBODY, arrange=_sessions),
    Row("POST", "/api/staff/v1/sessions/end-others", roles=EVERYBODY, arrange=_sessions),
    Row("DELETE", "/api/staff/v1/sessions/<session_id:uuid>", roles=EVERYBODY, arrange=_a_seat_of_each),
    Row("GET", "/api/staff/v1/staff", roles=READERS, arrange=_some_people),
    Row("GET", "/api/staff/v1/staff/<staff_id:uuid>", roles=READERS, arrange=_a_colleague),
    Row("PUT", "/api/staff/v1/staff/<staff_id:uuid>", roles=KEEPERS, arrange=_a_new_name),
    Row("GET", "/api/staff/v1/staff/<staff_id:uuid>/leaving", roles=KEEPERS, arrange=_a_colleague),
    Row("PUT", "/api/staff/v1/units/<unit_id:uuid>", roles=KEEPERS, arrange=_a_unit_to_change),
    Row("POST", "/api/staff/v1/units/<unit_id:uuid>/close", roles=KEEPERS, arrange=_a_unit_to_close),
    Row("POST", "/api/staff/v1/staff", roles=KEEPERS, arrange=_a_newcomer),
    Row("POST", "/api/staff/v1/staff/<staff_id:uuid>/reset", roles=KEEPERS, arrange=_a_colleague),
    Row("POST", "/api/staff/v1/staff/<staff_id:uuid>/sessions/end", roles=KEEPERS, arrange=_a_colleague),
    Row("POST", "/api/staff/v1/staff/<staff_id:uuid>/leave", roles=KEEPERS, arrange=_a_colleague),
    Row("POST", "/api/staff/v1/staff/<staff_id:uuid>/grants", roles=KEEPERS, arrange=_a_role),
    Row("DELETE", "/api/staff/v1/staff/<staff_id:uuid>/grants/<grant_id:uuid>", roles=KEEPERS, arrange=_a_grant),
    Row("GET", "/api/staff/v1/units", roles=READERS),
    Row("POST", "/api/staff/v1/units", roles=KEEPERS, arrange=_a_unit),
)
