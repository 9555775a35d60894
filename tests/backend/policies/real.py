"""The real policies as data, and their answers for enterprises made by hand."""

from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from backend.eligibility import Rule, Source, Value, evaluate, parse
from backend.enterprises.catalogue import CATALOGUE
from backend.policies.editing.imports import REAL

TODAY = date(2026, 11, 22)
ENTRIES: dict[str, dict[str, Any]] = {entry["number"]: entry for entry in orjson.loads(REAL.read_bytes())}
RULES: dict[str, Rule] = {number: parse(entry["rule"], CATALOGUE) for number, entry in ENTRIES.items()}

COMPANY = {
    "entity_type": "enterprise",
    "region": "330502100",
    "district": "330502",
    "industry": "C1751",
    "ownership": "private",
    "founded_on": date(2019, 5, 6),
    "listings": [],
    "qualifications": [],
}
SHOP = {"entity_type": "individual_business", "region": "330502100", "district": "330502", "industry": "F5212"}
COOPERATIVE = {"entity_type": "cooperative", "region": "330502100", "district": "330502", "industry": "A0111"}


def answer(number: str, base: dict[str, Any], source: Source = Source.BUREAU, **facts: Any) -> str:
    """Answer a real policy for an enterprise whose facts are all of today and from one source."""
    told = {
        key: Value(Decimal(str(value)) if CATALOGUE[key].type == "decimal" else value, int(source), TODAY)
        for key, value in {**base, **facts}.items()
        if value is not None
    }
    return str(evaluate(RULES[number], told, TODAY).value)
