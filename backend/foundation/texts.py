"""Which signs a text that people write may hold, and when it says nothing: one rule for every door and capability."""

import re
from typing import Final
from unicodedata import category

# Control signs, halves of characters, and marks of direction: those make a text read otherwise than it is written.
_WRONG: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
# What screens show as nothing though Unicode counts them among letters and symbols: fillers of Hangul, blank Braille.
_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_BREAK: Final = re.compile(r"[\t\n\r\x85\u2028\u2029]")
SENTENCE: Final = "含有不能使用的控制字符"
UNSEEN: Final = "请填写看得见的文字"


def is_readable(text: str) -> bool:
    return _WRONG.search(text) is None


def is_seen(text: str) -> bool:
    """Tell whether a text shows anything: not of blanks, zero-width and control signs or lonely marks alone."""
    return any(_is_shown(sign) for sign in text)


def readable(text: str) -> str:
    """Return a text as it is, and one that shows nothing as the empty one, so that whatever asks for a text gets one.

    Raises ValueError with a sentence for its writer, as validators of fields do.
    """
    if not is_readable(text):
        raise ValueError(SENTENCE)
    return text if is_seen(text) else ""


def seen(text: str) -> str:
    """Return a readable text that shows something; raises ValueError with a sentence for its writer."""
    if not readable(text):
        raise ValueError(UNSEEN)
    return text


def one_line(text: str) -> str:
    """Return a text that is one line; raises ValueError with a sentence for its writer."""
    if _BREAK.search(text):
        raise ValueError("只能写一行，不能换行或使用制表符")
    return text


def _is_shown(sign: str) -> bool:
    return category(sign)[0] not in "CZM" and sign not in _BLANK
