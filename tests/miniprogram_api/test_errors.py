"""Every error is a problem of the right status, and tells nothing of the inside."""

import re
import socket
from typing import Any

import asyncpg
import pytest
import redis.exceptions
from sanic.exceptions import SanicException
from tortoise.exceptions import DoesNotExist, IntegrityError, OperationalError

from backend.foundation import errors
from miniprogram_api.errors import STATUS, known_kinds, status_of
from tests.miniprogram_api.examples import FAILURES
from tests.support.api import Api

CASES: list[tuple[Exception, int, str]] = [
    (errors.NotFound(), 404, "not_found"),
    (errors.Conflict(), 409, "conflict"),
    (errors.PreconditionFailed(), 412, "precondition_failed"),
    (errors.ClientTooOld(), 426, "client_too_old"),
    (errors.TooManyRequests(7), 429, "too_many_requests"),
    (errors.Unavailable(), 503, "unavailable"),
    (errors.Forbidden("policies.review"), 403, "forbidden"),
    (DoesNotExist("Policy"), 404, "not_found"),
    (IntegrityError("duplicate key value (phone)=(13800001234)"), 409, "conflict"),
    (asyncpg.UniqueViolationError("duplicate"), 409, "conflict"),
    (OperationalError("text contains NUL"), 422, "invalid"),
    (OperationalError("no such column"), 500, "internal"),
    (asyncpg.DataError("out of range"), 422, "invalid"),
    (asyncpg.DeadlockDetectedError("deadlock"), 503, "unavailable"),
    (asyncpg.TooManyConnectionsError("too many"), 503, "unavailable"),
    (asyncpg.CannotConnectNowError("starting"), 503, "unavailable"),
    (ConnectionRefusedError("no"), 503, "unavailable"),
    (TimeoutError(), 503, "unavailable"),
    (asyncpg.SerializationError("retry"), 503, "unavailable"),
    (asyncpg.LockNotAvailableError("held"), 503, "unavailable"),
    (asyncpg.InternalClientError("cannot switch to state 15"), 503, "unavailable"),
    (asyncpg.DiskFullError("full"), 503, "unavailable"),
    (asyncpg.ReadOnlySQLTransactionError("standby"), 503, "unavailable"),
    (asyncpg.CheckViolationError('no partition of relation "outbox" found for row'), 503, "unavailable"),
    (socket.gaierror(-2, "Name or service not known"), 503, "unavailable"),
    (OSError(113, "No route to host"), 503, "unavailable"),
    (redis.exceptions.ConnectionError("away"), 503, "unavailable"),
    (redis.exceptions.ReadOnlyError("replica"), 503, "unavailable"),
    (SanicException("x", status_code=418), 400, "bad_request"),
    (KeyError("secret"), 500, "internal"),
]


@pytest.mark.parametrize(("error", "status", "code"), CASES, ids=[f"{type(c[0]).__name__}-{c[1]}" for c in CASES])
async def test_an_error_is_told_by_its_kind(door: Api, error: Exception, status: int, code: str) -> None:
    FAILURES["now"] = error
    answer = await door.get("/api/public/v1/fail/now")
    told = answer.json()
    assert (answer.status_code, told["code"], told["status"]) == (status, code, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["type"] == f"/problems/{code}"
    assert told["request_id"] == answer.headers["x-request-id"]
    assert re.search(r"[\u4e00-\u9fff]", told["detail"])
    assert "secret" not in answer.text
    assert "13800001234" not in answer.text
    assert ("retry-after" in answer.headers) is (status in (429, 503))


@pytest.mark.parametrize(("name", "status"), [("duplicate", 409), ("range", 422)])
async def test_what_the_database_refuses_is_no_500(door: Api, name: str, status: int) -> None:
    assert (await door.get(f"/api/public/v1/fail/{name}")).status_code == status


async def test_a_wrong_method_is_told_which_ones_there_are(door: Api) -> None:
    answer = await door.put("/api/owner/v1/visits")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["allow"].replace(" ", "").split(",")) == {"GET", "POST"}


@pytest.mark.parametrize(
    "path", ["/", "/api/owner/v1", "/api/owner/v1/visits/%ff", "/%00", "//", "/api/../etc", "/" + "a" * 3000]
)
async def test_an_unknown_path_is_a_problem_too(door: Api, path: str) -> None:
    answer = await door.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_every_code_has_its_page(api: Api) -> None:
    kinds = known_kinds()
    assert len(kinds) > len(STATUS) // 2
    for code, kind in kinds.items():
        answer = await api.get(f"/problems/{code}")
        assert answer.json() == {"code": code, "status": status_of(kind), "title": kind.title, "detail": kind.sentence}
    page = await api.get("/problems/conflict", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert (await api.get("/problems/none_such")).status_code == 404
    assert "/problems/conflict" in (await api.get("/problems")).text


def _listed(kind: type[Any]) -> bool:
    return any(base in STATUS for base in kind.__mro__ if base is not errors.WuweiError)


def test_every_kind_of_the_foundation_has_a_status_of_its_own() -> None:
    assert [
        kind for kind in errors.WuweiError.__subclasses__() if kind.__module__ == errors.__name__ and not _listed(kind)
    ] == []
