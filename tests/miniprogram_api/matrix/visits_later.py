"""Once a visit is confirmed: who goes notes who came and files minutes, who arranges decides, owners speak up."""

from datetime import timedelta
from typing import Any

from backend.access import SYSTEM, Actor
from backend.cases.ending.rating import Level, Rating
from backend.foundation import clock, db
from backend.visits.afterwards import arriving, attending, hearing, passes, rating, reporting
from backend.visits.afterwards.minutes import Minutes
from backend.visits.models import Visit
from tests.backend.visits.after import minutes
from tests.miniprogram_api.matrix.visits import ANSWERING, ARRANGERS, READERS, VISITORS, _confirmed
from tests.support.matrix import Call, Row, World

_MOVE = "UPDATE visits SET starts_at = $2, ends_at = $3 WHERE id = $1"
_PARTY = "SELECT enterprise_id FROM visit_parties WHERE visit_id = $1"
_FORGET = "UPDATE bindings SET state = 'ended', ended_at = $2 WHERE enterprise_id = $1"
_NOBODY = "UPDATE visit_parties SET person_id = NULL WHERE visit_id = $1"


async def _now(world: World, ago: timedelta = timedelta(minutes=5)) -> Visit:
    """A visit that began a moment ago."""
    made = await _confirmed(world)
    starts_at = clock.now() - ago
    await db.execute(_MOVE, made.id, starts_at, starts_at + timedelta(hours=1))
    return await Visit.get(id=made.id)


async def _goes(visit: Visit) -> Actor:
    """One of those who go, as the command line would act for him."""
    lead = await db.fetch_value("SELECT staff_id FROM staff_time WHERE visit_id = $1 AND is_live LIMIT 1", visit.id)
    return Actor(SYSTEM.kind, lead, "走访员")


async def _arrived(world: World) -> Visit:
    made = await _now(world)
    return await arriving.tell(made.id, None, "没带手机", actor=await _goes(made), version=made.version)


async def _reported(world: World, told: Minutes | None = None) -> Visit:
    made = await _arrived(world)
    return await reporting.file(made.id, told or minutes(), actor=await _goes(made), version=made.version)


def _call(visit: Visit, body: Any = None) -> Call:
    return Call(params={"visit_id": visit.id}, body=body, headers={"If-Match": f'"{visit.version}"'})


async def _party(visit: Visit) -> str:
    return str(await db.fetch_value(_PARTY, visit.id))


async def _pass(world: World) -> Call:
    return Call(params={"visit_id": (await _now(world)).id})


async def _scan(world: World) -> Call:
    made = await _now(world)
    party = await db.fetch_value(_PARTY, made.id)
    return Call(params={"visit_id": made.id}, body={"token": passes.write(passes.fresh(made.id, party))})


async def _tell(world: World) -> Call:
    return _call(await _now(world), {"reason": "没带手机"})


async def _back_fill(world: World) -> Call:
    made = await _now(world, timedelta(days=1))
    return _call(made, {"arrived_at": made.starts_at.isoformat(), "reason": "没有网络"})


async def _object_to_arrival(world: World) -> Call:
    return Call(params={"visit_id": (await _arrived(world)).id}, body={"reason": "没有人来"})


async def _decide_arrival(world: World) -> Call:
    made = await attending.object_to((await _arrived(world)).id, None, "没有人来", actor=world.owner)
    return _call(made, {"enterprise_id": await _party(made), "verdict": "属实", "is_upheld": True})


async def _read(world: World) -> Call:
    return Call(params={"visit_id": (await _reported(world)).id})


async def _file(world: World) -> Call:
    due_on = clock.today() + timedelta(days=3)
    body = {"text": "介绍了政策。", "promises": [{"text": "送清单", "due_on": str(due_on)}]}
    return _call(await _arrived(world), body)


async def _amend(world: World) -> Call:
    return _call(await _reported(world), {"text": "更正。", "why": "时间有误"})


async def _confirm(world: World) -> Call:
    return Call(params={"visit_id": (await _reported(world)).id}, body={"edition": 1})


async def _object(world: World) -> Call:
    return Call(params={"visit_id": (await _reported(world)).id}, body={"edition": 1, "reason": "不对"})


async def _rate(world: World) -> Call:
    made = await hearing.confirm((await _reported(world)).id, None, actor=world.owner, edition=1)
    return Call(params={"visit_id": made.id}, body={"level": 5})


async def _rate_again(world: World) -> Call:
    call = await _rate(world)
    rated = Rating(Level.GOOD)
    await rating.rate((await Visit.get(id=call.params["visit_id"])).id, None, rated, actor=world.owner)
    return call


async def _reach(world: World) -> Call:
    return _call(await _reported(world), {"how": "call", "note": "已读给本人听"})


async def _hear(world: World) -> Call:
    made = await _reported(world)
    await db.execute(_FORGET, await db.fetch_value(_PARTY, made.id), clock.now())
    await db.execute(_NOBODY, made.id)
    return _call(made, {"how": "call", "note": "不同意第二条", "word": "objected"})


async def _decide(world: World) -> Call:
    made = await hearing.object_to((await _reported(world)).id, None, "不对", actor=world.owner, edition=1)
    return _call(made, {"enterprise_id": await _party(made), "reason": "录音证实"})


_MINE = "/api/owner/v1/visits/<visit_id:uuid>"
_ONE = "/api/staff/v1/visits/<visit_id:uuid>"
ROWS = (
    Row("GET", f"{_MINE}/pass", others=404, arrange=_pass),
    Row("POST", f"{_MINE}/arrival/object", others=404, arrange=_object_to_arrival),
    Row("GET", f"{_MINE}/report", others=404, arrange=_read),
    Row("POST", f"{_MINE}/report/confirm", others=404, arrange=_confirm),
    Row("POST", f"{_MINE}/report/object", others=404, arrange=_object),
    Row("POST", f"{_MINE}/rate", others=404, arrange=_rate),
    Row("POST", f"{_MINE}/rate-again", others=404, arrange=_rate_again),
    Row("POST", f"{_ONE}/arrive", roles=VISITORS, arrange=_scan),
    Row("POST", f"{_ONE}/arrive/tell", roles=VISITORS, arrange=_tell),
    Row("POST", f"{_ONE}/arrive/back-fill", roles=ANSWERING, arrange=_back_fill),
    Row("POST", f"{_ONE}/arrive/decide", roles=ARRANGERS, arrange=_decide_arrival),
    Row("GET", f"{_ONE}/report", roles=READERS, arrange=_read),
    Row("POST", f"{_ONE}/report", roles=ANSWERING, arrange=_file),
    Row("POST", f"{_ONE}/report/amend", roles=ANSWERING, arrange=_amend),
    Row("POST", f"{_ONE}/report/reach", roles=ANSWERING, arrange=_reach),
    Row("POST", f"{_ONE}/report/hear", roles=ANSWERING, arrange=_hear),
    Row("POST", f"{_ONE}/report/decide", roles=ARRANGERS, arrange=_decide),
)
