"""Products as versioned data: drafted by one, published by another, and never written over once they were out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from backend import audit
from backend.access import Actor
from backend.eligibility import Rule, RuleInvalid, lint, promises
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.rules import parse_stored
from backend.financing import errors
from backend.financing.codes import COLLATERAL
from backend.financing.costs.money import is_amount_wan, yuan_of
from backend.financing.costs.terms import (
    FEES,
    MOST_MONTHS,
    REPAYMENTS,
    Fee,
    FeeBasis,
    FeeWhen,
    Loan,
    Repayment,
    is_percent,
)
from backend.financing.models import ProductVersion
from backend.financing.states import VERSION, VersionState
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.foundation.ids import new_id

EDIT: Final = "products.edit"
TABLE: Final = "financing_product_versions"
FOREVER: Final = date.max

_NEW: Final = "INSERT INTO financing_products (id, institution_id, created_at) VALUES ($1, $2, $3)"
_LOCK: Final = "SELECT version, institution_id FROM financing_products WHERE id = $1 FOR NO KEY UPDATE"
_TOUCH: Final = "UPDATE financing_products SET version = version + 1 WHERE id = $1 RETURNING version"
_EDITIONS: Final = "SELECT coalesce(max(edition), 0) FROM financing_product_versions WHERE product_id = $1"
_IS_KNOWN: Final = "SELECT FROM financing_institutions WHERE id = $1"


@dataclass(frozen=True, slots=True)
class Content:
    """What a product is; `fees` as `terms.Fee` reads them, their amounts as text."""

    name: str
    summary: str
    collateral: tuple[str, ...]
    repayments: tuple[str, ...]
    amount_min_wan: Decimal
    amount_max_wan: Decimal
    months_min: int
    months_max: int
    rate_kind: str
    rule: Mapping[str, Any]
    source: str
    valid_from: date
    valid_until: date = FOREVER
    rate_min_percent: Decimal | None = None
    rate_max_percent: Decimal | None = None
    lpr_tenor: str | None = None
    bp_min: int | None = None
    bp_max: int | None = None
    day_count: str = "months"
    fees: tuple[Mapping[str, Any], ...] = ()
    materials: tuple[str, ...] = field(default=())
    is_follow_on: bool = False

    def columns(self) -> dict[str, Any]:
        """Return the row of a version, its rule checked as policies' rules are."""
        wrong = tuple(self._wrong())
        if wrong:
            raise errors.ContentWrong(fields=wrong)
        promises.refuse(name=self.name, summary=self.summary)
        rule = checked_rule(self.rule)
        told = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        return {**told, "rule": dict(self.rule), "rule_hash": rule.hash}

    def _wrong(self) -> Iterator[FieldError]:
        yield from _known("collateral", self.collateral, COLLATERAL)
        yield from _known("repayments", self.repayments, REPAYMENTS)
        if not is_amount_wan(self.amount_min_wan) or not is_amount_wan(self.amount_max_wan):
            yield FieldError("amount_max_wan", "amount", "额度须大于 0，以万元计，至多四位小数。")
        elif self.amount_min_wan > self.amount_max_wan:
            yield FieldError("amount_max_wan", "order", "额度上限不能小于下限。")
        if not 1 <= self.months_min <= self.months_max <= MOST_MONTHS:
            yield FieldError("months_max", "range", f"期限须为 1 至 {MOST_MONTHS} 个月，上限不小于下限。")
        if self.valid_until < self.valid_from:
            yield FieldError("valid_until", "order", "有效期止不能早于起。")
        yield from self._wrong_rates()
        yield from self._wrong_fees()

    def _wrong_rates(self) -> Iterator[FieldError]:
        rates, points = (self.rate_min_percent, self.rate_max_percent), (self.lpr_tenor, self.bp_min, self.bp_max)
        if self.rate_kind == "range":
            if any(rate is None or not is_percent(rate) for rate in rates) or any(one is not None for one in points):
                yield FieldError("rate_max_percent", "range", "请填写利率区间，不填LPR和点差。")
            elif (rates[0] or 0) > (rates[1] or 0):
                yield FieldError("rate_max_percent", "order", "利率上限不能低于下限。")
        elif any(one is None for one in points) or any(rate is not None for rate in rates):
            yield FieldError("bp_max", "range", "请填写LPR期限和点差的上下限，不填利率区间。")
        elif (self.bp_min or 0) > (self.bp_max or 0):
            yield FieldError("bp_max", "order", "点差上限不能低于下限。")

    def _wrong_fees(self) -> Iterator[FieldError]:
        """Try them on the largest loan of this product: what its cost can't be reckoned with is no fee."""
        largest = yuan_of(self.amount_max_wan) if is_amount_wan(self.amount_max_wan) else Decimal(10_000)
        months = min(max(self.months_max, 1), MOST_MONTHS)
        try:
            Loan(largest, months, Decimal(0), Repayment.BULLET, fees_of(self.fees)).check_entered()
        except errors.TermsWrong as refusal:
            yield from refusal.fields
        except (KeyError, ValueError, ArithmeticError):
            yield FieldError("fees", "malformed", f"费用须写明种类（{'、'.join(FEES)}）、计算方式、数额和时间。")


def _known(path: str, given: Sequence[str], known: Mapping[Any, str]) -> Iterator[FieldError]:
    if not given or not set(given) <= set(known) or len(set(given)) < len(given):
        yield FieldError(path, "unknown", f"至少选一项，不重复，只能是：{'、'.join(known)}。")


