"""Who visits answers for his own; who arranges visits for all in his place; an owner sees his own alone."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from backend import worktime
from backend.access import SYSTEM, Actor, Role
from backend.foundation import clock, db
from backend.foundation.clock import SHANGHAI
from backend.foundation.ids import new_id
from backend.visits.afterwards import missing
from backend.visits.bookings import booking, changing
from backend.visits.bookings.booking import Order
from backend.visits.diary import feeds
from backend.visits.models import Visit
from backend.visits.states import VisitState
from backend.visits.waiting import earlier, offers
from backend.visits.waiting.earlier import Asked
from tests.backend.cases.people import asker
from tests.backend.visits.people import FULL, TALK, WUXING, ZHILI, booked, find, unit, visitor
from tests.factories.people import add_binding, add_staff
from tests.support.matrix import Call, Row, World

READERS = frozenset(
    {Role.FRONT_DESK, Role.VISITOR, Role.SPECIALIST, Role.MANAGER, Role.AUDITOR},
)
VISITORS = frozenset({Role.VISITOR, Role.SPECIALIST})
ARRANGERS = frozenset({Role.FRONT_DESK, Role.MANAGER})
ANSWERING = VISITORS | ARRANGERS
PLANNERS = frozenset({Role.MANAGER})
_GRANT = """
INSERT INTO staff_grants (id, staff_id, role, districts, granted_at)
SELECT $1, $2, $3, '{}', $4 WHERE NOT EXISTS (SELECT FROM staff_grants WHERE staff_id = $2)
"""
_GOES = """
INSERT INTO staff_time (id, visit_id, staff_id, during, on_day, is_lead, is_live)
SELECT $1, $2, $3, tstzrange($4::timestamptz, $4::timestamptz + interval '1 minute'), '2026-01-01', FALSE, FALSE
"""
_COUNT = "SELECT count(*) FROM enterprises"


async def _slot(days: int = 3) -> datetime:
    """A morning some working days from now."""
    calendar, day = await worktime.current(), clock.today() + timedelta(days=days)
    while not calendar.is_workday(day):
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)


async def _place(world: World) -> UUID:
    """The owner's enterprise, and somebody who visits."""
    sql = "INSERT INTO persons (id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
    for one in (world.owner, world.other):
        await db.execute(sql, one.id, clock.now())
    number = 1 + await db.fetch_value(_COUNT)
    _, place = await asker(number, district=WUXING, town=ZHILI)
    await add_binding(world.owner, place)
    await visitor(FULL)
    return place


async def _staffed(world: World) -> None:
    for role, one in world.staff.items():
        await add_staff(staff_id=one.id)
        await db.execute(_GRANT, new_id(), one.id, role.value, clock.now())


async def _requested(world: World) -> Visit:
    place = await _place(world)
    made = await booked(world.owner, place, await _slot())
    await _staffed(world)
    for role in VISITORS:
        await db.execute(_GOES, new_id(), made.id, world.staff[role].id, clock.now())
    return made


async def _confirmed(world: World) -> Visit:
    return await changing.confirm((await _requested(world)).id, actor=SYSTEM)


async def _past(world: World) -> Visit:
    """A visit that should have begun by now."""
    made = await _confirmed(world)
    early = clock.now() - timedelta(hours=1)
    await db.execute("UPDATE visits SET starts_at = $2, ends_at = $3 WHERE id = $1", made.id, early, clock.now())
    return await Visit.get(id=made.id)


def _call(visit: Visit, body: Any = None) -> Call:
    return Call(params={"visit_id": visit.id}, body=body, headers={"If-Match": f'"{visit.version}"'})


async def _slots(world: World) -> Call:
    place, first = await _place(world), (await _slot()).date()
    query = {"enterprise_id": str(place), "reason": TALK, "place": "on_site", "first": str(first), "last": str(first)}
    return Call(query=query)


async def _days(world: World) -> Call:
    today: date = clock.today()
    return Call(query={"first": str(today), "last": str(today + timedelta(days=30))})


async def _calendar(world: World) -> Call:
    today: date = clock.today()
    return Call(query={"from": str(today), "until": str(today + timedelta(days=6))})


async def _route(world: World) -> Call:
    return Call(query={"day": str(clock.today())})


async def _book(world: World) -> Call:
    place, at = await _place(world), await _slot()
    return Call(
        body={"enterprise_id": str(place), "reason": TALK, "place": "on_site", "starts_at": at.isoformat(), "note": ""}
    )


async def _arrange(world: World) -> Call:
    call = await _book(world)
    await _staffed(world)
    return Call(body={**call.body, "channel": "phone", "is_agreed": True})


async def _show(world: World) -> Call:
    return _call(await _requested(world))


async def _held(world: World) -> Call:
    place = await _place(world)
    made = await booked(world.owner, place, await _slot(), is_hold=True)
    return Call(params={"visit_id": made.id}, body={"note": "补贴"})


