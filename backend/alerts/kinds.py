"""The catalogue of what can be wrong: severity, what to do about it, when it counts as over; as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from typing import Final, Literal

import orjson

Severity = Literal["critical", "warning"]

RUNBOOK: Final = "docs/runbooks/alerts.md"


@dataclass(frozen=True, slots=True)
class AlertKind:
    """One kind of alert; `calm` is how long nothing must confirm it before it counts as over.

    `meaning` what is the case, `look` where one sees more, `action` what to do: the run-book in short, in Chinese.
    """

    key: str
    severity: Severity
    calm: timedelta
    title: str
    action: str
    meaning: str = ""
    look: str = ""

    @property
    def runbook(self) -> str:
        """Where an operator reads what to do, below the project's root."""
        return f"{RUNBOOK}#{self.key}"


def _load() -> dict[str, AlertKind]:
    lines = orjson.loads(files("backend.alerts").joinpath("alerts.json").read_bytes())
    kinds = [AlertKind(calm=timedelta(seconds=line.pop("calm_seconds")), **line) for line in lines]
    found = {kind.key: kind for kind in kinds}
    if len(found) != len(kinds):
        raise ValueError("two kinds of alert share a key")
    return found


KINDS: Final[Mapping[str, AlertKind]] = _load()
