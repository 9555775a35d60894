"""Managers write lists of problems and strike them off; whoever answers for one reports it as done."""

from typing import Any
from uuid import UUID

from backend import files
from backend.access import SYSTEM, Actor, Role
from backend.cases import lists
from backend.cases.lists import working
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from tests.backend.cases.people import clerk, opened
from tests.factories.people import add_staff
from tests.support.matrix import Call, Row, World

READERS = frozenset(Role) - {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.PARTNER}
MANAGERS = frozenset({Role.MANAGER})
_PROBLEM = {"title": "灭火器过期", "days": 5}
_TEXT = "整改照片".encode()


async def _staff(world: World) -> None:
    for one in world.staff.values():
        await add_staff(staff_id=one.id)


async def _list(world: World, responsible: Actor | None = None) -> tuple[UUID, UUID]:
    await _staff(world)
    someone = await clerk()
    assert someone.id
    async with db.transaction():
        problem = lists.NewProblem("灭火器过期", someone.id, days=5)
        made = await lists.open_list("visits", new_id(), None, [problem], SYSTEM)
    problem_id = await db.fetch_value("SELECT id FROM problems WHERE list_id = $1", made.id)
    if responsible is not None:  # an auditor is never named, but may have been something else when he was
        await db.execute("UPDATE problems SET responsible_id = $2 WHERE id = $1", problem_id, responsible.id)
    return made.id, problem_id


async def _seen(world: World) -> Call:
    list_id, _ = await _list(world)
    return Call(params={"list_id": list_id})


async def _pages(world: World) -> Call:
    await _list(world)
    return Call(query={"is_open": "true", "origin": "visits", "limit": "5"})


async def _due(world: World) -> Call:
    await _list(world)
    return Call(query={"state": "open", "mine": "false"})


async def _written(world: World) -> Call:
    await _staff(world)
    someone = await clerk()
    return Call(body={"title": "自查问题清单", "problems": [{**_PROBLEM, "responsible_id": str(someone.id)}]})


async def _more(world: World) -> Call:
    call, someone = await _seen(world), await clerk()
    return Call(params=call.params, body={"problems": [{**_PROBLEM, "responsible_id": str(someone.id)}]})


def _call(problem_id: UUID, version: int, body: Any) -> Call:
    return Call(params={"problem_id": problem_id}, body=body, headers={"If-Match": f'"{version}"'})


async def _changed(world: World) -> Call:
    _, problem = await _list(world)
    return _call(problem, 1, {"reason": "停工", "days": 10})


def _turn(world: World) -> Actor:
    """Whoever calls next: a problem is reported by the one who answers for it."""
    turn: int = world.__dict__.setdefault("turn", 0)
    world.__dict__["turn"] = turn + 1
    return world.staff[sorted(READERS)[turn]]


async def _mine(world: World) -> Call:
    someone = _turn(world)
    _, problem = await _list(world, someone)
    proof = await files.store(someone, "attachment", "整改.txt", _TEXT)
    return _call(problem, 1, {"result": "已更换", "files": [str(proof.id)]})


async def _done(world: World) -> UUID:
    someone = await clerk()
    _, problem = await _list(world, someone)
    proof = await files.store(someone, "attachment", "整改.txt", _TEXT)
    await working.finish(problem, "已更换", [proof.id], actor=someone)
    return problem


async def _struck(world: World) -> Call:
    return _call(await _done(world), 2, {"words": "现场核实"})


async def _returned(world: World) -> Call:
    return _call(await _done(world), 2, {"reason": "照片看不清"})


async def _linked(world: World) -> Call:
    _, problem = await _list(world, _turn(world))
    person = "INSERT INTO persons (id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
    await db.execute(person, world.owner.id, clock.now())
    return _call(problem, 1, {"case_id": str(await opened(world.owner))})


_LISTS = "/api/staff/v1/problem-lists"
_ONE = "/api/staff/v1/problems/<problem_id:uuid>"
ROWS = (
    Row("GET", _LISTS, roles=READERS, arrange=_pages),
    Row("POST", _LISTS, roles=MANAGERS, arrange=_written),
    Row("GET", f"{_LISTS}/<list_id:uuid>", roles=READERS, arrange=_seen),
    Row("POST", f"{_LISTS}/<list_id:uuid>/problems", roles=MANAGERS, arrange=_more),
    Row("GET", "/api/staff/v1/problems", roles=READERS, arrange=_due),
    Row("POST", f"{_ONE}/change", roles=MANAGERS, arrange=_changed),
    Row("POST", f"{_ONE}/finish", roles=READERS, arrange=_mine),
    Row("POST", f"{_ONE}/strike-off", roles=MANAGERS, arrange=_struck),
    Row("POST", f"{_ONE}/return", roles=MANAGERS, arrange=_returned),
    Row("POST", f"{_ONE}/link", roles=READERS, arrange=_linked),
)
