"""What the verdicts on its pieces mean for a thing: all of them pass, or staff look at it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.foundation import clock, db
from backend.moderation import telling
from backend.moderation.states import SubjectState
from backend.moderation.telling import Outcome

# In the order of their ids, as everybody locks them: two verdicts on pieces of one thing must not both see it wait.
_LOCK: Final = """
SELECT id FROM moderation_subjects WHERE id = ANY ($1::uuid[]) AND state IN ('waiting', 'held') ORDER BY id FOR UPDATE
"""
_MOVE: Final = """
WITH counted AS (
    SELECT subject_id, bool_and(state = 'passed') AS is_passed, bool_or(state = 'held') AS is_held
    FROM moderation_parts WHERE subject_id = ANY ($1::uuid[]) GROUP BY subject_id
)
UPDATE moderation_subjects s SET
    state = CASE WHEN c.is_held THEN 'held' ELSE 'passed' END,
    held_at = CASE WHEN c.is_held THEN $2::timestamptz END,
    decided_at = CASE WHEN c.is_held THEN NULL ELSE $2::timestamptz END,
    why = (SELECT p.suggest FROM moderation_parts p WHERE p.subject_id = s.id AND p.state = 'held'
           ORDER BY p.suggest = 'risky' DESC, p.position LIMIT 1)
FROM counted c WHERE c.subject_id = s.id AND s.state = 'waiting' AND (c.is_held OR c.is_passed)
RETURNING s.id, s.origin, s.origin_id, s.state, s.district
"""
_LET_GO: Final = """
DELETE FROM moderation_words w USING moderation_parts p
WHERE p.id = w.part_id AND p.subject_id = ANY ($1::uuid[])
"""


async def lock(subject_ids: Sequence[UUID]) -> set[UUID]:
    """Hold the things that nobody has decided, before anything is written of their pieces; returns which they are."""
    return {row["id"] for row in await db.fetch(_LOCK, sorted(set(subject_ids)))}


async def move(subject_ids: Sequence[UUID]) -> None:
    """Move things whose pieces changed: on to staff with the first doubt, through when every piece has passed."""
    rows = await db.fetch(_MOVE, list(subject_ids), clock.now())
    await let_go_words([row["id"] for row in rows if row["state"] == SubjectState.PASSED])
    await telling.tell(
        [
            Outcome(row["origin"], row["origin_id"], row["id"], SubjectState(row["state"]), row["district"])
            for row in rows
        ]
    )


async def let_go_words(subject_ids: Sequence[UUID]) -> None:
    """Drop the copies of words that may be shown: they stand with their origin."""
    await db.execute(_LET_GO, list(subject_ids))
