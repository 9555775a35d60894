"""The part of the HTTP surface that is about visits once they were confirmed."""

from typing import Final

from miniprogram_api.endpoint import Endpoint
from miniprogram_api.visits import arrival, report

_MINE: Final = "/api/owner/v1/visits/<visit_id:uuid>"
_ONE: Final = "/api/staff/v1/visits/<visit_id:uuid>"

SURFACE: Final[tuple[tuple[str, str, Endpoint], ...]] = (
    ("GET", f"{_MINE}/pass", arrival.show_pass),
    ("POST", f"{_MINE}/arrival/object", arrival.object_to),
    ("GET", f"{_MINE}/report", report.show_mine),
    ("POST", f"{_MINE}/report/confirm", report.confirm),
    ("POST", f"{_MINE}/report/object", report.object_to),
    ("POST", f"{_MINE}/rate", report.rate),
    ("POST", f"{_MINE}/rate-again", report.rate_again),
    ("POST", f"{_ONE}/arrive", arrival.scan),
    ("POST", f"{_ONE}/arrive/tell", arrival.tell),
    ("POST", f"{_ONE}/arrive/back-fill", arrival.back_fill),
    ("POST", f"{_ONE}/arrive/decide", arrival.decide),
    ("GET", f"{_ONE}/report", report.show),
    ("POST", f"{_ONE}/report", report.file),
    ("POST", f"{_ONE}/report/amend", report.amend),
    ("POST", f"{_ONE}/report/reach", report.reach),
    ("POST", f"{_ONE}/report/hear", report.hear),
    ("POST", f"{_ONE}/report/decide", report.decide),
)
