"""Cuts what somebody searches for into units: known words with what else they are called, and pairs of characters.

Chinese has no blanks, so a text is indexed by every two characters that stand together (`search_grams`, migration
0009) and a word is found where all its pairs are. `data/words.json` says which words mean the same, and which say
little (such as "subsidy", "how"): those only help to put in order what the others have found. Nothing has to be
segmented when a policy is written, and a word that nobody foresaw is found all the same.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path
from typing import Final

import orjson

MOST_UNITS: Final = 12
_WORD, _PIECE, _WEAK = 100, 60, 15
_PLAIN, _SYNONYM = 10, 8
FIELDS: Final = {"a": 10, "b": 5, "c": 2}
"""How much the fields count that `search_grams` puts before each pair: title; category, summary, benefit; the rest."""

_CHINESE: Final = "㐀-鿿\U00020000-\U000323af"
_RUNS: Final = re.compile(f"[{_CHINESE}]+|[0-9a-z]+")
_DATA: Final = orjson.loads((Path(__file__).parent.parent / "data" / "words.json").read_bytes())


class Kind(Enum):
    """A word of ours; one that says little; a piece that is no word of ours."""

    KNOWN = auto()
    WEAK = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Unit:
    """Something that is looked for: `word` as it was asked, `others` that mean the same; each a tuple of lexemes."""

    word: tuple[str, ...]
    others: tuple[tuple[str, ...], ...] = ()
    weight: int = _WORD
    kind: Kind = Kind.KNOWN


@dataclass(frozen=True, slots=True)
class Line:
    """One look into the index: for a unit, in one field, plainly or by another name."""

    unit: int
    weight: int
    score: int
    query: str


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _pairs(word: str) -> tuple[str, ...]:
    """Return a word's lexemes: its pairs; a single character or a Latin word also begins longer ones."""
    if len(word) == 1 or word.isascii():
        return (f"'{{field}}{word[:60]}':*",)
    return tuple(f"'{{field}}{word[at : at + 2]}'" for at in range(len(word) - 1))


def _lexemes(word: str) -> tuple[str, ...]:
    return tuple(lexeme for run in _RUNS.findall(_plain(word)) for lexeme in _pairs(run))


def _others(groups: list[list[str]]) -> dict[str, tuple[str, ...]]:
    """Return for every word what else it is called."""
    return {word: tuple(other for other in group if other != word) for group in groups for word in group}


SAME: Final[dict[str, tuple[str, ...]]] = _others(_DATA["same"])
WEAK: Final[dict[str, tuple[str, ...]]] = _others(_DATA["weak"])
INSTEAD: Final[dict[str, list[str]]] = _DATA["instead"]
OTHERWISE: Final[list[str]] = _DATA["otherwise"]
_LONGEST: Final = max(map(len, [*SAME, *WEAK]))


def units(asked: str) -> tuple[Unit, ...]:
    """Return what a text looks for, at most MOST_UNITS; nothing for one without a letter, digit or character.

    Words that say little count only when nothing else was said.
    """
    found: list[Unit] = []
    for run in _RUNS.findall(_plain(asked)):
        found += [Unit(_pairs(run), weight=_PIECE, kind=Kind.UNKNOWN)] if run.isascii() else _cut(run)
    told = list({unit.word: unit for unit in found}.values())
    longer = [unit for unit in told if unit.weight]
    return tuple(longer[:MOST_UNITS] or [replace(unit, weight=_WORD) for unit in told[:1]])


def _cut(run: str) -> Iterator[Unit]:
    """Take the longest known word at each place; what lies between them falls into pairs."""
    unknown, at = "", 0
    while at < len(run):
        word = _known_at(run, at)
        if word:
            yield from _unknown(unknown)
            yield _known(word)
        unknown = "" if word else unknown + run[at]
        at += len(word) or 1
    yield from _unknown(unknown)


def _known_at(run: str, at: int) -> str:
    longest = min(_LONGEST, len(run) - at)
    words = (run[at : at + size] for size in range(longest, 1, -1))
    return next((word for word in words if word in SAME or word in WEAK), "")


def _known(word: str) -> Unit:
    if word in SAME:
        return Unit(_lexemes(word), tuple(_lexemes(other) for other in SAME[word]))
    return Unit(_lexemes(word), tuple(_lexemes(other) for other in WEAK[word]), _WEAK, Kind.WEAK)


def _unknown(piece: str) -> Iterator[Unit]:
    """Each pair of a piece counts alone, so that one wrong character does not lose the rest.

    A single character between words says nothing; alone it is looked for.
    """
    if len(piece) == 1:
        yield Unit(_pairs(piece), weight=0, kind=Kind.UNKNOWN)
    for lexeme in _pairs(piece) if len(piece) > 1 else ():
        yield Unit((lexeme,), weight=_PIECE // (len(piece) - 1), kind=Kind.UNKNOWN)


def lines(wanted: tuple[Unit, ...]) -> tuple[list[Line], int]:
    """Return the looks into the index, and how much of the weight must be found.

    What must be found is the greater part of all that says something. A unit that says little weighs nothing then, and
    is no reason to find a policy.
    """
    strong = [unit for unit in wanted if unit.kind is not Kind.WEAK]
    counted = strong or list(wanted)
    told = [
        Line(number, unit.weight if unit in counted else 0, unit.weight * FIELDS[field] * factor, query)
        for number, unit in enumerate(wanted)
        for field in FIELDS
        for factor, query in _queries(unit, field)
    ]
    return told, max(1, sum(unit.weight for unit in counted) * 3 // 5)


def _queries(unit: Unit, field: str) -> Iterator[tuple[int, str]]:
    yield _PLAIN, _all_of(unit.word, field)
    if unit.others:
        yield _SYNONYM, " | ".join(f"({_all_of(other, field)})" for other in unit.others)


def _all_of(lexemes: tuple[str, ...], field: str) -> str:
    return " & ".join(lexeme.format(field=field) for lexeme in lexemes)


def instead(asked: str) -> list[str]:
    """Return what else to look for when nothing was found: what is near, else what most come for."""
    text = _plain(asked)
    near = dict.fromkeys(other for word, others in INSTEAD.items() if word in text for other in others)
    return list(near) or OTHERWISE
