"""An owner says what he needs, checks himself by five standards, and opens it: matched, and listed without his name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from asyncpg import UniqueViolationError
from tortoise.exceptions import IntegrityError

from backend import audit
from backend.access import SYSTEM, Actor
from backend.financing import checking, coarsening, errors, messages, outcomes, standing, values, writing
from backend.financing.catalogue import matching
from backend.financing.codes import COLLATERAL, PURPOSES, STANDARDS
from backend.financing.consent import ending
from backend.financing.costs.terms import MOST_MONTHS, REPAYMENTS
from backend.financing.events import Kind, NewEvent
from backend.financing.models import Application
from backend.financing.states import ApplicationState
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.foundation.ids import new_id, random_id, token
from backend.foundation.logging import get_logger
from backend.foundation.numbers import public_number

log = get_logger(__name__)

PREFIX: Final = "RZ"
LONGEST: Final = 500

# What a bank looks at a second time waits for its answer.
_EXPIRED: Final = """
SELECT id FROM financing_applications a WHERE state = 'open' AND expires_at <= $1 AND NOT EXISTS (
    SELECT FROM financing_second_looks l JOIN financing_referrals r ON r.id = l.referral_id
    WHERE r.application_id = a.id AND l.outcome IS NULL AND l.bank_by > $1)
  AND ($3::uuid IS NULL OR id = $3)
ORDER BY expires_at, id LIMIT $2
"""
# Whoever has denied it once has said what he has to say.
_NOTED: Final = """
SELECT EXISTS (SELECT FROM financing_referrals
               WHERE application_id = $1 AND state = 'drawing' AND contested_at IS NULL)
"""
RUN_OUT: Final = "融资需求已到期"


@dataclass(frozen=True, slots=True)
class Standard:
    """An owner's word on one of the five; None: he is not sure. `evidence` is what shows it."""

    is_met: bool | None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an owner needs; amounts in 万元. `standards` may stay open in a draft."""

    amount_wan: Decimal
    months: int
    purpose: str
    collateral: tuple[str, ...]
    repayment: str | None = None
    is_listed: bool = True
    standards: Mapping[str, Standard] = field(default_factory=dict)

    def columns(self) -> dict[str, Any]:
        """Return the row's columns; raises ContentWrong with every wrong place."""
        checking.refuse(errors.ContentWrong, self._wrong())
        told = {key: {"is_met": one.is_met, "evidence": one.evidence} for key, one in self.standards.items()}
        return {
            "amount_wan": self.amount_wan,
            "months": self.months,
            "purpose": self.purpose,
            "collateral": list(self.collateral),
            "repayment": self.repayment,
            "is_listed": self.is_listed,
            "standards": told,
        }

    def _wrong(self) -> Iterator[FieldError]:
        yield from checking.amount_wan("amount_wan", self.amount_wan)
        if not 1 <= self.months <= MOST_MONTHS:
            yield FieldError("months", "range", f"期限须为 1 至 {MOST_MONTHS} 个月。")
        if self.purpose not in PURPOSES:
            yield FieldError("purpose", "unknown", f"用途只能是：{'、'.join(PURPOSES)}。")
        if not self.collateral or not set(self.collateral) <= set(COLLATERAL):
            yield FieldError("collateral", "unknown", f"至少选一种担保方式：{'、'.join(COLLATERAL)}。")
        if self.repayment is not None and self.repayment not in REPAYMENTS:
            yield FieldError("repayment", "unknown", f"还款方式只能是：{'、'.join(REPAYMENTS)}。")
        if not set(self.standards) <= set(STANDARDS):
            yield FieldError("standards", "unknown", f"自查项只能是：{'、'.join(STANDARDS)}。")
        if any(len(one.evidence) > LONGEST for one in self.standards.values()):
            yield FieldError("standards", "length", f"每项依据至多 {LONGEST} 字。")


