"""Why a policy fits, may fit or does not, as codes to count by and as the few words a list has room for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Final

from backend.eligibility import Clause, Explanation, Rule, Verdict, explain
from backend.eligibility.evaluate import Facts
from backend.eligibility.explanation import Part
from backend.enterprises.catalogue import CATALOGUE, INTERNAL

MOST_TOLD: Final = 3


class Answer(IntEnum):
    """A verdict as it is stored; the order is the order of the feed."""

    YES = 1
    MAYBE = 2
    NO = 3

    @property
    def label(self) -> str:
        return self.name.lower()


ANSWERS: Final = {Verdict.YES: Answer.YES, Verdict.UNKNOWN: Answer.MAYBE, Verdict.NO: Answer.NO}


@dataclass(frozen=True, slots=True)
class Match:
    """The answer of one rule for one enterprise; `codes` are `no:employees`, `near:employees`, `missing:employees`."""

    answer: Answer
    codes: tuple[str, ...]
    why: tuple[str, ...]


def match(rule: Rule, facts: Facts, as_of: date) -> Match:
    """Answer one rule; what only staff may see of an enterprise never comes into the words."""
    told = explain(rule, facts, as_of, CATALOGUE).without_values(INTERNAL)
    deciding = list(_deciding(told.root, told.verdict))
    codes = dict.fromkeys(_code(clause) for clause in deciding)
    return Match(ANSWERS[told.verdict], tuple(codes), tuple(_words(told, deciding)))


def _deciding(part: Part, verdict: Verdict) -> Iterator[Clause]:
    """The clauses that gave the whole its verdict: reached only through parts that share it."""
    if part.verdict is not verdict:
        return
    if isinstance(part, Clause):
        yield part
        return
    for inner in part.parts:
        yield from _deciding(inner, verdict)


def _code(clause: Clause) -> str:
    if clause.verdict is Verdict.NO:
        return f"{'near' if clause.near_miss else 'no'}:{clause.fact.key}"
    return f"{clause.because or 'yes'}:{clause.fact.key}"


def _words(told: Explanation, deciding: list[Clause]) -> list[str]:
    """A no tells first what lacks least, for that can still be mended."""
    if told.verdict is Verdict.NO:
        deciding = sorted(deciding, key=lambda clause: clause.near_miss is None)
    return list(dict.fromkeys(_said(clause) for clause in deciding))[:MOST_TOLD]


def _said(clause: Clause) -> str:
    if clause.verdict is Verdict.YES:
        return f"符合：{clause.text}"
    if clause.verdict is Verdict.UNKNOWN:
        return clause.note or f"还没有“{clause.fact.title}”的信息"
    return f"不符合：{clause.text}" + (f"（{clause.near_miss.say}）" if clause.near_miss else "")
