"""Thousands of rules for one enterprise: each distinct condition is asked once, whatever the number of rules.

    answers = RuleSet({policy_id: rule, …}, as_of).answer(facts)
    answers.yes, answers.verdicts[policy_id], answers.explain(policy_id), answers.first_days

Every answer is that of `evaluate`, every explanation that of `explain`.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date
from functools import cached_property, partial
from typing import Any, Generic, NamedTuple, TypeVar

from backend.eligibility.catalogue import Fact
from backend.eligibility.combining import NO, UNKNOWN, YES, Combining
from backend.eligibility.evaluate import Facts, test
from backend.eligibility.explain import outcome, own_value
from backend.eligibility.explanation import Clause, Explanation, Group, Outcome, OwnValue, Part
from backend.eligibility.first_day import entries, first_day
from backend.eligibility.sharing import Plan, Sharing
from backend.eligibility.tree import Leaf, Rule, checked_day
from backend.eligibility.values import Value, Verdict

K = TypeVar("K", bound=Hashable)

_VERDICTS = (Verdict.NO, Verdict.UNKNOWN, Verdict.YES)
_NUMBERS = {verdict: number for number, verdict in enumerate(_VERDICTS)}
# There are thousands of them to an answer: made without the detour through their keyword constructors.
_clause: Callable[[tuple[Any, ...]], Clause] = partial(tuple.__new__, Clause)
_group: Callable[[tuple[Any, ...]], Group] = partial(tuple.__new__, Group)


class _Asked(NamedTuple):
    """The conditions on one fact that accept the same sources: what is known of it is looked up once for all."""

    key: str
    sources: frozenset[int]
    oldest: date
    when_absent: list[tuple[int, int]]
    tests: list[tuple[int, Callable[[Any], bool], int, int]]


class RuleSet(Generic[K]):
    """Rules by any key, made ready for one day; it never changes."""

    def __init__(self, rules: Mapping[K, Rule], as_of: date) -> None:
        self.as_of = checked_day(as_of)
        self.rules = dict(rules)
        sharing = Sharing()
        added = {key: sharing.add(rule.normal) for key, rule in self.rules.items()}
        self.roots = {key: number for key, (number, _) in added.items()}
        self.plans = {key: plan for key, (_, plan) in added.items()}
        self.conditions = sharing.conditions
        self.relative = [at for at, leaf in enumerate(self.conditions) if leaf.is_relative]
        self.combining = Combining(sharing)
        self._asked = _by_fact(self.conditions, as_of)

    def answer(self, facts: Facts) -> "Answers[K]":
        """Every rule's answer for one enterprise; a fact that is not in `facts` is unknown."""
        return Answers(self, facts, self._ask(facts))

    def _ask(self, facts: Facts) -> bytearray:
        found = bytearray([UNKNOWN]) * len(self.conditions)
        for asked in self._asked:
            value = facts.get(asked.key)
            if value is None:
                for at, absent in asked.when_absent:
                    found[at] = absent
            elif value.source in asked.sources and value.on >= asked.oldest:
                told = value.value
                for at, holds, then, otherwise in asked.tests:
                    found[at] = then if holds(told) else otherwise
        return found


