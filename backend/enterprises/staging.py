"""Brings one batch of staged registry rows into the database: a temporary table, then a handful of set statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from backend import audit
from backend.access import Actor
from backend.eligibility import SQL_TYPES, Source
from backend.enterprises import binding_order, wide_sql
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.facts import Stored, append
from backend.enterprises.models import CONTACT_CHANGED, PHONE_MOVED
from backend.enterprises.preparing import CONFIRM_DAYS, StagedRow
from backend.enterprises.settling import CLOSED_STATES, settle
from backend.foundation import clock, db
from backend.outbox import NewItem, put_many

CONTACT_TOPIC = "enterprises.contact_changed"
"""Outbox topic when bindings must be proved again: payload {enterprise_id}; key the enterprise's id."""
PROVE_WITHIN = timedelta(days=30)
_NEVER = 1_000_000
_REGISTRY = int(Source.REGISTRY)
_CONFIRM = {fact.key: CONFIRM_DAYS if fact.holds_for_days else _NEVER for fact in CATALOGUE.values()}

_TABLE = """
CREATE TEMPORARY TABLE registry_staged (
    id uuid NOT NULL, is_new boolean NOT NULL, uscc text NOT NULL, digest bytea NOT NULL,
    as_of date NOT NULL, told jsonb NOT NULL,
    name text, address text, representative_sealed bytea, representative_indexes bytea[],
    phone_sealed bytea, phone_indexes bytea[]
) ON COMMIT DROP
"""
_LOCK = """
SELECT e.id, s.as_of, s.told::text AS told FROM registry_staged s JOIN enterprises e USING (id)
ORDER BY e.id FOR NO KEY UPDATE OF e
"""
# Not what another import has brought a newer row of, since this one was checked.
_UPDATE = """
UPDATE enterprises e SET
    name = coalesce(s.name, e.name),
    address = coalesce(s.address, e.address),
    representative_sealed = CASE WHEN s.has_representative THEN s.representative_sealed
                                 ELSE e.representative_sealed END,
    representative_index = CASE WHEN s.has_representative THEN s.representative_indexes[1]
                                ELSE e.representative_index END,
    phone_sealed = CASE WHEN s.has_phone THEN s.phone_sealed ELSE e.phone_sealed END,
    phone_index = CASE WHEN s.has_phone THEN s.phone_indexes[1] ELSE e.phone_index END,
    registry_digest = s.digest, registry_on = s.as_of, imported_at = $1,
    version = e.version + s.is_other::int
FROM (
    SELECT t.*, t.has_representative OR t.has_phone OR coalesce(t.name <> o.name, FALSE)
                      OR coalesce(t.address IS DISTINCT FROM o.address AND t.address IS NOT NULL, FALSE) AS is_other,
           (t.has_representative AND o.representative_index IS NOT NULL)
           OR (t.has_phone AND o.phone_index IS NOT NULL) AS is_other_contact
    FROM (
        SELECT s.*,
               s.phone_indexes IS NOT NULL
               AND (x.phone_index = ANY(s.phone_indexes)) IS NOT TRUE AS has_phone,
               s.representative_indexes IS NOT NULL
               AND (x.representative_index = ANY(s.representative_indexes)) IS NOT TRUE AS has_representative
        FROM registry_staged s JOIN enterprises x USING (id)
        WHERE x.registry_on IS NULL OR s.as_of >= x.registry_on
    ) t JOIN enterprises o USING (id)
) s
WHERE e.id = s.id
RETURNING e.id, s.is_other, s.is_other_contact
"""
# Also what waits for its holder's own phone alone: that phone proves no more what the registry says by now.
_PROVE = f"""
UPDATE bindings SET state = 'read_only', prove_by = $2, reason = '{CONTACT_CHANGED}'
WHERE id = ANY($1) AND rests_on_contact
  AND (state = 'active' OR (state = 'read_only' AND reason = '{PHONE_MOVED}'))
RETURNING id, enterprise_id
"""


class Overtaken(Exception):
    """Another import brought one of the batch's new enterprises in meanwhile: look again and prepare it anew."""


@dataclass(frozen=True, slots=True)
class Landed:
    """How a batch ended: enterprises that are new, and known ones about which something changed."""

    new: int
    changed: int


