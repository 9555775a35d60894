"""One enterprise in full: every fact with its source and day, conflicts, size; what happened with it."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from backend import runtime
from backend.access import Actor, ActorKind, Role
from backend.eligibility import Fact, Source
from backend.eligibility.catalogue import SOURCE_TITLES
from backend.eligibility.operands import spelled
from backend.enterprises import divisions, industry
from backend.enterprises.catalogue import CATALOGUE, INTERNAL
from backend.enterprises.errors import EnterpriseUnknown, PhoneUnknown
from backend.enterprises.size import statistical_size
from backend.enterprises.visibility import visible_to
from backend.foundation import clock, db
from backend.foundation.secrets import mask_name, mask_phone

_CONFLICTS = """
SELECT DISTINCT ON (fact, source) fact, value::text AS value, source, as_of FROM fact_values
WHERE enterprise_id = $1 AND fact = ANY($2) ORDER BY fact, source, as_of DESC, fact_id DESC
"""
_HISTORY = """
SELECT value::text AS value, source, as_of, recorded_at, told_by_kind FROM fact_values
WHERE enterprise_id = $1 AND fact = $2 ORDER BY fact_id DESC LIMIT 200
"""
_TIMELINE = """
SELECT at, kind, what, by_kind FROM (
    (SELECT at, 'act' AS kind, action AS what, actor_kind AS by_kind FROM audit_entries
     WHERE table_name = 'enterprises' AND row_id = $1 ORDER BY id DESC LIMIT $2)
    UNION ALL
    (SELECT recorded_at, 'facts', (SELECT string_agg(k, ',' ORDER BY k) FROM jsonb_object_keys(told - $3::text[]) k),
            told_by_kind FROM facts WHERE enterprise_id = $1 AND told - $3::text[] <> '{}' ORDER BY id DESC LIMIT $2)
) happened ORDER BY at DESC LIMIT $2
"""
_PUBLIC = ("id", "uscc", "name", "address", "tags", "facts_version", "version", "closed_at", "successor_id")


async def wide_row(actor: Actor, enterprise_id: UUID) -> Mapping[str, Any]:
    """The wide row if this actor can see it; raises EnterpriseUnknown."""
    visible = visible_to(actor)
    row = await db.fetch_one(
        f"SELECT e.* FROM enterprises e WHERE e.id = $1 AND {visible.render(2)}", enterprise_id, *visible.params
    )
    if row is None:
        raise EnterpriseUnknown
    return dict(row)


async def profile(actor: Actor, enterprise_id: UUID) -> dict[str, Any]:
    """The enterprise as this actor may read it: internal facts for staff only, the phone always masked."""
    row = await wide_row(actor, enterprise_id)
    disputed = frozenset() if actor.kind is ActorKind.OWNER else frozenset(row["conflicts"])
    facts = [_fact(fact, row, disputed) for fact in readable(actor) if row[fact.column] is not None]
    return {
        **{name: row[name] for name in _PUBLIC},
        **_contact(actor, row),
        "size": size_of(row),
        "facts": facts,
        "conflicts": await _conflicts(actor, row),
    }


def readable(actor: Actor) -> list[Fact]:
    """The facts an actor may read, in catalogue order."""
    is_inside = actor.kind in {ActorKind.STAFF, ActorKind.SYSTEM}
    return [fact for fact in CATALOGUE.values() if is_inside or fact.key not in INTERNAL]


def size_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Statistical size of a wide row: tier, `undetermined` or `not_applicable`, and the tiers still possible."""
    size = statistical_size(row["industry"], **{name: row[name] for name in ("employees", "revenue_wan", "assets_wan")})
    return {"tier": size.word, "possible": [tier.value for tier in size.possible]}


