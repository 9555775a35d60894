"""Which signs a text that people write may hold: one rule for every door and every capability."""

import re
from typing import Final

# Control signs, halves of characters, and marks of direction: those make a text read otherwise than it is written.
_WRONG: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
SENTENCE: Final = "含有不能使用的控制字符"


def is_readable(text: str) -> bool:
    return _WRONG.search(text) is None


def readable(text: str) -> str:
    """Return a text as it is; raises ValueError with a sentence for its writer, as validators of fields do."""
    if not is_readable(text):
        raise ValueError(SENTENCE)
    return text
