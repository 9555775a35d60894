"""Places: districts (five counties and districts by GB/T 2260, one functional zone) and their towns.

A town's key is its statistical code; the other official list gives 24 towns other codes, and some of those mean another
town here, so towns from outside are taken by name or statistical code only.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from backend.enterprises.reference import load

_DATA = load("divisions")
CITY: str = _DATA["city"]["code"]
COUNTRY: Final = "000000"
_ZONES: list[dict[str, Any]] = _DATA["functional_zones"]
_BRANCH: Final = CITY[:4]
_ELSEWHERE: Final = re.compile("[1-8][0-9]{5}")
# A province, a city, a county, a town; the zeros that fill up the code of a wider place begin no place's code.
_BRANCH_ELSEWHERE: Final = re.compile("[1-8][0-9](?!00)(?:[0-9]{2}(?:(?!00)[0-9]{2}(?:[0-9]{3})?)?)?")

DISTRICTS: Mapping[str, str] = MappingProxyType(
    {one["code"]: one["name"] for one in (*_DATA["districts"], *_ZONES)},
)
"""Code → name; 南太湖新区 stands beside the counties because its committee does a county government's work."""

TOWNS: Mapping[str, str] = MappingProxyType(
    {town["nbs"]: town["name"] for one in _DATA["districts"] for town in one["towns"]},
)
_BY_NAME: Mapping[str, str] = MappingProxyType(
    {
        **{alias: one["code"] for one in _ZONES for alias in one["aliases"]},
        **{label: code for code, label in DISTRICTS.items()},
        **{f"{_DATA['city']['name']}{label}": code for code, label in DISTRICTS.items()},
    }
)
_ZONE_CODES = frozenset(one["code"] for one in _ZONES)


def _towns_by_name() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for code, label in TOWNS.items():
        found.setdefault(label, []).append(code)
    return found


_TOWNS_BY_NAME: Mapping[str, list[str]] = MappingProxyType(_towns_by_name())


def district(text: str) -> str | None:
    """The district meant by a code or a name, None when it is none of ours."""
    return text if text in DISTRICTS else _BY_NAME.get(text)


def town(text: str, of_district: str | None = None) -> str | None:
    """The town meant by a name or statistical code; inside a functional zone it may be any town of the city."""
    fits = [text] if text in TOWNS else _TOWNS_BY_NAME.get(text, [])
    if of_district is not None and of_district not in _ZONE_CODES:
        fits = [code for code in fits if code.startswith(of_district)]
    return fits[0] if len(fits) == 1 else None


def region(of_district: str | None, of_town: str | None) -> str | None:
    """The most exact code of a place for prefix search; a zone's enterprises stand under the zone."""
    if of_district is None or of_town is None or not of_town.startswith(of_district):
        return of_district
    return of_town


def is_place(code: str) -> bool:
    """Tell whether a code names a place: the country, our city and what is known of it, elsewhere any of six digits."""
    if code.startswith(_BRANCH):
        return code == CITY or code in DISTRICTS
    return code == COUNTRY or _ELSEWHERE.fullmatch(code) is not None


def is_branch(code: str) -> bool:
    """Tell whether codes of places can begin like this: `3305`, never `330500`; elsewhere whatever has the form."""
    if code.startswith(_BRANCH):
        return code in {_BRANCH, *DISTRICTS, *TOWNS}
    return _BRANCH_ELSEWHERE.fullmatch(code) is not None


def label(code: str) -> str:
    """The name of a district or town code; the code itself when it is unknown."""
    return TOWNS.get(code) or DISTRICTS.get(code) or code
