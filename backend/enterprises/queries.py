"""Lists of enterprises, and who stands behind them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.access import Actor, Condition
from backend.enterprises import columns, divisions, industry
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.visibility import visible_to
from backend.foundation import clock, db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor

_LISTED = """
e.id, e.uscc, e.name, e.entity_type, e.status, e.industry, e.district, e.town, e.statistical_size, e.founded_on,
e.tags, e.conflicts
"""
_CODE = re.compile(r"[0-9A-Z]{4,18}")
_MINE = """
SELECT e.id, e.name, e.uscc, e.status, b.id AS binding_id, b.role, b.state, b.scope, b.until, b.prove_by
FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
WHERE b.person_id = $1 AND b.state IN ('active', 'read_only') AND (b.until IS NULL OR b.until > $2)
ORDER BY e.name, b.id
"""
_PEOPLE = """
SELECT b.enterprise_id, b.person_id, b.role, b.scope FROM bindings b
WHERE b.enterprise_id = ANY($1) AND b.state IN ('active', 'read_only') AND (b.until IS NULL OR b.until > $2)
ORDER BY b.enterprise_id, b.id
"""


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; all that is given must hold. `text` is part of a name or the beginning of a code."""

    text: str | None = None
    district: str | None = None
    town: str | None = None
    industry: str | None = None
    entity_type: str | None = None
    status: str | None = None
    size: str | None = None
    tag: str | None = None
    has_conflicts: bool = False

    def condition(self) -> Condition:
        parts = [_text(self.text)] if self.text else []
        if self.industry:
            parts.append(Condition("e.industry LIKE {}", (f"{industry.canonical(self.industry) or '!'}%",)))
        exact = {
            "district": self.district,
            "town": self.town,
            "entity_type": self.entity_type,
            "status": self.status,
            "statistical_size": self.size,
        }
        parts += [Condition(f"e.{column} = {{}}", (value,)) for column, value in exact.items() if value]
        if self.tag:
            parts.append(Condition("e.tags @> ARRAY[{}::text] OR e.qualifications @> ARRAY[{}::text]", (self.tag,) * 2))
        if self.has_conflicts:
            parts.append(Condition("e.conflicts <> ARRAY[]::text[]"))
        return _all(parts)


def _all(parts: Sequence[Condition]) -> Condition:
    found = Condition("TRUE")
    for part in parts:
        found = found & part
    return found


def _text(text: str) -> Condition:
    """A text that can begin a code is looked for among the codes too."""
    code = columns.spelled_code(text)
    part = re.sub(r"([\\%_])", r"\\\1", text)
    by_name = Condition("e.name LIKE {}", (f"%{part}%",))
    return Condition("e.uscc LIKE {}", (f"{code}%",)) | by_name if _CODE.fullmatch(code) else by_name


async def search(actor: Actor, wanted: Search, *, cursor: str | None = None, limit: int = 20) -> dict[str, Any]:
    """A page of enterprises that the actor can see, newest registered here first: {items, next, count, …}."""
    after = decode_cursor(cursor, UUID)
    condition = visible_to(actor) & wanted.condition()
    found = count_column(f"enterprises e WHERE {condition.render()}", cursor)
    if after is not None:
        condition = condition & Condition("e.id < {}", after)
    rows = await db.fetch(
        f"SELECT {_LISTED}{found} FROM enterprises e WHERE {condition.render()} ORDER BY e.id DESC LIMIT {limit + 1}",
        *condition.params,
    )
    page, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    return {"items": [_listed(dict(row)) for row in page], "next": following, **counted(rows, cursor)}


def _listed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: value for name, value in row.items() if name != "found"},
        "industry_name": industry.name(row["industry"]) if row["industry"] else None,
        "district_name": divisions.label(row["district"]) if row["district"] else None,
        "town_name": divisions.label(row["town"]) if row["town"] else None,
        "conflicts": [CATALOGUE[key].title for key in row["conflicts"]],
    }


async def mine(actor: Actor) -> list[dict[str, Any]]:
    """The enterprises an owner may act for, with his role in each."""
    return [dict(row) for row in await db.fetch(_MINE, actor.id, clock.now())]


async def people(enterprise_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Who is bound to these enterprises now: {enterprise_id, person_id, role, scope}, by one statement."""
    return [dict(row) for row in await db.fetch(_PEOPLE, list(enterprise_ids), clock.now())]
