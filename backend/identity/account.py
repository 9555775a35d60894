"""A person's own account: what he sees of himself, and how he takes a consent back."""

from typing import Any, Final
from uuid import UUID

from backend import consents
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.db import transaction
from backend.foundation.secrets import mask_phone
from backend.identity import sessions
from backend.identity.errors import SessionEnded
from backend.identity.phones import phone_of
from backend.identity.signing_in import PURPOSE
from backend.notifications import addresses

_ME: Final = """
SELECT p.id, p.created_at,
       (SELECT count(*) FROM bindings b WHERE b.person_id = p.id AND b.state IN ('active', 'read_only')
        AND (b.until IS NULL OR b.until > $2)) AS enterprises
FROM persons p WHERE p.id = $1 AND p.state = 'active'
"""


async def me(actor: Actor) -> dict[str, Any]:
    """Return what a person sees of himself; raises SessionEnded for one who has left."""
    row = await db.fetch_one(_ME, actor.id, clock.now())
    if row is None:
        raise SessionEnded
    phone, agreed = await phone_of(row["id"]), await consents.latest(row["id"], PURPOSE)
    return {
        **row,
        "phone": mask_phone(phone) if phone else None,
        "needs_consent": agreed is None or agreed.text_version != consents.text(PURPOSE).version,
    }


async def withdraw(actor: Actor, consent_id: UUID) -> None:
    """Take a consent back; who no longer agrees to the privacy text is signed out everywhere and pushed nothing more.

    He reads it again at his next sign-in, which makes him reachable again; what is kept about him goes when he closes
    his account. Raises NotFound.
    """
    async with transaction():
        purpose = await consents.revoke_one(actor, consent_id)
        if purpose == PURPOSE and actor.id is not None:
            await sessions.end_all(actor.id)
            await addresses.end(actor.id)
