"""What is known of an enterprise: values with their source and date, and the three answers."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from backend.eligibility.catalogue import Fact


class Verdict(StrEnum):
    """Kleene's three answers; *unknown* is neither for nor against the enterprise."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Value(NamedTuple):
    """A value that counts, who told it and the day it was true (`x`, `x_source`, `x_on` of the wide row).

    A tag list is a list or tuple of strings. `source` is a `Source` number.
    """

    value: Any
    source: int
    on: date


def facts_from_row(row: Mapping[str, Any], facts: Iterable[Fact]) -> dict[str, Value]:
    """The values of one wide row; a value without source or date is left out, that is unknown."""
    found = {}
    for fact in facts:
        value, source, on = row.get(fact.column), row.get(fact.source_column), row.get(fact.on_column)
        if value is not None and source is not None and on is not None:
            found[fact.key] = Value(value, source, on)
    return found
