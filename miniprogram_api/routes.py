"""The whole HTTP surface on one page: method, path, endpoint. Path ids are typed `<policy_id:uuid>`."""

from collections.abc import Iterable
from typing import Final

from miniprogram_api import about
from miniprogram_api.endpoint import Endpoint, Route

_SURFACE: Final[Iterable[tuple[str, str, Endpoint]]] = (("GET", "/api/public/v1/about", about.about),)

ROUTES: Final = tuple(Route(*line) for line in _SURFACE)
