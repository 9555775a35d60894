"""Takes over from a module whose audience is too large to be told without a second person's release.

At once (`hold`), or bit by bit: a draft whose list grows until it is closed. Nobody is told before it is released.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.access import SYSTEM
from backend.foundation import db
from backend.notifications.broadcasts import drafting, releasing
from backend.notifications.broadcasts.freezing import freeze_locked, sign
from backend.notifications.broadcasts.origin import Draft, Origin, Recipient
from backend.notifications.broadcasts.rows import lock

_GROWING: Final = "SELECT id FROM broadcasts WHERE origin = $1 AND state = 'draft' ORDER BY id LIMIT 1"
# Locked, so that nobody cancels it while people are put into it.
_TAKE: Final = f"{_GROWING} FOR NO KEY UPDATE"
_ADD: Final = """
INSERT INTO broadcast_recipients (broadcast_id, person_id, enterprise_id)
SELECT $1, t.person_id, t.enterprise_id FROM unnest($2::uuid[], $3::uuid[]) AS t (person_id, enterprise_id)
ORDER BY t.person_id ON CONFLICT (broadcast_id, person_id) DO NOTHING
"""


async def hold(name: str, origin: Origin, draft: Draft) -> UUID:
    """Freeze what `origin` would tell, in the open transaction, and ask for a release; returns the broadcast's id."""
    made = await drafting.write(name, draft, actor=SYSTEM)
    await freeze_locked(await lock(made), origin)
    return made


async def is_growing(name: str) -> bool:
    return await db.fetch_value(_GROWING, name) is not None


async def growing(name: str, draft: Draft) -> UUID:
    """Return a module's one broadcast whose list grows, locked; begun with `draft` when there is none."""
    found: UUID | None = await db.fetch_value(_TAKE, name)
    return found or await drafting.write(name, draft, actor=SYSTEM)


async def add(broadcast_id: UUID, people: Sequence[Recipient]) -> None:
    """Put people into a growing list; who stands there already stays."""
    await db.execute(_ADD, broadcast_id, [one.person_id for one in people], [one.enterprise_id for one in people])


async def close(name: str) -> None:
    """Freeze the list that has grown, in the open transaction; one that stayed short goes out at once."""
    found: UUID | None = await db.fetch_value(_TAKE, name)
    if found is not None:
        await releasing.release_short(await sign(await lock(found)))
