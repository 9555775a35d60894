"""Before a consent: banks read the view that names nobody, and may say with figures alone that they are interested.

Which of its products would fit a listing a bank isn't told: a rule's answer tells what is known of the enterprise, and
whoever writes enough rules would know whose need it is.
"""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from asyncpg import Record, UniqueViolationError
from tortoise.exceptions import IntegrityError

from backend import audit
from backend.access import SYSTEM, Actor, ActorKind
from backend.enterprises import industry
from backend.financing import checking, errors, writing
from backend.financing.banks.institutions import Desk, desk_of
from backend.financing.catalogue.matching import plain
from backend.financing.costs.terms import MOST_MONTHS, REPAYMENTS, is_percent
from backend.financing.events import Kind, NewEvent
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.foundation.ids import new_id
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor

TABLE: Final = "financing_signals"

_COLUMNS: Final = """
l.listing_id, l.district, l.industry, l.size, l.amount_band, l.months_band, l.purpose, l.collateral, l.opened_week
"""
_NEAR: Final = "(l.district IS NULL OR $1::text[] = '{}' OR l.district = ANY ($1))"
_OWN: Final = """
LEFT JOIN LATERAL (
    SELECT s.amount_wan, s.months, s.rate_min_percent, s.rate_max_percent, s.repayment, s.made_at
    FROM financing_signals s JOIN financing_applications a ON a.id = s.application_id
    WHERE a.listing_id = l.listing_id AND s.institution_id = $2 AND s.withdrawn_at IS NULL LIMIT 1) AS own ON TRUE
"""
# What is left out of a listing is not found by it either.
_WANTED: Final = f"""
financing_listings l {_OWN} WHERE {_NEAR}
  AND ($3::text IS NULL OR l.district = $3) AND ($4::text IS NULL OR starts_with(l.industry, $4))
  AND ($5::text IS NULL OR l.size = $5) AND ($6::text IS NULL OR l.amount_band = $6)
  AND ($7::text IS NULL OR l.months_band = $7) AND ($8::text IS NULL OR l.purpose = $8)
  AND ($9::text IS NULL OR $9 = ANY (l.collateral))
  AND ($10::boolean IS NULL OR (own.made_at IS NOT NULL) = $10)
"""
_PAGE: Final = """
SELECT {columns}, own.*{count} FROM {wanted} AND ($11::date IS NULL OR (l.opened_week, l.listing_id) < ($11, $12::uuid))
ORDER BY l.opened_week DESC, l.listing_id DESC LIMIT $13
"""
_ONE: Final = f"""
SELECT a.id FROM financing_applications a JOIN financing_listings l USING (listing_id)
WHERE a.listing_id = $2 AND {_NEAR} AND a.expires_at > $3
"""
_SIGNAL: Final = """
INSERT INTO financing_signals (id, application_id, institution_id, desk_id, staff_id, amount_wan, months,
    rate_min_percent, rate_max_percent, repayment, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_TAKES: Final = "SELECT id FROM financing_institutions WHERE id = $1 AND is_open FOR SHARE"
_WITHDRAW: Final = """
UPDATE financing_signals s SET withdrawn_at = $3 FROM financing_applications a
WHERE a.id = s.application_id AND a.listing_id = $1 AND s.institution_id = $2 AND s.withdrawn_at IS NULL RETURNING s.id
"""


@dataclass(frozen=True, slots=True)
class Indication:
    """Terms a bank could imagine, as figures; they bind nobody."""

    amount_wan: Decimal
    months: int
    rate_min_percent: Decimal
    rate_max_percent: Decimal
    repayment: str

    def check(self) -> None:
        """Raise ContentWrong naming every figure that can't be."""
        checking.refuse(errors.ContentWrong, self._wrong())

    def _wrong(self) -> Iterator[FieldError]:
        yield from checking.amount_wan("amount_wan", self.amount_wan)
        if not 1 <= self.months <= MOST_MONTHS:
            yield FieldError("months", "range", f"期限须为 1 至 {MOST_MONTHS} 个月。")
        rates = (self.rate_min_percent, self.rate_max_percent)
        if not all(is_percent(rate) for rate in rates) or rates[0] > rates[1]:
            yield FieldError("rate_max_percent", "range", "年利率须为 0 至 36（%），上限不低于下限。")
        if self.repayment not in REPAYMENTS:
            yield FieldError("repayment", "unknown", f"还款方式只能是：{'、'.join(REPAYMENTS)}。")


