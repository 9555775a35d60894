"""The catalogue of what people can be told: inbox text, WeChat template and fields of every kind, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of message; `fields` maps a template's field to the name of a message's field."""

    key: str
    title: str
    body: str
    template: str
    fields: Mapping[str, str]
    is_broadcast: bool
    is_urgent: bool


def _load() -> dict[str, Kind]:
    entries = orjson.loads((Path(__file__).parent / "kinds.json").read_bytes())
    return {entry["key"]: Kind(**entry) for entry in entries}


KINDS: Final = _load()
