"""The kinds of messages as their owner sorts them: groups with titles, and each kind's name, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from backend.notifications.kinds import KINDS

OTHER: Final = "other"
"""The group of a kind that the data does not name: it can be switched off all the same."""


@dataclass(frozen=True, slots=True)
class Group:
    """Kinds that stand together in the inbox's filter and in the settings; `kinds` maps a key to its name."""

    key: str
    title: str
    kinds: Mapping[str, str]


def _load() -> dict[str, Group]:
    told = [Group(**entry) for entry in orjson.loads((Path(__file__).parent / "kind_groups.json").read_bytes())]
    named = {kind for group in told for kind in group.kinds}
    rest = {key: kind.title for key, kind in KINDS.items() if key not in named}
    groups = {group.key: group for group in told}
    return {**groups, OTHER: Group(OTHER, groups[OTHER].title, {**groups[OTHER].kinds, **rest})}


GROUPS: Final = _load()
GROUP_OF: Final[Mapping[str, str]] = {kind: group.key for group in GROUPS.values() for kind in group.kinds}