class Answers(Generic[K]):
    """The answers of a rule set for one enterprise; whatever takes words is made when it is first wanted.

    `known` holds NO, UNKNOWN or YES of each of the set's conditions, by number.
    """

    def __init__(self, rule_set: RuleSet[K], facts: Facts, known: bytearray) -> None:
        self.rule_set = rule_set
        self.facts = facts
        self.known = known
        self._settled = rule_set.combining.combine(known)
        self._outcomes = _Outcomes(rule_set, facts, known)

    @cached_property
    def verdicts(self) -> dict[K, Verdict]:
        settled = self._settled
        return {key: _VERDICTS[settled[root]] for key, root in self.rule_set.roots.items()}

    @property
    def yes(self) -> list[K]:
        return self._those(YES)

    @property
    def unknown(self) -> list[K]:
        return self._those(UNKNOWN)

    def explain(self, key: K) -> Explanation:
        """The same as `explain.explain` says, from what all the rules share."""
        rule = self.rule_set.rules[key]
        root = self._part(self.rule_set.plans[key])
        fits_from = None if root.verdict is Verdict.YES else self.first_days.get(key)
        return Explanation(root.verdict, self.rule_set.as_of, rule.hash, root, fits_from)

    def deciding(self, key: K) -> list[Clause]:
        """The clauses that gave a rule its answer, as `Explanation.deciding`, without making the others."""
        return self._deciding(self.rule_set.plans[key], self._settled[self.rule_set.roots[key]], [])

    @cached_property
    def first_days(self) -> dict[K, date]:
        """The day from which time alone makes a rule a yes, for those that aren't one and will be.

        Rules that stay what they are even if every condition that time can mend held at once are out at a glance.
        """
        hoped = bytearray(self.known)
        for at in self.rule_set.relative:
            if hoped[at] == NO and self._enters(self.rule_set.conditions[at]):
                hoped[at] = YES
        if hoped == self.known:
            return {}
        then, now, rules = self.rule_set.combining.combine(hoped), self._settled, self.rule_set.rules
        mended = [key for key, root in self.rule_set.roots.items() if then[root] == YES != now[root]]
        days = {key: first_day(rules[key], self.facts, self.rule_set.as_of) for key in mended}
        return {key: day for key, day in days.items() if day is not None}

    def _those(self, answer: int) -> list[K]:
        settled = self._settled
        return [key for key, root in self.rule_set.roots.items() if settled[root] == answer]

    def _enters(self, leaf: Leaf) -> bool:
        return bool(entries(leaf, self.facts[leaf.fact.key], self.rule_set.as_of))

    def _part(self, plan: Plan) -> Part:
        node, number, parts = plan
        if isinstance(node, Leaf):
            return _clause((node, self._outcomes[number]))
        outcomes = self._outcomes
        made = [self._part(part) if part[2] else _clause((part[0], outcomes[part[1]])) for part in parts]
        return _group((node, _VERDICTS[self._settled[number]], tuple(made)))

    def _deciding(self, plan: Plan, verdict: int, found: list[Clause]) -> list[Clause]:
        node, number, parts = plan
        if isinstance(node, Leaf):
            if self.known[number] == verdict:
                found.append(_clause((node, self._outcomes[number])))
        elif self._settled[number] == verdict:
            for part in parts:
                self._deciding(part, verdict, found)
        return found


class _Outcomes(dict[int, Outcome]):
    """What there is to say of each condition, made when it is first asked for."""

    def __init__(self, rule_set: RuleSet[Any], facts: Facts, known: bytearray) -> None:
        super().__init__()
        self._rule_set = rule_set
        self._facts = facts
        self._known = known
        self._own: dict[str, OwnValue | None] = {}

    def __missing__(self, number: int) -> Outcome:
        leaf, verdict = self._rule_set.conditions[number], _VERDICTS[self._known[number]]
        value = self._facts.get(leaf.fact.key)
        own = self._own_value(leaf.fact, value)
        made = self[number] = outcome(leaf, verdict, value, own, self._rule_set.as_of)
        return made

    def _own_value(self, fact: Fact, value: Value | None) -> OwnValue | None:
        if fact.key not in self._own:
            self._own[fact.key] = value and own_value(fact, value)
        return self._own[fact.key]


def _by_fact(conditions: Sequence[Leaf], as_of: date) -> list[_Asked]:
    found: dict[tuple[str, frozenset[int]], _Asked] = {}
    for at, leaf in enumerate(conditions):
        fact = leaf.fact
        asked = found.get((fact.key, leaf.sources))
        if asked is None:
            oldest = as_of - fact.holds_for if fact.holds_for else date.min
            asked = found[fact.key, leaf.sources] = _Asked(fact.key, leaf.sources, oldest, [], [])
        if leaf.when_absent is not Verdict.UNKNOWN:
            asked.when_absent.append((at, _NUMBERS[leaf.when_absent]))
        then, otherwise = (NO, YES) if leaf.negated else (YES, NO)
        asked.tests.append((at, test(leaf.condition, as_of), then, otherwise))
    return list(found.values())
