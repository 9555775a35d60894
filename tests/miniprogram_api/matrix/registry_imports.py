"""Who may import registry data, and see how it went."""

from uuid import UUID

from backend.access import Role
from backend.enterprises import uploads
from backend.enterprises.imports import folder
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from tests.support.matrix import Call, Row, World

MANAGERS = frozenset({Role.MANAGER})
CSV = b"uscc,name\r\n"


async def _import(world: World) -> UUID:
    """An import of somebody else that waits, with a refused row."""

    async def content():  # noqa: ANN202
        yield CSV + str(new_id()).encode()

    made = await uploads.receive("登记.csv", content(), actor=world.staff[Role.MANAGER])
    name = f"{made}.errors.csv"
    folder().mkdir(parents=True, exist_ok=True)
    (folder() / name).write_bytes("行号\r\n".encode())
    sql = "UPDATE registry_imports SET error_file = $2, error_bytes = 8, updated_at = $3 WHERE id = $1"
    await db.execute(sql, made, name, clock.now())
    return made


async def _one(world: World) -> Call:
    return Call(params={"import_id": await _import(world)})


async def _listed(world: World) -> Call:
    await _import(world)
    return Call(query={"state": "waiting", "limit": "5"})


async def _file(_world: World) -> Call:
    return Call(query={"name": "登记.csv", "as_of": "2026-11-01"}, content=CSV + str(new_id()).encode())


_PATH = "/api/staff/v1/registry-imports"

ROWS = (
    Row("GET", _PATH, roles=MANAGERS, arrange=_listed),
    Row("POST", _PATH, roles=MANAGERS, arrange=_file),
    Row("GET", f"{_PATH}/columns", roles=MANAGERS),
    Row("GET", f"{_PATH}/template", roles=MANAGERS),
    Row("GET", f"{_PATH}/<import_id:uuid>", roles=MANAGERS, arrange=_one),
    Row("POST", f"{_PATH}/<import_id:uuid>/cancel", roles=MANAGERS, arrange=_one),
    Row("GET", f"{_PATH}/<import_id:uuid>/errors", roles=MANAGERS, arrange=_one),
)
