"""What WeChat tells about an owner's data: he closed his account with us there, or took a piece of data back.

The effect (erasing, in every module) is deferred: a note in the outbox, whose handler the composition root names.
"""

from typing import Final

from backend import outbox
from backend.foundation import db
from backend.foundation.logging import get_logger

log = get_logger(__name__)

CANCELLATION: Final = "user_authorization_cancellation"
ERASE_TOPIC: Final = "persons.erase"

_PERSON = "SELECT person_id FROM addresses WHERE channel = 'subscribe' AND account = $1 AND openid = $2"


async def withdrawn(kind: str, account: str, openid: str | None, revoked: str) -> None:
    """Defer what a privacy event asks for; WeChat sometimes leaves the openid out, then only the log knows."""
    person = await db.fetch_value(_PERSON, account, openid) if openid else None
    log.warning("privacy_event", kind=kind, person=str(person) if person else None, revoked=revoked[:20])
    if person is not None:
        scope = "account" if kind == CANCELLATION else "data"
        payload = {"person_id": str(person), "scope": scope, "revoked": revoked[:20], "cause": kind}
        await outbox.put(ERASE_TOPIC, payload, key=str(person))
