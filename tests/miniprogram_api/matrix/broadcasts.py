"""Who prepares a broadcast does not release it; who may not read deliveries sees none."""

from typing import Any
from uuid import UUID

from backend.access import Role
from backend.assembly import BROADCAST_ORIGINS
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.notifications import broadcasts
from backend.notifications.broadcasts import trial
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import REVIEWER, WRITER, owner, published
from tests.factories.people import add_staff
from tests.support.matrix import Call, Row, World

READERS = frozenset({Role.PUBLISHER, Role.REVIEWER, Role.MANAGER, Role.AUDITOR})
PREPARERS = frozenset({Role.PUBLISHER})
RELEASERS = frozenset({Role.REVIEWER, Role.MANAGER})
STOPPERS = frozenset({Role.PUBLISHER, Role.REVIEWER, Role.MANAGER})


async def _policy() -> UUID:
    if await db.fetch_value("SELECT id FROM enterprises LIMIT 1") is None:
        await owner(await enterprise(employees=3))
    return (await published()).id


async def _listed(world: World) -> Call:
    await _draft(world)
    return Call(query={"state": "draft", "limit": "5"})


async def _new(world: World) -> Call:
    body = {"origin": "policies", "origin_id": str(await _policy()), "rrule": "FREQ=WEEKLY;BYDAY=MO"}
    return Call(body=body)


async def _draft(world: World) -> Call:
    made = await broadcasts.create(BROADCAST_ORIGINS, "policies", await _policy(), broadcasts.NOW, actor=WRITER)
    return Call(params={"broadcast_id": made})


async def _tried(world: World) -> Call:
    staff_id, person = world.staff[Role.PUBLISHER].id, new_id()
    assert staff_id
    await add_staff(staff_id=staff_id)
    await db.execute("INSERT INTO persons (id, created_at) VALUES ($1, $2)", person, clock.now())
    bind = "INSERT INTO staff_phones (id, staff_id, person_id, bound_at) VALUES ($1, $2, $3, $4)"
    await db.execute(bind, new_id(), staff_id, person, clock.now())
    return await _draft(world)


async def _trial(world: World) -> Call:
    call = await _tried(world)
    made = UUID(str(call.params["broadcast_id"]))
    told = await trial.send_to_oneself(made, BROADCAST_ORIGINS, actor=world.staff[Role.PUBLISHER])
    return Call(params={**call.params, "trial_id": told["id"]})


async def _frozen(world: World) -> Call:
    call = await _draft(world)
    made = UUID(str(call.params["broadcast_id"]))
    await broadcasts.freeze(made, BROADCAST_ORIGINS, actor=WRITER)
    return Call(params=call.params, body={"digest": await _digest(made)})


async def _digest(made: UUID) -> Any:
    return await db.fetch_value("SELECT digest FROM broadcasts WHERE id = $1", made)


async def _sending(world: World) -> Call:
    call = await _frozen(world)
    made = UUID(str(call.params["broadcast_id"]))
    await broadcasts.release(made, await _digest(made), actor=REVIEWER)
    return Call(params=call.params)


async def _paused(world: World) -> Call:
    call = await _sending(world)
    await broadcasts.pause(UUID(str(call.params["broadcast_id"])), actor=REVIEWER)
    return call


async def _to_cancel(world: World) -> Call:
    return Call(params=(await _sending(world)).params, body={"reason": "内容有误"})


_ONE = "/api/staff/v1/broadcasts/<broadcast_id:uuid>"
ROWS = (
    Row("GET", "/api/staff/v1/broadcasts", roles=READERS, arrange=_listed),
    Row("POST", "/api/staff/v1/broadcasts", roles=PREPARERS, arrange=_new),
    Row("GET", _ONE, roles=READERS, arrange=_draft),
    Row("GET", f"{_ONE}/progress", roles=READERS, arrange=_sending),
    Row("GET", f"{_ONE}/report", roles=READERS, arrange=_sending),
    Row("GET", f"{_ONE}/outcomes", roles=READERS, arrange=_sending),
    Row("GET", f"{_ONE}/recipients", roles=READERS, arrange=_sending),
    Row("POST", f"{_ONE}/freeze", roles=PREPARERS, arrange=_draft),
    Row("POST", f"{_ONE}/test", roles=PREPARERS, arrange=_tried),
    Row("GET", f"{_ONE}/test/<trial_id:uuid>", roles=PREPARERS, arrange=_trial),
    Row("POST", f"{_ONE}/release", roles=RELEASERS, arrange=_frozen),
    Row("POST", f"{_ONE}/pause", roles=STOPPERS, arrange=_sending),
    Row("POST", f"{_ONE}/resume", roles=RELEASERS, arrange=_paused),
    Row("POST", f"{_ONE}/cancel", roles=STOPPERS, arrange=_to_cancel),
    Row("POST", f"{_ONE}/resend", roles=RELEASERS, arrange=_sending),
)
