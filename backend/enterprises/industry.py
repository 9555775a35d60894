"""Industries after GB/T 4754-2017, written as section letter + digits: F5212, so that a prefix is a branch.

"F" is a section (门类), "F52" a division (大类), "F521" a group (中类), "F5212" a class (小类).
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from backend.enterprises.reference import load

_DATA = load("industries")
_CLASS_DIGITS = 4
_GROUP_DIGITS = 3
_SHAPE = re.compile(r"([A-T]?)(\d{2,4})|([A-T])")

SECTIONS: Mapping[str, str] = MappingProxyType({one["code"]: one["name"] for one in _DATA["sections"]})
SECTION_OF: Mapping[str, str] = MappingProxyType(
    {division: one["code"] for one in _DATA["sections"] for division in one["divisions"]}
)
"""Division ("52") → section letter ("F")."""
_NAMES: Mapping[str, str] = MappingProxyType(_DATA["names"])


@lru_cache(maxsize=8192)
def canonical(text: str) -> str | None:
    """The one spelling of a code given with or without its letter; None when there is no such industry.

    A class is taken when its group is known: the amendment of 2019 added classes to existing groups.
    """
    match = _SHAPE.fullmatch(text.strip().upper())
    if match is None:
        return None
    letter, digits, section = match.groups()
    if section:
        return section
    home = SECTION_OF.get(digits[:2])
    known = digits[:_GROUP_DIGITS] in _NAMES
    return f"{home}{digits}" if home and known and letter in {"", home} else None


def is_class(code: str) -> bool:
    """Tell whether a canonical code goes down to the class, as a fact must: coarser ones would answer by guess."""
    return len(code) == 1 + _CLASS_DIGITS


def name(code: str) -> str:
    """The name of a canonical code; a class of the amendment is told by its group."""
    digits = code[1:]
    return _NAMES.get(digits) or _NAMES.get(digits[:_GROUP_DIGITS]) or SECTIONS.get(code[:1], code)


class _Names(Mapping[str, str]):
    """Every code of the standard and its amendment, read by name with the code behind it: 零售业（F52）."""

    def __getitem__(self, code: str) -> str:
        if canonical(code) != code:
            raise KeyError(code)
        return f"{name(code)}（{code}）"

    def __iter__(self) -> Iterator[str]:
        yield from SECTIONS
        yield from (f"{SECTION_OF[digits[:2]]}{digits}" for digits in _NAMES)

    def __len__(self) -> int:
        return len(SECTIONS) + len(_NAMES)


INDUSTRIES: Mapping[str, str] = _Names()


def path(code: str) -> list[tuple[str, str]]:
    """The branch from section to class: [("F", "批发和零售业"), ("F52", "零售业"), …]."""
    return [(code[:length], name(code[:length])) for length in (1, 3, 4, 5) if length <= len(code)]
