"""The part of the HTTP surface that is about visits."""

from typing import Final

from miniprogram_api.endpoint import Endpoint
from miniprogram_api.visits import diary, feeds, offices, owner, planning, staff, waiting

_MINE: Final = "/api/owner/v1/visits/<visit_id:uuid>"
_PEAKS: Final = "/api/owner/v1/enterprises/<enterprise_id:uuid>/visit-peaks"
_ONE: Final = "/api/staff/v1/visits/<visit_id:uuid>"
_PLAN: Final = "/api/staff/v1/staff/<staff_id:uuid>/visit-plan"

SURFACE: Final[tuple[tuple[str, str, Endpoint], ...]] = (
    ("GET", "/api/public/v1/visit-figures", staff.figures),
    ("GET", feeds.PATH, feeds.read),
    ("GET", "/api/owner/v1/visit-reasons", owner.offered),
    ("GET", "/api/owner/v1/visit-slots", owner.free),
    ("GET", "/api/owner/v1/visits", owner.mine),
    ("POST", "/api/owner/v1/visits", owner.book),
    ("GET", _MINE, owner.show),
    ("POST", f"{_MINE}/submit", owner.submit),
    ("POST", f"{_MINE}/join", owner.join),
    ("POST", f"{_MINE}/accept", owner.accept),
    ("POST", f"{_MINE}/reschedule", owner.reschedule),
    ("POST", f"{_MINE}/cancel", owner.cancel),
    ("POST", f"{_MINE}/missing", owner.note_missing),
    ("POST", f"{_MINE}/contest", owner.contest),
    ("GET", "/api/owner/v1/visit-waits", waiting.line),
    ("POST", "/api/owner/v1/visit-waits", waiting.join),
    ("POST", "/api/owner/v1/visit-waits/<wait_id:uuid>/leave", waiting.leave),
    ("POST", "/api/owner/v1/visit-offers/<offer_id:uuid>/accept", waiting.accept),
    ("POST", "/api/owner/v1/visit-offers/<offer_id:uuid>/decline", waiting.decline),
    ("GET", _PEAKS, owner.peaks),
    ("PUT", _PEAKS, owner.tell_peaks),
    ("GET", "/api/staff/v1/visit-slots", staff.free),
    ("GET", "/api/staff/v1/visit-calendar", diary.calendar),
    ("GET", "/api/staff/v1/visit-route", diary.route),
    ("GET", "/api/staff/v1/visit-misfits", diary.misfitting),
    ("GET", "/api/staff/v1/visit-waits", waiting.listed),
    ("GET", "/api/staff/v1/visit-feeds", feeds.mine),
    ("POST", "/api/staff/v1/visit-feeds", feeds.make),
    ("POST", "/api/staff/v1/visit-feeds/end", feeds.end),
    ("GET", "/api/staff/v1/visits", staff.listed),
    ("POST", "/api/staff/v1/visits", staff.arrange),
    ("GET", _ONE, staff.show),
    ("POST", f"{_ONE}/confirm", staff.confirm),
    ("POST", f"{_ONE}/decline", staff.decline),
    ("POST", f"{_ONE}/reschedule", staff.reschedule),
    ("POST", f"{_ONE}/reassign", staff.reassign),
    ("POST", f"{_ONE}/cancel", staff.cancel),
    ("POST", f"{_ONE}/missing", staff.note_missing),
    ("POST", f"{_ONE}/contest", staff.contest),
    ("POST", f"{_ONE}/contest/decide", staff.decide),
    ("GET", "/api/staff/v1/visit-plan", planning.own),
    ("PUT", "/api/staff/v1/visit-plan/week", planning.set_own_week),
    ("PUT", "/api/staff/v1/visit-plan/days/<day:str>", planning.set_own_day),
    ("GET", _PLAN, planning.of_staff),
    ("PUT", f"{_PLAN}/week", planning.set_week),
    ("PUT", f"{_PLAN}/days/<day:str>", planning.set_day),
    ("GET", "/api/staff/v1/visit-reasons", planning.listed),
    ("PATCH", "/api/staff/v1/visit-reasons/<key:str>", planning.edit),
    ("GET", "/api/staff/v1/visit-ways", planning.ways),
    ("PUT", "/api/staff/v1/visit-ways", planning.tell_way),
    ("GET", "/api/staff/v1/visit-units", offices.listed),
    ("PUT", "/api/staff/v1/visit-units/<unit_id:uuid>", offices.settle),
)
