"""The one question worth asking: whose answer, whatever it is, settles the most rules that are still undecided.

A rule is settled by a question when each value that the answer may have gives it a yes or a no, all else as known
today. Nothing is asked that is known already, that the owner may not answer, or that no rule would believe of him.
"""

from collections.abc import Container, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeAlias, TypeVar

from backend.eligibility.catalogue import Fact, Source
from backend.eligibility.cells import one_of_each
from backend.eligibility.combining import NO, UNKNOWN, YES
from backend.eligibility.evaluate import Facts, is_stale, program
from backend.eligibility.rule_set import Answers
from backend.eligibility.sharing import Plan
from backend.eligibility.tree import Leaf, needed
from backend.eligibility.values import Value, Verdict

K = TypeVar("K", bound=Hashable)
_Replies: TypeAlias = "list[dict[int, int]] | None"
"""What the conditions on a fact say to each answer: numbers of conditions to NO, UNKNOWN, YES."""

_NUMBERS = {Verdict.NO: NO, Verdict.UNKNOWN: UNKNOWN, Verdict.YES: YES}


@dataclass(frozen=True, slots=True)
class Question(Generic[K]):
    """Ask for `fact`; every rule of `settles` is then a yes or a no. `settles` is never empty."""

    fact: Fact
    settles: tuple[K, ...]

    @property
    def policies(self) -> int:
        return len(self.settles)


def with_answer(facts: Facts, key: str, value: Any, on: date) -> dict[str, Value]:
    """The facts as they would be if the owner told this value: of the fact's own type, in place of what is there."""
    return {**facts, key: Value(value, Source.SELF_DECLARED, on)}


def question_of(
    answers: Answers[K], catalogue: Mapping[str, Fact], *, except_facts: Container[str] = frozenset()
) -> Question[K] | None:
    """The question for these rules; None when no single answer is sure to settle any of them.

    Ties go to the fact that the catalogue has first.
    """
    settled: dict[str, list[K]] = {}
    asking = _Asking(answers, catalogue, except_facts)
    for key in answers.unknown:
        for fact in asking.settling(answers.rule_set.plans[key]):
            settled.setdefault(fact, []).append(key)
    best = max((key for key in catalogue if key in settled), key=lambda key: len(settled[key]), default=None)
    return None if best is None else Question(catalogue[best], tuple(settled[best]))


def may_be_asked(fact: Fact, value: Value | None, as_of: date) -> bool:
    """Whether the owner may be asked, and what is known of it doesn't count (any more)."""
    if not fact.askable or Source.SELF_DECLARED not in fact.sources:
        return False
    if value is None:
        return fact.absence == "unknown"
    return is_stale(fact, value, as_of) or value.source not in fact.sources


class _Asking(Generic[K]):
    def __init__(self, answers: Answers[K], catalogue: Mapping[str, Fact], except_facts: Container[str]) -> None:
        self.answers = answers
        self.as_of = answers.rule_set.as_of
        self.askable = {
            key
            for key, fact in catalogue.items()
            if key not in except_facts and may_be_asked(fact, answers.facts.get(key), self.as_of)
        }
        self._replies: dict[tuple[int, ...], _Replies] = {}

    def settling(self, plan: Plan) -> Iterator[str]:
        """The keys of the facts whose answer settles this rule whatever it is."""
        asked: dict[str, set[int]] = {}
        for leaf, number in _conditions(plan):
            if leaf.fact.key in self.askable:
                asked.setdefault(leaf.fact.key, set()).add(number)
        for key, numbers in asked.items():
            replies = self.replies(tuple(sorted(numbers)))
            if replies is not None and all(self.answer(plan, reply) != UNKNOWN for reply in replies):
                yield key

    def replies(self, numbers: tuple[int, ...]) -> _Replies:
        """What these conditions, all on one fact, say to each value that makes a difference to them."""
        if numbers not in self._replies:
            leaves = [self.answers.rule_set.conditions[number] for number in numbers]
            self._replies[numbers] = _replies(leaves, numbers, self.as_of)
        return self._replies[numbers]

    def answer(self, plan: Plan, reply: Mapping[int, int]) -> int:
        node, number, parts = plan
        if isinstance(node, Leaf):
            return reply.get(number, self.answers.known[number])
        said, least = [self.answer(part, reply) for part in parts], needed(node)
        if said.count(YES) >= least:
            return YES
        return NO if len(said) - said.count(NO) < least else UNKNOWN


def _replies(leaves: Sequence[Leaf], numbers: Sequence[int], as_of: date) -> _Replies:
    fact = leaves[0].fact
    values = one_of_each(fact, leaves, as_of)
    if values is None:
        return None
    programs = [program(leaf, as_of) for leaf in leaves]
    told = ({fact.key: Value(value, Source.SELF_DECLARED, as_of)} for value in values)
    said = dict.fromkeys(tuple(_NUMBERS[ask(one)] for ask in programs) for one in told)
    return [dict(zip(numbers, one, strict=True)) for one in said]


def _conditions(plan: Plan) -> Iterator[tuple[Leaf, int]]:
    node, number, parts = plan
    if isinstance(node, Leaf):
        yield node, number
    for part in parts:
        yield from _conditions(part)
