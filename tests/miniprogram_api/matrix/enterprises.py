"""Who may call what about enterprises."""

from uuid import UUID

from backend.access import Role
from backend.enterprises import service
from backend.enterprises.models import Binding
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from tests.backend.enterprises.builders import enterprise
from tests.support.matrix import Call, Row, World

READERS = frozenset(Role) - {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.PARTNER}
MANAGERS = frozenset({Role.MANAGER})
JUDGES = frozenset({Role.MANAGER, Role.FRONT_DESK})


async def _enterprise(world: World) -> UUID:
    """One enterprise with a registered phone, bound by the world's owner."""
    found: UUID | None = await db.fetch_value("SELECT id FROM enterprises LIMIT 1")
    if found is not None:
        return found
    made, vault = await enterprise(), world.runtime.vault
    phone = vault.encrypt("13800001234", table="enterprises", column="phone_sealed", row=made)
    index = vault.blind_index("13800001234", column="phone")
    await db.execute("UPDATE enterprises SET phone_sealed = $2, phone_index = $3 WHERE id = $1", made, phone, index)
    await db.execute("INSERT INTO persons (id, created_at) VALUES ($1, $2)", world.owner.id, clock.now())
    await Binding.create(
        id=new_id(),
        person_id=world.owner.id,
        enterprise_id=made,
        role="manager",
        state="active",
        basis="review",
        created_at=clock.now(),
    )
    return made


async def _one(world: World) -> Call:
    return Call(params={"enterprise_id": await _enterprise(world)})


async def _happened(world: World) -> Call:
    made = await _enterprise(world)
    await service.tell(made, {"employees": 12}, actor=world.owner)
    return Call(params={"enterprise_id": made}, query={"kind": "facts"})


async def _told(world: World) -> Call:
    return Call(params={"enterprise_id": await _enterprise(world)}, body={"facts": {"employees": 12, "has_ip": True}})


async def _fact(world: World) -> Call:
    return Call(params={"enterprise_id": await _enterprise(world), "key": "employees"})


async def _reason(world: World) -> Call:
    return Call(params={"enterprise_id": await _enterprise(world)}, body={"reason": "企业来电，需回电"})


async def _found(world: World) -> Call:
    await _enterprise(world)
    return Call(query={"text": "食品", "limit": "5", "has_conflicts": "false"})


async def _pilot(_world: World) -> Call:
    return Call(body={"uscc": "91350211M00013FA1N", "reason": "2015年试点发放，已核对营业执照"})


_OWNER = "/api/owner/v1/enterprises"
_STAFF = "/api/staff/v1/enterprises"

ROWS = (
    Row("GET", _OWNER),
    Row("GET", f"{_OWNER}/<enterprise_id:uuid>", others=404, arrange=_one),
    Row("GET", f"{_OWNER}/<enterprise_id:uuid>/timeline", others=404, arrange=_one),
    Row("POST", f"{_OWNER}/<enterprise_id:uuid>/facts", others=404, arrange=_told),
    Row("GET", "/api/owner/v1/facts"),
    Row("GET", _STAFF, roles=READERS, arrange=_found),
    Row("GET", f"{_STAFF}/<enterprise_id:uuid>", roles=READERS, arrange=_one),
    Row("GET", f"{_STAFF}/<enterprise_id:uuid>/facts/<key:str>", roles=READERS, arrange=_fact),
    Row("GET", f"{_STAFF}/<enterprise_id:uuid>/timeline", roles=READERS, arrange=_happened),
    Row("GET", f"{_STAFF}/<enterprise_id:uuid>/bindings", roles=JUDGES, arrange=_one),
    Row("POST", f"{_STAFF}/<enterprise_id:uuid>/reveal-phone", roles=MANAGERS, arrange=_reason),
    Row("POST", "/api/staff/v1/uscc-admissions", roles=MANAGERS, arrange=_pilot),
)
