"""Whom a version would reach, before it is released: counted over all enterprises that the reader may see.

One scan: each row is answered once, by the two predicates of the rule, and carries with it which facts are unknown of
it, so that the same statement tells what the undecided lack and, beside the rule of an earlier edition, who moves.
Nothing is kept: the facts change under a count, and a stale one would be believed.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
from asyncpg import Record

from backend.access import Actor, Condition
from backend.eligibility import Compiled, Finding, Rule, Source, Verdict, compile_rule, lint
from backend.eligibility.tree import Leaf, checked_day, leaves
from backend.enterprises import visibility
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import clock, db
from backend.policies import queries, rules
from backend.policies.errors import EditionUnknown, PolicyUnknown, PreviewTooSlow
from backend.policies.promises import WORDED, promises
from backend.policies.timing import last_day
from backend.runtime import current

ANSWERS: Final = tuple(verdict.value for verdict in (Verdict.YES, Verdict.UNKNOWN, Verdict.NO))
_PLACE: Final = ("district", "entity_type", "size")

_NEWEST = f"""
SELECT v.edition, v.rule, v.rule_hash, v.effective_to, v.apply_until, {", ".join(f"v.{name}" for name in WORDED)}
FROM policy_versions v WHERE v.policy_id = $1 AND {{visible}} ORDER BY v.edition DESC LIMIT 1
"""
# Without an edition named: the one that was out last before this one.
_OTHER = """
SELECT v.edition, v.rule_hash FROM policy_versions v
WHERE v.policy_id = $1 AND v.edition <> $2
  AND CASE WHEN $3::int IS NULL THEN v.published_at IS NOT NULL AND v.edition < $2 ELSE v.edition = $3 END AND {visible}
ORDER BY v.edition DESC LIMIT 1
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
class Compared:
    """A policy's newest version, the rule it has, and the edition it is compared with, if any."""

    version: Record
    rule: Rule
    other: Record | None
    other_rule: Rule | None


@asynccontextmanager
async def bounded() -> AsyncIterator[None]:
    """Let the block read for as long as a preview may take; raises PreviewTooSlow, the connection stays whole."""
    seconds = current().settings.preview_seconds
    try:
        async with db.transaction():
            await db.execute(_BOUNDS, f"{seconds}s")
            yield
    except asyncpg.QueryCanceledError:
        raise PreviewTooSlow from None


async def compared(actor: Actor, policy_id: UUID, against: int | None) -> Compared:
    """Return the versions a preview is about; raises PolicyUnknown, EditionUnknown, RuleInvalid.

    An earlier rule that a release has left behind is compared with no longer.
    """
    visible = queries.visible_to(actor)
    version = await db.fetch_one(_NEWEST.format(visible=visible.render(2)), policy_id, *visible.params)
    if version is None:
        raise PolicyUnknown
    edition = version["edition"]
    other = await db.fetch_one(_OTHER.format(visible=visible.render(4)), policy_id, edition, against, *visible.params)
    if other is None and against is not None:
        raise EditionUnknown
    rule = rules.parse_stored(orjson.loads(version["rule"]))
    old = (await rules.parsed({other["rule_hash"]})).get(other["rule_hash"]) if other else None
    return Compared(version, rule, other, old)


async def preview(
    actor: Actor, policy_id: UUID, *, as_of: date | None = None, against: int | None = None
) -> dict[str, Any]:
    """Count the newest version's audience on a day, by place, type and size, and what a reviewer should look at.

    `against` names another edition (default: the one that was out last). Durations of the rules are those of the day;
    the facts are today's. Raises PolicyUnknown, EditionUnknown, AsOfInvalid, RuleInvalid, PreviewTooSlow.
    """
    about = await compared(actor, policy_id, against)
    day = checked_day(as_of or clock.today())
    facts = _unknown_of(about.rule, day)
    sql, params = _statement(about, day, visibility.visible_to(actor), facts)
    async with bounded():
        rows = await db.fetch(sql, *params)
    return {
        "edition": about.version["edition"],
        "as_of": day,
        **_totals(rows),
        "by_district": _by(rows, ("district",)),
        "groups": _by(rows, _PLACE),
        "missing": _missing(rows, list(facts)),
        "difference": _difference(about, rows),
        "findings": [{"code": one.code, "path": one.path, "sentence": one.sentence} for one in _findings(about)],
    }


def _findings(about: Compared) -> tuple[Finding, ...]:
    version = about.version
    window_ends = last_day(version["effective_to"], version["apply_until"])
    return (
        *lint(dict(about.rule.document), CATALOGUE, window_ends=window_ends),
        *promises(dict(version), about.rule),
    )


def answer_sql(of: Compiled) -> str:
    """SQL for the answer of a rule: yes, no, unknown."""
    return f"CASE WHEN {of.surely.sql} THEN 'yes' WHEN {of.surely_not.sql} THEN 'no' ELSE 'unknown' END"


def _statement(about: Compared, day: date, visible: Condition, facts: Mapping[str, str]) -> tuple[str, tuple[Any, ...]]:
    now = compile_rule(about.rule, CATALOGUE, day)
    params = now.surely.params
    answered_before = "NULL"
    if about.other_rule is not None:
        before = compile_rule(about.other_rule, CATALOGUE, day, first_param=len(params) + 1)
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


def _totals(rows: Iterable[Record]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for row in rows:
        found[row["answer"]] += row["enterprises"]
    return {answer: found[answer] for answer in ANSWERS}


def _by(rows: Sequence[Record], names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the counts by these columns in their order, what is unknown last."""
    found: dict[tuple[Any, ...], list[Record]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in names), []).append(row)
    in_order = sorted(found, key=lambda place: [(value is None, value or "") for value in place])
    return [{**dict(zip(names, place, strict=True)), **_totals(found[place])} for place in in_order]


def _missing(rows: Sequence[Record], keys: Sequence[str]) -> list[dict[str, Any]]:
    """Return what the undecided lack, the most wanted first."""
    counted = [
        {
            "fact": key,
            "title": CATALOGUE[key].title,
            "askable": CATALOGUE[key].askable,
            "enterprises": sum(row[f"lack_{place}"] for row in rows),
            "alone": sum(row[f"alone_{place}"] for row in rows),
        }
        for place, key in enumerate(keys)
    ]
    return sorted((one for one in counted if one["enterprises"]), key=lambda one: -one["enterprises"])


def _difference(about: Compared, rows: Sequence[Record]) -> dict[str, Any] | None:
    """Return who moves between the two editions; None when there is no other that could be asked."""
    if about.other is None or about.other_rule is None:
        return None
    moves: Counter[tuple[str, str]] = Counter()
    for row in rows:
        moves[row["before"], row["answer"]] += row["enterprises"]
    told = [
        {"before": before, "after": after, "enterprises": moves[before, after]}
        for before in ANSWERS
        for after in ANSWERS
        if moves[before, after]
    ]
    return {
        "edition": about.other["edition"],
        "gains": sum(number for (before, after), number in moves.items() if after == "yes" != before),
        "loses": sum(number for (before, after), number in moves.items() if before == "yes" != after),
        "stays": sum(number for (before, after), number in moves.items() if before == after),
        "moves": told,
    }
