"""Who may write salons, run them, sign up; an owner sees his own sign-ups alone."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend import files
from backend.access import SYSTEM, Role
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.moderation import Outcome, SubjectState
from backend.salons import attached, board, codes, feedback, series, service
from backend.salons.door import scanning
from backend.salons.door.scanning import Read
from backend.salons.seats import answering, fairness
from backend.salons.series import SeriesContent
from tests.backend.cases.people import asker
from tests.backend.salons.people import hall, published, sign_up, written
from tests.factories.people import add_binding, add_staff
from tests.factories.recordings import picture
from tests.support.matrix import Call, Row, World

READERS = frozenset(
    {
        Role.FRONT_DESK,
        Role.VISITOR,
        Role.SPECIALIST,
        Role.PUBLISHER,
        Role.REVIEWER,
        Role.MANAGER,
        Role.AUDITOR,
    }
)
EDITORS = frozenset({Role.PUBLISHER, Role.MANAGER})
RUNNERS = EDITORS | {Role.FRONT_DESK, Role.SPECIALIST}
_COUNT = "SELECT count(*) FROM enterprises"


async def _place(world: World) -> UUID:
    """The owner's enterprise."""
    sql = "INSERT INTO persons (id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
    for one in (world.owner, world.other):
        await db.execute(sql, one.id, clock.now())
    _, place = await asker(1 + await db.fetch_value(_COUNT))
    await add_binding(world.owner, place)
    return place


async def _staffed(world: World) -> None:
    for one in world.staff.values():
        await add_staff(staff_id=one.id)


def _salon(salon_id: UUID, body: Any = None, version: int = 2) -> Call:
    return Call(params={"salon_id": salon_id}, body=body, headers={"If-Match": f'"{version}"'})


async def published_one(world: World) -> Call:
    await _staffed(world)
    return _salon(await published(hall(2)))


async def _draft(world: World) -> Call:
    await _staffed(world)
    made = await service.draft(written(hall(2)), actor=SYSTEM)
    return _salon(made.id, version=made.version)


def _body() -> dict[str, Any]:
    return written(hall(2)).model_dump(mode="json")


async def _write(world: World) -> Call:
    await _staffed(world)
    return Call(body=_body())


async def _edit(world: World) -> Call:
    call = await _draft(world)
    return Call(params=call.params, body=_body(), headers=call.headers)


async def _held(world: World) -> Call:
    call = await published_one(world)
    await db.execute("UPDATE salons SET state = 'held' WHERE id = $1", call.params["salon_id"])
    return call


async def _cancel(world: World) -> Call:
    call = await published_one(world)
    return Call(params=call.params, body={"reason": "场地停电"}, headers=call.headers)


async def _copy(world: World) -> Call:
    call = await published_one(world)
    return Call(params=call.params, body={"starts_at": (clock.now() + timedelta(days=30)).isoformat()})


async def _join(world: World) -> Call:
    place = await _place(world)
    return Call(params={"salon_id": await published(hall(2))}, body={"enterprise_id": str(place)})


async def _form(world: World) -> Call:
    place = await _place(world)
    return Call(params={"salon_id": await published(hall(2))}, query={"enterprise_id": str(place)})


async def _for_somebody(world: World) -> Call:
    await _staffed(world)
    place = await _place(world)
    body = {"enterprise_id": str(place), "channel": "phone", "attendee": "王芳"}
    return Call(params={"salon_id": await published(hall(2))}, body=body)


async def _signup(world: World, **given: Any) -> UUID:
    place = await _place(world)
    await _staffed(world)
    return (await sign_up(world.owner, place, await published(hall(2), **given))).id


async def _mine(world: World) -> Call:
    return Call(params={"signup_id": await _signup(world)})


async def _leave(world: World) -> Call:
    return Call(params={"signup_id": await _signup(world)}, body={})


async def _offered(world: World) -> Call:
    """The owner waits, somebody leaves, the owner has an offer."""
    salon_id = await published(hall(1))
    first = await asker(1 + await db.fetch_value(_COUNT))
    seated = await sign_up(*first, salon_id)
    place = await _place(world)
    await _staffed(world)
    waits = await sign_up(world.owner, place, salon_id, waits=True)
    await answering.leave(seated.id, "", actor=first[0])
    return Call(params={"signup_id": waits.id})


