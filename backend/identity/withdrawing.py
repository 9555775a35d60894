"""A person takes a consent back."""

from uuid import UUID

from backend import consents
from backend.access import Actor
from backend.foundation.db import transaction
from backend.identity import sessions
from backend.identity.signing_in import PURPOSE


async def withdraw(actor: Actor, consent_id: UUID) -> None:
    """Take a consent back; who no longer agrees to the privacy text is signed out everywhere.

    He reads it again at his next sign-in; what is kept about him goes when he closes his account. Raises NotFound.
    """
    async with transaction():
        purpose = await consents.revoke_one(actor, consent_id)
        if purpose == PURPOSE and actor.id is not None:
            await sessions.end_all(actor.id)
