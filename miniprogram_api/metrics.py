"""What Prometheus reads of this process; each process has an internal listener and is a target of its own."""

from functools import lru_cache, partial
from typing import Final

from prometheus_client import Counter, Gauge, Histogram
from sanic.constants import HTTP_METHODS
from tortoise.exceptions import BaseORMException

from backend.foundation import db

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS: Final = Counter("wuwei_http_requests", "Requests answered", ["method", "route", "status"])
SECONDS: Final = Histogram(
    "wuwei_http_seconds", "From the head of a request to its answer", ["route"], buckets=_BUCKETS
)
POOL: Final = Gauge("wuwei_database_connections", "Connections of this process's pool", ["state"])


_METHODS: Final = frozenset(map(str, HTTP_METHODS))
_OTHER: Final = "other"


@lru_cache(maxsize=4096)
def _series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(method, route, str(status)), SECONDS.labels(route)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer under its route's template; paths, and methods that are none, would be endless."""
    count, duration = _series(method if method in _METHODS else _OTHER, route, status)
    count.inc()
    duration.observe(seconds)


def pool_size(state: str) -> float:
    """Return how many connections of the pool are `idle` or `open`; none before the first query."""
    try:
        pool = getattr(db.connection(), "_pool", None)
    except BaseORMException:
        return 0
    if pool is None:
        return 0
    return float(pool.get_idle_size() if state == "idle" else pool.get_size())


for _state in ("idle", "open"):
    POOL.labels(_state).set_function(partial(pool_size, _state))
