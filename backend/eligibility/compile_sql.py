"""A rule as two SQL predicates over the wide row: who *surely* fits, who *surely* does not.

Each leaf is value test AND source test AND validity test AND not null, with negation already at the leaves, so a
row of which too little is known is in neither set and ordinary indexes on the columns serve every leaf.
`surely_not` is `surely` of the negated rule. Both are two-valued (TRUE or FALSE, given the CHECK described in
`catalogue.py`) and use the very same parameters, so one statement may contain both:

    SELECT count(*) FILTER (WHERE <surely.sql>), count(*) FILTER (WHERE <surely_not.sql>) FROM enterprises e

run with `surely.params` once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from backend.eligibility.catalogue import SQL_TYPES, Fact, Source
from backend.eligibility.conditions import OneOf, Present, Span, StartsWith, Tagged
from backend.eligibility.tree import AllOf, AtLeast, Leaf, Node, Not, Rule, checked_day, normal_form
from backend.eligibility.values import Verdict

_FEW_BRANCHES = 8
_ALIAS = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition for WHERE in `$n` style; `params` are the values from the first placeholder on."""

    sql: str
    params: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Compiled:
    """`surely` and `surely_not` share `params`, place by place; a row may be in neither, never in both."""

    surely: Predicate
    surely_not: Predicate


def compile_rule(
    rule: Rule, catalogue: Mapping[str, Fact], as_of: date, alias: str = "e", first_param: int = 1
) -> Compiled:
    """`alias` names the wide row in the caller's FROM; placeholders count up from `first_param`."""
    if not _ALIAS.fullmatch(alias):
        raise ValueError(f"not a table alias: {alias!r}")
    rule.check(catalogue)
    writer = _Writer(alias, checked_day(as_of), first_param)
    surely = writer.node(rule.normal)
    surely_not = writer.node(normal_form(rule.normal, negated=True))
    params = tuple(writer.params)
    return Compiled(Predicate(surely, params), Predicate(surely_not, params))


@dataclass(slots=True)
class _Writer:
    alias: str
    as_of: date
    first_param: int
    params: list[Any] = field(default_factory=list)
    places: dict[tuple[str, Any], str] = field(default_factory=dict)

    def param(self, value: Any, sql_type: str) -> str:
        """The placeholder of a value; equal values of one type share it."""
        key = (sql_type, tuple(value) if isinstance(value, list) else value)
        if key not in self.places:
            self.places[key] = f"${self.first_param + len(self.params)}::{sql_type}"
            self.params.append(value)
        return self.places[key]

    def node(self, node: Node) -> str:
        if isinstance(node, Leaf):
            return self.leaf(node)
        if isinstance(node, Not):
            raise TypeError("only normal forms are compiled")
        parts = [self.node(part) for part in node.parts]
        if isinstance(node, AtLeast) and 1 < node.count < len(parts):
            return f"({' + '.join(f'({part} IS TRUE)::int' for part in parts)} >= {node.count})"
        joined_by_and = isinstance(node, AllOf) or (isinstance(node, AtLeast) and node.count > 1)
        return _joined(" AND " if joined_by_and else " OR ", parts)

    def leaf(self, leaf: Leaf) -> str:
        column = f"{self.alias}.{leaf.fact.column}"
        tests = [f"{column} IS NOT NULL", *self.value(leaf, column), *self.source(leaf), *self.validity(leaf)]
        known = _joined(" AND ", tests)
        return f"({column} IS NULL OR {known})" if leaf.when_absent is Verdict.YES else known

    def source(self, leaf: Leaf) -> list[str]:
        """Source numbers are our own constants: written out, the planner can weigh them."""
        if leaf.sources.issuperset(Source):
            return []
        numbers = ", ".join(str(int(source)) for source in sorted(leaf.sources))
        return [f"{self.alias}.{leaf.fact.source_column} IN ({numbers})"]

    def validity(self, leaf: Leaf) -> list[str]:
        holds_for = leaf.fact.holds_for
        if holds_for is None:
            return []
        return [f"{self.alias}.{leaf.fact.on_column} >= {self.param(self.as_of - holds_for, 'date')}"]

    def value(self, leaf: Leaf, column: str) -> list[str]:
        condition, sql_type = leaf.condition, SQL_TYPES[leaf.fact.type]
        if isinstance(condition, OneOf):
            return [self.one_of(column, condition, sql_type, negated=leaf.negated)]
        if isinstance(condition, StartsWith):
            return [self.starts_with(column, condition, negated=leaf.negated)]
        if isinstance(condition, Tagged):
            return [self.tagged(column, condition, negated=leaf.negated)]
        if isinstance(condition, Present):
            return ["FALSE"] if leaf.negated else []
        return [self.spans(column, leaf.spans(self.as_of), sql_type)]

    def one_of(self, column: str, condition: OneOf, sql_type: str, *, negated: bool) -> str:
        values = sorted(condition.values)
        if len(values) == 1:
            return f"{column} {'<>' if negated else '='} {self.param(values[0], sql_type)}"
        listed = self.param(values, f"{sql_type}[]")
        return f"{column} <> ALL({listed})" if negated else f"{column} = ANY({listed})"

    def starts_with(self, column: str, condition: StartsWith, *, negated: bool) -> str:
        """A few branches by LIKE, which an index serves; more of them by length, each length one look into a hash.

        Codes are letters and digits (checked by the parser), so nothing in them is a LIKE wildcard.
        """
        prefixes, joint = condition.prefixes, " AND " if negated else " OR "
        if len(prefixes) <= _FEW_BRANCHES:
            like = "NOT LIKE" if negated else "LIKE"
            return _joined(joint, [f"{column} {like} {self.param(f'{prefix}%', 'text')}" for prefix in prefixes])
        compared = "<> ALL" if negated else "= ANY"
        by_length = groupby(sorted(prefixes, key=len), key=len)
        tests = [f"left({column}, {size}) {compared}({self.param(list(some), 'text[]')})" for size, some in by_length]
        return _joined(joint, tests)

    def tagged(self, column: str, condition: Tagged, *, negated: bool) -> str:
        if not condition.tags:
            return f"{column} {'=' if negated else '<>'} '{{}}'"
        overlap = f"{column} && {self.param(sorted(condition.tags), 'text[]')}"
        return f"NOT ({overlap})" if negated else overlap

    def spans(self, column: str, spans: tuple[Span, ...], sql_type: str) -> str:
        return _joined(" OR ", [_joined(" AND ", self.span(column, span, sql_type)) for span in spans])

    def span(self, column: str, span: Span, sql_type: str) -> list[str]:
        tests = []
        if span.low is not None:
            tests.append(f"{column} {'>' if span.low_open else '>='} {self.param(span.low, sql_type)}")
        if span.high is not None:
            tests.append(f"{column} {'<' if span.high_open else '<='} {self.param(span.high, sql_type)}")
        return tests


def _joined(joint: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({joint.join(parts)})"
