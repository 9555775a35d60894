"""Why a policy fits, may fit or does not, as codes to count by and as the few words a list has room for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Final
from uuid import UUID

from backend.eligibility import Answers, Clause, Verdict

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
    """The answer of one rule for one enterprise.

    `codes` are `no:employees`, `near:employees`, `missing:employees`, `stale:…`, `source:…`, `yes:…`, and first, where
    time alone will make it a yes, `from:2027-03-01`.
    """

    answer: Answer
    codes: tuple[str, ...]
    why: tuple[str, ...]


def match(answers: Answers[UUID], version_id: UUID, until: date | None) -> Match:
    """Put one answer into words; `until` is the policy's last day, after which no day is worth waiting for.

    Live rules ask nothing that only staff may know (`rules.parse_stored`), so nothing of it comes into the words.
    """
    deciding = answers.deciding(version_id)
    answer = ANSWERS[answers.verdicts[version_id]]
    codes = [_code(clause) for clause in deciding]
    words = _words(answer, deciding)
    day = answers.first_days.get(version_id)
    if day is not None and (until is None or day <= until):
        codes.insert(0, f"from:{day.isoformat()}")
        words.insert(0, f"{day.isoformat()} 起可能符合")
    return Match(answer, tuple(dict.fromkeys(codes)), tuple(dict.fromkeys(words))[:MOST_TOLD])


def _code(clause: Clause) -> str:
    if clause.verdict is Verdict.NO:
        return f"{'near' if clause.near_miss else 'no'}:{clause.fact.key}"
    return f"{clause.because or 'yes'}:{clause.fact.key}"


def _words(answer: Answer, deciding: Sequence[Clause]) -> list[str]:
    """A no tells first what lacks least, for that can still be mended."""
    if answer is Answer.NO:
        deciding = sorted(deciding, key=lambda clause: clause.near_miss is None)
    return [_said(clause) for clause in deciding]


def _said(clause: Clause) -> str:
    if clause.verdict is Verdict.YES:
        return f"符合：{clause.text}"
    if clause.verdict is Verdict.UNKNOWN:
        return clause.note
    return f"不符合：{clause.text}" + (f"（{clause.near_miss.say}）" if clause.near_miss else "")
