"""The catalogue of what staff can be told: words and the console's page of every kind, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from string import Formatter
from typing import Final

import orjson

from backend.notifications.errors import WrongMessage


@dataclass(frozen=True)
class StaffKind:
    """One kind of notice; `name` is what its switch is called, `link` the console's page, with fields in it."""

    key: str
    name: str
    title: str
    body: str
    link: str

    @cached_property
    def needs(self) -> frozenset[str]:
        """The fields a notice of this kind must have."""
        return frozenset(name for text in (self.body, self.link) for _, name, _, _ in Formatter().parse(text) if name)

    def write(self, fields: Mapping[str, str]) -> tuple[str, str]:
        """Return body and link; raises WrongMessage naming what is missing."""
        missing = sorted(self.needs - fields.keys())
        if missing:
            raise WrongMessage(f"{self.key} lacks {', '.join(missing)}")
        clean = {name: value.replace("\x00", "") for name, value in fields.items()}
        return self.body.format_map(clean), self.link.format_map(clean)


STAFF_KINDS: Final[Mapping[str, StaffKind]] = {
    entry["key"]: StaffKind(**entry)
    for entry in orjson.loads((Path(__file__).parent / "staff_kinds.json").read_bytes())
}


def staff_kind(key: str) -> StaffKind:
    """Return a kind; raises WrongMessage for one that the catalogue does not know."""
    kind = STAFF_KINDS.get(key)
    if kind is None:
        raise WrongMessage(f"no kind of notice is called {key}")
    return kind
