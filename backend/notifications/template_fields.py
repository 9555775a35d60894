"""Makes a value fit a field of a WeChat template, so that WeChat never has a reason to refuse it with 47003.

Limits: WeChat's table of field types (thing 20 characters, phrase 5 Chinese characters, …). A text is shortened with
an ellipsis, never rejected; characters that a type does not allow are left out.
"""

import re
import unicodedata
from typing import Final

_LIMITS: Final = {
    "thing": 20,
    "character_string": 32,
    "number": 32,
    "letter": 32,
    "symbol": 5,
    "phrase": 5,
    "name": 10,
    "phone_number": 17,
    "car_number": 8,
}
_NOT_ALLOWED: Final = {
    "character_string": re.compile(r"[^\x21-\x7e]"),
    "number": re.compile(r"[^\d.]"),
    "letter": re.compile(r"[^A-Za-z]"),
    "phrase": re.compile(r"[^\u4e00-\u9fff]"),
    "phone_number": re.compile(r"[^\d+\-*]"),
}
_SHORTENED_WITH_ELLIPSIS: Final = {"thing"}
EMPTY: Final = "—"


def field_type(name: str) -> str:
    """Return the type in a field's name: thing1 → thing."""
    return name.rstrip("0123456789")


def fit(name: str, value: str) -> str:
    """Return `value` as WeChat accepts it in the field `name`; what is empty becomes a dash."""
    kind = field_type(name)
    text = "".join(c for c in " ".join(value.split()) if unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs", "So"})
    if kind in _NOT_ALLOWED:
        text = _NOT_ALLOWED[kind].sub("", text)
    limit = _LIMITS.get(kind)
    if limit is not None and len(text) > limit:
        text = text[: limit - 1] + "…" if kind in _SHORTENED_WITH_ELLIPSIS else text[:limit]
    return text or EMPTY
