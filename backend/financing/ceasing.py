"""An enterprise is deregistered or revoked: its need ends, no bank reads on, and owner and banks are told."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.access import SYSTEM
from backend.financing import messages, writing
from backend.financing.consent import ending
from backend.financing.events import Kind, NewEvent
from backend.financing.models import Application
from backend.financing.outcomes import CEASED
from backend.financing.states import APPLICATION, ApplicationState
from backend.foundation import clock, db

# What goes on, and what is over but could still be read.
_CONCERNED: Final = """
SELECT a.id FROM financing_applications a
WHERE a.enterprise_id = ANY ($1::uuid[]) AND (a.state IN ('draft', 'open', 'chosen') OR EXISTS (
    SELECT FROM financing_consents c WHERE c.application_id = a.id AND c.revoked_at IS NULL AND c.expires_at > $2))
ORDER BY a.id FOR NO KEY UPDATE
"""


async def enterprises_closed(enterprise_ids: Sequence[UUID]) -> int:
    """End what enterprises that are closed have asked for, in the caller's transaction; returns how many needs ended.

    A loan that was drawn stays drawn: only the consent under which its bank read ends.
    """
    rows = await db.fetch(_CONCERNED, list(enterprise_ids), clock.now())
    ended = 0
    for row in rows:
        found = await Application.get(id=row["id"])
        await ending.end_referrals(found, CEASED, SYSTEM)
        if not APPLICATION.is_final(found.state):
            await _end(found)
            ended += 1
    return ended


async def _end(found: Application) -> None:
    """End a need that goes on; a draft, which no bank has seen, counts as withdrawn."""
    is_draft = found.state is ApplicationState.DRAFT
    state = ApplicationState.WITHDRAWN if is_draft else ApplicationState.CLOSED
    action = "financing.withdrawn" if is_draft else "financing.closed"
    event = NewEvent(Kind.CEASED, body=CEASED)
    await writing.write(found, SYSTEM, action, event, state=state, end_reason=CEASED)
    await messages.ended(found)
