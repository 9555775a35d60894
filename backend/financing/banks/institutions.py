"""Banks and guarantors: who they are, the impact assessment before anything goes to them, their desks and people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from asyncpg import UniqueViolationError
from tortoise.exceptions import IntegrityError

from backend import audit
from backend.access import SYSTEM, Actor, ActorKind, Role
from backend.enterprises.divisions import DISTRICTS
from backend.financing import errors
from backend.financing.values import MANAGE
from backend.financing.visibility import READ
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.foundation.ids import new_id

INSTITUTIONS: Final = "financing_institutions"
DESKS: Final = "financing_desks"
PEOPLE: Final = "financing_desk_people"

_ADD: Final = """
INSERT INTO financing_institutions (id, name, kind, contact, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO NOTHING
"""
_LOCK: Final = "SELECT version FROM financing_institutions WHERE id = $1 FOR NO KEY UPDATE"
_EDIT: Final = """
UPDATE financing_institutions SET name = $2, contact = $3, is_open = $4, version = version + 1 WHERE id = $1
"""
_ASSESS: Final = """
INSERT INTO financing_assessments (id, institution_id, purpose, risks, measures, level, made_by, made_at, valid_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_ASSESSMENTS: Final = """
SELECT a.id, a.purpose, a.risks, a.measures, a.level, a.made_at, a.valid_until, s.name AS made_by
FROM financing_assessments a LEFT JOIN staff s ON s.id = a.made_by WHERE a.institution_id = $1 ORDER BY a.id DESC
"""
_OPEN_DESK: Final = """
INSERT INTO financing_desks (id, institution_id, name, districts, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (institution_id, name) DO NOTHING
"""
_CLOSE_DESK: Final = """
UPDATE financing_desks SET closed_at = coalesce(closed_at, $2), version = version + 1 WHERE id = $1
"""
_IS_OPEN_DESK: Final = "SELECT FROM financing_desks WHERE id = $1 AND closed_at IS NULL FOR SHARE"
_IS_PARTNER: Final = """
SELECT EXISTS (SELECT FROM staff s JOIN staff_grants g ON g.staff_id = s.id
    WHERE s.id = $1 AND s.state = 'active' AND g.role = $2 AND g.ended_at IS NULL
      AND (g.until_at IS NULL OR g.until_at > $3))
"""
_JOIN: Final = "INSERT INTO financing_desk_people (id, desk_id, staff_id, added_at) VALUES ($1, $2, $3, $4)"
_LEAVE: Final = """
UPDATE financing_desk_people SET ended_at = $3 WHERE desk_id = $1 AND staff_id = $2 AND ended_at IS NULL
"""
_LEAVE_CLOSED: Final = """
UPDATE financing_desk_people p SET ended_at = $2 FROM financing_desks d
WHERE p.staff_id = $1 AND p.ended_at IS NULL AND d.id = p.desk_id AND d.closed_at IS NOT NULL
"""
_LEFT: Final = "UPDATE financing_desk_people SET ended_at = $2 WHERE staff_id = ANY ($1::uuid[]) AND ended_at IS NULL"
# A bank's programs hold the keys of its people: whoever comes to another bank's desk later must not bring them along.
_KEYS: Final = """
UPDATE financing_clients SET revoked_at = $2 WHERE staff_id = ANY ($1::uuid[]) AND revoked_at IS NULL RETURNING id
"""
_DESK_OF: Final = """
SELECT d.id, d.institution_id, i.name AS institution, d.name, d.districts
FROM financing_desk_people p JOIN financing_desks d ON d.id = p.desk_id
JOIN financing_institutions i ON i.id = d.institution_id
WHERE p.staff_id = $1 AND p.ended_at IS NULL AND d.closed_at IS NULL
"""
# Of several that take a district the one that was named for it, and always the same.
_DESK_FOR: Final = """
SELECT d.id FROM financing_desks d
WHERE d.institution_id = $1 AND d.closed_at IS NULL AND (d.districts = '{}' OR $2::text = ANY (d.districts))
ORDER BY d.districts = '{}', d.created_at, d.id LIMIT 1
"""
_LISTED: Final = """
SELECT i.id, i.name, i.kind, i.contact, i.is_open, i.version,
    (SELECT max(s.valid_until) FROM financing_assessments s WHERE s.institution_id = i.id) AS assessed_until,
    coalesce((SELECT json_agg(json_build_object('id', d.id, 'name', d.name, 'districts', d.districts,
        'is_open', d.closed_at IS NULL, 'people',
        (SELECT coalesce(json_agg(json_build_object('id', s.id, 'name', s.name) ORDER BY s.name), '[]')
         FROM financing_desk_people p JOIN staff s ON s.id = p.staff_id
         WHERE p.desk_id = d.id AND p.ended_at IS NULL)) ORDER BY d.created_at, d.id)::text
     FROM financing_desks d WHERE d.institution_id = i.id), '[]') AS desks
FROM financing_institutions i ORDER BY i.name, i.id
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where somebody of a bank works; no districts means the whole city."""

    id: UUID
    institution_id: UUID
    institution: str
    name: str
    districts: tuple[str, ...]


async def add(name: str, kind: str, contact: str, *, actor: Actor) -> UUID:
    """Enter an institution; raises InstitutionTaken."""
    actor.require(MANAGE)
    made = new_id()
    async with db.transaction():
        if not await db.execute(_ADD, made, name, kind, contact, clock.now()):
            raise errors.InstitutionTaken
        await audit.record(actor, "financing.institution_added", table=INSTITUTIONS, row_id=made, fields=("name",))
    return made


async def edit(institution_id: UUID, name: str, contact: str, *, is_open: bool, actor: Actor, version: int) -> None:
    """Change what an institution is called and whether it takes referrals; what was signed names the old one."""
    actor.require(MANAGE)
    async with db.transaction():
        await _locked(institution_id, version)
        try:
            async with db.savepoint():
                await db.execute(_EDIT, institution_id, name, contact, is_open)
        except (IntegrityError, UniqueViolationError) as error:
            raise errors.InstitutionTaken from error
        fields = ("name", "contact", "is_open")
        await audit.record(
            actor, "financing.institution_edited", table=INSTITUTIONS, row_id=institution_id, fields=fields
        )


async def _locked(institution_id: UUID, version: int | None = None) -> None:
    found = await db.fetch_value(_LOCK, institution_id)
    if found is None:
        raise errors.InstitutionUnknown
    if version is not None and found != version:
        raise errors.InstitutionChanged


@dataclass(frozen=True, slots=True)
class Assessment:
    """An impact assessment (个人信息保护法 art. 56): purpose, risks, measures, and until when it holds."""

    purpose: str
    risks: str
    measures: str
    level: str
    valid_until: date


async def assess(institution_id: UUID, made: Assessment, *, actor: Actor) -> UUID:
    """Keep an impact assessment; without one in force nothing of an owner is given to the institution."""
    actor.require(MANAGE)
    if made.valid_until <= clock.today():
        raise errors.ContentWrong(fields=(FieldError("valid_until", "past", "有效期须晚于今天。"),))
    row_id = new_id()
    async with db.transaction():
        await _locked(institution_id)
        given = (made.purpose, made.risks, made.measures, made.level, actor.id, clock.now(), made.valid_until)
        await db.execute(_ASSESS, row_id, institution_id, *given)
        await audit.record(actor, "financing.assessed", table="financing_assessments", row_id=row_id)
    return row_id


async def assessments(actor: Actor, institution_id: UUID) -> list[dict[str, Any]]:
    """Return an institution's impact assessments, the newest first; none for one that isn't there."""
    actor.require(READ)
    return [dict(row) for row in await db.fetch(_ASSESSMENTS, institution_id)]


async def open_desk(institution_id: UUID, name: str, districts: Sequence[str], *, actor: Actor) -> UUID:
    """Open a desk for some districts, or for the whole city; raises DeskTaken."""
    actor.require(MANAGE)
    if not set(districts) <= set(DISTRICTS):
        raise errors.ContentWrong(fields=(FieldError("districts", "unknown", "没有这个区县代码。"),))
    desk_id = new_id()
    async with db.transaction():
        await _locked(institution_id)
        if not await db.execute(_OPEN_DESK, desk_id, institution_id, name, list(districts), clock.now()):
            raise errors.DeskTaken
        await audit.record(actor, "financing.desk_opened", table=DESKS, row_id=desk_id, fields=("name",))
    return desk_id


async def close_desk(desk_id: UUID, *, actor: Actor) -> None:
    """Close a desk: from this moment its people see nothing any more; closing twice changes nothing."""
    actor.require(MANAGE)
    async with db.transaction():
        if not await db.execute(_CLOSE_DESK, desk_id, clock.now()):
            raise errors.DeskUnknown
        await audit.record(actor, "financing.desk_closed", table=DESKS, row_id=desk_id, fields=("closed_at",))


async def join(desk_id: UUID, staff_id: UUID, *, actor: Actor) -> None:
    """Let a partner's account work at a desk, no longer at a closed one.

    Raises DeskUnknown, NotAPartner, AtAnotherDesk.
    """
    actor.require(MANAGE)
    async with db.transaction():
        if await db.fetch_one(_IS_OPEN_DESK, desk_id) is None:
            raise errors.DeskUnknown
        if not await db.fetch_value(_IS_PARTNER, staff_id, Role.PARTNER.value, clock.now()):
            raise errors.NotAPartner
        row_id = new_id()
        if await db.execute(_LEAVE_CLOSED, staff_id, clock.now()):
            await _end_keys([staff_id], actor)
        try:
            async with db.savepoint():
                await db.execute(_JOIN, row_id, desk_id, staff_id, clock.now())
        except (IntegrityError, UniqueViolationError) as error:
            raise errors.AtAnotherDesk from error
        await audit.record(actor, "financing.desk_joined", table=PEOPLE, row_id=row_id, fields=("staff_id",))


async def part(desk_id: UUID, staff_id: UUID, *, actor: Actor) -> None:
    """Let nobody work at a desk who left it, nor any program in his name; raises DeskUnknown for one who does not."""
    actor.require(MANAGE)
    async with db.transaction():
        if not await db.execute(_LEAVE, desk_id, staff_id, clock.now()):
            raise errors.DeskUnknown
        await audit.record(actor, "financing.desk_left", table=PEOPLE, row_id=staff_id, fields=("ended_at",))
        await _end_keys([staff_id], actor)


async def staff_left(staff_ids: Sequence[UUID]) -> int:
    """Take leavers from their desks and end their keys; their accounts are closed already."""
    async with db.transaction():
        await _end_keys(staff_ids, SYSTEM)
        return await db.execute(_LEFT, list(staff_ids), clock.now())


async def _end_keys(staff_ids: Sequence[UUID], actor: Actor) -> None:
    for row in await db.fetch(_KEYS, list(staff_ids), clock.now()):
        fields = ("revoked_at",)
        await audit.record(
            actor, "financing.client_revoked", table="financing_clients", row_id=row["id"], fields=fields
        )


async def desk_of(actor: Actor) -> Desk:
    """Return the desk at which a partner works now; raises NotAtADesk."""
    row = await db.fetch_one(_DESK_OF, actor.id) if actor.kind is ActorKind.PARTNER else None
    if row is None:
        raise errors.NotAtADesk
    return Desk(row["id"], row["institution_id"], row["institution"], row["name"], tuple(row["districts"]))


async def desk_for(institution_id: UUID, district: str | None) -> UUID:
    """Return the desk that takes referrals from a district; raises NoDesk."""
    found: UUID | None = await db.fetch_value(_DESK_FOR, institution_id, district)
    if found is None:
        raise errors.NoDesk
    return found


async def listed(actor: Actor) -> list[dict[str, Any]]:
    """Return all institutions with their desks and people, for staff; `desks` is JSON."""
    actor.require(READ)
    return [dict(row) for row in await db.fetch(_LISTED)]
