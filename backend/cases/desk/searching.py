"""Finds cases by words: in title and text from two characters on, in the name of the enterprise, by the number's begin.

Every word must be found, each where it likes. The index holds every two signs that stand together (`case_pairs`), for
trigrams know no word of two signs, and most Chinese words have two. Names of enterprises go by their trigrams, from
three characters on; a word that more than so many names share says nothing of an enterprise.
"""

import re
from typing import Final

from backend.access import Actor, Condition
from backend.access.visibility import EVERYTHING, NOTHING
from backend.foundation.errors import FieldError, Invalid

SHORTEST: Final = 2
MOST_WORDS: Final = 8
_MOST_NAMES: Final = 2_000
_NAME_FROM: Final = 3
_NUMBER: Final = re.compile(r"(?:WW-?)?([0-9]{2,8}(?:-[0-9]*)?)", re.IGNORECASE)

_TEXT: Final = "(c.pairs @> case_pairs({}::text) AND c.search LIKE lower({}::text))"
_NAME: Final = (
    f"c.enterprise_id = ANY (ARRAY(SELECT n.id FROM enterprises n WHERE n.name ILIKE {{}}::text LIMIT {_MOST_NAMES}))"
)


def worded(actor: Actor, words: str | None) -> Condition:
    """Return the condition over `cases c` that every word is found; raises Invalid for a word of one character.

    Whoever reads masked finds by number and name alone: what he may not read, he may not guess at either.
    """
    wanted = EVERYTHING
    for word in (words or "").split()[:MOST_WORDS]:
        if len(word) < SHORTEST:
            raise Invalid(fields=(FieldError("q", "too_short", f"请输入至少{SHORTEST}个字的词。"),))
        wanted = wanted & _found(word, is_masked=actor.reads_masked("cases.read"))
    return wanted


def _found(word: str, *, is_masked: bool) -> Condition:
    within = f"%{_plain(word)}%"
    found = NOTHING if is_masked else Condition(_TEXT, (word, within))
    if len(word) >= _NAME_FROM:
        found = found | Condition(_NAME, (within,))
    if number := _NUMBER.fullmatch(word):
        found = found | Condition("c.number LIKE {}::text", (f"WW-{number[1]}%",))
    return found


def _plain(word: str) -> str:
    """Take the signs that LIKE knows as they are written."""
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