async def _session(world: World) -> Call:
    """A session that another enterprise of the district booked."""
    place = await _place(world)
    person, elsewhere = await asker(1 + await db.fetch_value(_COUNT), district=WUXING, town=ZHILI)
    made = await booked(person, elsewhere, await _slot(4), reason="group_talk", place="video")
    await changing.confirm(made.id, actor=SYSTEM)
    return Call(params={"visit_id": made.id}, body={"enterprise_id": str(place)})


async def _proposed(world: World) -> Call:
    place = await _place(world)
    order = Order(VisitState.REQUESTED, "staff", world.owner.id, awaits="owner")
    return _call(await booking.book(await find(place, await _slot()), order, actor=SYSTEM))


async def _move(world: World) -> Call:
    to = await _slot(7)
    return _call(await _requested(world), {"starts_at": to.isoformat()})


async def _reassign(world: World) -> Call:
    made = await _requested(world)
    await visitor(FULL)
    return _call(made, {})


async def _reason(world: World) -> Call:
    return _call(await _requested(world), {"reason": "临时有事"})


async def _missed(world: World) -> Call:
    return _call(await _past(world), {"reason": "没有见到人"})


async def _contested_by(world: World, actor: Actor) -> Visit:
    return await missing.note_missing((await _past(world)).id, "没有见到人", actor=actor)


async def _owner_contests(world: World) -> Call:
    return _call(await _contested_by(world, SYSTEM), {"reason": "一直在店里"})


async def _staff_contests(world: World) -> Call:
    return _call(await _contested_by(world, world.owner), {"reason": "去过"})


async def _decide(world: World) -> Call:
    made = await _contested_by(world, SYSTEM)
    contested = await missing.contest(made.id, "一直在店里", actor=world.owner)
    return _call(contested, {"verdict": "属实", "is_upheld": True})


async def _peaks(world: World) -> Call:
    return Call(params={"enterprise_id": await _place(world)})


async def _tell_peaks(world: World) -> Call:
    body = {"peaks": [{"weekday": 1, "spans": [[660, 780]]}]}
    return Call(params={"enterprise_id": await _place(world)}, body=body)


_ZERO = {"If-Match": '"0"'}
_WEEK = [{"weekday": 1, "spans": [[540, 720]], "places": ["on_site"]}]


async def _own_week(world: World) -> Call:
    await _staffed(world)
    return Call(body={"valid_from": str(clock.today()), "week": _WEEK}, headers=_ZERO)


async def _own_day(world: World) -> Call:
    await _staffed(world)
    return Call(params={"day": str(clock.today())}, body={"spans": []}, headers=_ZERO)


async def _someone(world: World) -> Call:
    someone = await visitor(weekdays=())
    assert someone.id
    return Call(params={"staff_id": someone.id})


async def _week(world: World) -> Call:
    call = await _someone(world)
    return Call(params=call.params, body={"valid_from": str(clock.today()), "week": _WEEK}, headers=_ZERO)


async def _day(world: World) -> Call:
    call = await _someone(world)
    return Call(params={**call.params, "day": str(clock.today())}, body={"spans": []}, headers=_ZERO)


async def _edit(world: World) -> Call:
    await db.execute("UPDATE visit_reasons SET version = 1 WHERE key = 'joint'")
    return Call(params={"key": "joint"}, body={"hint": "两个部门一次上门，只算一次。"}, headers={"If-Match": '"1"'})


async def _way(world: World) -> Call:
    return Call(body={"one": ZHILI, "other": "330503100", "minutes": 25})


async def _office(world: World) -> Call:
    return Call(params={"unit_id": await unit(new_id().hex)}, body={"per_day": 4, "office_address": ""}, headers=_ZERO)


async def _feed(world: World) -> Call:
    return Call(query={"token": await feeds.make("own", actor=await visitor(FULL))})


async def _make_feed(world: World) -> Call:
    await _staffed(world)
    return Call(body={"kind": "busy"})


async def _end_feed(world: World) -> Call:
    await _staffed(world)
    for role in VISITORS:
        await feeds.make("own", actor=world.staff[role])
    return Call(body={"kind": "own"})


async def _line(world: World) -> Call:
    return Call(query={"enterprise_id": str(await _place(world))})


async def _join_line(world: World) -> Call:
    place = await _place(world)
    made = await booked(world.owner, place, await _slot(20))
    return Call(body={"enterprise_id": str(place), "visit_id": str(made.id)})


async def _waits(world: World) -> tuple[UUID, UUID]:
    """The owner waits, and is offered something."""
    place = await _place(world)
    wait = await earlier.join(place, Asked(TALK, "on_site"), actor=world.owner)
    offer = await offers.make(wait, await find(place, await _slot()))
    assert offer
    return wait, offer


async def _leave_line(world: World) -> Call:
    return Call(params={"wait_id": (await _waits(world))[0]})


async def _answer_offer(world: World) -> Call:
    return Call(params={"offer_id": (await _waits(world))[1]})


