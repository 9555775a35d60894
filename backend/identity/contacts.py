"""How phones and names are spelled before they are compared by blind index with the registry's."""

import re
import unicodedata
from typing import Final

from backend.enterprises.columns import PHONE, REPRESENTATIVE

# The names under which the registry's import makes its blind indexes; ours must be made under the same.
__all__ = ["PHONE", "REPRESENTATIVE", "normal_name", "normal_phone", "normal_uscc", "spellings"]

_DOTS: Final = "·•・‧．﹒."
_CHINA: Final = frozenset({"", "86", "+86"})
_USCC: Final = re.compile(r"[0-9A-HJ-NP-RTUW-Y]{2}[0-9]{6}[0-9A-HJ-NP-RTUW-Y]{10}")


def normal_phone(country_code: str, number: str) -> str:
    """Return the bare number at home, +code and number abroad."""
    digits = re.sub(r"\D", "", number)
    return digits if country_code in _CHINA else f"+{country_code.lstrip('+')}{digits}"


def normal_name(name: str) -> str:
    """Return a name without spaces, full-width forms and the several middle dots of minority names."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", name))
    return re.sub(f"[{re.escape(_DOTS)}]", "·", plain)


def spellings(name: str) -> frozenset[str]:
    """Return how the registry may have written a normal name: it keeps whatever dot the licence was typed with."""
    return frozenset(name.replace("·", dot) for dot in _DOTS)


def normal_uscc(text: str) -> str | None:
    """Return a code of the right shape in capitals, else None; whether it exists is another question."""
    code = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()
    return code if _USCC.fullmatch(code) else None
