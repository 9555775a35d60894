"""What must hold before a reviewer is asked: the catalogue still has what is asked, and there is time to answer."""

from collections.abc import Iterator

from pydantic import ValidationError

from backend.enterprises.rules import parse_stored
from backend.foundation import clock
from backend.foundation.errors import FieldError
from backend.questions.surveys.content import Question
from backend.questions.surveys.errors import NotReady
from backend.questions.surveys.models import Survey


def check(one: Survey) -> None:
    """Raise NotReady with every wrong place of a survey, RuleInvalid when its rule can't be read any more."""
    parse_stored(one.rule)
    wrong = (*_questions(one), *_window(one))
    if wrong:
        raise NotReady(fields=wrong)


def _questions(one: Survey) -> Iterator[FieldError]:
    for place, stored in enumerate(one.questions):
        try:
            Question.model_validate(stored)
        except ValidationError:
            sentence = "事实目录已有变化，这道题不能再这样问，请修改。"
            yield FieldError(f"questions.{place}", "question_invalid", sentence)


def _window(one: Survey) -> Iterator[FieldError]:
    if one.closes_on < clock.today():
        yield FieldError("closes_on", "past", "截止日期已过，请改为今天或以后。")
