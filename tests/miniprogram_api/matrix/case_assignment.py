"""Who handles a case passes it on; who assigns names and transfers; one's own absence is everybody's to tell."""

from typing import Any
from uuid import UUID

from backend.access import SYSTEM, Actor, Role
from backend.cases import handling
from backend.cases.assignment import helping, transferring
from backend.cases.models import Case
from backend.foundation import clock, db
from backend.staff import absences
from tests.backend.cases.offices import id_of, member, unit
from tests.backend.cases.people import clerk, manager, opened
from tests.factories.people import add_staff
from tests.support.matrix import Call, Row, World

EVERYBODY = frozenset(Role)
READERS = EVERYBODY - {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.PARTNER}
HANDLERS = frozenset({Role.FRONT_DESK, Role.VISITOR, Role.SPECIALIST, Role.MANAGER})
MANAGERS = frozenset({Role.MANAGER})
STAFF_READERS = frozenset({Role.MANAGER, Role.AUDITOR, Role.SECURITY_ADMINISTRATOR})
CASE = "/api/staff/v1/cases/<case_id:uuid>"
STAFF = "/api/staff/v1/staff"
REASON = {"reason": "更熟悉情况"}


async def _turn(world: World, roles: frozenset[Role] = HANDLERS) -> Actor:
    """Return whose turn it is: one case is arranged for each, and only he who has it passes it on."""
    for one in world.staff.values():
        await add_staff(staff_id=one.id)
    return world.staff[sorted(roles)[await db.fetch_value("SELECT count(*) FROM cases")]]


async def _call(case_id: UUID, body: Any = None, **params: Any) -> Call:
    case = await Case.get(id=case_id)
    return Call(params={"case_id": case_id, **params}, body=body, headers={"If-Match": f'"{case.version}"'})


async def _his(world: World) -> UUID:
    someone = await _turn(world)
    case_id = await opened()
    await handling.accept(case_id, actor=someone)
    return case_id


async def _seen(world: World) -> Call:
    return Call(params={"case_id": await opened()})


async def _assigned(world: World) -> Call:
    await _turn(world)
    return await _call(await opened(), {"staff_id": str(id_of(await clerk())), **REASON})


async def _handed_over(world: World) -> Call:
    return await _call(await _his(world), {"staff_id": str(id_of(await clerk())), **REASON})


async def _offered(world: World) -> Call:
    giver, taker = await clerk(), await _turn(world)
    case_id = await opened()
    await handling.accept(case_id, actor=giver)
    sql = "UPDATE cases SET offered_to = $2, version = version + 1 WHERE id = $1"
    await db.execute(sql, case_id, taker.id)
    return await _call(case_id, REASON)


async def _given_back(world: World) -> Call:
    return await _call(await _his(world), REASON)


async def _transferred(world: World) -> Call:
    await _turn(world)
    there = await unit(f"分局{await db.fetch_value('SELECT count(*) FROM units')}")
    await member(there)
    return await _call(await opened(), {"unit_id": str(there), **REASON})


async def _sent_back(world: World) -> Call:
    call = await _transferred(world)
    assert isinstance(call.params["case_id"], UUID)
    there = UUID(call.body["unit_id"])
    await transferring.transfer(call.params["case_id"], there, "属其管辖", actor=await manager())
    return await _call(call.params["case_id"], REASON)


async def _helper(world: World) -> Call:
    return await _call(await _his(world), {"staff_id": str(id_of(await clerk()))})


async def _helped(world: World) -> Call:
    case_id, helper = await _his(world), await clerk()
    await helping.add(case_id, id_of(helper), actor=SYSTEM)
    return await _call(case_id, staff_id=id_of(helper))


async def _mine(world: World) -> Call:
    for one in world.staff.values():
        await add_staff(staff_id=one.id)
    return Call(body={"from_on": clock.today().isoformat(), "until_on": clock.today().isoformat(), "kind": "leave"})


async def _of_mine(world: World) -> Call:
    """One's own absence, of each in his turn."""
    await _mine(world)
    turn = await db.fetch_value("SELECT count(*) FROM staff_absences")
    someone = world.staff[sorted(EVERYBODY)[turn]]
    made = await absences.tell(id_of(someone), clock.today(), clock.today(), "leave", actor=SYSTEM)
    return Call(params={"absence_id": made})


async def _another_s(world: World) -> Call:
    call = await _mine(world)
    return Call(params={"staff_id": id_of(await clerk())}, body=call.body)


async def _of_another(world: World) -> Call:
    someone = await clerk()
    made = await absences.tell(id_of(someone), clock.today(), clock.today(), "leave", actor=SYSTEM)
    return Call(params={"staff_id": id_of(someone), "absence_id": made})


async def _days(world: World) -> Call:
    return Call(query={"first": "2026-11-01", "last": "2026-12-31"})


async def _person(world: World) -> Call:
    return Call(params={"staff_id": id_of(await clerk())})


async def _skills(world: World) -> Call:
    await _mine(world)
    return Call(params={"staff_id": id_of(await clerk())}, body={"skills": ["policy"]})


ROWS = (
    Row("GET", "/api/staff/v1/colleagues", roles=HANDLERS),
    Row("GET", "/api/staff/v1/case-units", roles=READERS),
    Row("GET", f"{CASE}/assignments", roles=READERS, arrange=_seen),
    Row("GET", f"{CASE}/candidates", roles=HANDLERS, arrange=_seen),
    Row("POST", f"{CASE}/assign", roles=MANAGERS, arrange=_assigned),
    Row("POST", f"{CASE}/hand-over", roles=HANDLERS, arrange=_handed_over),
    Row("POST", f"{CASE}/hand-over/refuse", roles=HANDLERS, arrange=_offered),
    Row("POST", f"{CASE}/give-back", roles=HANDLERS, arrange=_given_back),
    Row("POST", f"{CASE}/transfer", roles=MANAGERS, arrange=_transferred),
    Row("POST", f"{CASE}/send-back", roles=HANDLERS, arrange=_sent_back),
    Row("POST", f"{CASE}/helpers", roles=HANDLERS, arrange=_helper),
    Row("DELETE", f"{CASE}/helpers/<staff_id:uuid>", roles=HANDLERS, arrange=_helped),
    Row("GET", "/api/staff/v1/absences", roles=EVERYBODY),
    Row("POST", "/api/staff/v1/absences", roles=EVERYBODY, arrange=_mine),
    Row("DELETE", "/api/staff/v1/absences/<absence_id:uuid>", roles=EVERYBODY, arrange=_of_mine),
    Row("GET", f"{STAFF}/absences", roles=MANAGERS, arrange=_days),
    Row("POST", f"{STAFF}/<staff_id:uuid>/absences", roles=MANAGERS, arrange=_another_s),
    Row("DELETE", f"{STAFF}/<staff_id:uuid>/absences/<absence_id:uuid>", roles=MANAGERS, arrange=_of_another),
    Row(
        "GET",
        f"{STAFF}/<staff_id:uuid>/skills",
        roles=MANAGERS | {Role.AUDITOR, Role.SECURITY_ADMINISTRATOR},
        arrange=_person,
    ),
    Row("PUT", f"{STAFF}/<staff_id:uuid>/skills", roles=MANAGERS, arrange=_skills),
)
