"""Makes the partitions of growing tables ahead of time and lets go what the retention table says is over.

What grows, how wide its partitions are and how long it is kept is data in the table `retention`, filled by the
migrations. Partitions are ranges of UUIDv7 ids, which are ranges of time.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import asyncpg

from backend.foundation import clock, db
from backend.foundation.ids import uuid_floor
from backend.foundation.logging import get_logger

log = get_logger(__name__)

AHEAD: Final = 4
"""Steps beyond the running one; the job may be dead for three of them before an insert fails."""
_ROWS_AT_ONCE: Final = 5000
_YEAR: Final = 365

BeforeDrop = Callable[[str], Awaitable[bool]]
"""Called with the name of a partition that may go; False or an error keeps it until the next run."""

_RULES: Final = "SELECT table_name, step, keep, reason, age_column, held_while FROM retention ORDER BY table_name"
_MAKE: Final = "SELECT make_partitions($1, $2, $3)"
_PARTITIONS: Final = """
SELECT c.relname AS name, substring(pg_get_expr(c.relpartbound, c.oid) FROM $q$TO \\('([0-9a-f-]+)'\\)$q$) AS upper
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::text::regclass ORDER BY c.relname
"""
_IS_DAY: Final = """
SELECT atttypid = 'date'::regtype FROM pg_attribute WHERE attrelid = $1::text::regclass AND attname = $2
"""
_DELETE: Final = """
DELETE FROM {table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE {age} < $1 AND {free} LIMIT {limit}))
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the retention table."""

    table: str
    step: str
    keep: timedelta
    reason: str
    age_column: str | None
    held_while: str | None


async def rules() -> list[Rule]:
    return [Rule(*row.values()) for row in await db.fetch(_RULES)]


async def make_partitions(ahead: int = AHEAD) -> int:
    """Make every partitioned table's partitions from the running step to `ahead` steps later; returns how many."""
    made = 0
    for rule in await rules():
        if rule.step != "row":
            made += await _with_short_locks(_MAKE, rule.table, clock.now(), ahead) or 0
    if made:
        log.info("retention.partitions_made", partitions=made)
    return made


async def _with_short_locks(sql: str, *params: Any) -> Any:
    """A new partition needs its table for an instant: rather fail, and try tomorrow, than queue all traffic up."""
    async with db.transaction():
        await db.execute("SET LOCAL lock_timeout = '3s'")
        return await db.fetch_value(sql, *params)


async def drop_expired(before_drop: Mapping[str, BeforeDrop]) -> list[str]:
    """Drop the partitions whose whole range is older than their table's `keep`; returns their names.

    One that can't go now (held rows, a foreign key, an archive that failed) is told in the log and stays.
    """
    dropped = []
    for rule in await rules():
        for name in await _expired(rule) if rule.step != "row" else ():
            try:
                is_gone = await _drop(rule, name, before_drop.get(rule.table))
            except (asyncpg.PostgresError, OSError) as error:
                log.exception("retention.kept", partition=name, error=type(error).__name__)
                continue
            if is_gone:
                dropped.append(name)
                log.info("retention.dropped", partition=name, reason=rule.reason)
    return dropped


async def _expired(rule: Rule) -> list[str]:
    edge = str(uuid_floor(clock.now() - rule.keep))
    return [row["name"] for row in await db.fetch(_PARTITIONS, rule.table) if row["upper"] <= edge]


async def _drop(rule: Rule, name: str, before: BeforeDrop | None) -> bool:
    if await _is_held(rule, name) or (before is not None and not await before(name)):
        return False
    async with db.transaction():
        await db.execute("SET LOCAL lock_timeout = '3s'")
        # nobody may add or change a row between the last look and the end
        await db.execute(f'LOCK TABLE "{name}" IN ACCESS EXCLUSIVE MODE')
        if await _is_held(rule, name):
            return False
        await db.execute(f'DROP TABLE "{name}"')
    return True


async def _is_held(rule: Rule, name: str) -> bool:
    if rule.held_while is None:
        return False
    is_held: bool = await db.fetch_value(f'SELECT EXISTS (SELECT FROM "{name}" WHERE {rule.held_while})')
    if is_held:
        log.warning("retention.held", partition=name, held_while=rule.held_while)
    return is_held


async def delete_expired() -> dict[str, int]:
    """Delete the rows of tables that are kept row by row, a few thousand at a time; returns how many of which."""
    deleted = {}
    for rule in await rules():
        if rule.step == "row":
            try:
                deleted[rule.table] = await _delete(rule)
            except asyncpg.IntegrityConstraintViolationError:
                log.exception("retention.rows_held", table=rule.table)
    return deleted


async def _delete(rule: Rule) -> int:
    sql = _DELETE.format(
        table=rule.table,
        age=rule.age_column,
        free=f"NOT ({rule.held_while})" if rule.held_while else "TRUE",
        limit=_ROWS_AT_ONCE,
    )
    deleted = 0
    edge = clock.now() - rule.keep
    is_day = await db.fetch_value(_IS_DAY, rule.table, rule.age_column)
    while count := await db.execute(sql, edge.astimezone(clock.SHANGHAI).date() if is_day else edge):
        deleted += count
    return deleted


async def as_markdown() -> str:
    """Return the retention table as the docs show it."""
    lines = ["| 表 | 分区 | 保存期限 | 理由 |", "|---|---|---|---|"]
    steps = {"day": "按天", "month": "按月", "row": "逐行"}
    lines += [f"| `{r.table}` | {steps[r.step]} | {_told(r.keep)} | {r.reason} |" for r in await rules()]
    return "\n".join(lines) + "\n"


def _told(keep: timedelta) -> str:
    years, days = divmod(keep.days, _YEAR)
    return f"{years} 年" if years and not days else f"{keep.days} 天"
