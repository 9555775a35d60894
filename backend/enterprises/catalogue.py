"""The facts of this service as a catalogue, and the marks of a fact that only this capability knows.

`derived` facts are computed from others and can't be told; `internal` ones are for staff only, never for owners.
"""

from typing import Any

from backend.eligibility import Catalogue, Fact, load_catalogue
from backend.enterprises.reference import load

_MARKS = ("derived", "internal")
_ENTRIES = load("facts")

CATALOGUE: Catalogue = load_catalogue(
    [{key: value for key, value in entry.items() if key not in _MARKS} for entry in _ENTRIES]
)
DERIVED: frozenset[str] = frozenset(entry["key"] for entry in _ENTRIES if entry.get("derived"))
INTERNAL: frozenset[str] = frozenset(entry["key"] for entry in _ENTRIES if entry.get("internal"))
TELLABLE: tuple[Fact, ...] = tuple(fact for fact in CATALOGUE.values() if fact.key not in DERIVED)
"""What anybody may tell, in catalogue order."""


def columns(fact: Fact) -> tuple[str, str, str]:
    """The three columns of a fact in the wide row."""
    return fact.column, fact.source_column, fact.on_column


def questions() -> list[dict[str, Any]]:
    """What may be asked, in catalogue order, with what a form needs."""
    return [
        {
            "key": fact.key,
            "title": fact.title,
            "question": fact.question,
            "type": fact.type,
            "unit": fact.unit,
            "choices": dict(fact.choices),
            "is_sensitive": fact.sensitive,
        }
        for fact in CATALOGUE.values()
        if fact.askable
    ]
