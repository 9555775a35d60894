"""Whom a rule picks, counted over all enterprises that a reader may see; and who of them may be told of a thing.

One scan: each row is answered once, by the two predicates of the rule, and carries with it which facts are unknown of
it, so that the same statement tells what the undecided lack and, beside an earlier rule, who moves. Nothing is kept:
the facts change under a count, and a stale one would be believed.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import asyncpg
from asyncpg import Record

from backend.access import Condition
from backend.eligibility import Compiled, Rule, Source, Verdict, compile_rule
from backend.eligibility.tree import Leaf, leaves
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import db
from backend.foundation.errors import WuweiError
from backend.runtime import current

ANSWERS: Final = tuple(verdict.value for verdict in (Verdict.YES, Verdict.UNKNOWN, Verdict.NO))
PLACE: Final = ("district", "entity_type", "size")

REPRESENTING: Final = """
b.state = 'active' AND b.role IN ('representative', 'manager') AND (b.until IS NULL OR b.until > $1)
AND e.closed_at IS NULL"""
"""SQL over a binding `b` and its enterprise `e`: does its person speak for it now? $1 is now.

Whoever is told something chosen by a profile must not have refused that (`consents.NOT_REFUSED`) either.
"""

# The offset keeps the scan a query of its own, where each predicate is written, and run, once; written as a text it is
# no obstacle to parallel workers.
_COUNTED = """
SELECT district, entity_type, size, {answer} AS answer, {before} AS before, count(*) AS enterprises{lacking}
FROM (
    SELECT e.district, e.entity_type, e.statistical_size AS size, {unknown} AS unknown, {answered_before} AS before
    FROM enterprises e WHERE e.closed_at IS NULL AND {visible} OFFSET '0'
) AS answered
GROUP BY 1, 2, 3, 4, 5
"""
# Compiling to machine code costs more than these statements save, and a plan for any value less than one for these.
_BOUNDS = """
SELECT set_config('statement_timeout', $1, TRUE), set_config('jit', 'off', TRUE),
       set_config('plan_cache_mode', 'force_custom_plan', TRUE)
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """How a rule answers, by place, kind and size; `facts` are what it asks, `rows` as the statement counted them."""

    rows: Sequence[Record]
    facts: Sequence[str]

    def totals(self) -> dict[str, int]:
        return _totals(self.rows)

    def by(self, *names: str) -> list[dict[str, Any]]:
        """Return the counts by these columns in their order, what is unknown last."""
        found: dict[tuple[Any, ...], list[Record]] = {}
        for row in self.rows:
            found.setdefault(tuple(row[name] for name in names), []).append(row)
        in_order = sorted(found, key=lambda place: [(value is None, value or "") for value in place])
        return [{**dict(zip(names, place, strict=True)), **_totals(found[place])} for place in in_order]

    def missing(self) -> list[dict[str, Any]]:
        """Return what the undecided lack, the most wanted first."""
        counted = [
            {
                "fact": key,
                "title": CATALOGUE[key].title,
                "askable": CATALOGUE[key].askable,
                "enterprises": sum(row[f"lack_{place}"] for row in self.rows),
                "alone": sum(row[f"alone_{place}"] for row in self.rows),
            }
            for place, key in enumerate(self.facts)
        ]
        return sorted((one for one in counted if one["enterprises"]), key=lambda one: -one["enterprises"])

    def moves(self) -> Counter[tuple[str, str]]:
        """Return how many have which answer by the earlier rule and which by this one."""
        found: Counter[tuple[str, str]] = Counter()
        for row in self.rows:
            found[row["before"], row["answer"]] += row["enterprises"]
        return found


@asynccontextmanager
async def bounded(refusal: type[WuweiError]) -> AsyncIterator[None]:
    """Let the block read for as long as a preview may take; raises the refusal, the connection stays whole."""
    seconds = current().settings.preview_seconds
    try:
        async with db.transaction():
            await db.execute(_BOUNDS, f"{seconds}s")
            yield
    except asyncpg.QueryCanceledError:
        raise refusal from None