_MINE = "/api/owner/v1/visits/<visit_id:uuid>"
_ONE = "/api/staff/v1/visits/<visit_id:uuid>"
_PEAKS = "/api/owner/v1/enterprises/<enterprise_id:uuid>/visit-peaks"
_PLAN = "/api/staff/v1/staff/<staff_id:uuid>/visit-plan"
ROWS = (
    Row("GET", "/api/public/v1/visit-figures"),
    Row("GET", "/api/public/v1/visit-feed.ics", arrange=_feed),
    Row("GET", "/api/owner/v1/visit-reasons"),
    Row("GET", "/api/owner/v1/visit-slots", others=404, arrange=_slots),
    Row("GET", "/api/owner/v1/visits"),
    Row("POST", "/api/owner/v1/visits", others=404, arrange=_book),
    Row("GET", _MINE, others=404, arrange=_show),
    Row("POST", f"{_MINE}/submit", others=404, arrange=_held),
    Row("POST", f"{_MINE}/join", others=404, arrange=_session),
    Row("POST", f"{_MINE}/accept", others=404, arrange=_proposed),
    Row("POST", f"{_MINE}/reschedule", others=404, arrange=_move),
    Row("POST", f"{_MINE}/cancel", others=404, arrange=_reason),
    Row("POST", f"{_MINE}/missing", others=404, arrange=_missed),
    Row("POST", f"{_MINE}/contest", others=404, arrange=_owner_contests),
    Row("GET", "/api/owner/v1/visit-waits", others=404, arrange=_line),
    Row("POST", "/api/owner/v1/visit-waits", others=404, arrange=_join_line),
    Row("POST", "/api/owner/v1/visit-waits/<wait_id:uuid>/leave", others=404, arrange=_leave_line),
    Row("POST", "/api/owner/v1/visit-offers/<offer_id:uuid>/accept", others=404, arrange=_answer_offer),
    Row("POST", "/api/owner/v1/visit-offers/<offer_id:uuid>/decline", others=404, arrange=_answer_offer),
    Row("GET", _PEAKS, others=404, arrange=_peaks),
    Row("PUT", _PEAKS, others=404, arrange=_tell_peaks),
    Row("GET", "/api/staff/v1/visit-slots", roles=READERS, arrange=_slots),
    Row("GET", "/api/staff/v1/visit-calendar", roles=READERS, arrange=_calendar),
    Row("GET", "/api/staff/v1/visit-route", roles=VISITORS, arrange=_route),
    Row("GET", "/api/staff/v1/visit-misfits", roles=ARRANGERS),
    Row("GET", "/api/staff/v1/visit-waits", roles=READERS),
    Row("GET", "/api/staff/v1/visit-feeds", roles=VISITORS),
    Row("POST", "/api/staff/v1/visit-feeds", roles=VISITORS, arrange=_make_feed),
    Row("POST", "/api/staff/v1/visit-feeds/end", roles=VISITORS, arrange=_end_feed),
    Row("GET", "/api/staff/v1/visits", roles=READERS, arrange=_days),
    Row("POST", "/api/staff/v1/visits", roles=ARRANGERS, arrange=_arrange),
    Row("GET", _ONE, roles=READERS, arrange=_show),
    Row("POST", f"{_ONE}/confirm", roles=ANSWERING, arrange=_show),
    Row("POST", f"{_ONE}/decline", roles=ANSWERING, arrange=_reason),
    Row("POST", f"{_ONE}/reschedule", roles=ANSWERING, arrange=_move),
    Row("POST", f"{_ONE}/reassign", roles=ARRANGERS, arrange=_reassign),
    Row("POST", f"{_ONE}/cancel", roles=ANSWERING, arrange=_reason),
    Row("POST", f"{_ONE}/missing", roles=ANSWERING, arrange=_missed),
    Row("POST", f"{_ONE}/contest", roles=ANSWERING, arrange=_staff_contests),
    Row("POST", f"{_ONE}/contest/decide", roles=ARRANGERS, arrange=_decide),
    Row("GET", "/api/staff/v1/visit-plan", roles=VISITORS),
    Row("PUT", "/api/staff/v1/visit-plan/week", roles=VISITORS, arrange=_own_week),
    Row("PUT", "/api/staff/v1/visit-plan/days/<day:str>", roles=VISITORS, arrange=_own_day),
    Row("GET", _PLAN, roles=PLANNERS, arrange=_someone),
    Row("PUT", f"{_PLAN}/week", roles=PLANNERS, arrange=_week),
    Row("PUT", f"{_PLAN}/days/<day:str>", roles=PLANNERS, arrange=_day),
    Row("GET", "/api/staff/v1/visit-reasons", roles=READERS),
    Row("PATCH", "/api/staff/v1/visit-reasons/<key:str>", roles=PLANNERS, arrange=_edit),
    Row("GET", "/api/staff/v1/visit-ways", roles=READERS),
    Row("PUT", "/api/staff/v1/visit-ways", roles=PLANNERS, arrange=_way),
    Row("GET", "/api/staff/v1/visit-units", roles=PLANNERS),
    Row("PUT", "/api/staff/v1/visit-units/<unit_id:uuid>", roles=PLANNERS, arrange=_office),
)