async def _pending(world: World) -> Call:
    signup_id = await _signup(world, needs_approval=True)
    salon_id = await db.fetch_value("SELECT salon_id FROM salon_signups WHERE id = $1", signup_id)
    return Call(params={"salon_id": salon_id}, body={"ids": [str(signup_id)]})


async def _pending_why(world: World) -> Call:
    call = await _pending(world)
    return Call(params=call.params, body={**call.body, "reason": "不属于本次活动的行业"})


async def _reissue(world: World) -> Call:
    return Call(params={"signup_id": await _signup(world)}, body={"reason": "手机丢失"})


async def _scans(world: World) -> Call:
    call = await published_one(world)
    scan = {"id": str(new_id()), "code": "MFRGGZDF", "scanned_at": clock.now().isoformat()}
    return Call(params=call.params, body={"device": "入口1", "scans": [scan]})


async def _scanned(world: World) -> Call:
    signup_id = await _signup(world)
    salon_id = await db.fetch_value("SELECT salon_id FROM salon_signups WHERE id = $1", signup_id)
    sql = "UPDATE salons SET starts_at = $2, ends_at = $3, closes_at = $2 WHERE id = $1"
    await db.execute(sql, salon_id, clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=3))
    read = Read(new_id(), "入口1", "in", clock.now(), signup_id=signup_id)
    await scanning.receive(salon_id, [read], actor=world.staff[Role.MANAGER])
    return Call(params={"scan_id": read.id}, body={"reason": "扫错了人"})


async def _missed(world: World) -> Call:
    signup_id = await _signup(world)
    sql = "UPDATE salon_signups SET state = 'no_show' WHERE id = $1"
    await db.execute(sql, signup_id)
    sql = "INSERT INTO salon_no_shows (signup_id, person_id, noted_at, lowers_until) VALUES ($1, $2, $3, $3)"
    await db.execute(sql, signup_id, world.owner.id, clock.now())
    return Call(params={"signup_id": signup_id}, body={"reason": "临时出差"})


async def _explained(world: World) -> Call:
    call = await _missed(world)
    await fairness.explain(UUID(str(call.params["signup_id"])), "临时出差", actor=world.owner)
    return Call(params=call.params, body={"is_excused": True})


async def _extra(world: World) -> Call:
    await _staffed(world)
    salon_id = await published(hall(2, hard_limit=4))
    quota = await db.fetch_value("SELECT id FROM salon_quotas WHERE salon_id = $1", salon_id)
    return Call(params={"salon_id": salon_id}, body={"quota_id": str(quota), "extra": 1})


async def _asks(world: World) -> Call:
    signup_id = await _signup(world)
    salon_id = await db.fetch_value("SELECT salon_id FROM salon_signups WHERE id = $1", signup_id)
    return Call(params={"salon_id": salon_id}, body={"body": "首次违法一定不罚吗？"})


async def _asked(world: World) -> Call:
    call = await _asks(world)
    made = await board.ask(UUID(str(call.params["salon_id"])), "首次违法怎么认定？", actor=world.owner)
    outcome = Outcome("salons", made, new_id(), SubjectState.PASSED)
    async with db.transaction():
        await board.checked([outcome])
    return Call(params={"question_id": made}, body={"words": "两年内没有同类违法。"})


async def _minutes(world: World) -> Call:
    call = await _held(world)
    return Call(params=call.params, body={"minutes": "讲解了三类情形。"}, headers=call.headers)


async def _attended(world: World) -> Call:
    signup_id = await _signup(world)
    await db.execute("UPDATE salon_signups SET state = 'attended' WHERE id = $1", signup_id)
    return Call(params={"signup_id": signup_id})


async def _feedback(world: World) -> Call:
    call = await _attended(world)
    given = await feedback.draw(UUID(str(call.params["signup_id"])), actor=world.owner)
    return Call(body={"token": given, "rating": 5})


async def _poster(world: World) -> UUID:
    """A poster that a publisher uploaded."""
    file = await files.store(world.staff[Role.PUBLISHER], attached.POSTER, "海报.png", picture())
    return file.id


