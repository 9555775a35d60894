"""Managers run campaigns, whoever reads visits follows them; owners answer for their own enterprises."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from backend.access import SYSTEM, Role
from backend.foundation import clock, db
from backend.visits.campaigns import drafting, freezing, releasing
from backend.visits.campaigns.rows import Campaign
from tests.backend.cases.people import asker
from tests.backend.visits.campaigns.rounds import SMALL, content, worked
from tests.backend.visits.people import FULL, TALK, WUXING, ZHILI, visitor
from tests.factories.people import add_binding, add_staff
from tests.support.matrix import Call, Row, World

READERS = frozenset({Role.FRONT_DESK, Role.VISITOR, Role.SPECIALIST, Role.MANAGER, Role.AUDITOR})
MANAGERS = frozenset({Role.MANAGER})
_COUNT = "SELECT count(*) FROM enterprises"
_PERSON = "INSERT INTO persons (id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"


def _monday() -> date:
    today = clock.today()
    return today + timedelta(days=14 - today.weekday())


async def _place(world: World) -> UUID:
    for one in (world.owner, world.other):
        await db.execute(_PERSON, one.id, clock.now())
    for one in world.staff.values():
        await add_staff(staff_id=one.id)
    _, place = await asker(1 + await db.fetch_value(_COUNT), district=WUXING, town=ZHILI, employees=5)
    await add_binding(world.owner, place)
    return place


async def _drafted(world: World, **given: Any) -> tuple[Campaign, UUID]:
    place, someone = await _place(world), await visitor(FULL)
    about = {"first_on": _monday(), "weeks": 4, "recent_days": 0, "lead_days": 30, **given}
    return await drafting.draft(content([someone], **about), actor=SYSTEM), place


async def _frozen(world: World) -> Campaign:
    one, _ = await _drafted(world)
    return await freezing.freeze(one.id, actor=SYSTEM)


async def _begun(world: World) -> Campaign:
    one = await _frozen(world)
    return await releasing.release(one.id, one.digest or "", actor=SYSTEM)


async def _asked(world: World) -> UUID:
    """The proposal to the owner's enterprise."""
    one, place = await _drafted(world)
    frozen = await freezing.freeze(one.id, actor=SYSTEM)
    await releasing.release(one.id, frozen.digest or "", actor=SYSTEM)
    await worked(one.id)
    sql = "SELECT id FROM visit_campaign_targets WHERE campaign_id = $1 AND enterprise_id = $2"
    found: UUID = await db.fetch_value(sql, one.id, place)
    return found


def _call(one: Campaign, body: Any = None) -> Call:
    return Call(params={"campaign_id": one.id}, body=body, headers={"If-Match": f'"{one.version}"'})


async def _written(world: World) -> Call:
    await _place(world)
    someone = await visitor(FULL)
    body = {"title": "新设小微企业走访", "why": "了解困难。", "reason": TALK, "place": "on_site", "rule": SMALL}
    when = {"first_on": str(_monday()), "weeks": 2, "per_week": 10, "visitors": [str(someone.id)]}
    return Call(body={**body, **when, "districts": []})


async def _edited(world: World) -> Call:
    one, _ = await _drafted(world)
    return _call(one, (await _written(world)).body)


async def _shown(world: World) -> Call:
    return _call((await _drafted(world))[0])


async def _freezing(world: World) -> Call:
    return _call((await _drafted(world))[0])


async def _releasing(world: World) -> Call:
    one = await _frozen(world)
    return _call(one, {"digest": one.digest})


async def _running(world: World) -> Call:
    return _call(await _begun(world))


async def _paused(world: World) -> Call:
    return _call(await releasing.pause((await _begun(world)).id, actor=SYSTEM))


async def _cancelled(world: World) -> Call:
    return _call(await _begun(world), {"reason": "任务调整"})


async def _listed(world: World) -> Call:
    await _frozen(world)
    return Call(query={"state": "frozen"})


async def _targets(world: World) -> Call:
    one = await _frozen(world)
    return Call(params={"campaign_id": one.id}, query={"state": "waiting", "week": str(_monday())})


async def _proposal(world: World) -> Call:
    return Call(params={"proposal_id": await _asked(world)})


async def _pick(world: World) -> Call:
    proposal = await _asked(world)
    day = _monday() + timedelta(days=1)
    return Call(params={"proposal_id": proposal}, body={"starts_at": f"{day}T09:00:00+08:00"})


async def _decline(world: World) -> Call:
    return Call(params={"proposal_id": await _asked(world)}, body={"reason": "近期歇业"})


_ALL = "/api/staff/v1/visit-campaigns"
_ONE = f"{_ALL}/<campaign_id:uuid>"
_MINE = "/api/owner/v1/visit-proposals"
_PROPOSAL = f"{_MINE}/<proposal_id:uuid>"
ROWS = (
    Row("GET", _MINE),
    Row("GET", f"{_PROPOSAL}/times", others=404, arrange=_proposal),
    Row("POST", f"{_PROPOSAL}/pick", others=404, arrange=_pick),
    Row("POST", f"{_PROPOSAL}/decline", others=404, arrange=_decline),
    Row("GET", _ALL, roles=READERS, arrange=_listed),
    Row("POST", _ALL, roles=MANAGERS, arrange=_written),
    Row("GET", _ONE, roles=READERS, arrange=_shown),
    Row("PUT", _ONE, roles=MANAGERS, arrange=_edited),
    Row("GET", f"{_ONE}/audience", roles=READERS, arrange=_shown),
    Row("POST", f"{_ONE}/freeze", roles=MANAGERS, arrange=_freezing),
    Row("POST", f"{_ONE}/release", roles=MANAGERS, arrange=_releasing),
    Row("POST", f"{_ONE}/pause", roles=MANAGERS, arrange=_running),
    Row("POST", f"{_ONE}/resume", roles=MANAGERS, arrange=_paused),
    Row("POST", f"{_ONE}/cancel", roles=MANAGERS, arrange=_cancelled),
    Row("GET", f"{_ONE}/targets", roles=READERS, arrange=_targets),
    Row("GET", f"{_ONE}/progress", roles=READERS, arrange=_targets),
)
