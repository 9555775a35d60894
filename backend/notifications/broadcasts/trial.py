"""Sends a broadcast's message to the one who prepares it, on his own phone, before anybody else hears of it.

A trial goes the way that every message goes, so what holds the others back (no credit, a stopped template, the night,
the cap of the day) holds it back as well; he is told which.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from backend import audit, notifications
from backend.access import Actor
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.notifications import Message, pushed
from backend.notifications.broadcasts.errors import NoPhone, TrialUnknown
from backend.notifications.broadcasts.origin import Origins
from backend.notifications.broadcasts.rows import TABLE, WRITE, locked, require, see
from backend.notifications.broadcasts.wording import reason_words

_PHONE: Final = "SELECT person_id FROM staff_phones WHERE staff_id = $1 AND ended_at IS NULL"
_ENTRY: Final = "SELECT id FROM inbox WHERE person_id = $1 AND once = $2 ORDER BY id DESC LIMIT 1"
# Of several tries the one that reached him counts, else the last.
_HOW: Final = """
SELECT i.id, i.created_at AS at, t.state, t.reason, t.channel, t.errcode, t.due_at,
       t.onward IS NOT NULL AND (t.state IN ('refused', 'failed', 'suppressed')
                                 OR (t.state = 'unknown_final' AND t.resends_unknown)) AS goes_on
FROM inbox i LEFT JOIN LATERAL (
    SELECT * FROM (SELECT * FROM deliveries f WHERE f.id = i.id
                   UNION ALL
                   SELECT * FROM deliveries f WHERE f.inbox_id = i.id AND f.id <> f.inbox_id AND f.id > i.id) AS d
    ORDER BY d.state = 'sent' DESC, d.id DESC LIMIT 1
) AS t ON TRUE
WHERE i.person_id = $1 AND i.id = $2 AND starts_with(i.once, $3)
"""


async def send_to_oneself(broadcast_id: UUID, origins: Origins, *, actor: Actor) -> Mapping[str, Any]:
    """Tell the actor what recipients will be told, as often as he asks; returns how it stands. Raises NoPhone."""
    async with db.transaction():
        one = await locked(broadcast_id, actor, WRITE)
        person = await _phone_of(actor)
        if person is None:
            raise NoPhone
        fields = {**one.fields, **origins[one.origin].sample}
        message = Message(one.kind, person, f"{_key(one.id)}{new_id()}", fields, one.page)
        await notifications.tell([message])
        await audit.record(actor, "broadcasts.tried", table=TABLE, row_id=one.id)
        return await _how(person, await db.fetch_value(_ENTRY, person, message.once), one.id)


async def show(broadcast_id: UUID, trial_id: UUID, *, actor: Actor) -> Mapping[str, Any]:
    """Return how the actor's own trial stands now; raises BroadcastUnknown, TrialUnknown for anybody else's, too."""
    await see(broadcast_id, actor)
    require(actor, WRITE)
    person = await _phone_of(actor)
    if person is None:
        raise TrialUnknown
    return await _how(person, trial_id, broadcast_id)


async def _phone_of(actor: Actor) -> UUID | None:
    person: UUID | None = await db.fetch_value(_PHONE, actor.id)
    return person


async def _how(person: UUID, entry: UUID, broadcast_id: UUID) -> Mapping[str, Any]:
    row = await db.fetch_one(_HOW, person, entry, _key(broadcast_id))
    if row is None:
        raise TrialUnknown
    told = pushed.told(row["state"], row["reason"], row["channel"], goes_on=bool(row["goes_on"]))
    due_at = row["due_at"] if told["state"] == "waiting" else None
    shown = {name: row[name] for name in ("id", "at", "reason", "errcode")}
    return {**shown, **told, "reason_name": reason_words(row["reason"]), "due_at": due_at}


def _key(broadcast_id: UUID) -> str:
    return f"broadcast-trial:{broadcast_id}:"
