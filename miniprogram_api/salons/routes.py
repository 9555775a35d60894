"""The part of the HTTP surface that is about salons."""

from typing import Final

from backend.salons.attached import POSTERS_AT
from miniprogram_api.addresses import ANONYMOUS
from miniprogram_api.endpoint import Endpoint
from miniprogram_api.salons import (
    afterwards,
    attached,
    checking_in,
    fair,
    feedback,
    outgoing,
    owner,
    public,
    questions,
    running,
    staff,
)

_PUBLIC: Final = "/api/public/v1/salons"
_OWNER: Final = "/api/owner/v1/salons"
_MINE: Final = "/api/owner/v1/salon-signups"
_STAFF: Final = "/api/staff/v1/salons"
_ONE: Final = f"{_STAFF}/<salon_id:uuid>"
_SIGNUP: Final = "/api/staff/v1/salon-signups/<signup_id:uuid>"
_SERIES: Final = "/api/staff/v1/salon-series"

SURFACE: Final[tuple[tuple[str, str, Endpoint], ...]] = (
    ("GET", _PUBLIC, public.coming),
    ("GET", f"{_PUBLIC}/<salon_id:uuid>", public.show),
    ("GET", f"{POSTERS_AT}<file_id:uuid>", attached.poster),
    ("GET", f"{_PUBLIC}/<salon_id:uuid>/questions", questions.public),
    ("POST", ANONYMOUS, feedback.give),
    ("GET", _OWNER, owner.coming),
    ("GET", f"{_OWNER}/<salon_id:uuid>/questions", questions.asked),
    ("POST", f"{_OWNER}/<salon_id:uuid>/questions", questions.ask),
    ("GET", f"{_OWNER}/<salon_id:uuid>", owner.show),
    ("GET", f"{_OWNER}/<salon_id:uuid>/form", owner.form),
    ("POST", f"{_OWNER}/<salon_id:uuid>/signups", owner.sign_up),
    ("GET", _MINE, owner.mine),
    ("GET", f"{_MINE}/<signup_id:uuid>", owner.signup),
    ("POST", f"{_MINE}/<signup_id:uuid>/leave", owner.leave),
    ("POST", f"{_MINE}/<signup_id:uuid>/accept", owner.accept),
    ("POST", f"{_MINE}/<signup_id:uuid>/decline", owner.decline),
    ("GET", f"{_MINE}/<signup_id:uuid>/ticket", checking_in.ticket),
    ("GET", f"{_MINE}/<signup_id:uuid>/ticket.png", checking_in.picture),
    ("POST", f"{_MINE}/<signup_id:uuid>/ticket/reissue", checking_in.reissue),
    ("GET", f"{_MINE}/<signup_id:uuid>/calendar.ics", outgoing.calendar),
    ("POST", f"{_MINE}/<signup_id:uuid>/feedback-token", feedback.draw),
    ("GET", "/api/owner/v1/salon-standing", fair.standing),
    ("POST", f"{_MINE}/<signup_id:uuid>/explain", fair.explain),
    ("GET", _STAFF, staff.listed),
    ("POST", _STAFF, staff.draft),
    ("GET", _ONE, staff.show),
    ("PUT", _ONE, staff.edit),
    ("POST", f"{_ONE}/publish", staff.publish),
    ("POST", f"{_ONE}/close", staff.close),
    ("POST", f"{_ONE}/cancel", staff.cancel),
    ("POST", f"{_ONE}/archive", staff.archive),
    ("POST", f"{_ONE}/copy", staff.copy),
    ("GET", f"{_ONE}/signups", running.listed),
    ("POST", f"{_ONE}/signups", running.sign_up),
    ("POST", f"{_ONE}/signups/approve", running.approve),
    ("POST", f"{_ONE}/signups/refuse", running.refuse),
    ("POST", f"{_ONE}/signups/remove", running.remove),
    ("GET", _SIGNUP, running.show),
    ("POST", f"{_SIGNUP}/leave", running.leave),
    ("POST", f"{_SIGNUP}/accept", running.accept),
    ("POST", f"{_SIGNUP}/decline", running.decline),
    ("POST", f"{_SIGNUP}/ticket/reissue", checking_in.reissue_for),
    ("GET", f"{_ONE}/mini-code", outgoing.mini_code),
    ("GET", f"{_ONE}/check-in-bundle", checking_in.bundle),
    ("GET", f"{_ONE}/attendance", checking_in.attendance),
    ("POST", f"{_ONE}/scans", checking_in.scan),
    ("POST", "/api/staff/v1/salon-scans/<scan_id:uuid>/undo", checking_in.undo),
    ("GET", "/api/staff/v1/salon-no-shows", fair.explained),
    ("POST", f"{_SIGNUP}/no-show/decide", fair.decide),
    ("GET", f"{_ONE}/extra", fair.proposed),
    ("PUT", f"{_ONE}/extra", fair.set_extra),
    ("GET", f"{_ONE}/questions", questions.live),
    ("POST", "/api/staff/v1/salon-questions/<question_id:uuid>/answer", questions.answer),
    ("PUT", f"{_ONE}/minutes", questions.minutes),
    ("POST", f"{_ONE}/files", attached.upload),
    ("PUT", f"{_ONE}/poster", attached.put_up),
    ("PUT", f"{_ONE}/materials", afterwards.hand_out),
    ("POST", f"{_ONE}/words", afterwards.say),
    ("GET", f"{_ONE}/feedback", feedback.results),
    ("GET", f"{_ONE}/signups/export", outgoing.export),
    ("GET", "/api/staff/v1/salon-figures", outgoing.told),
    ("GET", _SERIES, staff.all_series),
    ("POST", _SERIES, staff.make_series),
    ("PUT", f"{_SERIES}/<series_id:uuid>", staff.edit_series),
)
