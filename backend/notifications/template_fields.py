"""Makes a value fit a field of a WeChat template, so that WeChat never has a reason to refuse it with 47003.

Limits: WeChat's table of field types (thing 20 characters, phrase 5 Chinese characters, …). A text is shortened and
rid of characters that its type does not allow; a number, a moment or an amount can't be: it fits or it doesn't.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Final

_HAN: Final = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f"  # with the rare ones, which stand in names
_NEVER: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "So"})
"""Categories that no type takes or phones do not show: controls, private ones, emoji."""

_MONTH: Final = r"(?:0?[1-9]|1[0-2])"
_DAY_OF_MONTH: Final = r"(?:0?[1-9]|[12][0-9]|3[01])"
_DAY: Final = (
    "[0-9]{4}(?:"
    + "|".join(
        f"{a}{_MONTH}{b}{_DAY_OF_MONTH}{c}"
        for a, b, c in ("年月日", ("-", "-", ""), ("/", "/", ""), (r"\.", r"\.", ""))
    )
    + ")"
)
_HOUR: Final = r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
_MOMENT: Final = rf"(?:{_DAY} ?)?{_HOUR}"
_DATE: Final = rf"{_DAY}(?: ?{_HOUR})?"

_LINK: Final = re.compile(r"(?:https?://|www\.)[!-~]*", re.IGNORECASE)
_LONGEST_PARAMETER: Final = 35

Fit = Callable[[str], str | None]


def _text(limit: int, dropped: str, empty: str | None) -> Fit:
    """Leave out what matches `dropped`, cut at `limit`; what is empty then becomes `empty`."""
    pattern = re.compile(dropped)
    return lambda text: pattern.sub("", text)[:limit].strip() or empty


def _exactly(pattern: str) -> Fit:
    compiled = re.compile(pattern)
    return lambda text: text if compiled.fullmatch(text) else None


def _thing(text: str) -> str:
    limit = 20
    return (text if len(text) <= limit else text[: limit - 1] + "…") or "—"


def _name(text: str) -> str | None:
    limit = 10 if re.search(f"[{_HAN}]", text) else 20
    return re.sub(r"\d", "", text)[:limit].strip() or None


_FITS: Final[dict[str, Fit]] = {
    "thing": _thing,
    "character_string": _text(32, r"[^\x20-\x7e]", "-"),
    "letter": _text(32, r"[^A-Za-z]", None),
    "symbol": _text(5, rf"[\w\s{_HAN}]", None),
    "phrase": _text(5, f"[^{_HAN}]", None),
    "phone_number": _text(17, r"[^0-9+\-* ]", None),
    "name": _name,
    "number": _exactly(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,12})?"),
    "amount": _exactly(r"[¥￥$€£]?[0-9]{1,10}(?:\.[0-9]+)?元?"),
    "car_number": _exactly(rf"(?=.{{1,8}}$)[{_HAN}]?[A-Z0-9]+[{_HAN}]?"),
    "time": _exactly(rf"{_MOMENT}(?: ?~ ?{_MOMENT})?"),
    "date": _exactly(rf"{_DATE}(?: ?~ ?{_DATE})?"),
}


def field_type(name: str) -> str:
    """Return the type in a field's name: thing1 → thing."""
    return name.rstrip("0123456789")


def fit(name: str, value: str, listed: Collection[str] = ()) -> str | None:
    """Return `value` as WeChat accepts it in the field `name`, or None when nothing of it can be sent there.

    An enum takes nothing but what its template lists.
    """
    kind = field_type(name)
    if kind == "enum":
        return value if value in listed else None
    return _fitted(kind, value)


@lru_cache(maxsize=1024)
def _fitted(kind: str, value: str) -> str | None:
    """Remembered, because most values of a broadcast are the same for everybody."""
    text = "".join(c for c in " ".join(value.split()) if unicodedata.category(c) not in _NEVER)
    return _FITS.get(kind, _thing)(" ".join(text.split()))


def fit_parameter(value: str) -> str | None:
    """Return `value` as a parameter of an approved text message, or None when nothing of it can be sent there.

    Providers refuse the brackets that mark a signature, links, and more than 35 characters (rules of the mainland's
    providers for variables).
    """
    text = "".join(c for c in " ".join(value.split()) if c not in "【】" and unicodedata.category(c) not in _NEVER)
    words = " ".join(_LINK.sub("", text).split())
    return (words if len(words) <= _LONGEST_PARAMETER else words[: _LONGEST_PARAMETER - 1] + "…") or None