def told(fact: Fact, value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if fact.key == "industry":
        return " / ".join(name for _, name in industry.path(value))
    if fact.key in {"district", "town", "region"}:
        return divisions.label(value)
    if isinstance(value, list | dict):
        return "、".join(fact.choices.get(tag, tag) for tag in value) or "无"
    return fact.choices.get(value, f"{spelled(value)}{fact.unit}") if isinstance(value, str) else _number(fact, value)


def _number(fact: Fact, value: Any) -> str:
    return f"{spelled(value)}{fact.unit}"


def _fact(fact: Fact, row: Mapping[str, Any], disputed: frozenset[str]) -> dict[str, Any]:
    on: date = row[fact.on_column]
    valid_until = on + fact.holds_for if fact.holds_for is not None else None
    return {
        "key": fact.key,
        "title": fact.title,
        "value": spelled(row[fact.column]),
        "told": told(fact, row[fact.column]),
        "source": Source(row[fact.source_column]).name.lower(),
        "source_title": SOURCE_TITLES[row[fact.source_column]],
        "on": on,
        "valid_until": valid_until,
        "is_stale": valid_until is not None and valid_until < clock.today(),
        "is_sensitive": fact.sensitive,
        "has_conflict": fact.key in disputed,
    }


def _contact(actor: Actor, row: Mapping[str, Any]) -> dict[str, str | None]:
    representative, phone = unsealed(row, "representative"), unsealed(row, "phone")
    is_masked = actor.kind is ActorKind.STAFF and actor.has_role(Role.AUDITOR)
    return {
        "representative": mask_name(representative) if representative and is_masked else representative,
        "phone": mask_phone(phone) if phone else None,
    }


def unsealed(row: Mapping[str, Any], name: str) -> str | None:
    """The registered `representative` or `phone` of a wide row in clear."""
    sealed = row[f"{name}_sealed"]
    if sealed is None:
        return None
    return runtime.current().vault.decrypt(sealed, table="enterprises", column=f"{name}_sealed", row=row["id"])


async def _conflicts(actor: Actor, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What sources say differently, for staff; owners see the value that counts."""
    if actor.kind is ActorKind.OWNER or not row["conflicts"]:
        return []
    values = await db.fetch(_CONFLICTS, row["id"], row["conflicts"])
    return [
        {
            "key": key,
            "title": CATALOGUE[key].title,
            "values": [_logged(CATALOGUE[key], dict(one)) for one in values if one["fact"] == key],
        }
        for key in row["conflicts"]
    ]


def _logged(fact: Fact, row: Mapping[str, Any]) -> dict[str, Any]:
    value = orjson.loads(row["value"])
    return {
        "told": told(fact, value),
        "source": Source(row["source"]).name.lower(),
        "source_title": SOURCE_TITLES[row["source"]],
        "on": row["as_of"],
    }


async def history(actor: Actor, enterprise_id: UUID, key: str) -> list[dict[str, Any]]:
    """Everything ever told about one fact, newest first; raises EnterpriseUnknown for a fact the actor may not read."""
    fact = next((fact for fact in readable(actor) if fact.key == key), None)
    await wide_row(actor, enterprise_id)
    if fact is None:
        raise EnterpriseUnknown
    rows = await db.fetch(_HISTORY, enterprise_id, key)
    return [
        {**_logged(fact, dict(row)), "recorded_at": row["recorded_at"], "told_by": row["told_by_kind"]} for row in rows
    ]


async def timeline(actor: Actor, enterprise_id: UUID, *, limit: int = 100) -> list[dict[str, Any]]:
    """What was done with the enterprise and told about it, newest first."""
    await wide_row(actor, enterprise_id)
    hidden = sorted(CATALOGUE.keys() - {fact.key for fact in readable(actor)})
    rows = await db.fetch(_TIMELINE, enterprise_id, limit, hidden)
    return [dict(row) for row in rows]


async def registered_phone(actor: Actor, enterprise_id: UUID) -> str:
    """The registered phone in clear, for who may see the enterprise; `contacts.reveal_phone` audits it."""
    phone = unsealed(await wide_row(actor, enterprise_id), "phone")
    if phone is None:
        raise PhoneUnknown
    return phone
