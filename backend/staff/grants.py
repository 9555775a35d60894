"""Commands on grants."""

import re
from collections.abc import Sequence
from uuid import UUID

from tortoise.exceptions import IntegrityError

from backend import audit
from backend.access import EXCLUSIVE, PERMISSIONS, Actor, Grant
from backend.foundation import clock, db
from backend.foundation.db import savepoint, transaction
from backend.foundation.errors import FieldError, Invalid, NotFound
from backend.foundation.ids import new_id
from backend.staff.errors import HasLeft, OwnAccount, RolesExclude, StaffNotFound
from backend.staff.models import Staff, StaffGrant, StaffState

MANAGE = "staff.manage"
DISTRICT = r"[0-9]{6}([0-9]{3}){0,2}|[0-9]{4}[A-Z]{3}"
"""A division code, or that of a functional zone, which stands beside the counties: 3305NTH."""
_DISTRICT = re.compile(DISTRICT)
_CAPABILITIES = frozenset(permission.partition(".")[0] for permission in PERMISSIONS)


async def add(staff_id: UUID, wanted: Sequence[Grant], *, actor: Actor) -> list[UUID]:
    """Grant roles; the database itself refuses two exclusive roles for one account at one time.

    Raises RolesExclude, OwnAccount, Invalid, StaffNotFound.
    """
    actor.require(MANAGE)
    if actor.id is not None and actor.id == staff_id:
        raise OwnAccount
    for grant in wanted:
        _check(grant)
    _check_exclusive(wanted)
    async with transaction():
        await locked(staff_id)
        rows = [_row(staff_id, grant, actor) for grant in wanted]
        try:
            async with savepoint():
                await StaffGrant.bulk_create(rows)
        except IntegrityError as error:
            raise _refusal(error) from error
        for row in rows:
            await audit.record(
                actor, "staff.granted", table="staff_grants", row_id=row.id, fields=("role",), detail={"role": row.role}
            )
    return [row.id for row in rows]


def _check(grant: Grant) -> None:
    wrong = []
    if any(not _DISTRICT.fullmatch(code) for code in grant.districts):
        wrong.append(FieldError("districts", "pattern", "区划代码须为 6、9 或 12 位数字，或功能区代码，如 3305NTH。"))
    if not _CAPABILITIES.issuperset(grant.capabilities):
        wrong.append(FieldError("capabilities", "unknown", f"业务范围只能是：{'、'.join(sorted(_CAPABILITIES))}。"))
    if grant.until is not None and grant.until <= clock.now():
        wrong.append(FieldError("until", "past", "授权截止时间须晚于现在。"))
    if wrong:
        raise Invalid(fields=tuple(wrong))


def _check_exclusive(wanted: Sequence[Grant]) -> None:
    if len({grant.role for grant in wanted} & EXCLUSIVE) > 1:
        raise RolesExclude


def _row(staff_id: UUID, grant: Grant, actor: Actor) -> StaffGrant:
    return StaffGrant(
        id=new_id(),
        staff_id=staff_id,
        role=grant.role,
        unit_id=grant.unit_id,
        districts=list(grant.districts),
        capabilities=list(grant.capabilities),
        granted_by_id=actor.id,
        granted_at=clock.now(),
        until_at=grant.until,
    )


def _refusal(error: IntegrityError) -> Exception:
    name = getattr(error.__cause__, "constraint_name", None) or str(error)
    if "staff_grants_exclusive" in name:
        return RolesExclude()
    return Invalid(fields=(FieldError("unit_id", "unknown", "没有这个单位。"),))


async def locked(staff_id: UUID) -> Staff:
    """Return an account that has not left, locked for change; raises StaffNotFound or HasLeft."""
    account = await Staff.select_for_update().get_or_none(id=staff_id)
    if account is None:
        raise StaffNotFound
    if account.state == StaffState.LEFT:
        raise HasLeft
    return account


async def end(staff_id: UUID, grant_id: UUID, *, actor: Actor) -> None:
    """Take a grant away from this moment on; taking it twice changes nothing."""
    actor.require(MANAGE)
    if actor.id == staff_id:
        raise OwnAccount
    async with transaction():
        sql = "UPDATE staff_grants SET ended_at = coalesce(ended_at, $3) WHERE id = $2 AND staff_id = $1"
        if not await db.execute(sql, staff_id, grant_id, clock.now()):
            raise NotFound
        await audit.record(actor, "staff.grant_ended", table="staff_grants", row_id=grant_id, fields=("ended_at",))


async def end_all(staff_id: UUID) -> int:
    sql = "UPDATE staff_grants SET ended_at = $2 WHERE staff_id = $1 AND ended_at IS NULL"
    return await db.execute(sql, staff_id, clock.now())
