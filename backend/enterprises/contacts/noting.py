"""Writes contacts down, once each, and strikes out what is wrong; nothing is ever deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import Actor, granted
from backend.enterprises.contacts import merging, people
from backend.enterprises.contacts.errors import ContactChanged, ContactUnknown, OwnLine, StruckBefore
from backend.enterprises.contacts.states import ServiceKind
from backend.enterprises.contacts.visibility import visible_to
from backend.foundation import clock, db
from backend.foundation.errors import Forbidden

KEEP: Final = "contacts.keep"

# A twin that noted it before changes nothing; the names in the caller's order.
_NOTE: Final = """
INSERT INTO contacts (id, enterprise_id, side, kind, origin, origin_id, on_day, at, reason, legal_basis, district,
    unit_id, is_counted, is_wished, is_late, noted_by_kind, noted_by, noted_at)
SELECT uuidv7(), e.id, k.side, k.key, $3, $4, $5, $6, left($7, 200), left($8, 300), e.district, $9, k.is_counted,
    NOT EXISTS (SELECT FROM contact_plans p WHERE p.origin = $3 AND p.origin_id = $4 AND p.enterprise_id = e.id),
    $5::date < $10::date - s.late_days, $11, $12, $13
FROM contact_kinds k, contact_settings s, enterprises e
WHERE k.key = $2 AND k.side = 'service' AND e.id = ANY ($1::uuid[]) ORDER BY e.id
ON CONFLICT (origin, origin_id, enterprise_id) WHERE struck_at IS NULL DO NOTHING RETURNING id, enterprise_id
"""
_DONE: Final = """
UPDATE contact_plans SET state = 'done', ended_at = $4, version = version + 1
WHERE origin = $1 AND origin_id = $2 AND enterprise_id = ANY ($3::uuid[]) AND state = 'planned' RETURNING id
"""
_LOCK: Final = "SELECT c.* FROM contacts c WHERE c.id = $1 AND {visible} FOR NO KEY UPDATE OF c"
_ALLOWED: Final = "SELECT FROM contacts c WHERE c.id = $1 AND {visible}"
_CAME: Final = "SELECT EXISTS (SELECT FROM contact_people WHERE contact_id = $1 AND staff_id = $2)"
_STRIKE: Final = """
UPDATE contacts SET struck_at = $2, struck_by = $3, strike_reason = $4, version = version + 1 WHERE id = $1
"""
_STRIKE_OF: Final = """
UPDATE contacts SET struck_at = $3, struck_by = $4, strike_reason = $5, version = version + 1
WHERE origin = $1 AND origin_id = $2 AND enterprise_id = ANY ($6::uuid[]) AND struck_at IS NULL RETURNING enterprise_id
"""
_OBJECTED: Final = """
UPDATE contacts SET objected_at = $3, version = version + 1
WHERE id = $1 AND enterprise_id = $2 AND objected_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Contact:
    """A service that took place; `staff` came, first who led. However many units came together, it is one contact."""

    origin: str
    origin_id: UUID
    enterprise_ids: Sequence[UUID]
    kind: ServiceKind
    at: datetime
    reason: str
    legal_basis: str
    staff: Sequence[UUID] = ()
    unit_id: UUID | None = None

    @property
    def on_day(self) -> date:
        return self.at.astimezone(clock.SHANGHAI).date()


async def note(contact: Contact, *, actor: Actor) -> list[UUID]:
    """Write a contact down in the caller's transaction, for each enterprise once; returns the ids of new lines.

    What was planned for it is done; what the bureau never planned is what the enterprise wished. What comes later than
    the setting allows is marked.
    """
    if not db.in_transaction():
        raise RuntimeError("a contact is noted in the transaction of the command that makes it")
    about = (contact.origin, contact.origin_id, contact.on_day, contact.at, contact.reason, contact.legal_basis)
    by = (contact.unit_id, clock.today(), actor.kind.value, actor.id, clock.now())
    rows = await db.fetch(_NOTE, list(contact.enterprise_ids), contact.kind, *about, *by)
    made = [row["id"] for row in rows]
    if made:
        await people.write(made, contact.staff)
        done = await db.fetch(_DONE, contact.origin, contact.origin_id, list(contact.enterprise_ids), clock.now())
        await merging.over([row["id"] for row in done])
    for row in rows:
        await audit.record(actor, "contacts.noted", table="enterprises", row_id=row["enterprise_id"])
    return made


async def strike(contact_id: UUID, reason: str, *, actor: Actor, version: int | None = None) -> Record:
    """Strike a line out with a reason and return it, by somebody who neither came nor entered it.

    Raises ContactUnknown, StruckBefore, OwnLine, Forbidden.
    """
    async with db.transaction():
        row = await locked(contact_id, actor)
        if version is not None and version != row["version"]:
            raise ContactChanged
        if row["struck_at"] is not None:
            raise StruckBefore
        if actor.id == row["noted_by"] or await db.fetch_value(_CAME, contact_id, actor.id):
            raise OwnLine
        await db.execute(_STRIKE, contact_id, clock.now(), actor.id, reason)
        detail = {"reason": reason}
        await audit.record(actor, "contacts.struck", table="enterprises", row_id=row["enterprise_id"], detail=detail)
        return row


async def strike_of(origin: str, origin_id: UUID, enterprise_ids: Sequence[UUID], reason: str, *, actor: Actor) -> None:
    """Strike out what an origin noted of enterprises and now takes back, in the caller's transaction."""
    detail, given = {"reason": reason}, (origin, origin_id, clock.now(), actor.id, reason, list(enterprise_ids))
    for row in await db.fetch(_STRIKE_OF, *given):
        await audit.record(actor, "contacts.struck", table="enterprises", row_id=row["enterprise_id"], detail=detail)


async def object_to(contact_id: UUID, enterprise_id: UUID) -> bool:
    """Note that the enterprise denies a contact, once; tells whether it had not before. What comes of it is a case."""
    return bool(await db.execute(_OBJECTED, contact_id, enterprise_id, clock.now()))


async def locked(contact_id: UUID, actor: Actor) -> Record:
    """Lock a line for whoever may strike it out; raises ContactUnknown, Forbidden."""
    visible = visible_to(actor)
    row = await db.fetch_one(_LOCK.format(visible=visible.render(2)), contact_id, *visible.params)
    if row is None:
        raise ContactUnknown
    allowed = granted(actor, KEEP, district="c.district", unit="c.unit_id")
    if await db.fetch_one(_ALLOWED.format(visible=allowed.render(2)), contact_id, *allowed.params) is None:
        raise Forbidden(KEEP)
    return row
