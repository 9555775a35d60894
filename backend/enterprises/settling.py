"""Decides which told value counts and copies it into the wide row, for any number of enterprises by one statement.

The value that counts comes from the most trusted source with one still valid, and is that source's newest; when none is
valid any more the most trusted stands, and rules take it as unknown by its day. Differing valid values of two sources
are a conflict, listed in `conflicts`. `resettle_on` is the first day on which time alone may change the outcome.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from backend.enterprises import wide_sql
from backend.enterprises.catalogue import CATALOGUE, DERIVED, TELLABLE
from backend.foundation import clock, db
from backend.outbox import NewItem, put_many

CLOSED_STATES = ("revoked", "deregistered")
CLOSED_TOPIC = "enterprises.closed"
"""Outbox topic when an enterprise is struck off or revoked: payload {enterprise_id}."""
ALL_KEYS: tuple[str, ...] = tuple(fact.key for fact in TELLABLE)

RANKED = """
WITH rules AS (
    SELECT * FROM unnest($2::text[], $3::smallint[], $4::int[], $5::date[]) AS r (key, source, rank, oldest)
), latest AS (
    SELECT DISTINCT ON (f.enterprise_id, v.key, f.source)
           f.enterprise_id, v.key, v.value, f.source, f.as_of, r.rank, r.oldest,
           (r.oldest IS NULL OR f.as_of >= r.oldest) AS is_valid
    FROM facts f CROSS JOIN LATERAL jsonb_each(f.told) v JOIN rules r ON r.key = v.key AND r.source = f.source
    WHERE f.enterprise_id = ANY($1){until}
    ORDER BY f.enterprise_id, v.key, f.source, f.as_of DESC, f.id DESC
), best AS (
    SELECT DISTINCT ON (enterprise_id, key) * FROM latest ORDER BY enterprise_id, key, is_valid DESC, rank
), disputed AS (
    SELECT enterprise_id, array_agg(key ORDER BY key) AS keys FROM (
        SELECT enterprise_id, key FROM latest WHERE is_valid
        GROUP BY enterprise_id, key HAVING count(DISTINCT value) > 1
    ) differing GROUP BY enterprise_id
), expiring AS (
    SELECT enterprise_id, min(on_day) AS on_day FROM (
        SELECT enterprise_id, min(as_of) FILTER (WHERE is_valid) + ($6::date - min(oldest)) + 1 AS on_day
        FROM latest GROUP BY enterprise_id, key HAVING count(*) > 1
        UNION ALL
        SELECT enterprise_id, t.value::date + 1 FROM best, jsonb_each_text(best.value) t
        WHERE jsonb_typeof(best.value) = 'object' AND t.value IS NOT NULL AND t.value::date >= $6::date
    ) days GROUP BY enterprise_id
), counting AS (
    SELECT b.enterprise_id, jsonb_object_agg(b.key, jsonb_build_array(b.value, b.source, b.as_of)) AS w
    FROM best b GROUP BY b.enterprise_id
), """
"""Common table expressions: what counts on the day $6, after the rules $2 to $5, of what the log tells of the
enterprises $1; `until` may leave out what was told later. `counting.w` is {fact: [value, source, day]}."""


@lru_cache(maxsize=256)
def _statement(keys: tuple[str, ...]) -> str:
    derived = wide_sql.derived_keys(keys)
    inputs = [key for key in wide_sql.derived_inputs(derived) if key not in keys]
    settled = [part for key in keys for part in settled_columns(key, unless_told="e.{}")]
    kept = [f"e.{column}" for column in wide_sql.all_columns(inputs)]
    written = wide_sql.all_columns((*keys, *derived))
    changed = ", ".join(_changed(key) for key in (*keys, *derived))
    differs = f"({_row('e', written)}) IS DISTINCT FROM ({_row('m', written)})"
    closing = f", closed_at = {_CLOSED}" if "status" in keys else ""
    dispute = (
        "ARRAY((SELECT unnest(e.conflicts) AS k EXCEPT SELECT unnest($7::text[]))"
        " UNION SELECT unnest(d.keys) ORDER BY k)"
    )
    is_whole = set(ALL_KEYS) <= set(keys)
    resettle = "x.on_day" if is_whole else "least(e.resettle_on, x.on_day)"
    return (
        f"{RANKED.format(until='')} {wide_sql.SIZE_BOUNDS}, n AS MATERIALIZED (SELECT e.id, {dispute} AS new_conflicts,"
        f" {resettle} AS new_resettle_on, {', '.join([*settled, *kept])}"
        " FROM counting c JOIN enterprises e ON e.id = c.enterprise_id"
        " LEFT JOIN disputed d ON d.enterprise_id = e.id LEFT JOIN expiring x ON x.enterprise_id = e.id),"
        f" m AS ({wide_sql.with_derived(derived)})"
        f" UPDATE enterprises e SET {', '.join(f'{column} = m.{column}' for column in written)}{closing},"
        f" conflicts = m.new_conflicts, resettle_on = m.new_resettle_on,"
        f" facts_version = e.facts_version + ({differs})::int, version = e.version + ({differs})::int"
        f" FROM m WHERE e.id = m.id AND ({differs} OR e.conflicts <> m.new_conflicts"
        " OR e.resettle_on IS DISTINCT FROM m.new_resettle_on)"
        f" RETURNING e.id, new.facts_version, array_remove(ARRAY[{changed}], NULL) AS changed,"
        " old.closed_at IS NULL AND new.closed_at IS NOT NULL AS has_closed"
    )


_CLOSED = (
    f"CASE WHEN m.status IN ({', '.join(repr(state) for state in CLOSED_STATES)})"
    " THEN coalesce(e.closed_at, $8::timestamptz) END"
)


def settled_columns(key: str, *, unless_told: str) -> tuple[str, ...]:
    """The three columns of a fact out of `counting c`; `unless_told` is SQL over a column's name."""
    fact = CATALOGUE[key]
    value = wide_sql.typed(fact, f"(c.w -> '{key}' -> 0)", "$6::date")
    return tuple(
        f"CASE WHEN c.w ? '{key}' THEN {told} ELSE {unless_told.format(column)} END AS {column}"
        for column, told in (
            (fact.column, value),
            (fact.source_column, f"(c.w -> '{key}' ->> 1)::smallint"),
            (fact.on_column, f"(c.w -> '{key}' ->> 2)::date"),
        )
    )


