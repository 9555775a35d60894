"""Fields of a sign-up form that nobody could ever answer: found before they are asked, and named. Pure.

Once a salon is out its form stands: with such a field that has to be answered, nobody can sign up any more.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from backend.foundation import texts
from backend.foundation.errors import FieldError

Field = Mapping[str, Any]

CODE: Final = "unanswerable"
DAY: Final = len("2026-11-25")
"""Signs of a date."""


def faults(fields: Mapping[str, Field]) -> Iterator[FieldError]:
    """Yield what makes a field of a form in its one spelling impossible to answer."""
    for key, one in fields.items():
        for name, sentence in _of(one):
            yield FieldError(f"form.properties.{key}.{name}", CODE, sentence)


def _of(one: Field) -> Iterator[tuple[str, str]]:
    kind, choices, longest = one["type"], one.get("enum"), one.get("maxLength")
    if kind in ("integer", "number") and not _has_number(one):
        yield "minimum", "最小值和最大值之间没有能填的数；不填时最小为0、最大为1万亿"
    if choices is not None and kind != "string":
        yield "enum", "只有文字才能给出选项，这种字段没有人能填写"
    elif longest is not None and any(len(choice) > longest for choice in choices or ()):
        yield "maxLength", "有的选项比最多字数还长，没有人能选"
    # An answer is read as all that people write is: what may not be written cannot be chosen either.
    if kind == "string" and not all(map(texts.is_readable, choices or ())):
        yield "enum", f"有的选项{texts.SENTENCE}，没有人能选"
    if one.get("format") == "date" and choices is not None:
        yield "enum", "日期不能同时给出选项"
    elif one.get("format") == "date" and longest is not None and longest < DAY:
        yield "maxLength", "最多字数写不下一个日期，没有人能填写"


def _has_number(one: Field) -> bool:
    least, most = one["minimum"], one["maximum"]
    if one["type"] == "integer":
        least, most = math.ceil(least), math.floor(most)
    return bool(least <= most)
