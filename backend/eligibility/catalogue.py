"""The shape of the fact catalogue: what can be known of an enterprise, from whom, and for how long.

The entries are data of `backend/enterprises`; this module only says what an entry is. The table of enterprises
is built by it: a fact `x` is three columns of one wide row,

    x          of the type in `SQL_TYPES`, NULL when nothing is known
    x_source   smallint, a `Source` number
    x_on       date, the day the value was true

and the three are NULL together (a CHECK of that table), which is what keeps the compiled predicates two-valued.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args

from backend.eligibility.errors import CatalogueInvalid

FactType: TypeAlias = Literal["integer", "decimal", "boolean", "date", "code", "enum", "text", "tags"]
Absence: TypeAlias = Literal["unknown", "no"]

SQL_TYPES: Mapping[FactType, str] = MappingProxyType(
    {
        "integer": "bigint",
        "decimal": "numeric",
        "boolean": "boolean",
        "date": "date",
        "code": "text",
        "enum": "text",
        "text": "text",
        "tags": "text[]",
    }
)
"""The column type of each fact type; `code` columns rely on the C collation of the cluster for prefix search."""

MAX_HOLDS_DAYS = 36_500
_KEY = re.compile(r"[a-z][a-z0-9_]{0,50}")


class Source(IntEnum):
    """Who told a value. The number only names the source: trust differs per fact and stands in the catalogue."""

    SELF_DECLARED = 1
    BANK = 2
    REGISTRY = 3
    BUREAU = 4


SOURCE_TITLES: Mapping[int, str] = MappingProxyType(
    {
        Source.SELF_DECLARED: "企业自行填报",
        Source.BANK: "银行",
        Source.REGISTRY: "登记机关",
        Source.BUREAU: "主管部门",
    }
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry. `holds_for_days` None: a value never goes stale. `choices` maps a code to its Chinese name.

    `sources` are the accepted ones, most trusted first; a value from any other counts as unknown.
    `absence` "no" is for complete registers only: who isn't in it hasn't got it.
    `names` say how codes that are no choices read to an owner ("F52": "零售业（F52）"); they change no answer.
    """

    key: str
    title: str
    type: FactType
    sources: tuple[Source, ...]
    unit: str = ""
    holds_for_days: int | None = None
    absence: Absence = "unknown"
    askable: bool = False
    question: str = ""
    sensitive: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def column(self) -> str:
        return self.key

    @property
    def source_column(self) -> str:
        return f"{self.key}_source"

    @property
    def on_column(self) -> str:
        return f"{self.key}_on"

    @property
    def holds_for(self) -> timedelta | None:
        return None if self.holds_for_days is None else timedelta(days=self.holds_for_days)


class Catalogue(Mapping[str, Fact]):
    """All facts by key, in catalogue order (the order that breaks ties between questions)."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self._facts = {fact.key: fact for fact in facts}
        if len(self._facts) != len(facts):
            raise CatalogueInvalid("a fact key stands twice in the catalogue")
        columns = [name for fact in facts for name in (fact.column, fact.source_column, fact.on_column)]
        twice = {name for name in columns if columns.count(name) > 1}
        if twice:
            raise CatalogueInvalid(f"two facts share a column: {', '.join(sorted(twice))}")

    def __getitem__(self, key: str) -> Fact:
        return self._facts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)


def load_catalogue(
    entries: Sequence[Mapping[str, Any]], names: Mapping[str, Mapping[str, str]] = MappingProxyType({})
) -> Catalogue:
    """The catalogue from its JSON: a list of objects whose keys are the fields of `Fact`.

    `sources` are lower-case names ("registry"); `choices` is an object code → name, a list of names, or a list
    of [code, name]. `names` are the names of codes, by fact.
    """
    return Catalogue([replace(_load(entry), names=names.get(entry["key"], {})) for entry in entries])


def _load(entry: Mapping[str, Any]) -> Fact:
    try:
        fact = Fact(
            **{
                **{name: value for name, value in entry.items() if value is not None},
                "sources": tuple(Source[name.upper()] for name in entry["sources"]),
                "choices": MappingProxyType(_choices(entry.get("choices"))),
            }
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise CatalogueInvalid(f"catalogue entry {dict(entry)!r}: {error!r}") from error
    _check(fact)
    return fact


def _choices(given: Any) -> dict[str, str]:
    if isinstance(given, Mapping):
        return dict(given)
    return dict((one, one) if isinstance(one, str) else (one[0], one[1]) for one in given or ())


def _check(fact: Fact) -> None:
    wrong = {
        "key": not _KEY.fullmatch(fact.key),
        "title": not fact.title,
        "type": fact.type not in get_args(FactType),
        "sources": not fact.sources or len(set(fact.sources)) != len(fact.sources),
        "absence": fact.absence not in get_args(Absence),
        "holds_for_days": fact.holds_for_days is not None and not 0 < fact.holds_for_days <= MAX_HOLDS_DAYS,
        "question": fact.askable and not fact.question,
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise CatalogueInvalid(f"fact {fact.key!r}: bad {name}")
