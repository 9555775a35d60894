"""The catalogue of what people can be told: inbox text, channels with their templates and fields, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from string import Formatter
from typing import Any, Final, Literal

import orjson

from backend.notifications.errors import WrongMessage
from backend.notifications.message import Message

Channel = Literal["subscribe", "service", "sms"]
CHANNELS: Final[tuple[Channel, ...]] = ("subscribe", "service", "sms")
"""In the order in which they are tried; the inbox has the message before any of them."""


@dataclass(frozen=True, slots=True)
class Form:
    """What one channel carries: `template` is a title (SMS: our name of an approved code), `fields` map its own.

    `listed` are the values that an enum of the template takes.
    """

    template: str
    fields: Mapping[str, str]
    listed: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """One kind of message.

    `template` and `fields` are of the subscribe message: a template's field → the name of a message's field. `channels`
    are tried in turn, none of them means that the inbox alone has it. `resend_if_unknown`: when nobody can say what
    became of a try, the next channel is taken once all the same. `is_critical`: it can't be switched off for the inbox.
    `is_profiled`: chosen by a profile, so that whoever refuses that gets none. `clock`: a reminder goes before the
    quiet hours, everything else after them.
    """

    key: str
    title: str
    body: str
    template: str
    fields: Mapping[str, str]
    is_broadcast: bool
    is_urgent: bool
    channels: tuple[Channel, ...] = ("subscribe",)
    service: Form | None = None
    sms: Form | None = None
    resend_if_unknown: bool = False
    is_critical: bool = False
    is_profiled: bool = False
    clock: Literal["ordinary", "reminder"] = "ordinary"
    page: str | None = None
    listed: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.channels != tuple(name for name in CHANNELS if name in self.channels):
            raise ValueError(f"{self.key}: channels are tried in the order {', '.join(CHANNELS)}")
        if self.channels and self.channels[0] != "subscribe":
            raise ValueError(f"{self.key}: the subscribe message comes first")
        bare = [name for name in self.channels if name not in self.forms]
        if bare:
            raise ValueError(f"{self.key}: no form for {', '.join(bare)}")

    @cached_property
    def forms(self) -> Mapping[Channel, Form]:
        """What each channel carries."""
        told: dict[Channel, Form | None] = {
            "subscribe": Form(self.template, self.fields, self.listed),
            "service": self.service,
            "sms": self.sms,
        }
        return {channel: form for channel, form in told.items() if form}

    @cached_property
    def needs(self) -> frozenset[str]:
        """The fields a message of this kind must have."""
        named = {name for form in self.forms.values() for name in form.fields.values()}
        return frozenset(named) | {name for _, name, _, _ in Formatter().parse(self.body) if name}


def _kind(entry: dict[str, Any]) -> Kind:
    made: dict[str, Any] = {name: Form(**entry[name]) for name in ("service", "sms") if name in entry}
    if "channels" in entry:
        made["channels"] = tuple(entry["channels"])
    return Kind(**{**entry, **made})


def _load() -> dict[str, Kind]:
    entries = orjson.loads((Path(__file__).parent / "kinds.json").read_bytes())
    kinds = {entry["key"]: _kind(entry) for entry in entries}
    if len(kinds) < len(entries):
        raise ValueError("two kinds of one key")
    return kinds


KINDS: Final = _load()

_LONGEST_ONCE: Final = 200
_LONGEST_PAGE: Final = 1000


def profiled() -> list[str]:
    """Return the kinds that are chosen by a profile."""
    return [kind.key for kind in KINDS.values() if kind.is_profiled]


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
    if kind.clock == "reminder" and message.end is None:
        raise WrongMessage(f"{message.kind}: a reminder tells when its event is")
    return kind