@dataclass(frozen=True, slots=True)
class Sought:
    """Which listings a desk looks for, by what is shown of them."""

    district: str | None = None
    industry: str | None = None
    size: str | None = None
    amount_band: str | None = None
    months_band: str | None = None
    purpose: str | None = None
    collateral: str | None = None
    is_signalled: bool | None = None


async def page(actor: Actor, sought: Sought, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return the listings that a partner's desk takes, the newest week first, without any order within it."""
    desk = await desk_of(actor)
    after = decode_cursor(cursor, date, UUID) or (None, None)
    sql = _PAGE.format(columns=_COLUMNS, wanted=_WANTED, count=count_column(_WANTED, cursor))
    rows = await db.fetch(sql, [*desk.districts], desk.institution_id, *astuple(sought), *after, limit + 1)
    shown, following = cut(rows, limit, lambda row: encode_cursor(row["opened_week"], row["listing_id"]))
    return {"items": [_told(row) for row in shown], "next": following, **counted(rows, cursor)}


def _told(row: Record) -> dict[str, Any]:
    """Tell a listing with what the bank itself said of it."""
    told = {name: value for name, value in row.items() if name not in (*_FIGURES, "found")}
    told["industry_word"] = industry.name(row["industry"]) if row["industry"] else None
    if row["made_at"] is None:
        return {**told, "is_signalled": False, "signal": None}
    numbers = {name: plain(row[name]) for name in ("amount_wan", "rate_min_percent", "rate_max_percent")}
    return {**told, "is_signalled": True, "signal": {name: row[name] for name in _FIGURES} | numbers}


_FIGURES: Final = ("amount_wan", "months", "rate_min_percent", "rate_max_percent", "repayment", "made_at")


async def signal(listing_id: UUID, terms: Indication, *, actor: Actor) -> UUID:
    """Say that the bank is interested, once a bank; its owner reads it.

    Raises ListingUnknown, SignalledBefore, InstitutionClosed for a bank that takes no referrals now.
    """
    terms.check()
    desk, made = await desk_of(actor), new_id()
    async with db.transaction():
        if await db.fetch_value(_TAKES, desk.institution_id) is None:
            raise errors.InstitutionClosed
        found = await db.fetch_value(_ONE, list(desk.districts), listing_id, clock.now())
        if found is None:
            raise errors.ListingUnknown
        await writing.locked(found, SYSTEM)
        if await db.fetch_value(_ONE, list(desk.districts), listing_id, clock.now()) is None:  # withdrawn meanwhile
            raise errors.ListingUnknown
        figures = (terms.amount_wan, terms.months, terms.rate_min_percent, terms.rate_max_percent, terms.repayment)
        try:
            async with db.savepoint():
                given = (found, desk.institution_id, desk.id, actor.id)
                await db.execute(_SIGNAL, made, *given, *figures, clock.now())
        except (IntegrityError, UniqueViolationError) as error:
            raise errors.SignalledBefore from error
        await writing.append(found, _bank(desk), NewEvent(Kind.SIGNALLED, data={"institution": desk.institution}))
        await audit.record(actor, "financing.signalled", table=TABLE, row_id=made)
    return made


def _bank(desk: Desk) -> Actor:
    """The log that the owner reads tells the bank, not who of it."""
    return Actor(ActorKind.PARTNER, None, desk.institution)


async def take_back(listing_id: UUID, *, actor: Actor) -> None:
    """Take the bank's interest back; raises ListingUnknown where it had shown none."""
    desk = await desk_of(actor)
    async with db.transaction():
        found = await db.fetch_value(_WITHDRAW, listing_id, desk.institution_id, clock.now())
        if found is None:
            raise errors.ListingUnknown
        await audit.record(actor, "financing.signal_withdrawn", table=TABLE, row_id=found, fields=("withdrawn_at",))
