"""The part of the HTTP surface that is about campaigns."""

from typing import Final

from miniprogram_api.endpoint import Endpoint
from miniprogram_api.visits import campaigns

_ALL: Final = "/api/staff/v1/visit-campaigns"
_ONE: Final = f"{_ALL}/<campaign_id:uuid>"
_MINE: Final = "/api/owner/v1/visit-proposals"
_PROPOSAL: Final = f"{_MINE}/<proposal_id:uuid>"

SURFACE: Final[tuple[tuple[str, str, Endpoint], ...]] = (
    ("GET", _MINE, campaigns.mine),
    ("GET", f"{_PROPOSAL}/times", campaigns.times),
    ("POST", f"{_PROPOSAL}/pick", campaigns.pick),
    ("POST", f"{_PROPOSAL}/decline", campaigns.decline),
    ("GET", _ALL, campaigns.listed),
    ("POST", _ALL, campaigns.draft),
    ("GET", _ONE, campaigns.show),
    ("PUT", _ONE, campaigns.edit),
    ("GET", f"{_ONE}/audience", campaigns.audience),
    ("POST", f"{_ONE}/freeze", campaigns.freeze),
    ("POST", f"{_ONE}/release", campaigns.release),
    ("POST", f"{_ONE}/pause", campaigns.pause),
    ("POST", f"{_ONE}/resume", campaigns.resume),
    ("POST", f"{_ONE}/cancel", campaigns.cancel),
    ("GET", f"{_ONE}/targets", campaigns.targets),
    ("GET", f"{_ONE}/progress", campaigns.progress),
)
