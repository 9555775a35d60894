"""Takes over from a module whose audience is too large to be told without a second person's release."""

from uuid import UUID

from backend.access import SYSTEM
from backend.notifications.broadcasts import drafting
from backend.notifications.broadcasts.freezing import freeze_locked
from backend.notifications.broadcasts.origin import Draft, Origin
from backend.notifications.broadcasts.rows import lock


async def hold(name: str, origin: Origin, draft: Draft) -> UUID:
    """Freeze what `origin` would tell, in the open transaction, and ask for a release; returns the broadcast's id."""
    made = await drafting.write(name, draft, actor=SYSTEM)
    await freeze_locked(await lock(made), origin)
    return made