async def _seen_poster(world: World) -> Call:
    call = await published_one(world)
    file_id = await _poster(world)
    await db.execute("UPDATE salons SET poster_id = $2 WHERE id = $1", call.params["salon_id"], file_id)
    return Call(params={"file_id": file_id})


async def _put_up(world: World) -> Call:
    """Whoever may edit may take down what hangs there; each one his own upload would be another call a role."""
    call = await published_one(world)
    return Call(params=call.params, body={"file_id": None}, headers=call.headers)


async def _upload(world: World) -> Call:
    call = await published_one(world)
    return Call(params=call.params, query={"what": "poster", "name": "海报.png"}, content=picture())


async def _drawn_code(world: World) -> Call:
    """Its picture is kept already: WeChat is not asked."""
    call = await published_one(world)
    await codes.keep(UUID(str(call.params["salon_id"])), picture())
    return call


async def _hand_out(world: World) -> Call:
    call = await _held(world)
    materials = [{"title": "讲义", "url": "https://example.com/slides.pdf"}]
    return Call(params=call.params, body={"materials": materials}, headers=call.headers)


async def _say(world: World) -> Call:
    call = await published_one(world)
    await sign_up(*await asker(1 + await db.fetch_value(_COUNT)), call.params["salon_id"])
    return Call(params=call.params, body={"words": "请带营业执照复印件。"})


async def _figures(world: World) -> Call:
    return Call(query={"first": "2026-01-01", "last": "2026-12-31"})


async def _series(world: World) -> Call:
    await _staffed(world)
    return Call(body={"title": "小微沙龙·合规系列"})


async def _edit_series(world: World) -> Call:
    await _staffed(world)
    made = await series.make(SeriesContent(f"系列{new_id().hex[-6:]}"), actor=SYSTEM)
    return Call(params={"series_id": made["id"]}, body={"title": "合规系列"}, headers={"If-Match": '"1"'})


_PUBLIC = "/api/public/v1/salons"
_OWNER = "/api/owner/v1/salons"
_MINE = "/api/owner/v1/salon-signups"
_STAFF = "/api/staff/v1/salons"
_ONE = f"{_STAFF}/<salon_id:uuid>"
_SIGNUP = "/api/staff/v1/salon-signups/<signup_id:uuid>"
_SERIES = "/api/staff/v1/salon-series"

