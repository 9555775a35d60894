"""Who may call what about questions: one's own, what is public, what staff publish and whom they bar."""

from datetime import timedelta
from uuid import UUID

from backend.access import Actor, Role
from backend.foundation import clock, db
from backend.questions import barring, publishing
from tests.backend.cases.people import asker, manager
from tests.backend.questions import askers
from tests.factories.people import add_staff
from tests.support.matrix import Call, Row, World

PUBLISHERS = frozenset({Role.PUBLISHER, Role.REVIEWER, Role.MANAGER})
BARRERS = frozenset({Role.MANAGER})
WORDING = {"title": "稳岗补贴怎么申请", "asked": "雇了人的小店能否申请？", "answered": "可以，见说明。"}
_PERSON = "INSERT INTO persons (id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"


async def _people(world: World) -> None:
    """Owners as signing in leaves them, and staff whose accounts stand behind what they write."""
    for one in (world.owner, world.other):
        await db.execute(_PERSON, one.id, clock.now())
    for role in PUBLISHERS:
        await add_staff(staff_id=world.staff[role].id)


async def _mine(world: World) -> Call:
    await _people(world)
    return Call(params={"question_id": await askers.ask(world.owner)})


async def _new(world: World) -> Call:
    await _people(world)
    return Call(body={"category": askers.CATEGORY, "text": askers.TEXT, "is_followable": True})


async def _public(world: World) -> Call:
    await _people(world)
    return Call(params={"question_id": await askers.published()})


async def _barred(world: World) -> Call:
    await _people(world)
    for one in (world.owner, world.other):
        await askers.barred(one)
    return Call(body={"text": "内容是转述他人的话"})


async def _answered(world: World) -> Call:
    await _people(world)
    return Call(params={"question_id": await askers.answered(await _somebody())}, body=WORDING)


async def _somebody() -> Actor:
    number = await db.fetch_value("SELECT count(*) FROM enterprises")
    return (await asker(number + 1))[0]


async def _proposal(world: World) -> Call:
    await _people(world)
    question = await askers.answered(await _somebody())
    return Call(params={"publication_id": await askers.proposed(question)}, body={"reason": "请隐去店名"})


async def _released(world: World) -> Call:
    call = await _proposal(world)
    await publishing.release(UUID(str(call.params["publication_id"])), actor=await manager())
    return call


async def _asked(world: World) -> Call:
    await _people(world)
    until = (clock.now() + timedelta(days=9)).isoformat()
    body = {"reason": "多次提交辱骂内容", "citation": "提问须知第3条", "until": until}
    return Call(params={"question_id": await askers.ask(await _somebody())}, body=body)


async def _bar(world: World) -> Call:
    await _people(world)
    return Call(params={"bar_id": await askers.barred(await _somebody())}, body={"reason": "误操作"})


async def _appealed(world: World) -> Call:
    await _people(world)
    person = await _somebody()
    bar = await askers.barred(person)
    await barring.appeal("不服", actor=person)
    return Call(params={"bar_id": bar}, body={"is_upheld": True, "reason": "申诉成立"})


_OWNER = "/api/owner/v1"
_STAFF = "/api/staff/v1"
_ONE = "<publication_id:uuid>"

ROWS = (
    Row("GET", f"{_OWNER}/questions", arrange=_mine),
    Row("POST", f"{_OWNER}/questions", arrange=_new),
    Row("GET", f"{_OWNER}/question-categories", arrange=_public),
    Row("GET", f"{_OWNER}/questions/<question_id:uuid>", others=404, arrange=_mine),
    Row("POST", f"{_OWNER}/questions/<question_id:uuid>/withdraw", others=404, arrange=_mine),
    Row("GET", f"{_OWNER}/published-questions", arrange=_public),
    Row("GET", f"{_OWNER}/published-questions/<question_id:uuid>", arrange=_public),
    Row("GET", f"{_OWNER}/followed-questions", arrange=_public),
    Row("PUT", f"{_OWNER}/followed-questions/<question_id:uuid>", arrange=_public),
    Row("DELETE", f"{_OWNER}/followed-questions/<question_id:uuid>", arrange=_public),
    Row("GET", f"{_OWNER}/question-bar"),
    Row("POST", f"{_OWNER}/question-bar/appeal", arrange=_barred),
    Row("GET", "/api/public/v1/questions", arrange=_public),
    Row("GET", "/api/public/v1/questions/<question_id:uuid>", arrange=_public),
    Row("POST", f"{_STAFF}/questions/<question_id:uuid>/publications", roles=PUBLISHERS, arrange=_answered),
    Row("GET", f"{_STAFF}/question-publications", roles=PUBLISHERS, arrange=_proposal),
    Row("GET", f"{_STAFF}/question-publications/{_ONE}", roles=PUBLISHERS, arrange=_proposal),
    Row("POST", f"{_STAFF}/question-publications/{_ONE}/release", roles=PUBLISHERS, arrange=_proposal),
    Row("POST", f"{_STAFF}/question-publications/{_ONE}/send-back", roles=PUBLISHERS, arrange=_proposal),
    Row("POST", f"{_STAFF}/question-publications/{_ONE}/withdraw", roles=PUBLISHERS, arrange=_released),
    Row("POST", f"{_STAFF}/questions/<question_id:uuid>/bar", roles=BARRERS, arrange=_asked),
    Row("GET", f"{_STAFF}/question-bars", roles=BARRERS, arrange=_bar),
    Row("GET", f"{_STAFF}/question-bars/<bar_id:uuid>", roles=BARRERS, arrange=_bar),
    Row("POST", f"{_STAFF}/question-bars/<bar_id:uuid>/lift", roles=BARRERS, arrange=_bar),
    Row("POST", f"{_STAFF}/question-bars/<bar_id:uuid>/decide", roles=BARRERS, arrange=_appealed),
)