def fees_of(told: Sequence[Mapping[str, Any]]) -> tuple[Fee, ...]:
    """Return stored fees as the reckoning takes them; raises KeyError, ValueError or ArithmeticError for others."""
    return tuple(
        Fee(
            str(one["kind"]),
            FeeBasis(one["basis"]),
            Decimal(str(one["amount"])),
            FeeWhen(one["when"]),
            bool(one.get("is_conditional", False)),
        )
        for one in told
    )


def checked_rule(rule: Mapping[str, Any]) -> Rule:
    """Return a rule that any owner may be answered by; raises RuleInvalid with every wrong place."""
    found = [one for one in lint(dict(rule), CATALOGUE, as_of=clock.today()) if one.level == "error"]
    if found:
        raise RuleInvalid(fields=tuple(FieldError(one.path, one.code, one.sentence) for one in found))
    parsed = parse_stored(rule)
    said = list(promises.in_rule(parsed))
    if said:
        raise RuleInvalid(fields=tuple(FieldError(one.path, one.code, one.sentence) for one in said))
    return parsed


@dataclass(frozen=True, slots=True)
class Handled:
    """Where a product stands after a command; `version` is what the next If-Match names."""

    id: UUID
    edition: int
    state: VersionState
    version: int


async def draft(institution_id: UUID, content: Content, *, actor: Actor) -> Handled:
    """Write the first edition of a new product."""
    actor.require(EDIT)
    columns, product_id = content.columns(), new_id()
    async with db.transaction():
        if await db.fetch_one(_IS_KNOWN, institution_id) is None:
            raise errors.InstitutionUnknown
        await db.execute(_NEW, product_id, institution_id, clock.now())
        made = await _write(product_id, 1, columns, actor)
    return Handled(product_id, made.edition, made.state, 1)


async def edit(product_id: UUID, content: Content, *, actor: Actor, version: int) -> Handled:
    """Write the draft anew, or begin the edition after what is published; whoever did it last is its author."""
    actor.require(EDIT)
    columns = content.columns()
    async with db.transaction():
        await _locked(product_id, version)
        current = await ProductVersion.get_or_none(product_id=product_id, state=VersionState.DRAFT)
        if current is None:
            current = await _write(product_id, 1 + await db.fetch_value(_EDITIONS, product_id), columns, actor)
        else:
            columns |= {"author_id": actor.id, "written_at": clock.now()}
            current.update_from_dict(columns)
            await current.save_only(*columns)
            await audit.record(actor, "products.drafted", table=TABLE, row_id=current.id, fields=("rule",))
        return Handled(product_id, current.edition, current.state, await db.fetch_value(_TOUCH, product_id))


async def publish(product_id: UUID, *, actor: Actor, version: int) -> Handled:
    """Bring the draft out in the place of what was published; raises SameAuthor, NothingToPublish, ProductOver."""
    actor.require(EDIT)
    async with db.transaction():
        await _locked(product_id, version)
        current = await ProductVersion.get_or_none(product_id=product_id, state=VersionState.DRAFT)
        if current is None:
            raise errors.NothingToPublish
        if current.author_id == actor.id:
            raise errors.SameAuthor
        if current.valid_until < clock.today():
            raise errors.ProductOver
        checked_rule(current.rule)
        before = await ProductVersion.get_or_none(product_id=product_id, state=VersionState.PUBLISHED)
        if before is not None:
            await _move(before, VersionState.SUPERSEDED, actor, "products.superseded", ended_at=clock.now())
        noted = {"publisher_id": actor.id, "published_at": clock.now()}
        await _move(current, VersionState.PUBLISHED, actor, "products.published", **noted)
        return Handled(product_id, current.edition, current.state, await db.fetch_value(_TOUCH, product_id))


async def withdraw(product_id: UUID, reason: str, *, actor: Actor, version: int) -> Handled:
    """Take the published edition from the shelf; what was referred under it goes on. Raises ProductUnknown."""
    actor.require(EDIT)
    async with db.transaction():
        await _locked(product_id, version)
        current = await ProductVersion.get_or_none(product_id=product_id, state=VersionState.PUBLISHED)
        if current is None:
            raise errors.ProductOver
        noted = {"ended_at": clock.now(), "end_reason": reason}
        await _move(current, VersionState.WITHDRAWN, actor, "products.withdrawn", **noted)
        return Handled(product_id, current.edition, current.state, await db.fetch_value(_TOUCH, product_id))


async def _locked(product_id: UUID, version: int) -> None:
    row = await db.fetch_one(_LOCK, product_id)
    if row is None:
        raise errors.ProductUnknown
    if row["version"] != version:
        raise errors.ProductChanged


async def _write(product_id: UUID, edition: int, columns: Mapping[str, Any], actor: Actor) -> ProductVersion:
    made = await ProductVersion.create(
        id=new_id(),
        product_id=product_id,
        edition=edition,
        state=VersionState.DRAFT,
        author_id=actor.id,
        written_at=clock.now(),
        **columns,
    )
    await audit.record(actor, "products.drafted", table=TABLE, row_id=made.id, fields=("rule",))
    return made


async def _move(one: ProductVersion, state: VersionState, actor: Actor, action: str, **columns: Any) -> None:
    columns["state"] = VERSION.check(one.state, state)
    one.update_from_dict(columns)
    await one.save_only(*columns)
    await audit.record(actor, action, table=TABLE, row_id=one.id, fields=sorted(columns))
