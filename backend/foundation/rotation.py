"""Seals again, under the newest key and algorithm, what was sealed under an older one; blind indexes likewise.

To retire a key: put a new one first in WUWEI_ENCRYPTION_KEYS (or WUWEI_INDEX_KEYS), restart, let this run until nothing
is left, then take the old one away. While it runs everything stays readable and findable under both keys.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from backend.foundation import db
from backend.foundation.logging import get_logger
from backend.foundation.personal import PersonalData
from backend.foundation.secrets import Undecryptable, Vault

log = get_logger(__name__)

BATCH: Final = 500
_SUFFIXES: Final = ("_sealed", "_secret")

_OLD: Final = """
SELECT {row} AS row, {column} AS sealed FROM {table}
WHERE {row} > $1 AND ({column_is_old}{index_is_old}) ORDER BY {row} LIMIT $2
"""
# Only what is still as it was read: a command that changed the value meanwhile has sealed it under the newest key.
_REPLACE: Final = """
UPDATE {table} AS t SET {column} = n.sealed{set_index}
FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[]) AS n (row, old, sealed, index)
WHERE t.{row} = n.row AND t.{column} = n.old
"""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """One encrypted column; `index` is the column of its blind index, made of the same name, if there is one."""

    table: str
    column: str
    index: str | None = None

    @property
    def name(self) -> str:
        """What the value is called, and what its blind index is bound to: `phone` of `phone_sealed`."""
        return self.column.removesuffix("_sealed")


@dataclass(frozen=True, slots=True)
class Rotated:
    """How a run went; rows that no key of the ring opens are counted and left as they are."""

    rows: int = 0
    unreadable: int = 0
    is_complete: bool = True


def sealed_columns(modules: Iterable[PersonalData]) -> list[SealedColumn]:
    """Return every encrypted column that the declarations name."""
    found = []
    for declaration in (declaration for module in modules for declaration in module.declarations):
        for field in declaration.fields:
            if field.endswith(_SUFFIXES):
                index = f"{field.removesuffix('_sealed')}_index"
                found.append(SealedColumn(declaration.table, field, index if index in declaration.fields else None))
    return found


async def rotate_all(vault: Vault, modules: Iterable[PersonalData], *, seconds: float | None = None) -> Rotated:
    """Rotate every declared column, for at most `seconds` in all."""
    end = None if seconds is None else time.monotonic() + seconds
    total = Rotated()
    for column in sealed_columns(modules):
        left = None if end is None else end - time.monotonic()
        one = await rotate(vault, column, seconds=left)
        total = Rotated(total.rows + one.rows, total.unreadable + one.unreadable, total.is_complete and one.is_complete)
    return total


async def rotate(
    vault: Vault,
    column: SealedColumn,
    *,
    row_column: str = "id",
    seconds: float | None = None,
    progress: Callable[[int], None] | None = None,
) -> Rotated:
    """Seal one column's old values again, a few hundred rows at a time, each batch committed by itself.

    `progress` is told after each batch how many rows are done.
    """
    end = None if seconds is None else time.monotonic() + seconds
    last, rows, unreadable = UUID(int=0), 0, 0
    while batch := await _old(vault, column, row_column, last):
        if end is not None and time.monotonic() > end:
            return Rotated(rows, unreadable, is_complete=False)
        fresh = [new for new in (_sealed_again(vault, column, row) for row in batch) if new is not None]
        rows += await _replace(column, row_column, fresh)
        unreadable += len(batch) - len(fresh)
        last = batch[-1]["row"]
        if progress is not None:
            progress(rows)
    if rows or unreadable:
        log.info("rotation.column", table=column.table, column=column.column, rows=rows, unreadable=unreadable)
    return Rotated(rows, unreadable)


async def _old(vault: Vault, column: SealedColumn, row_column: str, last: UUID) -> list[Any]:
    sql = _OLD.format(
        table=column.table,
        row=row_column,
        column=column.column,
        column_is_old=f"substring({column.column} FROM 1 FOR length($3::bytea)) <> $3",
        index_is_old=f" OR substring({column.index} FROM 1 FOR length($4::bytea)) <> $4" if column.index else "",
    )
    heads = [vault.head(), vault.index_head()] if column.index else [vault.head()]
    return await db.fetch(sql, last, BATCH, *heads)


def _sealed_again(vault: Vault, column: SealedColumn, row: Any) -> tuple[UUID, bytes, bytes, bytes] | None:
    try:
        plain = vault.decrypt(row["sealed"], table=column.table, column=column.column, row=row["row"])
    except Undecryptable:
        log.exception("rotation.unreadable", table=column.table, column=column.column, row=str(row["row"]))
        return None
    sealed = vault.encrypt(plain, table=column.table, column=column.column, row=row["row"])
    return row["row"], row["sealed"], sealed, vault.blind_index(plain, column=column.name)


async def _replace(column: SealedColumn, row_column: str, fresh: list[tuple[UUID, bytes, bytes, bytes]]) -> int:
    sql = _REPLACE.format(
        table=column.table,
        row=row_column,
        column=column.column,
        set_index=f", {column.index} = n.index" if column.index else "",
    )
    return await db.execute(sql, *(list(values) for values in zip(*fresh, strict=True))) if fresh else 0
