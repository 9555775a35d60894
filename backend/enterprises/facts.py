"""Records what is told about enterprises: the log keeps everything, the wide row what counts (`settling.py`).

The order in which different tellings are recorded does not matter; of two by one source for one day the later recorded
counts. Telling again what is known changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from backend.access import Actor
from backend.eligibility import Source
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.errors import EnterpriseUnknown, FactInvalid
from backend.enterprises.settling import settle
from backend.enterprises.values import all_stored
from backend.foundation import clock, db
from backend.foundation.errors import FieldError

_LOCK = "SELECT id, facts_version FROM enterprises WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE"

# What is known already (the source's newest value is equal and not older, or the very telling is in the log) stays out.
_APPEND = """
WITH given AS (
    SELECT g.n, g.enterprise_id, g.as_of, v.key, v.value
    FROM unnest($1::uuid[], $2::date[], $3::text[]) WITH ORDINALITY AS g (enterprise_id, as_of, told, n),
         jsonb_each(g.told::jsonb) v
), known AS MATERIALIZED (
    SELECT f.enterprise_id, v.key, v.value, f.as_of, f.id
    FROM facts f CROSS JOIN LATERAL jsonb_each(f.told) v
    WHERE f.enterprise_id = ANY($1) AND f.source = $4 AND v.key = ANY($5)
), newest AS (
    SELECT DISTINCT ON (enterprise_id, key) * FROM known ORDER BY enterprise_id, key, as_of DESC, id DESC
), fresh AS (
    SELECT g.n, g.enterprise_id, g.as_of, jsonb_object_agg(g.key, g.value) AS told
    FROM given g LEFT JOIN newest w USING (enterprise_id, key)
    WHERE w.key IS NULL OR CASE
        WHEN g.as_of < w.as_of THEN NOT EXISTS (
            SELECT FROM known k WHERE (k.enterprise_id, k.key, k.value, k.as_of)
                                    = (g.enterprise_id, g.key, g.value, g.as_of))
        WHEN g.value <> w.value THEN TRUE
        ELSE g.as_of - w.as_of >= coalesce(($6::jsonb ->> g.key)::int, 1)
    END
    GROUP BY g.n, g.enterprise_id, g.as_of
)
INSERT INTO facts (enterprise_id, source, as_of, recorded_at, told, told_by_kind, told_by)
SELECT enterprise_id, $4, as_of, $7, told, $8, $9 FROM fresh ORDER BY n
RETURNING enterprise_id
"""


@dataclass(frozen=True, slots=True)
class Telling:
    """What one source says of one enterprise for one day."""

    enterprise_id: UUID
    values: Mapping[str, Any]
    as_of: date


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a telling did: which facts now count differently (derived ones too), and the version after it."""

    enterprise_id: UUID
    changed: tuple[str, ...]
    facts_version: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A telling in stored spelling: `told` is the JSON text of {fact: value}."""

    enterprise_id: UUID
    as_of: date
    told: str


async def record(
    enterprise_id: UUID, values: Mapping[str, Any], *, source: Source, actor: Actor, as_of: date | None = None
) -> Recorded:
    """Record what one source tells of one enterprise; `as_of` is the day it is true, today unless told.

    Raises FactInvalid (bad value, derived fact, source not accepted for it, day to come) and EnterpriseUnknown.
    """
    telling = Telling(enterprise_id, values, as_of or clock.today())
    return (await record_many([telling], source=source, actor=actor))[0]


async def record_many(tellings: Sequence[Telling], *, source: Source, actor: Actor) -> list[Recorded]:
    """Record many tellings of one source by a handful of statements; one Recorded per enterprise, in their order."""
    stored = [_stored(telling, source) for telling in tellings]
    ids = list(dict.fromkeys(telling.enterprise_id for telling in tellings))
    keys = {key for telling in tellings for key in telling.values}
    if not ids:
        return []
    async with db.transaction():
        versions = {row["id"]: row["facts_version"] for row in await db.fetch(_LOCK, ids)}
        if len(versions) < len(ids):
            raise EnterpriseUnknown
        told = await append(stored, keys, source=source, by_kind=actor.kind.value, by=actor.id)
        moved = {row["id"]: row for row in await settle(told, keys)}
        await _forget_digest(told, source)
    return [
        Recorded(one, tuple(moved[one]["changed"]), moved[one]["facts_version"])
        if one in moved
        else Recorded(one, (), versions[one])
        for one in ids
    ]


async def append(
    stored: Sequence[Stored],
    keys: Iterable[str],
    *,
    source: Source,
    by_kind: str,
    by: UUID | None,
    confirm_after: Mapping[str, int] | None = None,
) -> list[UUID]:
    """Add to the log what it doesn't know; the enterprises about which something was new.

    An equal value for a later day is new from `confirm_after` days on (1 unless told for that fact).
    """
    rows = await db.fetch(
        _APPEND,
        [one.enterprise_id for one in stored],
        [one.as_of for one in stored],
        [one.told for one in stored],
        int(source),
        sorted(keys),
        orjson.dumps(dict(confirm_after or {})).decode(),
        clock.now(),
        by_kind,
        by,
    )
    return list(dict.fromkeys(row["enterprise_id"] for row in rows))


def _stored(telling: Telling, source: Source) -> Stored:
    values = all_stored(telling.values)
    refused = [key for key in values if source not in CATALOGUE[key].sources]
    if refused:
        problems = tuple(
            FieldError(key, "source_refused", f"{CATALOGUE[key].title}不能由此来源提供。") for key in refused
        )
        raise FactInvalid(problems[0].sentence, problems)
    if telling.as_of > clock.today():
        raise FactInvalid("数据日期不能晚于今天。", (FieldError("as_of", "future", "数据日期不能晚于今天。"),))
    return Stored(telling.enterprise_id, telling.as_of, orjson.dumps(values).decode())


async def _forget_digest(enterprise_ids: Sequence[UUID], source: Source) -> None:
    """The registry's last row no longer tells all that the registry said: the next import must look closely."""
    if source is Source.REGISTRY and enterprise_ids:
        await db.execute(
            "UPDATE enterprises SET registry_digest = NULL WHERE id = ANY($1) AND registry_digest IS NOT NULL",
            list(enterprise_ids),
        )