async def draft(asked: Asked, *, actor: Actor, follows_id: UUID | None = None) -> Application:
    """Begin an application of the enterprise for which the actor acts.

    Raises TooManyOpen while another goes on, EnterpriseNotActive, ContentWrong.
    """
    columns, moment = asked.columns(), clock.now()
    async with db.transaction():
        place = await standing.standing_of(actor.enterprise_id)
        try:
            async with db.savepoint():
                made = await Application.create(
                    id=new_id(),
                    number=await public_number(PREFIX),
                    enterprise_id=actor.enterprise_id,
                    person_id=actor.id,
                    state=ApplicationState.DRAFT,
                    district=place.district,
                    seed=token(),
                    listing_id=random_id(),
                    follows_id=follows_id,
                    created_at=moment,
                    **columns,
                )
        except (IntegrityError, UniqueViolationError) as error:
            raise errors.TooManyOpen from error
        await writing.append(made.id, actor, NewEvent(Kind.DRAFTED))
        await audit.record(actor, "financing.drafted", table=writing.APPLICATIONS, row_id=made.id)
    return made


async def edit(application_id: UUID, asked: Asked, *, actor: Actor, version: int) -> Application:
    """Write a draft anew; what is submitted stays as the banks read it. Raises ApplicationOver."""
    columns = asked.columns()
    async with writing.changing(application_id, actor, version=version) as found:
        if found.state is not ApplicationState.DRAFT:
            raise errors.ApplicationOver("已提交的融资需求不能修改；需要变更请撤回后重新提出。")
        await writing.write(found, actor, "financing.edited", NewEvent(Kind.DRAFTED), **columns)
    return found


async def submit(application_id: UUID, *, actor: Actor, version: int) -> Application:
    """Open a draft: match it, put the banks in order, coarsen what is listed.

    Raises StandardsOpen naming what is missing, EnterpriseNotActive, WrongState.
    """
    async with writing.changing(application_id, actor, version=version) as found:
        _check_standards(found)
        moment, place = clock.now(), await standing.standing_of(found.enterprise_id)
        columns = {
            "district": place.district,
            "size": place.size,
            "submitted_at": moment,
            "expires_at": moment + timedelta(days=await values.of("open_days")),
            **(await coarsening.coarsened(found.enterprise_id, found.collateral, moment)).columns(),
        }
        state = ApplicationState.OPEN
        await writing.write(found, actor, "financing.submitted", NewEvent(Kind.SUBMITTED), state=state, **columns)
        await matching.match(found)
    return found


def _check_standards(found: Application) -> None:
    missing = [key for key in STANDARDS if key not in found.standards]
    if missing:
        raise errors.StandardsOpen(
            fields=tuple(FieldError(f"standards.{key}", "missing", f"请回答“{STANDARDS[key]}”。") for key in missing)
        )


async def withdraw(application_id: UUID, reason: str, *, actor: Actor, version: int | None = None) -> Application:
    """Take an application back: every consent under it is revoked, no bank reads on.

    Raises DrawingPending while a bank says that it paid out, and its owner has not said whether it did; one that notes
    again what he denied keeps him from nothing.
    """
    async with writing.changing(application_id, actor, version=version) as found:
        if await db.fetch_value(_NOTED, found.id):
            raise errors.DrawingPending
        await ending.end_referrals(found, outcomes.said(reason), actor)
        event = NewEvent(Kind.WITHDRAWN, body=reason)
        state = ApplicationState.WITHDRAWN
        await writing.write(found, actor, "financing.withdrawn", event, state=state, end_reason=reason)
    return found


async def expire(limit: int = 200) -> int:
    """End what nobody chose a bank for in time, with every consent under it, and tell its owner; returns how many."""
    ended = 0
    for row in await db.fetch(_EXPIRED, clock.now(), limit, None):
        try:
            ended += await _expire(row["id"])
        except Exception:
            log.exception("financing.expiry_failed", application=str(row["id"]))
    return ended


async def _expire(application_id: UUID) -> bool:
    async with writing.changing(application_id, SYSTEM) as found:
        if not await db.fetch(_EXPIRED, clock.now(), 1, found.id):  # somebody was quicker
            return False
        await ending.end_referrals(found, RUN_OUT, SYSTEM)
        event, state = NewEvent(Kind.EXPIRED), ApplicationState.EXPIRED
        await writing.write(found, SYSTEM, "financing.expired", event, state=state)
        await messages.expired(found)
        return True
