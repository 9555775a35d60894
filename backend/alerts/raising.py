"""Opens alerts and ends them: one open row a kind and key, told to the webhook when it opens and when it is over."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from backend.alerts.kinds import KINDS
from backend.alerts.telling import tell
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.logging import get_logger, mask_value

log = get_logger(__name__)

_COLUMNS: Final = "id, kind, key, severity, detail, times, opened_at, last_at"
# Rows are locked in one order by everybody, so that two who see the same troubles don't wait for each other for ever.
_OPEN: Final = """
INSERT INTO alerts (id, kind, key, severity, detail, times, opened_at, last_at)
SELECT t.id, t.kind, t.key, t.severity, t.detail::jsonb, t.times, $1, $1
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[])
    AS t (id, kind, key, severity, detail, times) ORDER BY t.kind, t.key
ON CONFLICT (kind, key) WHERE cleared_at IS NULL DO UPDATE SET
    times = alerts.times + CASE WHEN $8 THEN EXCLUDED.times ELSE 0 END,
    last_at = GREATEST(alerts.last_at, EXCLUDED.last_at), detail = EXCLUDED.detail
RETURNING alerts.id, alerts.kind, alerts.key, alerts.severity, alerts.detail, alerts.times, alerts.opened_at,
          alerts.last_at, old.id IS NULL AS is_new
"""
_LOCKED: Final = "SELECT id FROM alerts WHERE cleared_at IS NULL AND {} ORDER BY kind, key FOR UPDATE"
_CLEAR: Final = f"""
WITH over AS MATERIALIZED ({{}})
UPDATE alerts SET cleared_at = $1 WHERE id IN (SELECT id FROM over) RETURNING {_COLUMNS}
"""
_CLEAR_ONE: Final = _CLEAR.format(_LOCKED.format("kind = $2 AND key = $3"))
_CLEAR_OTHERS: Final = _CLEAR.format(_LOCKED.format("kind = $2 AND key <> ALL($3::text[])"))
_CLEAR_CALM: Final = _CLEAR.format(
    _LOCKED.format(
        "EXISTS (SELECT FROM unnest($2::text[], $3::interval[]) AS k (kind, calm) "
        "WHERE k.kind = alerts.kind AND alerts.last_at <= $1::timestamptz - k.calm)"
    )
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong: its kind, what it is about, what an operator should read; nothing of a person."""

    kind: str
    key: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    times: int = 1


async def open_alert(kind: str, key: str = "", **detail: Any) -> bool:
    """Say that something is wrong (or still is, which is counted); True when nobody knew yet.

    Joins the transaction around it, if there is one. Raises KeyError for a kind that the catalogue has not got.
    """
    return await open_many([Trouble(kind, key, detail)]) == 1


async def open_many(troubles: Iterable[Trouble]) -> int:
    """Open or count many by one statement; returns how many are new."""
    return await _write(troubles, counts=True)


async def confirm(kind: str, troubles: Mapping[str, Mapping[str, Any]]) -> None:
    """Say what is wrong of this kind at this moment, by key: new ones open, those that last are not counted.

    For states that somebody looks at again and again. What is no longer told ends when it has been calm.
    """
    await _write([Trouble(kind, key, detail) for key, detail in troubles.items()], counts=False)


async def clear(kind: str, key: str = "") -> bool:
    """Say that something is over; False when nothing of the kind was open."""
    return await _end(_CLEAR_ONE, kind, key) == 1


async def clear_others(kind: str, keys: Sequence[str]) -> int:
    """End what is open of a kind except for these keys; for who knows the whole state for certain."""
    return await _end(_CLEAR_OTHERS, kind, list(keys))


async def clear_calm() -> int:
    """End what nobody has confirmed for as long as its kind asks for; returns how many."""
    return await _end(_CLEAR_CALM, list(KINDS), [kind.calm for kind in KINDS.values()])


async def _write(troubles: Iterable[Trouble], *, counts: bool) -> int:
    merged = _merged(troubles)
    if not merged:
        return 0
    async with db.transaction():
        rows = await db.fetch(
            _OPEN,
            clock.now(),
            [new_id() for _ in merged],
            [one.kind for one in merged],
            [one.key for one in merged],
            [KINDS[one.kind].severity for one in merged],
            [_packed(one.detail) for one in merged],
            [one.times for one in merged],
            counts,
        )
        new = [row for row in rows if row["is_new"]]
        await tell("opened", new)
    for row in new:
        log.error("alert.opened", kind=row["kind"], key=row["key"], severity=row["severity"])
    return len(new)


def _merged(troubles: Iterable[Trouble]) -> list[Trouble]:
    """Return each kind and key once, for one statement can touch a row only once; the last detail stands."""
    found: dict[tuple[str, str], Trouble] = {}
    for one in troubles:
        before = found.get((one.kind, one.key))
        times = one.times + (before.times if before else 0)
        found[one.kind, one.key] = Trouble(one.kind, one.key, one.detail, times)
    return list(found.values())


def _packed(detail: Mapping[str, Any]) -> str:
    """Return the detail as PostgreSQL can hold it, masked: an error's text may say more than it should."""
    packed = orjson.dumps(mask_value("detail", dict(detail)), default=str).decode()
    return packed.replace("\\u0000", "")


async def _end(statement: str, *given: Any) -> int:
    moment = clock.now()
    async with db.transaction():
        rows = await db.fetch(statement, moment, *given)
        await tell("cleared", rows, at=moment)
    for row in rows:
        log.info("alert.cleared", kind=row["kind"], key=row["key"], times=row["times"])
    return len(rows)
