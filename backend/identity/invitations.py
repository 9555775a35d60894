"""Colleagues let colleagues in by a code that works once, for 72 hours."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import Actor
from backend.enterprises.models import BindingBasis, BindingRole
from backend.foundation import clock, db
from backend.foundation.db import transaction
from backend.foundation.errors import FieldError, Invalid
from backend.foundation.ids import new_id, token
from backend.foundation.secrets import hash_token
from backend.identity import acting, locks
from backend.identity.binding import bind
from backend.identity.errors import AlreadyBound, InvitationInvalid
from backend.identity.scopes import SCOPES

LIFE: Final = timedelta(hours=72)
LONGEST: Final = timedelta(days=366 * 2)

_PUT = """
INSERT INTO binding_invitations
    (id, enterprise_id, invited_by, role, scope, until_at, code_hash, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
# Only as long as who invited is still in the house himself, and the house stands: nobody new comes into a closed one.
_USE = """
UPDATE binding_invitations i SET used_at = $2, used_by = $3 FROM bindings b, enterprises e
WHERE i.code_hash = $1 AND i.used_at IS NULL AND i.expires_at > $2 AND (i.until_at IS NULL OR i.until_at > $2)
    AND b.id = i.invited_by AND b.state = 'active' AND e.id = i.enterprise_id AND e.closed_at IS NULL
RETURNING i.id, i.enterprise_id, i.role, i.scope, i.until_at, i.invited_by, b.person_id AS inviter_id, e.name, e.uscc
"""


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as its maker gets it; the code is shown once."""

    id: UUID
    code: str = field(repr=False)
    expires_at: datetime


async def invite(
    actor: Actor, enterprise_id: UUID, role: BindingRole, *, scope: Sequence[str] = (), until: datetime | None = None
) -> Invitation:
    """Make a code for one colleague; a clerk has a scope and an end date, a manager neither.

    Raises NotBound, ReadOnly, NotManaging, Invalid.
    """
    _check(role, scope, until)
    async with transaction():
        acted = await acting.acting_for(actor, enterprise_id)
        binding_id = await acting.managing_binding(acted)
        now, code = clock.now(), token()
        made = Invitation(new_id(), code, now + LIFE)
        columns = (made.id, enterprise_id, binding_id, role, sorted(set(scope)), until, hash_token(code))
        await db.execute(_PUT, *columns, now, made.expires_at)
        await audit.record(
            acted, "identity.invited", table="binding_invitations", row_id=made.id, fields=("role", "scope")
        )
    return made


def _check(role: BindingRole, scope: Sequence[str], until: datetime | None) -> None:
    wrong = []
    now = clock.now()
    if role is BindingRole.REPRESENTATIVE:
        wrong.append(FieldError("role", "role", "法定代表人须凭营业执照申请，不能通过邀请绑定。"))
    if role is BindingRole.CLERK and (until is None or not now < until <= now + LONGEST):
        wrong.append(FieldError("until", "range", "请为经办人员设定截止日期，最长两年。"))
    if role is BindingRole.CLERK and (not scope or not set(scope) <= SCOPES):
        wrong.append(FieldError("scope", "unknown", "请为经办人员选择可办理的事项。"))
    if role is BindingRole.MANAGER and (scope or until):
        wrong.append(FieldError("role", "role", "管理人员不设范围和截止日期。"))
    if wrong:
        raise Invalid(fields=tuple(wrong))


async def accept(actor: Actor, code: str) -> UUID:
    """Bind the actor by an invitation and return the binding's id; of any number who try one code one gets in.

    Raises InvitationInvalid, AlreadyBound, TooManyManagers; then the code stays good.
    """
    async with transaction():
        invitation = await db.fetch_one(_USE, hash_token(code.strip()), clock.now(), actor.id)
        if invitation is None:
            raise InvitationInvalid
        if invitation["inviter_id"] == actor.id:
            raise AlreadyBound
        return await _enter(actor, invitation)


async def _enter(actor: Actor, invitation: Record) -> UUID:
    await locks.take("binding", invitation["uscc"])
    binding = await bind(
        actor,
        enterprise=invitation["name"],
        person_id=actor.id,
        enterprise_id=invitation["enterprise_id"],
        role=BindingRole(invitation["role"]),
        basis=BindingBasis.INVITATION,
        scope=list(invitation["scope"]),
        until=invitation["until_at"],
        invited_by=invitation["invited_by"],
    )
    return binding.id
