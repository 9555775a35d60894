"""Who may look at what was held, and decide."""

from backend.access import Role
from backend.foundation import clock, db
from tests.backend.moderation.people import check_all, person, subject_of, submit
from tests.factories.people import add_staff
from tests.support.matrix import Call, Row, World

REVIEWERS = frozenset({Role.FRONT_DESK, Role.MANAGER})


async def _held(world: World) -> Call:
    for role in REVIEWERS:
        await add_staff(staff_id=world.staff[role].id)
    thing = await submit(await person(world.runtime), "你好")
    await check_all()
    return Call(params={"subject_id": await subject_of(thing)})


async def _to_decide(world: World) -> Call:
    call = await _held(world)
    return Call(params=call.params, body={"reason": f"已查看，{clock.today():%m月%d日}"})


async def _queue(world: World) -> Call:
    await _held(world)
    assert await db.fetch_value("SELECT count(*) FROM moderation_subjects WHERE state = 'held'") > 0
    return Call(query={"state": "held", "limit": "5"})


ROWS = (
    Row("GET", "/api/staff/v1/moderation", roles=REVIEWERS, arrange=_queue),
    Row("GET", "/api/staff/v1/moderation/<subject_id:uuid>", roles=REVIEWERS, arrange=_held),
    Row("POST", "/api/staff/v1/moderation/<subject_id:uuid>/look", roles=REVIEWERS, arrange=_held),
    Row("POST", "/api/staff/v1/moderation/<subject_id:uuid>/release", roles=REVIEWERS, arrange=_to_decide),
    Row("POST", "/api/staff/v1/moderation/<subject_id:uuid>/refuse", roles=REVIEWERS, arrange=_to_decide),
)
