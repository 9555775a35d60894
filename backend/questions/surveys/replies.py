"""Turns what an owner answers into the one stored spelling, or says in Chinese, question by question, what is wrong.

Stored: a choice by its code, several as a list in the order of the question, numbers and money as text without trailing
noughts, days as ISO text, a mark as a number, words as they are.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.values import ValueRefused, day_of, stored
from backend.foundation.errors import FieldError
from backend.foundation.texts import SENTENCE, is_readable, is_seen
from backend.questions.surveys.content import COUNTED, MOST_TEXT, Kind, Question
from backend.questions.surveys.errors import AnswerInvalid
from backend.questions.surveys.knowing import Known

_PLACES_OF_MONEY: Final = 4
_MOST: Final = Decimal(10**12)
_NUMBER: Final = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,12})?")


def check(
    questions: Sequence[Question], given: Mapping[str, Any], known: Mapping[str, Known], *, is_whole: bool
) -> dict[str, Any]:
    """Return the answers in their stored spelling; raises AnswerInvalid with every wrong one under `answers`.

    None and blank text are no answer. What is known and not to be asked stands in for an answer that is missing. Only
    a whole answer (no draft) must have whatever is required.
    """
    asked = {one.key: one for one in questions}
    wrong = [_wrong(key[:60], "unknown_question", "没有这道题，请刷新后再填。") for key in given if key not in asked]
    found: dict[str, Any] = {}
    for key, question in asked.items():
        raw = given.get(key)
        if raw is None or raw == [] or (isinstance(raw, str) and is_readable(raw) and not is_seen(raw)):
            raw = _stands_in(question, known)
        if raw is None:
            if question.is_required and is_whole:
                wrong.append(_wrong(key, "required", "请回答此题。"))
            continue
        try:
            found[key] = _read(question, raw)
        except ValueRefused as problem:
            wrong.append(_wrong(key, "bad_value", f"{problem}。"))
    if wrong:
        raise AnswerInvalid(fields=tuple(wrong))
    return found


def _wrong(key: str, code: str, sentence: str) -> FieldError:
    return FieldError(f"answers.{key}", code, sentence)


def _stands_in(question: Question, known: Mapping[str, Known]) -> Any:
    held = known.get(question.key)
    return held.value if held is not None and question.when_known == "skip" else None


def _read(question: Question, raw: Any) -> Any:
    value = _BY_KIND[question.kind](question, raw)
    if question.fact is not None:
        stored(question.fact, as_fact(question, value))  # what can't be recorded as that fact is no answer
    return value


def as_fact(question: Question, value: Any) -> Any:
    """Return a stored answer as the value of the fact that its question asks."""
    fact = CATALOGUE[question.fact or ""]
    return value == "yes" if fact.type == "boolean" else value


def _single(question: Question, raw: Any) -> str:
    if not isinstance(raw, str) or raw not in question.options:
        raise ValueRefused("请从选项中选一项")
    return raw


def _multiple(question: Question, raw: Any) -> list[str]:
    if not isinstance(raw, list) or not all(isinstance(one, str) and one in question.options for one in raw):
        raise ValueRefused("请从选项中选择")
    if len(set(raw)) < len(raw):
        raise ValueRefused("同一选项只能选一次")
    if question.most is not None and len(raw) > question.most:
        raise ValueRefused(f"最多选{question.most}项")
    return [code for code in question.options if code in raw]


def _number(question: Question, raw: Any) -> str:
    number = _decimal(raw)
    places = _PLACES_OF_MONEY if question.kind is Kind.MONEY else _places(question)
    if number != round(number, places):
        raise ValueRefused(f"最多{places}位小数" if places else "须为整数")
    if question.least is not None and number < Decimal(question.least):
        raise ValueRefused(f"不能小于{question.least}{question.measure}")
    if question.greatest is not None and number > Decimal(question.greatest):
        raise ValueRefused(f"不能大于{question.greatest}{question.measure}")
    if question.kind is Kind.MONEY and question.least is None and number < 0:
        raise ValueRefused("不能为负数")
    return format(number.normalize() if number else Decimal(0), "f")


def _places(question: Question) -> int:
    """A question about a fact takes what the fact takes, which `stored` then checks."""
    return _PLACES_OF_MONEY if question.fact else question.places


def _decimal(raw: Any) -> Decimal:
    """Fractions come as text, for a JSON number is none that is exact."""
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        raise ValueRefused("须为数字，小数请以文字传送")
    if isinstance(raw, str) and not _NUMBER.fullmatch(raw.strip()):
        raise ValueRefused("须为数字")
    if isinstance(raw, int) and abs(raw) > _MOST:
        raise ValueRefused("数字过大")
    number = Decimal(raw.strip() if isinstance(raw, str) else raw)
    if abs(number) > _MOST:
        raise ValueRefused("数字过大")
    return number


def _date(_question: Question, raw: Any) -> str:
    day: date = day_of(raw if isinstance(raw, str) else None)
    return day.isoformat()


def _scale(question: Question, raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= (question.steps or 1):
        raise ValueRefused(f"请选 1 至 {question.steps} 分")
    return raw


def _text(_question: Question, raw: Any) -> str:
    if not isinstance(raw, str):
        raise ValueRefused("须为文字")
    text = raw.strip()
    if not is_readable(text):
        raise ValueRefused(SENTENCE)
    if len(text) > MOST_TEXT:
        raise ValueRefused(f"最多{MOST_TEXT}字")
    return text


_BY_KIND: Final[Mapping[Kind, Callable[[Question, Any], Any]]] = {
    Kind.SINGLE: _single,
    Kind.MULTIPLE: _multiple,
    **dict.fromkeys(COUNTED, _number),
    Kind.DATE: _date,
    Kind.SCALE: _scale,
    Kind.TEXT: _text,
    Kind.NEED: _text,
}
