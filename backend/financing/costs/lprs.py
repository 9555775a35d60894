"""The dated table of the LPR (贷款市场报价利率): what holds on a day, and the highest of the last years."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from backend import audit
from backend.access import Actor
from backend.financing.costs.terms import is_percent
from backend.financing.errors import ContentWrong, LprTaken, NoLpr
from backend.financing.values import MANAGE
from backend.foundation import db
from backend.foundation.errors import FieldError

YEARS: Final = 5
"""How far back the worst case of a floating rate looks."""

_IN_FORCE: Final = """
SELECT DISTINCT ON (tenor) tenor, rate_percent FROM financing_lprs WHERE effective_on <= $1::date
ORDER BY tenor, effective_on DESC
"""
# What was in force at the beginning of those years counts too, though it was told before.
_HIGHEST: Final = """
SELECT l.tenor, max(l.rate_percent) AS rate_percent FROM financing_lprs l
WHERE l.effective_on <= $1::date AND l.effective_on >= coalesce(
    (SELECT max(b.effective_on) FROM financing_lprs b
     WHERE b.tenor = l.tenor AND b.effective_on <= $1::date - make_interval(years => $2)), '-infinity')
GROUP BY l.tenor
"""
_ALL: Final = "SELECT tenor, effective_on, rate_percent, source FROM financing_lprs ORDER BY effective_on DESC, tenor"
_NOTE: Final = """
INSERT INTO financing_lprs (tenor, effective_on, rate_percent, source) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""


async def in_force(day: date) -> dict[str, Decimal]:
    """Return the rates that hold on a day, in percent, by tenor."""
    return {row["tenor"]: row["rate_percent"] for row in await db.fetch(_IN_FORCE, day)}


async def highest(day: date) -> dict[str, Decimal]:
    """Return the highest rates of the last years up to a day, by tenor."""
    return {row["tenor"]: row["rate_percent"] for row in await db.fetch(_HIGHEST, day, YEARS)}


async def on(tenor: str, day: date) -> Decimal:
    """Return the rate of a tenor on a day; raises NoLpr."""
    found = (await in_force(day)).get(tenor)
    if found is None:
        raise NoLpr
    return found


async def listed() -> list[dict[str, Any]]:
    """Return the table, the newest first."""
    return [dict(row) for row in await db.fetch(_ALL)]


async def note(tenor: str, effective_on: date, rate_percent: Decimal, source: str, *, actor: Actor) -> None:
    """Enter the rate that holds from a day on; what was told is never written over. Raises LprTaken, ContentWrong."""
    actor.require(MANAGE)
    if not is_percent(rate_percent):
        raise ContentWrong(fields=(FieldError("rate_percent", "range", "利率须为 0 至 36（%），至多四位小数。"),))
    async with db.transaction():
        if not await db.execute(_NOTE, tenor, effective_on, rate_percent, source):
            raise LprTaken
        detail = {"name": tenor, "from": effective_on.isoformat(), "value": str(rate_percent)}
        await audit.record(
            actor, "financing.lpr_noted", table="financing_lprs", row_id=None, fields=("rate_percent",), detail=detail
        )
