"""The facts of this service as a catalogue, and the marks of a fact that only this capability knows.

`derived` facts are computed from others and can't be told; `internal` ones are for staff only, never for owners.
"""

from typing import Any

from backend.eligibility import Catalogue, Fact, load_catalogue, operators_of
from backend.eligibility.catalogue import SOURCE_TITLES
from backend.enterprises import divisions
from backend.enterprises.industry import INDUSTRIES
from backend.enterprises.reference import load

_MARKS = ("derived", "internal")
_ENTRIES = load("facts")


def _places() -> dict[str, str]:
    """The places that a rule can name: the province and the city by any of their spellings, districts, towns."""
    data = load("divisions")
    wide = {data["province"]["code"][:2]: data["province"]["name"], divisions.CITY[:4]: data["city"]["name"]}
    wide |= {data["province"]["code"]: data["province"]["name"], divisions.CITY: data["city"]["name"]}
    towns = {code: f"{divisions.DISTRICTS[code[:6]]}{name}" for code, name in divisions.TOWNS.items()}
    return {**wide, **divisions.DISTRICTS, **towns}


_PLACES = _places()
CATALOGUE: Catalogue = load_catalogue(
    [{key: value for key, value in entry.items() if key not in _MARKS} for entry in _ENTRIES],
    names={"industry": INDUSTRIES, "region": _PLACES, "town": _PLACES},
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


def entries() -> list[dict[str, Any]]:
    """Every fact, in catalogue order, with what a rule's author must know; `sources` are in order of trust."""
    return [
        {
            "key": fact.key,
            "title": fact.title,
            "type": fact.type,
            "unit": fact.unit,
            "sources": [
                {"source": source.name.lower(), "source_title": SOURCE_TITLES[source]} for source in fact.sources
            ],
            "holds_for_days": fact.holds_for_days,
            "absence": fact.absence,
            "askable": fact.askable,
            "question": fact.question,
            "is_sensitive": fact.sensitive,
            "is_derived": fact.key in DERIVED,
            "is_internal": fact.key in INTERNAL,
            "choices": dict(fact.choices),
            "has_codes": bool(fact.names),
            "operators": [{"op": op, "title": title} for op, title in operators_of(fact).items()],
        }
        for fact in CATALOGUE.values()
    ]


def codes(key: str) -> list[dict[str, str]]:
    """Every code of a fact that has a name, in the order of codes; none for a fact without such codes."""
    names = CATALOGUE[key].names if key in CATALOGUE else {}
    return [{"code": code, "name": names[code]} for code in sorted(names)]