async def count(rule: Rule, day: date, visible: Condition, *, before: Rule | None = None) -> Counts:
    """Count how a rule answers on a day all live enterprises for which `visible` (over `e`) holds."""
    facts = _unknown_of(rule, day)
    sql, params = _statement(rule, before, day, visible, facts)
    return Counts(await db.fetch(sql, *params), list(facts))


def answer_sql(of: Compiled) -> str:
    """SQL for the answer of a rule: yes, no, unknown."""
    return f"CASE WHEN {of.surely.sql} THEN 'yes' WHEN {of.surely_not.sql} THEN 'no' ELSE 'unknown' END"


def _statement(
    rule: Rule, earlier: Rule | None, day: date, visible: Condition, facts: Mapping[str, str]
) -> tuple[str, tuple[Any, ...]]:
    now = compile_rule(rule, CATALOGUE, day)
    params = now.surely.params
    answered_before = "NULL"
    if earlier is not None:
        before = compile_rule(earlier, CATALOGUE, day, first_param=len(params) + 1)
        params, answered_before = params + before.surely.params, answer_sql(before)
    nothing = _bits(len(facts))
    lacking = " | ".join(
        f"CASE WHEN {condition} THEN {_bits(len(facts), place)} ELSE {nothing} END"
        for place, condition in enumerate(facts.values())
    )
    sql = _COUNTED.format(
        answer=f"CASE WHEN unknown IS NULL THEN 'no' WHEN unknown = {nothing} THEN 'yes' ELSE 'unknown' END",
        before="before",
        lacking="".join(_lacking(len(facts), place) for place in range(len(facts))),
        # of a yes nothing is asked, of a no there is no telling what is asked
        unknown=f"CASE WHEN {now.surely.sql} THEN {nothing} WHEN NOT {now.surely_not.sql} THEN {lacking} END",
        answered_before=answered_before,
        visible=visible.render(len(params) + 1),
    )
    return sql, params + visible.params


def _bits(length: int, place: int = -1) -> str:
    """SQL: as many bits as there are facts, the one at `place` set."""
    return "B'" + "".join("1" if at == place else "0" for at in range(length)) + "'"


def _lacking(length: int, place: int) -> str:
    """SQL: how many lack the fact at `place`, and how many lack nothing else."""
    return (
        f", count(*) FILTER (WHERE get_bit(unknown, {place}) = 1) AS lack_{place}"
        f", count(*) FILTER (WHERE unknown = {_bits(length, place)}) AS alone_{place}"
    )


def _unknown_of(rule: Rule, day: date) -> dict[str, str]:
    """Return for each fact of a rule the SQL that tells whether a condition on it can't be answered."""
    found: dict[str, list[str]] = {}
    for leaf in leaves(rule.normal):
        found.setdefault(leaf.fact.key, []).append(_unknown(leaf, day))
    return {key: " OR ".join(dict.fromkeys(conditions)) for key, conditions in found.items()}


def _unknown(leaf: Leaf, day: date) -> str:
    """SQL as `evaluate` has it: missing, from a source that doesn't count, or out of date."""
    fact = leaf.fact
    tests = [f"e.{fact.column} IS NULL"] if leaf.when_absent is Verdict.UNKNOWN else []
    if not leaf.sources.issuperset(Source):
        numbers = ", ".join(str(int(source)) for source in sorted(leaf.sources))
        tests.append(f"e.{fact.source_column} NOT IN ({numbers})")
    if fact.holds_for is not None:
        tests.append(f"e.{fact.on_column} < '{(day - fact.holds_for).isoformat()}'")
    return f"({' OR '.join(tests) or 'FALSE'})"


def _totals(rows: Sequence[Record]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for row in rows:
        found[row["answer"]] += row["enterprises"]
    return {answer: found[answer] for answer in ANSWERS}
