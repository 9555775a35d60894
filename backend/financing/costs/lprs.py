"""The dated table of the LPR (贷款市场报价利率): what holds on a day, and the highest of the last years."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from asyncpg import Record

from backend import audit
from backend.access import Actor
from backend.financing.costs.terms import is_percent
from backend.financing.errors import ContentWrong, LprSamePerson, LprTaken, LprUnknown, LprVerified, NoLpr
from backend.financing.values import MANAGE
from backend.foundation import clock, db
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
_ALL: Final = """
SELECT l.tenor, l.effective_on, l.rate_percent, l.source, l.checked_against, l.verified_at IS NOT NULL AS is_verified,
    l.verified_at, n.name AS noted_by, v.name AS verified_by,
    $1 AND l.verified_at IS NULL AND l.noted_by IS DISTINCT FROM $2::uuid AS may_verify
FROM financing_lprs l LEFT JOIN staff n ON n.id = l.noted_by LEFT JOIN staff v ON v.id = l.verified_by
ORDER BY l.effective_on DESC, l.tenor
"""
_NOTE: Final = """
INSERT INTO financing_lprs (tenor, effective_on, rate_percent, source, noted_by) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
"""
_LOCK: Final = """
SELECT rate_percent, noted_by, verified_at FROM financing_lprs WHERE tenor = $1 AND effective_on = $2 FOR UPDATE
"""
_VERIFY: Final = """
UPDATE financing_lprs SET rate_percent = $3, source = $4, checked_against = '', verified_by = $5, verified_at = $6
WHERE tenor = $1 AND effective_on = $2
"""
# What a floating offer of today rests on: the rates in force now and within the years of its worst case.
_UNVERIFIED: Final = """
SELECT EXISTS (SELECT FROM financing_lprs l WHERE l.verified_at IS NULL AND l.effective_on <= $1::date
    AND l.effective_on >= coalesce((SELECT max(b.effective_on) FROM financing_lprs b
        WHERE b.tenor = l.tenor AND b.effective_on <= $1::date - make_interval(years => $2)), '-infinity'))
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


async def listed(actor: Actor) -> list[dict[str, Any]]:
    """Return the table, the newest first, each with what the actor may do with it."""
    rows = await db.fetch(_ALL, actor.can(MANAGE), actor.id)
    return [_told(row) for row in rows]


def _told(row: Record) -> dict[str, Any]:
    told = dict(row)
    return {"may": ["verify"] if told.pop("may_verify") else [], **told}


async def note(tenor: str, effective_on: date, rate_percent: Decimal, source: str, *, actor: Actor) -> None:
    """Enter the rate that holds from a day on; it counts, but as unverified. Raises LprTaken, ContentWrong."""
    actor.require(MANAGE)
    _check(rate_percent)
    async with db.transaction():
        if not await db.execute(_NOTE, tenor, effective_on, rate_percent, source, actor.id):
            raise LprTaken
        detail = {"name": tenor, "from": effective_on.isoformat(), "value": str(rate_percent)}
        await audit.record(
            actor, "financing.lpr_noted", table="financing_lprs", row_id=None, fields=("rate_percent",), detail=detail
        )


async def verify(tenor: str, effective_on: date, rate_percent: Decimal, source: str, *, actor: Actor) -> None:
    """Confirm a rate by its announcement, which `source` names, or correct it; once, and by another than entered it.

    Offers keep the figures by which they were made. Raises LprUnknown, LprVerified, LprSamePerson, ContentWrong.
    """
    actor.require(MANAGE)
    _check(rate_percent)
    async with db.transaction():
        row = await db.fetch_one(_LOCK, tenor, effective_on)
        if row is None:
            raise LprUnknown
        if row["verified_at"] is not None:
            raise LprVerified
        if row["noted_by"] is not None and row["noted_by"] == actor.id:
            raise LprSamePerson
        await db.execute(_VERIFY, tenor, effective_on, rate_percent, source, actor.id, clock.now())
        detail = {
            "name": tenor,
            "from": effective_on.isoformat(),
            "before": str(row["rate_percent"]),
            "value": str(rate_percent),
        }
        fields = ("rate_percent", "source", "verified_by")
        await audit.record(
            actor, "financing.lpr_verified", table="financing_lprs", row_id=None, fields=fields, detail=detail
        )


def _check(rate_percent: Decimal) -> None:
    if not is_percent(rate_percent):
        raise ContentWrong(fields=(FieldError("rate_percent", "range", "利率须为 0 至 36（%），至多四位小数。"),))


async def are_unverified(day: date) -> bool:
    """Tell whether a floating offer of a day rests on a rate that nobody has compared with its announcement."""
    return bool(await db.fetch_value(_UNVERIFIED, day, YEARS))
