"""Who gives cases out merges and splits them; who handles them uses macros; managers of the city set categories."""

from typing import Any
from uuid import UUID

from backend.access import SYSTEM, Actor, Role
from backend.cases import handling
from backend.cases.intake import categories
from backend.cases.linked import merging, splitting
from backend.cases.linked.splitting import Part
from backend.cases.macros import acts as macro_acts
from backend.cases.macros import library as macros
from backend.cases.macros import runs as macro_runs
from backend.cases.models import Case
from backend.foundation import clock, db
from tests.backend.cases.people import COMPLAINT, HELP, clerk, manager, opened
from tests.factories.people import add_staff
from tests.support.matrix import Call, Row, World

READERS = frozenset(Role) - {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.PARTNER}
HANDLERS = frozenset({Role.FRONT_DESK, Role.VISITOR, Role.SPECIALIST, Role.MANAGER})
MANAGERS = frozenset({Role.MANAGER})
_HELPS = "INSERT INTO case_helpers (case_id, staff_id, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_PERSON = "INSERT INTO persons (id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_ACTS: list[dict[str, Any]] = [{"act": "urgency", "urgency": "urgent"}]


async def _staff(world: World) -> None:
    for one in world.staff.values():
        await add_staff(staff_id=one.id)


async def _case(world: World) -> UUID:
    await db.execute(_PERSON, world.owner.id, clock.now())
    await _staff(world)
    return await opened(world.owner)


async def _worked(world: World) -> UUID:
    """A case on which every clerk of the world helps."""
    case_id = await _case(world)
    await handling.accept(case_id, actor=await clerk())
    for role in HANDLERS:
        await db.execute(_HELPS, case_id, world.staff[role].id, clock.now())
    return case_id


async def _call(case_id: UUID, body: Any = None) -> Call:
    case = await Case.get(id=case_id)
    return Call(params={"case_id": case_id}, body=body, headers={"If-Match": f'"{case.version}"'})


async def _linked(world: World) -> Call:
    case_id = await _case(world)
    await merging.merge(case_id, await opened(world.owner), actor=await manager())
    return Call(params={"case_id": case_id})


async def _two(world: World) -> Call:
    return await _call(await _case(world), {"into": str(await opened(world.owner))})


async def _merged(world: World) -> Call:
    case_id = await _case(world)
    await merging.merge(case_id, await opened(world.owner), actor=await manager())
    return await _call(case_id, {"reason": "不是同一件事"})


async def _many(world: World) -> Call:
    part = {"category": COMPLAINT, "title": "乱收费", "text": "物业代收费用"}
    return await _call(await _case(world), {"parts": [part], "reason": "两件事"})


async def _split(world: World) -> Call:
    case_id = await _case(world)
    await splitting.split(case_id, [Part(COMPLAINT, "乱收费", "物业代收费用")], "两件事", actor=await manager())
    return await _call(case_id, {"reason": "是同一件事"})


async def _category(world: World) -> Call:
    return await _call(await _case(world), {"category": COMPLAINT})


async def _urgency(world: World) -> Call:
    return await _call(await _case(world), {"urgency": "urgent"})


async def _macro(world: World) -> UUID:
    await _staff(world)
    name = f"模板{await db.fetch_value('SELECT count(*) FROM case_macros')}"
    return await macros.create(name, None, macro_acts.read(_ACTS), actor=await manager())


async def _new_macro(world: World) -> Call:
    await _staff(world)
    return Call(body={"name": "加急", "acts": _ACTS})


async def _one_macro(world: World) -> Call:
    return Call(params={"macro_id": await _macro(world)})


async def _edited(world: World) -> Call:
    call = await _one_macro(world)
    return Call(params=call.params, body={"name": "加急办理", "acts": _ACTS}, headers={"If-Match": '"1"'})


async def _closed(world: World) -> Call:
    return Call(params=(await _one_macro(world)).params, headers={"If-Match": '"1"'})


async def _preview(world: World) -> Call:
    return Call(params={"macro_id": await _macro(world)}, body={"case_ids": [str(await _worked(world))]})


async def _apply(world: World) -> Call:
    body = {"version": 1, "cases": [{"id": str(await _worked(world))}]}
    return Call(params={"macro_id": await _macro(world)}, body=body)


def _turn(world: World) -> Actor:
    """Whoever calls next: a run is taken back only by whoever made it."""
    turn: int = world.__dict__.setdefault("turn", 0)
    world.__dict__["turn"] = turn + 1
    return world.staff[sorted(HANDLERS)[turn]]


async def _run(world: World) -> Call:
    case_id, macro_id = await _worked(world), await _macro(world)
    (done,) = await macro_runs.apply(macro_id, [(case_id, None)], actor=_turn(world), version=1)
    assert done.run_id
    return Call(params={"run_id": done.run_id})


async def _settings(key: str) -> dict[str, Any]:
    shown = await categories.shown(SYSTEM, key)
    return {name: shown[name] for name in categories.Settings.__slots__}


# Tests share the categories: these calls are let in, and change nothing because it is so already.
async def _new_category(_world: World) -> Call:
    return Call(body={"key": HELP, "parent": "help", **await _settings(HELP)})


async def _leaf(body: Any = None, key: str = HELP) -> Call:
    version = (await categories.shown(SYSTEM, key))["version"]
    return Call(params={"key": key}, body=body, headers={"If-Match": f'"{version}"'})


async def _same(_world: World) -> Call:
    return await _leaf(await _settings(HELP))


async def _group(_world: World) -> Call:
    return await _leaf(key="help")


async def _open(_world: World) -> Call:
    return await _leaf()


async def _no_routes(_world: World) -> Call:
    return await _leaf({"routes": []})


_STAFF = "/api/staff/v1/cases/<case_id:uuid>"
_MACROS = "/api/staff/v1/case-macros"
_MACRO = f"{_MACROS}/<macro_id:uuid>"
_CATEGORIES = "/api/staff/v1/case-categories"
_CATEGORY = f"{_CATEGORIES}/<key:str>"
ROWS = (
    Row("GET", "/api/owner/v1/cases/<case_id:uuid>/links", others=404, arrange=_linked),
    Row("GET", f"{_STAFF}/links", roles=READERS, arrange=_linked),
    Row("POST", f"{_STAFF}/merge", roles=MANAGERS, arrange=_two),
    Row("POST", f"{_STAFF}/unmerge", roles=MANAGERS, arrange=_merged),
    Row("POST", f"{_STAFF}/split", roles=MANAGERS, arrange=_many),
    Row("POST", f"{_STAFF}/unsplit", roles=MANAGERS, arrange=_split),
    Row("POST", f"{_STAFF}/category", roles=HANDLERS, arrange=_category),
    Row("POST", f"{_STAFF}/urgency", roles=HANDLERS, arrange=_urgency),
    Row("GET", _MACROS, roles=HANDLERS, arrange=_one_macro),
    Row("POST", _MACROS, roles=MANAGERS, arrange=_new_macro),
    Row("GET", f"{_MACRO}/versions", roles=HANDLERS, arrange=_one_macro),
    Row("POST", f"{_MACRO}/edit", roles=MANAGERS, arrange=_edited),
    Row("POST", f"{_MACRO}/close", roles=MANAGERS, arrange=_closed),
    Row("POST", f"{_MACRO}/preview", roles=HANDLERS, arrange=_preview),
    Row("POST", f"{_MACRO}/apply", roles=HANDLERS, arrange=_apply),
    Row("POST", "/api/staff/v1/case-macro-runs/<run_id:uuid>/undo", roles=HANDLERS, arrange=_run),
    Row("GET", _CATEGORIES, roles=READERS),
    Row("POST", _CATEGORIES, roles=MANAGERS, arrange=_new_category),
    Row("GET", _CATEGORY, roles=READERS, arrange=_open),
    Row("POST", f"{_CATEGORY}/edit", roles=MANAGERS, arrange=_same),
    Row("POST", f"{_CATEGORY}/close", roles=MANAGERS, arrange=_group),
    Row("POST", f"{_CATEGORY}/reopen", roles=MANAGERS, arrange=_open),
    Row("POST", f"{_CATEGORY}/routes", roles=MANAGERS, arrange=_no_routes),
)
