"""What minutes may say: findings by type, promises with a day, problems to put right; never the words of an inspection.

A visit is a service (国办函〔2026〕12号): who goes there neither inspects nor penalises: nothing found is a violation.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from backend.cases.lists import NewProblem
from backend.eligibility import promises as promise_words
from backend.foundation import clock
from backend.foundation.errors import FieldError
from backend.visits.afterwards.errors import ReportWrong

SERVICE_PROMISE: Final = "service_promise"
LATEST: Final = timedelta(days=366)
"""A promise names a day within a year."""


class FindingKind(StrEnum):
    POLICY = "policy"
    DIFFICULTY = "difficulty"
    QUALITY = "quality"
    FINANCE = "finance"
    ADVICE = "advice"
    OTHER = "other"


KIND_WORDS: Final[Mapping[FindingKind, str]] = {
    FindingKind.POLICY: "政策",
    FindingKind.DIFFICULTY: "困难",
    FindingKind.QUALITY: "质量",
    FindingKind.FINANCE: "融资",
    FindingKind.ADVICE: "建议",
    FindingKind.OTHER: "其他",
}

# What only an inspection finds or a penalty says. Whoever complains of arbitrary ones, or is told that something is no
# inspection, writes so.
_INSPECTION: Final = re.compile(
    "(?<!乱)(?<!行政)(?<!不是)(?<!并非)(?<!不属于)(?<!不予)(?<!免于)(?<!免予)"
    "(?:执法检查|监督检查|现场检查|行政检查|行政处罚|处罚|罚款|没收|责令|立案|查处|查封|扣押|违法|违规|吊销|限期整改"
    "|限期改正|约谈|警告|执法)"
)
_INVISIBLE: Final = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp"})
_INSTEAD: Final = "走访是服务，不是检查，记录中不能写“{words}”；企业反映的困难请写明事情本身。"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found; `enterprise_id`: of which party alone it speaks, where several were there."""

    kind: FindingKind
    words: str
    enterprise_id: UUID | None = None
    photos: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised to a party by a day. `takes`: whoever files the minutes looks after it himself."""

    text: str
    due_on: date
    category: str = SERVICE_PROMISE
    enterprise_id: UUID | None = None
    takes: bool = False


@dataclass(frozen=True, slots=True)
class Minutes:
    """What is filed of a visit."""

    text: str
    findings: Sequence[Finding] = ()
    promises: Sequence[Promise] = ()
    problems: Sequence[NewProblem] = field(default=())


def check(minutes: Minutes, parties: Sequence[UUID], why: str = "") -> None:
    """Raise ReportWrong naming each fault: nothing said, words of an inspection, a day out of reach, no such party."""
    wrong = [*_unsaid(minutes), *_worded(minutes, why), *_placed(minutes, parties), *_dated(minutes)]
    if wrong:
        raise ReportWrong(fields=tuple(wrong))


def inspecting(text: str) -> list[str]:
    """Return the words of an inspection or a penalty in a text, each once, also where they are pulled apart."""
    plain = "".join(one for one in unicodedata.normalize("NFKC", text) if unicodedata.category(one) not in _INVISIBLE)
    return list(dict.fromkeys(_INSPECTION.findall(plain)))


def _unsaid(minutes: Minutes) -> Iterator[FieldError]:
    if not minutes.text.strip() and not minutes.findings:
        yield FieldError("text", "required", "请填写走访记录，或至少一条发现。")


def _texts(minutes: Minutes, why: str) -> Iterator[tuple[str, str]]:
    yield "text", minutes.text
    yield "why", why
    yield from ((f"findings.{nr}.words", one.words) for nr, one in enumerate(minutes.findings))
    yield from ((f"promises.{nr}.text", one.text) for nr, one in enumerate(minutes.promises))
    for nr, one in enumerate(minutes.problems):
        yield f"problems.{nr}.title", one.title
        yield f"problems.{nr}.measures", one.measures


def _worded(minutes: Minutes, why: str) -> Iterator[FieldError]:
    for path, text in _texts(minutes, why):
        for words in inspecting(text):
            yield FieldError(path, "inspection", _INSTEAD.format(words=words))
        for found in promise_words.in_text(path, text):
            yield FieldError(path, found.code, found.sentence)


def _placed(minutes: Minutes, parties: Sequence[UUID]) -> Iterator[FieldError]:
    sentence = "请选择到场的一家企业。"
    for nr, found in enumerate(minutes.findings):
        if found.enterprise_id is not None and found.enterprise_id not in parties:
            yield FieldError(f"findings.{nr}.enterprise_id", "unknown", sentence)
    for nr, made in enumerate(minutes.promises):
        if of_party(made, parties) not in parties:
            yield FieldError(f"promises.{nr}.enterprise_id", "unknown", sentence)


def of_party(promise: Promise, parties: Sequence[UUID]) -> UUID | None:
    """Return to whom a promise was made; it need not be said where only one was there."""
    return parties[0] if promise.enterprise_id is None and len(parties) == 1 else promise.enterprise_id


def _dated(minutes: Minutes) -> Iterator[FieldError]:
    today = clock.today()
    for nr, one in enumerate(minutes.promises):
        if not today <= one.due_on <= today + LATEST:
            yield FieldError(f"promises.{nr}.due_on", "out_of_range", "请填写今天起一年以内的日期。")
