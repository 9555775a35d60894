"""The values of policy that financing goes by: read together, changed one by one within their bounds."""

from typing import Any, Final

from backend import audit
from backend.access import Actor
from backend.financing.errors import ValueChanged, ValueOutOfBounds, ValueUnknown
from backend.foundation import db
from backend.foundation.errors import FieldError

MANAGE: Final = "financing.manage"

_ALL: Final = "SELECT key, value, least, most, words, version FROM financing_terms ORDER BY key"
_ONE: Final = "SELECT value, least, most, version FROM financing_terms WHERE key = $1 FOR UPDATE"
_CHANGE: Final = "UPDATE financing_terms SET value = $2, version = version + 1 WHERE key = $1"


async def of(key: str) -> int:
    """Return one value in force."""
    found: int = await db.fetch_value("SELECT value FROM financing_terms WHERE key = $1", key)
    return found


async def listed() -> list[dict[str, Any]]:
    """Return all values with their bounds and words."""
    return [dict(row) for row in await db.fetch(_ALL)]


async def change(key: str, value: int, *, actor: Actor, version: int) -> None:
    """Set a value from now on; deadlines that run stay as they were told. Raises ValueOutOfBounds, ValueChanged."""
    actor.require(MANAGE)
    async with db.transaction():
        row = await db.fetch_one(_ONE, key)
        if row is None:
            raise ValueUnknown
        if row["version"] != version:
            raise ValueChanged
        if not row["least"] <= value <= row["most"]:
            bounds = f"须为 {row['least']} 至 {row['most']}。"
            raise ValueOutOfBounds(fields=(FieldError("value", "range", bounds),))
        await db.execute(_CHANGE, key, value)
        detail = {"name": key, "before": row["value"], "value": value}
        await audit.record(
            actor, "financing.value_changed", table="financing_terms", row_id=None, fields=("value",), detail=detail
        )
