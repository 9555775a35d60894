"""What is known already of what a survey asks: shown to be confirmed, or not asked at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from backend.eligibility import Fact, Value, facts_from_row
from backend.eligibility.catalogue import SOURCE_TITLES
from backend.eligibility.evaluate import Facts, is_stale
from backend.eligibility.operands import spelled
from backend.enterprises import profile
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.rules import column_list
from backend.foundation import clock, db
from backend.questions.surveys.content import Question

_ROW: Final = "SELECT e.district, e.statistical_size{columns} FROM enterprises e WHERE e.id = $1"


@dataclass(frozen=True, slots=True)
class Known:
    """One fact as an answer would spell it, and as people read it."""

    value: Any
    told: str
    source: str
    on: date


@dataclass(frozen=True, slots=True)
class Enterprise:
    """Where an enterprise stands in the results, and what is known of it: by fact, all of them, and by question."""

    district: str | None
    size: str | None
    facts: Facts
    known: Mapping[str, Known]


async def enterprise(enterprise_id: UUID, questions: Iterable[Question], facts: Iterable[Fact] = ()) -> Enterprise:
    """Read by one statement what questions ask and, besides, `facts`; what is out of date counts as unknown."""
    asked = {one.key: CATALOGUE[one.fact] for one in questions if one.fact}
    wanted = tuple({fact.key: fact for fact in (*asked.values(), *facts)}.values())
    row = await db.fetch_one(_ROW.format(columns=column_list(wanted, "e")), enterprise_id)
    assert row is not None  # noqa: S101  a binding refers to it, and enterprises are never deleted
    held = facts_from_row(dict(row), wanted)
    fresh = {key: held[fact.key] for key, fact in asked.items() if _counts(fact, held.get(fact.key))}
    known = {key: _known(asked[key], value) for key, value in fresh.items()}
    return Enterprise(row["district"], row["statistical_size"], held, known)


def _counts(fact: Fact, value: Value | None) -> bool:
    return value is not None and not is_stale(fact, value, clock.today())


def _known(fact: Fact, held: Value) -> Known:
    told = profile.told(fact, held.value)
    return Known(_spelled(held.value), told, SOURCE_TITLES[held.source], held.on)


def _spelled(value: Any) -> Any:
    """Return a fact's value as the answer to a question about it is stored."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(spelled(value))
