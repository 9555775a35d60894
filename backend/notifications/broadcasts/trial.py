"""Sends a broadcast's message to the one who prepares it, on his own phone, before anybody else hears of it."""

from typing import Final
from uuid import UUID

from backend import audit, notifications
from backend.access import Actor
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.notifications import Message
from backend.notifications.broadcasts.errors import NoPhone
from backend.notifications.broadcasts.origin import Origins
from backend.notifications.broadcasts.rows import TABLE, WRITE, locked

_PHONE: Final = "SELECT person_id FROM staff_phones WHERE staff_id = $1 AND ended_at IS NULL"


async def send_to_oneself(broadcast_id: UUID, origins: Origins, *, actor: Actor) -> None:
    """Tell the actor what recipients will be told; as often as he asks. Raises NoPhone."""
    async with db.transaction():
        one = await locked(broadcast_id, actor, WRITE)
        person = await db.fetch_value(_PHONE, actor.id)
        if person is None:
            raise NoPhone
        fields = {**one.fields, **origins[one.origin].sample}
        message = Message(one.kind, person, f"broadcast-trial:{one.id}:{new_id()}", fields, one.page)
        await notifications.tell([message])
        await audit.record(actor, "broadcasts.tried", table=TABLE, row_id=one.id)
