"""What WeChat tells about an owner's data: he closed his account with us there, or took a piece of data back.

Erasing concerns every module, so it is deferred: a note in the outbox, whose handler the composition root names.
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
    """Defer the erasing of an account that its owner closed.

    A single piece of data that he took back (`revoked`, 8 is the phone) is told to the operators, and so is an event in
    which WeChat left the openid out.
    """
    person = await db.fetch_value(_PERSON, account, openid) if openid else None
    log.error("privacy_event", kind=kind, person=str(person) if person else None, revoked=revoked[:20])
    if person is not None and kind == CANCELLATION:
        await outbox.put(ERASE_TOPIC, {"person_id": str(person), "cause": kind}, key=str(person))
