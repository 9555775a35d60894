"""Who comes to act for an enterprise: claim it by what the registry knows, or be let in by staff or colleagues."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from asyncpg import Record
from tortoise.exceptions import IntegrityError

from backend import audit, runtime
from backend.access import Actor
from backend.enterprises.models import Binding, BindingBasis, BindingRole, BindingState
from backend.foundation import clock, db
from backend.foundation.db import savepoint, transaction
from backend.foundation.errors import FieldError, Invalid
from backend.foundation.ids import new_id
from backend.identity import contacts, limits, locks, messages, notices, proving
from backend.identity.errors import (
    AlreadyBound,
    AlreadyClaimed,
    PhoneNeeded,
    RepresentativeTaken,
    TooManyManagers,
    UsccMalformed,
)
from backend.identity.phones import phone_of
from backend.notifications import tell

MANAGERS: Final = 5
LONGEST_NAME: Final = 100

_ENTERPRISE = """
SELECT e.id, e.name, e.representative_index, e.phone_index, e.closed_at,
       (SELECT count(*) FROM (SELECT FROM enterprises o WHERE o.phone_index = ANY ($2::bytea[]) LIMIT $4) AS alike)
           AS standing,
       EXISTS (SELECT FROM bindings b WHERE b.enterprise_id = e.id AND b.person_id = $3 AND b.state = 'refused')
           AS was_refused
FROM enterprises e WHERE e.uscc = $1
"""
_MINE = """
SELECT id, role, state FROM bindings
WHERE person_id = $1 AND enterprise_id = $2 AND state IN ('pending', 'active', 'read_only')
"""
_REVIEW = """
INSERT INTO binding_reviews
    (id, kind, state, person_id, uscc, role, representative_sealed, licence_file_id, created_at)
VALUES ($1, 'claim', 'pending', $2, $3, $4, $5, $6, $7)
"""
_OPEN_REVIEW = """
SELECT id FROM binding_reviews WHERE person_id = $1 AND uscc = $2 AND kind = 'claim' AND state = 'pending'
"""
_CORRECT = """
UPDATE binding_reviews SET role = $2, representative_sealed = $3, licence_file_id = coalesce($4, licence_file_id)
WHERE id = $1
"""
_WITHDRAW = """
UPDATE binding_reviews SET state = 'withdrawn'
WHERE person_id = $1 AND uscc = $2 AND kind = 'claim' AND state = 'pending' RETURNING id
"""
_OWN_FILE = "SELECT 1 FROM files WHERE id = $1 AND owner_kind = 'owner' AND owner_id = $2 AND state = 'stored'"
_MANAGERS = """
SELECT count(*) FROM bindings
WHERE enterprise_id = $1 AND role = 'manager' AND state IN ('pending', 'active', 'read_only')
"""
_TOLD = """
SELECT DISTINCT person_id FROM bindings
WHERE enterprise_id = $1 AND person_id <> $2 AND state IN ('active', 'read_only') AND (until IS NULL OR until > $3)
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What came of a claim: a binding at once, or a review that waits for staff. Nothing else is told."""

    state: str
    binding_id: UUID | None = None
    review_id: UUID | None = None


async def claim(
    actor: Actor,
    uscc: str,
    representative_name: str,
    *,
    role: BindingRole = BindingRole.MANAGER,
    licence_file_id: UUID | None = None,
) -> Claimed:
    """Bind the actor to an enterprise when the registry proves it, else hand the claim to staff.

    Code, representative and verified phone must all be the registry's; whichever is wrong the answer is the same:
    under review. A claim as representative, one by a phone that stands with more than 3 enterprises, and one by
    somebody whom staff turned away after an objection always go to review.
    Raises PhoneNeeded, UsccMalformed, TooManyClaims, AlreadyBound, AlreadyClaimed, TooManyManagers.
    """
    wanted = _wanted(uscc, representative_name, role, licence_file_id)
    async with transaction():
        await limits.spend("person", str(actor.id), limits.PER_PERSON)
        await limits.spend("uscc", wanted.uscc, limits.PER_ENTERPRISE)
        phone = await phone_of(actor.id, is_kept=True) if actor.id else None
        if phone is None:
            raise PhoneNeeded
        await _check_file(actor, licence_file_id)
        await locks.take("binding", wanted.uscc)
        phones = runtime.current().vault.blind_indexes(phone, column=contacts.PHONE)
        enterprise = await db.fetch_one(_ENTERPRISE, wanted.uscc, phones, actor.id, proving.AGENT + 1)
        mine = await db.fetch_one(_MINE, actor.id, enterprise["id"]) if enterprise else None
        if mine is not None:
            _check_mine(mine, role)
        if enterprise is None or not _is_proved(enterprise, wanted, phones):
            return await _hand_to_staff(actor, wanted)
        if mine is None:
            return await _bind_at_once(actor, enterprise, wanted)
        return await (_prove(actor, mine) if mine["role"] == role else _hand_to_staff(actor, wanted))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A claim, spelled as the registry spells."""

    uscc: str
    name: str
    role: BindingRole
    licence_file_id: UUID | None


