"""The whole HTTP surface on one page: method, path, endpoint. Path ids are typed `<policy_id:uuid>`."""

from collections.abc import Iterable
from typing import Final

from miniprogram_api import about, health, pages, problems, reference
from miniprogram_api.endpoint import Endpoint, Route
from miniprogram_api.wechat import events

_SURFACE: Final[Iterable[tuple[str, str, Endpoint]]] = (
    ("GET", "/healthz", health.alive),
    ("GET", "/openapi.json", reference.description),
    ("GET", "/docs", reference.reference),
    ("GET", "/docs/style.css", pages.style),
    ("GET", "/problems", problems.listing),
    ("GET", "/problems/<code:str>", problems.explain),
    ("GET", "/wechat/events/<account:str>", events.check),
    ("POST", "/wechat/events/<account:str>", events.receive),
    ("GET", "/api/public/v1/about", about.about),
)

ROUTES: Final = tuple(Route(*line) for line in _SURFACE)
