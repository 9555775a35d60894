"""What attendees thought, given so that nobody can tell who gave it.

An attendee draws a token once; his row notes that he did. The token's hash goes into the salon's pool in a transaction
of its own, under a random id. Whoever brings the token back answers for nobody: no session, no entry in the trail, no
address in the log. Answers know the day alone, are shown from five on, their words from ten on.

What an administrator with the disk could still see: that a token was made moments after somebody drew one (the order of
pages and of the write-ahead log), as long as neither is written over.
"""

from typing import Any, Final
from uuid import UUID

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

_DRAW: Final = """
UPDATE salon_signups SET feedback_token_given = TRUE WHERE id = $1 AND person_id = $2 AND NOT feedback_token_given
"""
_POOL: Final = "INSERT INTO salon_feedback_tokens (id, salon_id, token_hash) VALUES ($1, $2, $3)"
_TAKE: Final = "DELETE FROM salon_feedback_tokens WHERE token_hash = $1 RETURNING salon_id"
_KEEP: Final = "INSERT INTO salon_feedback (id, salon_id, on_day, rating, body) VALUES ($1, $2, $3, $4, $5)"
_SEEN: Final = "SELECT s.id FROM salons s WHERE {wanted}"
_ANSWERS: Final = "SELECT rating, body FROM salon_feedback WHERE salon_id = $1 ORDER BY id"


async def draw(signup_id: UUID, *, actor: Actor) -> str:
    """Give an attendee his token, once; raises SignupUnknown, NotAttended, FeedbackGiven."""
    async with moving.changing(signup_id, actor) as row:
        if row["state"] != SignupState.ATTENDED or row["person_id"] != actor.id:
            raise NotAttended
        if not await db.execute(_DRAW, signup_id, actor.id):
            raise FeedbackGiven
        salon_id = row["salon_id"]
    # After the commit: two rows of one transaction could be told by its number.
    made = token()
    await db.execute(_POOL, random_id(), salon_id, hash_token(made))
    return made


async def give(given: str, rating: int, body: str) -> None:
    """Take an answer for a token, which is then gone; raises FeedbackGiven for one that is not in any pool."""
    async with db.transaction():
        salon_id = await db.fetch_value(_TAKE, hash_token(given))
        if salon_id is None:
            raise FeedbackGiven
        await db.execute(_KEEP, random_id(), salon_id, clock.today(), rating, body)


async def results(salon_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """Return what was thought of a salon, as far as so many may be told; raises SalonUnknown."""
    wanted = Condition("s.id = {}::uuid", (salon_id,)) & salons_visible_to(actor)
    if await db.fetch_value(_SEEN.format(wanted=wanted.render()), *wanted.params) is None:
        raise SalonUnknown
    rows = await db.fetch(_ANSWERS, salon_id)
    ratings = {str(rating): 0 for rating in range(1, 6)}
    for row in rows if len(rows) >= SHOWN_FROM else ():
        ratings[str(row["rating"])] += 1
    words = [row["body"] for row in rows if row["body"]] if len(rows) >= WORDS_FROM else []
    is_shown = len(rows) >= SHOWN_FROM
    return {"count": len(rows), "is_shown": is_shown, "ratings": ratings if is_shown else {}, "words": words}