@lru_cache(maxsize=16)
def _insert(keys: tuple[str, ...]) -> str:
    """One statement: new enterprises with their wide row, their first log row, and the staged rows taken away."""
    derived = wide_sql.derived_keys(keys)
    absent = [key for key in wide_sql.derived_inputs(derived) if key not in keys]
    written = wide_sql.all_columns((*keys, *derived))
    told = [part for key in keys for part in _told(key)]
    nothing = [part for key in absent for part in _nothing(key)]
    tags = [key for key in keys if CATALOGUE[key].type == "tags"]
    days = " UNION ALL ".join(f"SELECT t.value FROM jsonb_each_text(r.{key}) t" for key in tags)
    resettle = (
        f"(SELECT min(d.value::date) + 1 FROM ({days}) d WHERE d.value::date >= $2::date)" if tags else "NULL::date"
    )
    closed = ", ".join(repr(state) for state in CLOSED_STATES)
    when_closed = (
        f"CASE WHEN r.status IN ({closed}) THEN $1::timestamptz END" if "status" in keys else "NULL::timestamptz"
    )
    own = (
        "id, uscc, name, address, representative_sealed, representative_index, phone_sealed, phone_index,"
        " registry_digest, registry_on, created_at, imported_at, closed_at, resettle_on"
    )
    return (
        f"WITH {wide_sql.SIZE_BOUNDS}, n AS MATERIALIZED (SELECT s.id, s.uscc, s.name, s.address,"
        " s.representative_sealed, s.representative_indexes[1] AS representative_index,"
        " s.phone_sealed, s.phone_indexes[1] AS phone_index, s.digest AS registry_digest, s.as_of AS registry_on,"
        " $1::timestamptz AS created_at, $1::timestamptz AS imported_at,"
        f" {when_closed} AS closed_at,"
        f" {resettle} AS resettle_on{''.join(f', {part}' for part in (*told, *nothing))}"
        f" FROM registry_staged s{_record(keys)} WHERE s.is_new),"
        f" m AS ({wide_sql.with_derived(derived)}),"
        f" created AS (INSERT INTO enterprises ({', '.join([own, *written])})"
        f" SELECT {', '.join([own, *written])} FROM m ON CONFLICT (uscc) DO NOTHING RETURNING id),"
        " logged AS (INSERT INTO facts (enterprise_id, source, as_of, recorded_at, told, told_by_kind, told_by)"
        f" SELECT c.id, {_REGISTRY}, s.as_of, $1, s.told, 'import', $3"
        " FROM created c JOIN registry_staged s USING (id) WHERE s.told <> '{}'),"
        " taken AS (DELETE FROM registry_staged s USING created c WHERE s.id = c.id)"
        " SELECT count(*) FROM created WHERE $2::date IS NOT NULL"
    )


def _told(key: str) -> tuple[str, ...]:
    fact = CATALOGUE[key]
    value = f"r.{key}"
    if fact.type == "tags":
        value = f"CASE WHEN r.{key} IS NOT NULL THEN {wide_sql.typed(fact, value, '$2::date')} END"
    return (
        f"{value} AS {fact.column}",
        f"CASE WHEN r.{key} IS NOT NULL THEN {_REGISTRY}::smallint END AS {fact.source_column}",
        f"CASE WHEN r.{key} IS NOT NULL THEN s.as_of END AS {fact.on_column}",
    )


def _record(keys: tuple[str, ...]) -> str:
    """What was told, taken apart once; no stored value is null, so null is what was not told."""
    kinds = ((key, CATALOGUE[key].type) for key in keys)
    columns = ", ".join(f"{key} {'jsonb' if kind == 'tags' else SQL_TYPES[kind]}" for key, kind in kinds)
    return f" CROSS JOIN LATERAL jsonb_to_record(s.told) AS r ({columns})" if keys else ""


def _nothing(key: str) -> tuple[str, ...]:
    fact = CATALOGUE[key]
    return (
        f"NULL::{SQL_TYPES[fact.type]} AS {fact.column}",
        f"NULL::smallint AS {fact.source_column}",
        f"NULL::date AS {fact.on_column}",
    )


async def land(staged: Sequence[StagedRow], keys: tuple[str, ...], *, import_id: UUID, actor: Actor) -> Landed:
    """Bring a batch in; must run inside the batch's transaction. `keys` are the facts of the file's columns."""
    if not staged:
        return Landed(0, 0)
    await db.execute(_TABLE)
    await db.copy_rows("registry_staged", StagedRow._fields, staged)
    await db.execute("ANALYZE registry_staged (id)")
    new, expected = 0, sum(row.is_new for row in staged)
    if expected:
        new = await db.fetch_value(_insert(keys), clock.now(), clock.today(), import_id)
    if new < expected:
        raise Overtaken
    changed = await _change(keys, import_id, actor) if new < len(staged) else 0
    return Landed(new, changed)


async def _change(keys: tuple[str, ...], import_id: UUID, actor: Actor) -> int:
    """What is left in the staging table are known enterprises; how many of them changed."""
    rows = await db.fetch(_LOCK)
    updated = await db.fetch(_UPDATE, clock.now())
    stored = [Stored(row["id"], row["as_of"], row["told"]) for row in rows if row["told"] != "{}"]
    told = await append(stored, keys, source=Source.REGISTRY, by_kind="import", by=import_id, confirm_after=_CONFIRM)
    settled = await settle(told, keys)
    await _prove_again([row["id"] for row in updated if row["is_other_contact"]], actor)
    return len(
        {row["id"] for row in updated if row["is_other"]} | {row["id"] for row in settled if row["changed"]} | set(told)
    )


async def _prove_again(enterprise_ids: list[UUID], actor: Actor) -> None:
    """Bindings that rested on a representative or phone that changed: read-only until proved again, 30 days at most."""
    if not enterprise_ids:
        return
    locked = await binding_order.lock_of_enterprises(enterprise_ids)
    bound = await db.fetch(_PROVE, locked, clock.now() + PROVE_WITHIN)
    if not bound:
        return
    await audit.record_many(
        actor, [audit.Entry("bindings.must_prove_again", "bindings", row["id"], ("state", "prove_by")) for row in bound]
    )
    touched = {str(row["enterprise_id"]) for row in bound}
    await put_many([NewItem(CONTACT_TOPIC, {"enterprise_id": one}, key=one) for one in sorted(touched)])
