"""Tells people once: a note in the command's transaction, worked off by a worker in slices of sign-ups."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from backend import notifications, outbox
from backend.foundation import clock, db
from backend.notifications import Message
from backend.outbox import Handler, NewItem, OutboxItem
from backend.salons import messages
from backend.salons.states import SignupState

SIGNUPS: Final = "salons.signups_moved"
"""Outbox topic: sign-ups came to a state that their owners are told; payload {state, ids}."""
EVERYBODY: Final = "salons.everybody"
"""Outbox topic: something about a salon that all its sign-ups are told.

Payload {salon_id, what: changed | cancelled | reminder | materials | word, mark, at, before?, words?, after?: the last
sign-up told}.
"""
TOPICS: Final = (SIGNUPS, EVERYBODY)
SLICE: Final = 1000

_SALON: Final = "s.title, s.address, s.starts_at, s.ends_at, s.schedule_id"
# Who has moved on since hears of that instead.
_MOVED: Final = f"""
SELECT g.id, g.state, g.way, g.person_id, g.enterprise_id, g.offer_until, g.decide_by, g.reason, g.changed_at, {_SALON}
FROM salon_signups g JOIN salons s ON s.id = g.salon_id
WHERE g.id = ANY ($1::uuid[]) AND g.state = $2 AND g.person_id IS NOT NULL
"""
_EVERYBODY: Final = f"""
SELECT g.id, g.salon_id, g.way, g.person_id, g.enterprise_id, s.edition, {_SALON}
FROM salon_signups g JOIN salons s ON s.id = g.salon_id
WHERE g.salon_id = $1 AND g.id > $3 AND g.person_id IS NOT NULL
  AND (g.state = ANY ($2::text[]) OR ($5 AND g.state = 'confirmed' AND g.way = 'online'))
ORDER BY g.id LIMIT $4
"""
_HEARD: Final = """
SELECT EXISTS (SELECT FROM salon_signups WHERE salon_id = $1 AND state = ANY ($2::text[]) AND person_id IS NOT NULL)
"""
_EXPLAINED: Final = f"""
SELECT g.id, g.salon_id, g.way, g.person_id, g.enterprise_id, x.lowers_until, g.id AS mark, {_SALON}
FROM salon_no_shows x JOIN salon_signups g ON g.id = x.signup_id JOIN salons s ON s.id = g.salon_id
WHERE x.signup_id = $1 AND g.person_id IS NOT NULL
"""
_WHOM: Final = {
    "changed": ("pending", "confirmed", "waiting", "offered"),
    "cancelled": ("cancelled",),
    "reminder": ("confirmed",),
    "materials": ("attended", "missed"),
    "word": ("pending", "confirmed", "waiting", "offered", "attended"),
}


async def note(state: SignupState, ids: Sequence[UUID]) -> None:
    """Note that these sign-ups came to a state, where their owners are told of it."""
    if items := notes({state: ids}):
        await outbox.put_many(items)


def notes(ids_by_state: Mapping[SignupState, Sequence[UUID]]) -> list[NewItem]:
    """Return what is noted of sign-ups that came to these states."""
    return [
        NewItem(SIGNUPS, {"state": state.value, "ids": [str(one) for one in ids[first : first + SLICE]]})
        for state, ids in ids_by_state.items()
        if state in messages.TOLD
        for first in range(0, len(ids), SLICE)
    ]


async def note_everybody(
    salon_id: UUID,
    what: str,
    mark: str,
    *,
    before: datetime | None = None,
    due: datetime | None = None,
    words: str | None = None,
) -> None:
    """Note what all sign-ups of a salon are told; `mark` makes it one thing, told once."""
    payload = {"salon_id": str(salon_id), "what": what, "mark": mark, "at": (due or clock.now()).isoformat()}
    if before is not None:
        payload["before"] = before.isoformat()
    if words is not None:
        payload["words"] = words
    await outbox.put(EVERYBODY, payload, key=f"{what}:{salon_id}", due=due)


async def is_word_heard(salon_id: UUID) -> bool:
    """Tell whether anybody is there to hear a word of the host's."""
    return bool(await db.fetch_value(_HEARD, salon_id, list(_WHOM["word"])))


async def call_off_reminders(salon_id: UUID) -> None:
    await outbox.cancel(EVERYBODY, f"reminder:{salon_id}")


async def judged(signup_id: UUID, *, is_excused: bool) -> None:
    """Tell an owner what came of his reason for not having come, in the transaction that decides."""
    rows = await db.fetch(_EXPLAINED, signup_id)
    await _tell([messages.judged(dict(row), is_excused=is_excused) for row in rows])


async def signups_moved(items: Sequence[OutboxItem]) -> None:
    for item in items:
        ids = [UUID(one) for one in item.payload["ids"]]
        rows = await db.fetch(_MOVED, ids, item.payload["state"])
        await _tell([messages.of_signup(dict(row)) for row in rows])


async def everybody(items: Sequence[OutboxItem]) -> None:
    for item in items:
        await _slice(item.payload)


async def _slice(told: Mapping[str, Any]) -> None:
    """Tell one slice, and note the next one; of a change to which another one came, only that one is told."""
    after = UUID(told["after"]) if "after" in told else UUID(int=0)
    what = told["what"]
    # No scanner sees who is there online: whoever had a place there is taken to have come.
    given = (UUID(told["salon_id"]), list(_WHOM[what]), after, SLICE, what == "materials")
    rows = await db.fetch(_EVERYBODY, *given)
    if what == "changed" and any(str(row["edition"]) != told["mark"] for row in rows):
        return
    at = datetime.fromisoformat(told["at"])
    await _tell([_message(told, {**row, "mark": told["mark"], "told_at": at}) for row in rows])
    if len(rows) == SLICE:
        await outbox.put(EVERYBODY, {**told, "after": str(rows[-1]["id"])}, key=f"{told['what']}:{told['salon_id']}")


def _message(told: Mapping[str, Any], row: Mapping[str, Any]) -> Message:
    what = told["what"]
    if what == "changed":
        return messages.changed(row, datetime.fromisoformat(told["before"]))
    if what == "word":
        return messages.said(row, told["words"])
    plain = {"cancelled": messages.cancelled, "reminder": messages.reminded, "materials": messages.handed_out}
    return plain[what](row)


async def _tell(written: Sequence[Message]) -> None:
    if written:
        await notifications.tell(written)


HANDLERS: Final[Mapping[str, Handler]] = {SIGNUPS: signups_moved, EVERYBODY: everybody}
