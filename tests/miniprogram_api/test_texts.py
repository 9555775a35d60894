"""What shows nothing is no text, in whatever field of whatever body it comes."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args

import pytest
from pydantic import BaseModel, Field, StringConstraints, ValidationError, create_model

from backend.foundation.errors import Invalid
from miniprogram_api.routes import ROUTES
from miniprogram_api.schema import In, Line, Readable, Text
from miniprogram_api.validation import read_body

BLANK = ("\u200b" * 8, "\u3164" * 20, "\u200b" * 18)  # of lengths that every field of words admits
# fmt: off
CODES = frozenset({
    "accepted", "capabilities", "code", "consent_version", "current_password", "districts", "fact", "group", "kind",
    "login", "new_password", "password", "path", "purpose", "refused", "scope", "token", "uscc", "value", "version",
    "webhook_url",
})
# fmt: on
"""Fields that hold no words of people: what is none of the known codes is refused behind the door."""


class Told(In):
    name: Line = "一"
    words: Text = "一"
    question: Annotated[Readable, StringConstraints(min_length=1, max_length=5)] = "一"
    note: Annotated[Readable, Field(max_length=5)] = ""


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for field in kind.model_fields.values():
            yield from _models(field.annotation)
    for inner in get_args(kind):
        yield from _models(inner)


def _bodies() -> set[type[BaseModel]]:
    return {model for route in ROUTES for model in _models(route.endpoint.body)}


def _kept(model: type[BaseModel], name: str) -> list[Any]:
    """Return what a field makes of blanks, where it takes them."""
    field = model.model_fields[name]
    alone = create_model("Alone", __base__=In, **{name: (field.annotation, field)})
    found = []
    for blank in (*BLANK, *([one] for one in BLANK)):
        try:
            found.append(getattr(alone.model_validate({field.alias or name: blank}), name))
        except ValidationError:
            continue
    return found


def test_no_field_of_words_keeps_what_shows_nothing() -> None:
    kept = {
        f"{model.__module__}.{model.__name__}.{name}"
        for model in _bodies()
        for name in model.model_fields.keys() - CODES
        if any(one not in ("", [""], []) for one in _kept(model, name))
    }
    assert kept == set()


@pytest.mark.parametrize("field", ["name", "words", "question"])
@pytest.mark.parametrize("blank", [r"\u200b\u200b", r"\u3164", r" \ufeff "])
def test_a_text_that_must_be_there_and_shows_nothing_is_refused(field: str, blank: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_body(Told, f'{{"{field}": "{blank}"}}'.encode())
    assert [one.path for one in refused.value.fields] == [field]


def test_a_text_that_may_be_missing_is_missing() -> None:
    assert read_body(Told, rb'{"note": "\u200b"}').note == ""
    assert read_body(Told, '{"note": "好👍"}'.encode()).note == "好👍"
