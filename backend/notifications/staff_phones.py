"""A staff member binds his own WeChat: the console shows a code, he types it into the mini-program.

Of his phone the bureau learns nothing but that it is his. It ends when he unbinds it on either side, binds another one,
closes his owner's account or leaves; what waits for it then is not pushed.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from asyncpg import UniqueViolationError

from backend import audit, runtime
from backend.access import SYSTEM, Actor
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.notifications.errors import CodeUnknown, PhoneTaken
from backend.notifications.telling import WORTH_PUSHING
from backend.outbox import OutboxItem

LIVES: Final = timedelta(minutes=10)
_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without what looks alike; eight of them are 39 bits, which nobody guesses in ten minutes at the door's rate."""
_LENGTH: Final = 8
_COLUMN: Final = "staff_phone_codes.code_index"

Reason = Literal["unbound", "replaced", "left", "erased"]

_OFFER: Final = """
INSERT INTO staff_phone_codes (staff_id, code_index, expires_at) VALUES ($1, $2, $3)
ON CONFLICT (staff_id) DO UPDATE SET code_index = EXCLUDED.code_index, expires_at = EXCLUDED.expires_at
"""
# One who takes it is the only one who does.
_TAKE: Final = """
DELETE FROM staff_phone_codes c USING staff s
WHERE c.code_index = ANY ($1::bytea[]) AND c.expires_at > $2 AND s.id = c.staff_id AND s.state = 'active'
RETURNING s.id, s.name
"""
_BIND: Final = "INSERT INTO staff_phones (id, staff_id, person_id, bound_at) VALUES ($1, $2, $3, $4)"
_END: Final = """
WITH ended AS (
    UPDATE staff_phones SET ended_at = $3, end_reason = $4
    WHERE (staff_id = ANY ($1::uuid[]) OR person_id = $2::uuid) AND ended_at IS NULL RETURNING id, staff_id
), silenced AS (
    INSERT INTO called_off (subject, at, because)
    SELECT n.id, $3, 'cancelled' FROM ended JOIN staff_notices n USING (staff_id)
    WHERE n.is_pushed AND n.id >= uuid_floor($3 - $5::interval) ORDER BY n.id
    ON CONFLICT (subject) DO NOTHING
)
SELECT id, staff_id FROM ended
"""
_OF_STAFF: Final = "SELECT bound_at FROM staff_phones WHERE staff_id = $1 AND ended_at IS NULL"
_PERSONS: Final = """
SELECT staff_id, person_id FROM staff_phones WHERE staff_id = ANY ($1::uuid[]) AND ended_at IS NULL
"""
_OF_PERSON: Final = """
SELECT p.bound_at, s.name FROM staff_phones p JOIN staff s ON s.id = p.staff_id
WHERE p.person_id = $1 AND p.ended_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """A code, readable once."""

    code: str
    expires_at: datetime


async def persons(staff: Sequence[UUID]) -> dict[UUID, UUID]:
    """Return of each staff member who bound a phone as whom he is an owner: nobody decides about his own matter."""
    return {row["staff_id"]: row["person_id"] for row in await db.fetch(_PERSONS, list(staff))}


async def offer(actor: Actor) -> Offer:
    """Make the code that this staff member types into his mini-program; the one before it is no longer good."""
    made = Offer("".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)), clock.now() + LIVES)
    index = runtime.current().vault.blind_index(made.code, column=_COLUMN)
    await db.execute(_OFFER, actor.id, index, made.expires_at)
    return made


async def bind(person_id: UUID, code: str, *, actor: Actor) -> str:
    """Bind a person's WeChat to the staff member who shows this code, and return his name.

    The phone he had before is replaced. Raises CodeUnknown, and PhoneTaken when this WeChat is a colleague's.
    """
    async with db.transaction():
        indexes = runtime.current().vault.blind_indexes(code.strip().upper(), column=_COLUMN)
        staff = await db.fetch_one(_TAKE, indexes, clock.now())
        if staff is None:
            raise CodeUnknown
        await _end([staff["id"]], None, "replaced", actor)
        phone = new_id()
        try:
            async with db.savepoint():
                await db.execute(_BIND, phone, staff["id"], person_id, clock.now())
        except UniqueViolationError as error:
            raise PhoneTaken from error
        await audit.record(actor, "staff.phone_bound", table="staff_phones", row_id=phone, fields=("staff_id",))
    return str(staff["name"])


async def unbind(actor: Actor) -> int:
    """End a staff member's binding, at the console; returns whether there was one."""
    return await _end([actor.id] if actor.id else [], None, "unbound", actor)


async def unbind_person(person_id: UUID, *, actor: Actor, reason: Reason = "unbound") -> int:
    """End it from the mini-program's side."""
    return await _end([], person_id, reason, actor)


async def staff_left(items: Sequence[OutboxItem]) -> None:
    """Carry out `staff.left`: nothing of the bureau's goes to the phone of somebody who has left."""
    await _end([UUID(item.payload["staff_id"]) for item in items], None, "left", SYSTEM)


async def bound_at(staff_id: UUID) -> datetime | None:
    found: datetime | None = await db.fetch_value(_OF_STAFF, staff_id)
    return found


async def of_person(person_id: UUID) -> dict[str, Any] | None:
    """Return whose phone this is at the bureau, and since when."""
    row = await db.fetch_one(_OF_PERSON, person_id)
    return dict(row) if row else None


async def _end(staff: Sequence[UUID], person_id: UUID | None, reason: Reason, actor: Actor) -> int:
    async with db.transaction():
        ended = await db.fetch(_END, list(staff), person_id, clock.now(), reason, WORTH_PUSHING)
        entries = [audit.Entry("staff.phone_unbound", "staff_phones", row["id"], ("ended_at",)) for row in ended]
        await audit.record_many(actor, entries)
    return len(ended)
