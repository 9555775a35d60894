"""Every refusal as problem+json (RFC 9457): which error is which status, and nothing of the inside in the answer."""

from asyncio import CancelledError
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg
import orjson
import redis.exceptions
from sanic import Request
from sanic.exceptions import SanicException
from sanic.response import HTTPResponse
from tortoise import exceptions as orm

from backend.foundation import errors
from backend.foundation.db import TRANSIENT
from backend.foundation.errors import FieldError, WuweiError
from backend.foundation.logging import get_logger
from miniprogram_api.reply import DoorResponse
from miniprogram_api.validation import Malformed

log = get_logger(__name__)

PROBLEM_JSON: Final = "application/problem+json"
_RETRY_AFTER: Final = 2
_OURS: Final = 500


class VersionRequired(errors.PreconditionFailed):
    code = "version_required"
    title = "缺少版本号"
    sentence = "请求缺少 If-Match，请刷新页面后再保存。"


class BadRequest(WuweiError):
    code = "bad_request"
    title = "请求有误"
    sentence = "请求格式有误，请刷新页面或更新到最新版本后再试。"


class MethodNotAllowed(WuweiError):
    code = "method_not_allowed"
    title = "不支持的操作"
    sentence = "此地址不支持这种操作。"


class TooSlow(WuweiError):
    code = "request_timeout"
    title = "网络过慢"
    sentence = "网络过慢，请求没有收完，请稍后再试。"


class Abandoned(WuweiError):
    """The client went away; nobody reads this answer, but the log and the metrics tell it from a failure of ours."""

    code = "abandoned"
    title = "请求已取消"
    sentence = "请求在完成前被取消。"


# By class; a subclass takes the status of its nearest listed base.
STATUS: Final[dict[type[BaseException], int]] = {
    BadRequest: 400,
    Malformed: 400,
    errors.KeyRequired: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    MethodNotAllowed: 405,
    TooSlow: 408,
    errors.Conflict: 409,
    errors.PreconditionFailed: 412,
    errors.TooLarge: 413,
    errors.Invalid: 422,
    errors.KeyReused: 422,
    errors.ClientTooOld: 426,
    VersionRequired: 428,
    errors.TooManyRequests: 429,
    WuweiError: 500,
    Abandoned: 499,
    errors.Unavailable: 503,
}
_OF_SANIC: Final[dict[int, type[WuweiError]]] = {
    400: BadRequest,
    404: errors.NotFound,
    405: MethodNotAllowed,
    408: TooSlow,
    413: errors.TooLarge,
    503: errors.Unavailable,
}
_AWAY: Final = (*TRANSIENT, redis.exceptions.RedisError)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is told about one error."""

    status: int
    error: WuweiError
    headers: Mapping[str, str] = field(default_factory=dict)


def status_of(kind: type[BaseException]) -> int:
    """Return the HTTP status of a kind of error."""
    return next(STATUS[base] for base in kind.__mro__ if base in STATUS)


def known_kinds() -> dict[str, type[WuweiError]]:
    """Return every kind that has a code of its own, in the order of the codes."""
    found: dict[str, type[WuweiError]] = {}
    waiting: list[type[WuweiError]] = [WuweiError]
    while waiting:
        kind = waiting.pop()
        found.setdefault(kind.code, kind)
        waiting.extend(kind.__subclasses__())
    return dict(sorted(found.items()))


def refusal_of(error: BaseException) -> Refusal:
    """Return what is told about any error; what should have been refused earlier is logged."""
    if isinstance(error, WuweiError):
        return Refusal(status_of(type(error)), error, _headers(error))
    if isinstance(error, CancelledError):
        return Refusal(status_of(Abandoned), Abandoned())
    if isinstance(error, SanicException):
        kind = _OF_SANIC.get(error.status_code, WuweiError if error.status_code >= _OURS else BadRequest)
        return Refusal(status_of(kind), kind(), {**error.headers, **_headers(kind())})
    return _untold(error)


def _untold(error: BaseException) -> Refusal:
    """Return what is told about an error that nobody put into words."""
    if isinstance(error, orm.DoesNotExist):
        return Refusal(404, errors.NotFound())
    if "no partition of relation" in str(error):
        log.error("partition_missing", error=str(error))
        return Refusal(503, errors.Unavailable(), _headers(errors.Unavailable()))
    if _is_violation(error):
        log.warning("constraint_not_translated", exc_info=error)
        return Refusal(409, errors.Conflict())
    if _is_bad_value(error):
        log.error("value_not_validated", exc_info=error)
        return Refusal(422, errors.Invalid())
    if isinstance(error, _AWAY):
        log.warning("something_we_need_is_away", error=f"{type(error).__name__}: {error}"[:300])
        return Refusal(503, errors.Unavailable(), _headers(errors.Unavailable()))
    log.error("unexpected", exc_info=error)
    return Refusal(500, WuweiError())


def _headers(error: WuweiError) -> dict[str, str]:
    if isinstance(error, errors.TooManyRequests):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, errors.Unavailable):
        return {"Retry-After": str(_RETRY_AFTER)}
    if isinstance(error, errors.Unauthenticated):
        return {"WWW-Authenticate": 'Bearer realm="wuwei"'}
    return {}


def _is_violation(error: BaseException) -> bool:
    return isinstance(error, orm.IntegrityError | asyncpg.IntegrityConstraintViolationError)


def _is_bad_value(error: BaseException) -> bool:
    """Tell whether the database or its driver refused a value: NUL in a text, a number out of range."""
    if isinstance(error, orm.OperationalError):
        return isinstance(error.__cause__, asyncpg.DataError) or "NUL" in str(error)
    return isinstance(error, asyncpg.DataError) or (
        isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError)
    )


def problem(request: Request, refusal: Refusal) -> HTTPResponse:
    """Return the answer that tells of a refusal."""
    error = refusal.error
    body: dict[str, Any] = {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": refusal.status,
        "code": error.code,
        "detail": error.detail,
        "request_id": request.id,
    }
    if isinstance(error, errors.Invalid):
        body["fields"] = [_field(one) for one in error.fields]
    if isinstance(error, errors.Forbidden) and error.permission:
        body["permission"] = error.permission
    return DoorResponse(orjson.dumps(body), refusal.status, dict(refusal.headers), PROBLEM_JSON)


def _field(one: FieldError) -> dict[str, str]:
    return {"path": one.path, "code": one.code, "sentence": one.sentence}


async def answer(request: Request, error: BaseException) -> HTTPResponse:
    """Answer any error; the one exception handler of the app."""
    return problem(request, refusal_of(error))
