"""An owner denies a line of his ledger (“没有来过”): a case opens; staff strike the line out or say why it stands."""

from typing import Final
from uuid import UUID

from backend import cases
from backend.access import Actor
from backend.cases import Channel, Opened, Opening
from backend.enterprises.contacts import noting
from backend.enterprises.contacts.errors import ContactUnknown, ObjectedBefore
from backend.foundation import db

NAME: Final = "contacts"
"""The origin of these cases."""
CATEGORY: Final = "complaint_service"

_LINE: Final = """
SELECT c.on_day, k.title FROM contacts c JOIN contact_kinds k ON k.key = c.kind WHERE c.id = $1 AND c.enterprise_id = $2
"""


async def object_to(contact_id: UUID, words: str, *, actor: Actor) -> Opened:
    """Open a case about a line, once, for the enterprise for which he acts; raises ContactUnknown, ObjectedBefore."""
    if actor.enterprise_id is None:
        raise ContactUnknown
    async with db.transaction():
        line = await db.fetch_one(_LINE, contact_id, actor.enterprise_id)
        if line is None:
            raise ContactUnknown
        if not await noting.object_to(contact_id, actor.enterprise_id):
            raise ObjectedBefore
        opening = Opening(
            NAME,
            contact_id,
            CATEGORY,
            f"对入企记录的异议：{line['on_day'].isoformat()} {line['title']}",
            words,
            Channel.MINI_PROGRAM,
            person_id=actor.id,
            enterprise_id=actor.enterprise_id,
        )
        return await cases.open_one(opening, actor=actor)
