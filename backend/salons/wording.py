"""What everybody reads of a salon, text by text: none of it promises what only the law can give."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from backend.eligibility import promises
from backend.foundation.errors import FieldError

_OWN: Final = ("title", "intro", "reason", "address")
_OF_SESSIONS: Final = ("title", "speaker")


def refused(columns: Mapping[str, Any], quota_titles: Sequence[str]) -> Iterator[FieldError]:
    """Give an error for each promise in a salon's columns and in what its quotas are called."""
    for path, text in (*_texts(columns), *((f"quotas.{n}.title", title) for n, title in enumerate(quota_titles))):
        yield from (FieldError(one.path, one.code, one.sentence) for one in promises.in_text(path, text))


def _texts(columns: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((name, columns[name]) for name in _OWN)
    yield from ((f"organisers.{n}", one) for n, one in enumerate(columns["organisers"]))
    for n, session in enumerate(columns["sessions"]):
        yield from ((f"sessions.{n}.{name}", session.get(name, "")) for name in _OF_SESSIONS)
    for name, asked in columns["form"].get("properties", {}).items():
        yield f"form.properties.{name}", "\n".join((asked.get("title", ""), *map(str, asked.get("enum", ()))))
