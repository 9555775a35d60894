"""Tells whether the keys at hand are those the data was sealed with.

Others would do their work without a complaint and leave every row sealed before unreadable, and unfindable.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from backend.assembly import PERSONAL
from backend.foundation.rotation import SealedColumn, sealed_columns
from backend.foundation.secrets import Undecryptable, Vault
from operations.processes import OperationsError

MEND: Final = "bring settings.env back from a backup, or set WUWEI_ENCRYPTION_KEYS and WUWEI_INDEX_KEYS as they were"
_KEYS: Final = ("WUWEI_ENCRYPTION_KEYS", "WUWEI_INDEX_KEYS")
# The first row and the last one: keys that were exchanged by mistake open what came after it, and not what came before.
_SAMPLE: Final = "(SELECT * FROM {t} WHERE {c} IS NOT NULL ORDER BY id {order} LIMIT 1)"


def refuse_to_replace(directory: Path, given: Mapping[str, str]) -> None:
    """Raise OperationsError rather than make new keys beside a cluster whose own ones are gone."""
    missing = [name for name in _KEYS if not given.get(name)]
    if missing and (directory / "postgres" / "data").exists():
        raise OperationsError(
            f"{directory} holds data, but the keys it was sealed with ({', '.join(missing)}) are gone: {MEND}; "
            "to begin anew, remove the directory"
        )


async def foreign(connection: Any, vault: Vault) -> list[str]:
    """Return the columns, as `table.column`, of which a row does not open with these keys or is not found by them."""
    return [
        f"{column.table}.{column.column}"
        for column in sealed_columns(PERSONAL)
        if not all(_fits(vault, column, row) for row in await _sample(connection, column))
    ]


async def _sample(connection: Any, column: SealedColumn) -> list[Any]:
    both = (_SAMPLE.format(t=column.table, c=column.column, order=order) for order in ("ASC", "DESC"))
    return list(await connection.fetch(" UNION ALL ".join(both)))


def _fits(vault: Vault, column: SealedColumn, row: Any) -> bool:
    try:
        plain = vault.decrypt(row[column.column], table=column.table, column=column.column, row=row["id"])
    except Undecryptable:
        return False
    return column.index is None or row[column.index] in [None, *vault.blind_indexes(plain, column=column.name)]
