"""Statements of several modules sent as one: each gives its part, and the command that needs them all joins them.

A part writes to its module's own tables and nobody's else. PostgreSQL runs all of them on one snapshot and in no order
that counts, so that none may read what another writes; keys between their rows are checked at the end.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

_PLACEHOLDER: Final = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class Part:
    """What stands in a WITH, `name AS (INSERT …), other AS (…)`; its placeholders begin at `$1`, names are its own."""

    text: str
    params: tuple[Any, ...]


def joined(*parts: Part, answer: str = "SELECT") -> tuple[str, *tuple[Any, ...]]:
    """Return one statement with all its parameters, for `db.fetch` and the like; `answer` says what it returns."""
    params = tuple(value for part in parts for value in part.params)
    counts = tuple((part.text, len(part.params)) for part in parts)
    return _text(counts, answer), *params


@lru_cache(maxsize=64)
def _text(parts: tuple[tuple[str, int], ...], answer: str) -> str:
    """Return the text, the same object for the same parts: the driver keeps what it prepared by it."""
    texts, before = [], 0
    for text, count in parts:
        texts.append(_moved(text, before))
        before += count
    return f"WITH {', '.join(texts)} {answer}"


def _moved(text: str, by: int) -> str:
    return _PLACEHOLDER.sub(lambda found: f"${int(found[1]) + by}", text)
