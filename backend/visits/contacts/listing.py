"""Tells an enterprise what staff wrote into its ledger of contacts, so that it can deny what was not so."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from backend import notifications
from backend.enterprises.audience import REPRESENTING
from backend.enterprises.contacts.inspections import ENTERED
from backend.foundation import clock, db
from backend.notifications import Message
from backend.outbox import Handler, OutboxItem

PAGE: Final = "pages/contacts/list"
TOPICS: Final = (ENTERED,)

_ENTERED: Final = f"""
SELECT c.id, c.on_day, k.title AS kind, c.legal_basis, e.id AS enterprise_id, e.name, b.person_id FROM contacts c
JOIN contact_kinds k ON k.key = c.kind JOIN enterprises e ON e.id = c.enterprise_id
JOIN bindings b ON b.enterprise_id = e.id
WHERE {REPRESENTING} AND c.id = ANY ($2::uuid[]) AND c.struck_at IS NULL ORDER BY c.id, b.person_id
"""


async def entered(items: Sequence[OutboxItem]) -> None:
    """Outbox handler: tell whoever speaks for the enterprise, each once; what was struck out meanwhile is not told."""
    rows = await db.fetch(_ENTERED, clock.now(), [UUID(item.payload["contact_id"]) for item in items])
    told = [
        Message(
            "inspection_entered",
            row["person_id"],
            f"inspection-entered:{row['id']}",
            {
                "enterprise": row["name"],
                "kind": row["kind"],
                "day": f"{row['on_day']:%Y年%m月%d日}",
                "basis": row["legal_basis"],
            },
            f"{PAGE}?enterprise={row['enterprise_id']}",
            enterprise=row["enterprise_id"],
        )
        for row in rows
    ]
    if told:
        await notifications.tell(told)


HANDLERS: Final[Mapping[str, Handler]] = {ENTERED: entered}