ROWS = (
    Row("GET", _PUBLIC),
    Row("GET", f"{_PUBLIC}/<salon_id:uuid>", arrange=published_one),
    Row("GET", _OWNER),
    Row("GET", f"{_OWNER}/<salon_id:uuid>", arrange=published_one),
    Row("GET", f"{_OWNER}/<salon_id:uuid>/form", others=404, arrange=_form),
    Row("POST", f"{_OWNER}/<salon_id:uuid>/signups", others=404, arrange=_join),
    Row("GET", _MINE),
    Row("GET", f"{_MINE}/<signup_id:uuid>", others=404, arrange=_mine),
    Row("POST", f"{_MINE}/<signup_id:uuid>/leave", others=404, arrange=_leave),
    Row("POST", f"{_MINE}/<signup_id:uuid>/accept", others=404, arrange=_offered),
    Row("POST", f"{_MINE}/<signup_id:uuid>/decline", others=404, arrange=_offered),
    Row("GET", _STAFF, roles=READERS),
    Row("POST", _STAFF, roles=EDITORS, arrange=_write),
    Row("GET", _ONE, roles=READERS, arrange=published_one),
    Row("PUT", _ONE, roles=EDITORS, arrange=_edit),
    Row("POST", f"{_ONE}/publish", roles=EDITORS, arrange=_draft),
    Row("POST", f"{_ONE}/close", roles=EDITORS, arrange=published_one),
    Row("POST", f"{_ONE}/cancel", roles=EDITORS, arrange=_cancel),
    Row("POST", f"{_ONE}/archive", roles=EDITORS, arrange=_held),
    Row("POST", f"{_ONE}/copy", roles=EDITORS, arrange=_copy),
    Row("GET", f"{_ONE}/signups", roles=READERS, arrange=published_one),
    Row("POST", f"{_ONE}/signups", roles=RUNNERS, arrange=_for_somebody),
    Row("POST", f"{_ONE}/signups/approve", roles=RUNNERS, arrange=_pending),
    Row("POST", f"{_ONE}/signups/refuse", roles=RUNNERS, arrange=_pending_why),
    Row("POST", f"{_ONE}/signups/remove", roles=RUNNERS, arrange=_pending_why),
    Row("GET", _SIGNUP, roles=READERS, arrange=_mine),
    Row("POST", f"{_SIGNUP}/leave", roles=RUNNERS, arrange=_leave),
    Row("POST", f"{_SIGNUP}/accept", roles=RUNNERS, arrange=_offered),
    Row("POST", f"{_SIGNUP}/decline", roles=RUNNERS, arrange=_offered),
    Row("GET", f"{_MINE}/<signup_id:uuid>/ticket", others=404, arrange=_mine),
    Row("GET", f"{_MINE}/<signup_id:uuid>/ticket.png", others=404, arrange=_mine),
    Row("POST", f"{_MINE}/<signup_id:uuid>/ticket/reissue", others=404, arrange=_reissue),
    Row("POST", f"{_SIGNUP}/ticket/reissue", roles=RUNNERS, arrange=_reissue),
    Row("GET", f"{_ONE}/mini-code", roles=READERS, arrange=_drawn_code),
    Row("GET", f"{_ONE}/check-in-bundle", roles=RUNNERS, arrange=published_one),
    Row("GET", f"{_ONE}/attendance", roles=READERS, arrange=published_one),
    Row("POST", f"{_ONE}/scans", roles=RUNNERS, arrange=_scans),
    Row("POST", "/api/staff/v1/salon-scans/<scan_id:uuid>/undo", roles=RUNNERS, arrange=_scanned),
    Row("GET", "/api/owner/v1/salon-standing"),
    Row("POST", f"{_MINE}/<signup_id:uuid>/explain", others=404, arrange=_missed),
    Row("GET", "/api/staff/v1/salon-no-shows", roles=RUNNERS),
    Row("POST", f"{_SIGNUP}/no-show/decide", roles=RUNNERS, arrange=_explained),
    Row("GET", f"{_ONE}/extra", roles=EDITORS, arrange=published_one),
    Row("PUT", f"{_ONE}/extra", roles=EDITORS, arrange=_extra),
    Row("GET", f"{_PUBLIC}/<salon_id:uuid>/questions", arrange=published_one),
    Row("GET", f"{_OWNER}/<salon_id:uuid>/questions", arrange=published_one),
    Row("POST", f"{_OWNER}/<salon_id:uuid>/questions", others=404, arrange=_asks),
    Row("GET", f"{_ONE}/questions", roles=RUNNERS, arrange=published_one),
    Row("POST", "/api/staff/v1/salon-questions/<question_id:uuid>/answer", roles=RUNNERS, arrange=_asked),
    Row("PUT", f"{_ONE}/minutes", roles=EDITORS, arrange=_minutes),
    Row("POST", "/api/public/v1/salon-feedback", anonymous=204, arrange=_feedback),
    Row("POST", f"{_MINE}/<signup_id:uuid>/feedback-token", others=404, arrange=_attended),
    Row("GET", f"{_MINE}/<signup_id:uuid>/calendar.ics", others=404, arrange=_mine),
    Row("GET", f"{attached.POSTERS_AT}<file_id:uuid>", arrange=_seen_poster),
    Row("POST", f"{_ONE}/files", roles=EDITORS, arrange=_upload),
    Row("PUT", f"{_ONE}/poster", roles=EDITORS, arrange=_put_up),
    Row("PUT", f"{_ONE}/materials", roles=EDITORS, arrange=_hand_out),
    Row("POST", f"{_ONE}/words", roles=RUNNERS, arrange=_say),
    Row("GET", f"{_ONE}/feedback", roles=READERS, arrange=published_one),
    Row("GET", f"{_ONE}/signups/export", roles=EDITORS, arrange=published_one),
    Row("GET", "/api/staff/v1/salon-figures", roles=READERS, arrange=_figures),
    Row("GET", _SERIES, roles=READERS),
    Row("POST", _SERIES, roles=EDITORS, arrange=_series),
    Row("PUT", f"{_SERIES}/<series_id:uuid>", roles=EDITORS, arrange=_edit_series),
)
