"""The catalogue of what people can be told: inbox text, WeChat template and fields of every kind, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from string import Formatter
from typing import Final

import orjson

from backend.notifications.errors import WrongMessage
from backend.notifications.message import Message


@dataclass(frozen=True)
class Kind:
    """One kind of message; `fields` maps a template's field to the name of a message's field."""

    key: str
    title: str
    body: str
    template: str
    fields: Mapping[str, str]
    is_broadcast: bool
    is_urgent: bool

    @cached_property
    def needs(self) -> frozenset[str]:
        """The fields a message of this kind must have."""
        return frozenset(self.fields.values()) | {name for _, name, _, _ in Formatter().parse(self.body) if name}


def _load() -> dict[str, Kind]:
    entries = orjson.loads((Path(__file__).parent / "kinds.json").read_bytes())
    return {entry["key"]: Kind(**entry) for entry in entries}


KINDS: Final = _load()

_LONGEST_ONCE: Final = 200
_LONGEST_PAGE: Final = 1000


def kind_of(message: Message) -> Kind:
    """Return a message's kind; raises WrongMessage naming what does not fit it."""
    kind = KINDS.get(message.kind)
    if kind is None:
        raise WrongMessage(f"no kind of message is called {message.kind}")
    missing = sorted(kind.needs - message.fields.keys())
    if missing:
        raise WrongMessage(f"{message.kind} lacks {', '.join(missing)}")
    if not 0 < len(message.once) <= _LONGEST_ONCE or "\x00" in message.once:
        raise WrongMessage(f"{message.kind}: `once` must have 1 to {_LONGEST_ONCE} characters and no NUL")
    if message.page is not None and (len(message.page) > _LONGEST_PAGE or "\x00" in message.page):
        raise WrongMessage(f"{message.kind}: `page` must have at most {_LONGEST_PAGE} characters and no NUL")
    return kind
