"""What attendees thought, given so that nobody can tell who gave it.

An attendee draws a token once; his row notes that he did, and nothing else is written: the token is signed and kept by
nobody but him. Whoever brings it back answers for nobody: no session, no entry in the trail, no address in the log. Its
hash then goes into the pool of what was used, the answer under a random id with the day alone. Answers of a day are
written anew together (`mixing.py`), are shown from five on, their words from ten on; those of the salon's own day from
the next one on, together: nobody watches the figures while people hand their answers in before his eyes.

What an administrator with the disk could still see is told in docs/salons-feedback.md.
"""

import re
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from backend import runtime
from backend.access import Actor, Condition
from backend.foundation import clock, db
from backend.foundation.ids import random_id, token
from backend.foundation.secrets import hash_token
from backend.salons.errors import FeedbackGiven, NotAttended, SalonUnknown
from backend.salons.seats import moving
from backend.salons.states import SignupState
from backend.salons.visibility import salons_visible_to

SHOWN_FROM: Final = 5
WORDS_FROM: Final = 10

_TOKEN: Final = re.compile(r"([0-9a-f]{32})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})")
_TOKEN_IN: Final = re.compile(_TOKEN.pattern.encode())
_LONGEST: Final = 16_384
"""More bytes than an answer can take, however it is spelled."""
_DRAW: Final = """
UPDATE salon_signups SET feedback_token_given = TRUE WHERE id = $1 AND person_id = $2 AND NOT feedback_token_given
"""
# Whoever brings the same token at the same moment waits for this, and then finds it used.
_USE: Final = """
INSERT INTO salon_feedback_used (token_hash, salon_id) SELECT $1, s.id FROM salons s WHERE s.id = $2
ON CONFLICT (token_hash) DO NOTHING
"""
_KEEP: Final = "INSERT INTO salon_feedback (id, salon_id, on_day, rating, body) VALUES ($1, $2, $3, $4, $5)"
_SEEN: Final = "SELECT s.ends_at FROM salons s WHERE {wanted}"
_ANSWERS: Final = "SELECT rating, body FROM salon_feedback WHERE salon_id = $1 AND on_day <= $2 ORDER BY id"


async def draw(signup_id: UUID, *, actor: Actor) -> str:
    """Give an attendee his token, once; raises SignupUnknown, NotAttended, FeedbackGiven."""
    async with moving.changing(signup_id, actor) as row:
        if row["state"] != SignupState.ATTENDED or row["person_id"] != actor.id:
            raise NotAttended
        if not await db.execute(_DRAW, signup_id, actor.id):
            raise FeedbackGiven
    return _signed(row["salon_id"], token())


async def give(given: str, rating: int, body: str) -> None:
    """Take an answer for a token, which is then used; raises FeedbackGiven for one that was, or that is not ours."""
    salon_id = _salon_of(given)
    async with db.transaction():
        if salon_id is None or not await db.execute(_USE, hash_token(given), salon_id):
            raise FeedbackGiven
        await db.execute(_KEEP, random_id(), salon_id, clock.today(), rating, body)


def token_in(sent: bytes) -> bytes | None:
    """Return the hash of a token of ours that stands in what was sent, None where none does; asks no database."""
    found = _TOKEN_IN.search(sent) if len(sent) <= _LONGEST else None
    given = found[0].decode() if found else ""
    return hash_token(given) if _salon_of(given) else None


async def results(salon_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """Return what was thought of a salon, as far as so many may be told; raises SalonUnknown."""
    wanted = Condition("s.id = {}::uuid", (salon_id,)) & salons_visible_to(actor)
    ends_at = await db.fetch_value(_SEEN.format(wanted=wanted.render()), *wanted.params)
    if ends_at is None:
        raise SalonUnknown
    today = clock.today()
    until = today if ends_at.astimezone(clock.SHANGHAI).date() < today else today - timedelta(days=1)
    rows = await db.fetch(_ANSWERS, salon_id, until)
    ratings = {str(rating): 0 for rating in range(1, 6)}
    for row in rows if len(rows) >= SHOWN_FROM else ():
        ratings[str(row["rating"])] += 1
    words = [row["body"] for row in rows if row["body"]] if len(rows) >= WORDS_FROM else []
    is_shown = len(rows) >= SHOWN_FROM
    told = {"count": len(rows), "is_shown": is_shown, "ratings": ratings if is_shown else {}, "words": words}
    return {**told, "shown_from": SHOWN_FROM, "words_from": WORDS_FROM}


def _signed(salon_id: UUID, nonce: str) -> str:
    """Return a token: which salon, 256 random bits, and our word for both."""
    return f"{salon_id.hex}.{nonce}.{runtime.current().vault.sign(_message(salon_id, nonce))}"


def _salon_of(given: str) -> UUID | None:
    """Return the salon of a token that we signed."""
    found = _TOKEN.fullmatch(given)
    if found is None:
        return None
    salon_id, nonce = UUID(found[1]), found[2]
    return salon_id if runtime.current().vault.is_signed(_message(salon_id, nonce), found[3]) else None


def _message(salon_id: UUID, nonce: str) -> str:
    return f"salon-feedback:{salon_id}:{nonce}"
