"""What counted of an enterprise at an earlier point: rebuilt from the log by the very rules that settle the wide row.

A point is the last telling that was known (`facts.id`; its order is the order of recording within an enterprise) and
the day. A wide row that is not due for settling on that day (`resettle_on`) holds exactly what is rebuilt here.
"""

import hashlib
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Final
from uuid import UUID

import orjson

from backend.eligibility import Fact, Value, facts_from_row
from backend.enterprises import wide_sql
from backend.enterprises.catalogue import CATALOGUE, DERIVED
from backend.enterprises.reference import load
from backend.enterprises.settling import RANKED, rules, settled_columns
from backend.foundation import db

LAST_FACT: Final = "coalesce((SELECT max(f.id) FROM facts f WHERE f.enterprise_id = e.id), 0)"
"""SQL over `enterprises e`: the last telling about it; in one statement with the wide row it fits that row."""

FINGERPRINT: Final = hashlib.sha256(
    orjson.dumps([load(name) for name in ("facts", "size", "industries", "divisions")], option=orjson.OPT_SORT_KEYS)
).digest()
"""Of the data by which values count and are told; another one may rebuild other values from the same log."""


async def facts_at(enterprise_id: UUID, last_fact_id: int, day: date, facts: Iterable[Fact]) -> dict[str, Value]:
    """The values of these facts that counted on a day, of what had been told up to and with one row of the log."""
    wanted = tuple(facts)
    derived = tuple(fact.key for fact in wanted if fact.key in DERIVED)
    read = {*(fact.key for fact in wanted), *wide_sql.derived_inputs(derived)} - DERIVED
    keys = tuple(key for key in CATALOGUE if key in read)
    if not keys:
        return {}
    row = await db.fetch_one(_statement(keys, derived), [enterprise_id], *rules(keys, day), day, last_fact_id)
    assert row is not None  # noqa: S101  the statement gives one row even for an empty log
    return facts_from_row(dict(row), wanted)


@lru_cache(maxsize=1024)
def _statement(keys: tuple[str, ...], derived: tuple[str, ...]) -> str:
    """`keys` hold what the derived facts rest on."""
    told = [part for key in keys for part in settled_columns(key, unless_told="NULL")]
    return (
        f"{RANKED.format(until=' AND f.id <= $7')} {wide_sql.SIZE_BOUNDS},"
        f" n AS MATERIALIZED (SELECT {', '.join(told)} FROM (SELECT) one LEFT JOIN counting c ON TRUE)"
        f" {wide_sql.with_derived(derived)}"
    )