def _wanted(uscc: str, name: str, role: BindingRole, licence_file_id: UUID | None) -> _Wanted:
    code, plain = contacts.normal_uscc(uscc), contacts.normal_name(name)
    if code is None:
        raise UsccMalformed
    if not 0 < len(plain) <= LONGEST_NAME:
        raise Invalid(fields=(FieldError("representative_name", "length", "请填写营业执照上的负责人姓名。"),))
    if role is BindingRole.CLERK:
        raise Invalid(fields=(FieldError("role", "role", "经办人员由企业管理人员邀请。"),))
    return _Wanted(code, plain, role, licence_file_id)


def _check_mine(mine: Record, role: BindingRole) -> None:
    """Refuse a claim to what one has, and any claim while staff look into an objection to the binding one has."""
    if mine["state"] == BindingState.PENDING:
        raise AlreadyClaimed
    if mine["state"] == BindingState.ACTIVE and mine["role"] in {role, BindingRole.REPRESENTATIVE}:
        raise AlreadyBound


def _is_proved(enterprise: Record, wanted: _Wanted, phones: list[bytes]) -> bool:
    if wanted.role is not BindingRole.MANAGER or enterprise["standing"] > proving.AGENT:
        return False
    if enterprise["closed_at"] is not None or enterprise["was_refused"]:
        return False
    vault = runtime.current().vault
    indexes = {
        index
        for name in contacts.spellings(wanted.name)
        for index in vault.blind_indexes(name, column=contacts.REPRESENTATIVE)
    }
    return enterprise["representative_index"] in indexes and enterprise["phone_index"] in phones


async def _check_file(actor: Actor, file_id: UUID | None) -> None:
    if file_id is not None and await db.fetch_value(_OWN_FILE, file_id, actor.id) is None:
        raise Invalid(fields=(FieldError("licence_file_id", "unknown", "请先上传营业执照照片。"),))


async def _prove(actor: Actor, mine: Record) -> Claimed:
    """Take a manager's read-only binding back into force; a representative's was staff's to judge and stays so."""
    await proving.restore(mine["id"])
    await audit.record(actor, "identity.binding_proved", table="bindings", row_id=mine["id"], fields=("state",))
    return Claimed(BindingState.ACTIVE, binding_id=mine["id"])


async def _bind_at_once(actor: Actor, enterprise: Record, wanted: _Wanted) -> Claimed:
    await notices.decided([row["id"] for row in await db.fetch(_WITHDRAW, actor.id, wanted.uscc)])
    binding = await bind(
        actor,
        person_id=actor.id,
        enterprise_id=enterprise["id"],
        enterprise=enterprise["name"],
        role=BindingRole.MANAGER,
        basis=BindingBasis.REGISTERED_PHONE,
        rests_on_contact=True,
    )
    return Claimed(binding.state, binding_id=binding.id)


async def _hand_to_staff(actor: Actor, wanted: _Wanted) -> Claimed:
    """Open a review, or bring the open one up to date, so that a corrected claim counts as a try like any other."""
    known: UUID | None = await db.fetch_value(_OPEN_REVIEW, actor.id, wanted.uscc)
    review_id = known or new_id()
    sealed = runtime.current().vault.encrypt(
        wanted.name, table="binding_reviews", column="representative_sealed", row=review_id
    )
    told = (wanted.role, sealed, wanted.licence_file_id)
    if known is None:
        await db.execute(_REVIEW, review_id, actor.id, wanted.uscc, *told, clock.now())
        await notices.review_wanted(review_id, wanted.uscc, "绑定申请")
    else:
        await db.execute(_CORRECT, review_id, *told)
    await audit.record(actor, "identity.claimed", table="binding_reviews", row_id=review_id, fields=("uscc", "role"))
    return Claimed(BindingState.PENDING, review_id=review_id)


async def bind(actor: Actor, *, enterprise: str, **columns: Any) -> Binding:
    """Write an active binding and tell everyone already bound; the caller holds the enterprise's binding lock.

    Raises TooManyManagers, RepresentativeTaken, AlreadyBound.
    """
    now = clock.now()
    if columns["role"] is BindingRole.MANAGER and await db.fetch_value(_MANAGERS, columns["enterprise_id"]) >= MANAGERS:
        raise TooManyManagers
    try:
        async with savepoint():
            binding = await Binding.create(state=BindingState.ACTIVE, created_at=now, **columns)
    except IntegrityError as error:
        taken = getattr(error.__cause__, "constraint_name", "") == "bindings_representative"
        raise (RepresentativeTaken() if taken else AlreadyBound()) from error
    await audit.record(actor, "identity.bound", table="bindings", row_id=binding.id, fields=("role", "state"))
    told = await db.fetch(_TOLD, binding.enterprise_id, binding.person_id, now)
    people = [row["person_id"] for row in told]
    await tell(messages.binding_added(binding.id, people, enterprise=enterprise, role=binding.role, at=now))
    return binding
