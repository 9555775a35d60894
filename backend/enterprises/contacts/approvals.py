"""One more than the ceiling: asked for in writing, signed by a second person, used once and within some days.

Who signs is neither who asked nor somebody who works below him; of two who sign at once one succeeds.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Record, UniqueViolationError

from backend import audit
from backend.access import Actor, Condition, granted
from backend.enterprises import visibility as enterprises
from backend.enterprises.contacts import ceilings, people
from backend.enterprises.contacts.errors import (
    ApprovalUnknown,
    AskedBefore,
    ContactChanged,
    ContactWrong,
    NeedsOther,
    NotNeeded,
)
from backend.enterprises.contacts.states import APPROVAL, ApprovalState, Side
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Forbidden
from backend.foundation.ids import new_id

SIGN: Final = "visits.sign"
KEEP: Final = "contacts.keep"
READ: Final = "visits.read"

_PLACE: Final = "SELECT e.district FROM enterprises e WHERE e.id = $1 AND {visible}"
_ASK: Final = """
INSERT INTO contact_approvals (id, enterprise_id, side, year, district, unit_id, reason, state, requested_by,
    requested_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'asked', $8, $9)
"""
_LOCK: Final = "SELECT a.* FROM contact_approvals a WHERE a.id = $1 AND {visible} FOR NO KEY UPDATE OF a"
_ALLOWED: Final = "SELECT FROM contact_approvals a WHERE a.id = $1 AND {visible}"
_USE: Final = """
UPDATE contact_approvals SET state = 'used', used_at = $5, version = version + 1 WHERE id = (
    SELECT id FROM contact_approvals WHERE enterprise_id = $1 AND side = $2 AND year = $3 AND requested_by = $4
    AND state = 'signed' AND holds_until > $5 ORDER BY id LIMIT 1 FOR UPDATE) RETURNING id
"""
_LAPSE: Final = """
UPDATE contact_approvals SET state = 'lapsed', version = version + 1
WHERE (state = 'signed' AND holds_until <= $1) OR (state = 'asked' AND year < $2)
"""
_DAYS: Final = "SELECT signed_days FROM contact_settings"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is told about a request or a signature."""

    id: UUID
    enterprise_id: UUID
    side: Side
    year: int
    state: ApprovalState
    reason: str
    words: str
    district: str | None
    unit_id: UUID | None
    requested_by: UUID
    version: int


def visible_to(actor: Actor, permission: str = READ) -> Condition:
    """Return the condition over `contact_approvals a`: by place and unit, and one's own."""
    return granted(actor, permission, district="a.district", unit="a.unit_id") | Condition(
        "a.requested_by = {}::uuid", (actor.id,)
    )


async def ask(enterprise_id: UUID, side: Side, year: int, reason: str, *, actor: Actor) -> Asked:
    """Ask for one more in a year; raises NotNeeded below the ceiling, AskedBefore, ContactWrong."""
    actor.require(KEEP)
    if year not in (clock.today().year, clock.today().year + 1):
        raise ContactWrong(fields=(FieldError("year", "out_of_range", "只能申请本年度或下一年度。"),))
    async with db.transaction():
        district = await _place(enterprise_id, actor)
        await ceilings.lock([enterprise_id])
        standing = (await ceilings.standings([enterprise_id], year, side))[enterprise_id]
        if not standing.is_full:
            raise NotNeeded
        await lapse()
        made = new_id()
        given = (enterprise_id, side, year, district, await people.unit_of(actor.id), reason, actor.id, clock.now())
        try:
            async with db.savepoint():
                await db.execute(_ASK, made, *given)
        except UniqueViolationError:
            raise AskedBefore from None
        await audit.record(
            actor, "contacts.signature_asked", table="enterprises", row_id=enterprise_id, detail={"reason": reason}
        )
        return await _read(made)


async def decide(approval_id: UUID, words: str, *, is_signed: bool, actor: Actor, version: int | None = None) -> Asked:
    """Sign or refuse; raises ApprovalUnknown, NeedsOther, WrongState where somebody else was quicker."""
    async with db.transaction():
        row = await _locked(approval_id, actor)
        state = APPROVAL.check(
            ApprovalState(row["state"]), ApprovalState.SIGNED if is_signed else ApprovalState.REFUSED
        )
        if version is not None and version != row["version"]:
            raise ContactChanged
        if actor.id is None or actor.id == row["requested_by"]:
            raise NeedsOther
        if await people.works_below(actor.id, row["requested_by"]):
            raise NeedsOther
        days = timedelta(days=await db.fetch_value(_DAYS))
        noted: dict[str, Any] = {"state": state, "decided_by": actor.id, "decided_at": clock.now(), "words": words}
        await _write(row, noted | ({"holds_until": clock.now() + days} if is_signed else {}), actor)
        return await _read(approval_id)


async def use(enterprise_id: UUID, side: Side, year: int, actor: Actor) -> UUID | None:
    """Use up the signature that an actor was given for an enterprise and year; None without one."""
    found: UUID | None = await db.fetch_value(_USE, enterprise_id, side, year, actor.id, clock.now())
    return found


async def lapse() -> int:
    """End signatures that nobody used in time, and requests for years that are over; returns how many."""
    return await db.execute(_LAPSE, clock.now(), clock.today().year)


async def _place(enterprise_id: UUID, actor: Actor) -> str | None:
    visible = enterprises.visible_to(actor)
    row = await db.fetch_one(_PLACE.format(visible=visible.render(2)), enterprise_id, *visible.params)
    if row is None:
        raise ContactWrong(fields=(FieldError("enterprise_id", "unknown", "没有找到该企业，或不在您的管辖范围。"),))
    district: str | None = row["district"]
    return district


async def _locked(approval_id: UUID, actor: Actor) -> Record:
    visible = visible_to(actor)
    row = await db.fetch_one(_LOCK.format(visible=visible.render(2)), approval_id, *visible.params)
    if row is None:
        raise ApprovalUnknown
    allowed = granted(actor, SIGN, district="a.district", unit="a.unit_id")
    sql = _ALLOWED.format(visible=allowed.render(2))
    if await db.fetch_one(sql, approval_id, *allowed.params) is None:
        raise Forbidden(SIGN)
    return row


async def _write(row: Record, columns: dict[str, Any], actor: Actor) -> None:
    sets = "".join(f"{name} = ${place}, " for place, name in enumerate(columns, 2))
    sql = f"UPDATE contact_approvals SET {sets}version = version + 1 WHERE id = $1"
    await db.execute(sql, row["id"], *columns.values())
    action = "contacts.signed" if columns["state"] is ApprovalState.SIGNED else "contacts.signature_refused"
    detail = {"reason": columns["words"]}
    await audit.record(actor, action, table="enterprises", row_id=row["enterprise_id"], detail=detail)


async def _read(approval_id: UUID) -> Asked:
    row = await db.fetch_one("SELECT * FROM contact_approvals WHERE id = $1", approval_id)
    if row is None:
        raise ApprovalUnknown
    names = ("id", "enterprise_id", "year", "reason", "words", "district", "unit_id", "requested_by", "version")
    return Asked(side=Side(row["side"]), state=ApprovalState(row["state"]), **{name: row[name] for name in names})
