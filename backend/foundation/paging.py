"""Pages of long lists: an opaque cursor that names the last row seen, and counts that stay cheap.

A query asks for `limit + 1` rows after the cursor in its own order; `cut` tells whether there are more. Pages by
position would skip or repeat rows whenever something is written meanwhile.
"""

import base64
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import orjson

from backend.foundation.errors import FieldError, Invalid

T = TypeVar("T")

COUNTED: Final = 1000
_LONGEST: Final = 300
_INT8: Final = range(-(2**63), 2**63)


class WrongCursor(Invalid):
    code = "cursor_invalid"
    title = "翻页标记有误"
    sentence = "翻页标记无效，请从第一页重新查看。"

    def __init__(self) -> None:
        super().__init__(fields=(FieldError("cursor", "cursor_invalid", self.sentence),))


def encode_cursor(*values: UUID | datetime | date | int | str | None) -> str:
    """Return the cursor of a row: the values its list is ordered by, the id last."""
    # the driver's ids are of a class of its own, which orjson does not know
    return base64.urlsafe_b64encode(orjson.dumps(values, default=str)).rstrip(b"=").decode()


def decode_cursor(cursor: str | None, *kinds: type[Any]) -> tuple[Any, ...] | None:
    """Return a cursor's values as `kinds`, None for the first page; raises WrongCursor for anything we never gave out.

    A value may also be None whatever its kind: a list ordered by a nullable column has such rows.
    """
    if cursor is None:
        return None
    try:
        values = _loaded(cursor)
        return tuple(_read(value, kind) for value, kind in zip(values, kinds, strict=True))
    except (ValueError, TypeError, OverflowError):
        raise WrongCursor from None


def _loaded(cursor: str) -> list[Any]:
    if len(cursor) > _LONGEST:
        raise ValueError("longer than any cursor of ours")
    padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
    values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    if not isinstance(values, list):
        raise TypeError("no list of values")
    return values


def _read(value: Any, kind: type[Any]) -> Any:
    """Return one value as its kind; raises ValueError or TypeError."""
    if value is None:
        return None
    if kind is UUID:
        return UUID(str(value))
    if kind is datetime:
        return _aware(datetime.fromisoformat(value))
    if kind is date:
        return date.fromisoformat(value)
    if type(value) is not kind or (kind is int and value not in _INT8) or (kind is str and "\x00" in value):
        raise ValueError("not of its kind")
    return value


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment.astimezone(UTC)  # at either end of time there is none: OverflowError


def cut(rows: Sequence[T], limit: int, cursor_of: Callable[[T], str]) -> tuple[Sequence[T], str | None]:
    """Return the rows of one page and the next cursor, of a query that asked for `limit + 1`."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], cursor_of(rows[limit - 1])


def count_sql(query: str) -> str:
    """Return the statement that counts a query's rows, but never more than are worth waiting for."""
    return f"SELECT count(*) FROM (SELECT FROM ({query}) AS counted LIMIT {COUNTED + 1}) AS first"


def told_count(found: int) -> int | str:
    """Return a count as it is told: exact up to 1,000, then "1000+"."""
    return found if found <= COUNTED else f"{COUNTED}+"


BOUND: Final = 10_000
"""Lists for staff tell exactly how many rows fit their filter up to this many, and then "at least"."""


def count_column(rows: str, cursor: str | None) -> str:
    """Return one more column for a list's SELECT: how many rows there are in all, counted by the same statement.

    `rows` is what stands behind FROM without order, limit and the cursor's condition; it may use the list's own
    placeholders. Only a first page is counted: whoever turns pages has its count already.
    """
    if cursor is not None:
        return ""
    return f", (SELECT count(*) FROM (SELECT FROM {rows} LIMIT {BOUND + 1}) AS counted) AS found"


def counted(rows: Sequence[Any], cursor: str | None) -> dict[str, Any]:
    """Return what a page tells of `count_column`: `count`, None behind the first page, and `count_is_at_least`."""
    if cursor is not None:
        return {"count": None, "count_is_at_least": False}
    found = rows[0]["found"] if rows else 0
    return {"count": min(found, BOUND), "count_is_at_least": found > BOUND}