def _changed(key: str) -> str:
    triple = wide_sql.all_columns((key,))
    return f"CASE WHEN ({_row('old', triple)}) IS DISTINCT FROM ({_row('new', triple)}) THEN '{key}' END"


def _row(alias: str, names: Sequence[str]) -> str:
    return "ROW(" + ", ".join(f"{alias}.{name}" for name in names) + ")"


def rules(keys: Sequence[str], today: date) -> tuple[list[str], list[int], list[int], list[date | None]]:
    """$2 to $5 of `RANKED`: per fact and accepted source its rank of trust (0 the most) and the oldest valid day."""
    rows = [
        (key, int(source), rank, today - holds if (holds := CATALOGUE[key].holds_for) else None)
        for key in keys
        for rank, source in enumerate(CATALOGUE[key].sources)
    ]
    names, sources, ranks, oldest = zip(*rows, strict=True)
    return list(names), list(sources), list(ranks), list(oldest)


async def settle(enterprise_ids: Sequence[UUID], keys: Iterable[str]) -> list[Any]:
    """Bring the wide rows up to the log for these facts; rows of {id, facts_version, changed, has_closed} that changed.

    To be called inside the transaction that holds the rows' locks. `changed` may be empty: only conflicts moved then.
    """
    wanted = tuple(key for key in CATALOGUE if key in set(keys) and key not in DERIVED)
    if not wanted or not enterprise_ids:
        return []
    today = clock.today()
    closing = (clock.now(),) if "status" in wanted else ()
    rows = await db.fetch(
        _statement(wanted), list(enterprise_ids), *rules(wanted, today), today, list(wanted), *closing
    )
    closed = [row["id"] for row in rows if row["has_closed"]]
    if closed:
        await put_many([NewItem(CLOSED_TOPIC, {"enterprise_id": str(one)}, key=str(one)) for one in closed])
    return rows


async def settle_due(limit: int = 2_000, *, seconds: float = 20.0) -> int:
    """Settle again, slice by slice, every enterprise for which time alone may have changed what counts.

    Ends when nothing is due or `seconds` are over; returns how many it settled.
    """
    end, done, slice_ = time.monotonic() + seconds, 0, limit
    while slice_ == limit and time.monotonic() < end:
        async with db.transaction():
            due = await db.fetch(_DUE, clock.today(), limit)
            await settle([row["id"] for row in due], ALL_KEYS)
        slice_ = len(due)
        done += slice_
    return done


async def settle_one_due(enterprise_id: UUID) -> None:
    """Settle one enterprise ahead of the daily job, if time alone may have changed what counts of it."""
    async with db.transaction():
        due = await db.fetch(_ONE_DUE, enterprise_id, clock.today())
        await settle([row["id"] for row in due], ALL_KEYS)


_ONE_DUE = "SELECT id FROM enterprises WHERE id = $1 AND resettle_on <= $2 FOR NO KEY UPDATE"
_DUE = """
SELECT id FROM enterprises WHERE resettle_on <= $1 ORDER BY id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
"""
