"""What WeChat tells about an owner's data: he closed his account with us there, or took a piece of data back.

Erasing concerns every module, so it is deferred: a note in the outbox, whose handler the composition root names. It
leaves a receipt in the trail.
"""

import re
from typing import Final
from uuid import UUID

from backend import alerts, outbox
from backend.foundation import db
from backend.foundation.logging import get_logger
from backend.foundation.personal import Datum

log = get_logger(__name__)

CANCELLATION: Final = "user_authorization_cancellation"
REVOCATION: Final = "user_authorization_revoke"
ERASE_TOPIC: Final = "persons.erase"
FORGET_TOPIC: Final = "persons.forget"
UNNAMED: Final = "privacy_unnamed"
"""The alert of an event that names nobody; WeChat's daily mail to the administrator does."""

REVOKED: Final[dict[str, Datum]] = {
    "6": Datum.NAME,
    "8": Datum.PHONE,
    "14": Datum.FILES,
    "15": Datum.FILES,
    "19": Datum.NAME,
}
"""WeChat's numbers for what we may hold; of all others (position, steps, camera …) nothing is ever kept."""

_PERSON = "SELECT person_id FROM addresses WHERE channel = 'subscribe' AND account = $1 AND openid = $2"

# Of somebody who has no account, or none any more, not even this push is kept.
_FORGET_PUSHES = "DELETE FROM callback_events WHERE account = $1 AND event ->> 'openid' = $2"


async def withdrawn(kind: str, account: str, openid: str | None, revoked: str) -> bool:
    """Defer the erasing of an account that its owner closed, or the forgetting of the data that `revoked` numbers.

    Returns whether there is anybody to do it for: an openid that we don't know has nothing here. WeChat at times leaves
    it out; then an operator must look.
    """
    numbers = sorted(set(re.findall(r"[0-9]{1,3}", revoked[:200])))
    if not openid:
        log.error("privacy_event.unnamed", kind=kind, revoked=numbers)
        await alerts.open_alert(UNNAMED, kind, revoked=numbers)
        return False
    person = await db.fetch_value(_PERSON, account, openid)
    log.info("privacy_event", kind=kind, person=str(person) if person else None, revoked=numbers)
    if person is None:
        await db.execute(_FORGET_PUSHES, account, openid)
        return False
    if kind == CANCELLATION:
        await outbox.put(ERASE_TOPIC, {"person_id": str(person), "cause": kind}, key=str(person))
    else:
        await _forget(person, kind, numbers)
    return True


async def _forget(person: UUID, kind: str, numbers: list[str]) -> None:
    data = sorted({REVOKED[number] for number in numbers if number in REVOKED})
    told = {"person_id": str(person), "cause": kind, "data": data, "named": ",".join(numbers)}
    await outbox.put(FORGET_TOPIC, told, key=str(person))
