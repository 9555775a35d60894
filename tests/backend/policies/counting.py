"""Counts the statements that a block sends to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from backend.foundation import db


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect the SQL of every statement that goes through `db`."""
    seen: list[str] = []
    with monkeypatch.context() as patch:
        for name in ("fetch", "fetch_one", "fetch_value", "execute"):
            patch.setattr(db, name, _noting(seen, getattr(db, name)))
        yield seen


def _noting(seen: list[str], original: Any) -> Any:
    async def noted(sql: str, *params: Any) -> Any:
        seen.append(sql)
        return await original(sql, *params)

    return noted
