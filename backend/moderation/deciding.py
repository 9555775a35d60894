"""Staff look at what was held and decide: it may be shown, or it is refused; the reason is written down either way.

Nobody decides about what he submitted as an owner, or handles: what an origin knows of that, the assembly hands in.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Invalid
from backend.moderation import standing, telling
from backend.moderation.errors import AlreadyDecided, OwnSubmission, SubjectUnknown
from backend.moderation.queries import NOBODY, PERMISSION, is_apart, visible_to
from backend.moderation.states import LIFECYCLE, WORDS, SubjectState
from backend.moderation.telling import Concerns, Outcome

LONGEST_REASON: Final = 200
_TABLE: Final = "moderation_subjects"

_LOCKED: Final = """
SELECT s.id, s.origin, s.origin_id, s.person_id, s.state, s.district FROM moderation_subjects s
WHERE s.id = $1 AND {} FOR UPDATE
"""
_DECIDE: Final = """
WITH parts AS (
    UPDATE moderation_parts SET state = 'withdrawn', next_at = NULL, settled_at = $5
    WHERE subject_id = $1 AND state IN ('waiting', 'asked')
)
UPDATE moderation_subjects SET state = $2, reason = $3, decided_by = $4, decided_at = $5 WHERE id = $1
"""
_KEEP_FOR_A_WHILE: Final = """
UPDATE moderation_words SET over_at = $2
WHERE part_id IN (SELECT id FROM moderation_parts WHERE subject_id = $1)
"""


async def release(subject_id: UUID, reason: str, *, actor: Actor, concerns: Mapping[str, Concerns] = NOBODY) -> None:
    """Let a held thing be shown, with the reason in the trail.

    Raises SubjectUnknown, OwnSubmission, AlreadyDecided.
    """
    async with db.transaction():
        await _decide(subject_id, SubjectState.RELEASED, reason, actor, concerns)
        await standing.let_go_words([subject_id])


async def refuse(subject_id: UUID, reason: str, *, actor: Actor, concerns: Mapping[str, Concerns] = NOBODY) -> None:
    """Refuse a held thing; whoever wrote it reads the reason. Raises SubjectUnknown, OwnSubmission, AlreadyDecided."""
    async with db.transaction():
        await _decide(subject_id, SubjectState.REFUSED, reason, actor, concerns)
        await db.execute(_KEEP_FOR_A_WHILE, subject_id, clock.now())


async def _decide(
    subject_id: UUID, wanted: SubjectState, reason: str, actor: Actor, concerns: Mapping[str, Concerns]
) -> None:
    actor.require(PERMISSION)
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid(fields=(FieldError("reason", "required", f"请写明理由，不超过 {LONGEST_REASON} 个字。"),))
    row = await _locked(subject_id, actor)
    if not await is_apart(row, actor, concerns):
        raise OwnSubmission
    current = SubjectState(row["state"])
    if not LIFECYCLE.allows(current, wanted):
        raise AlreadyDecided(WORDS[current])
    await db.execute(_DECIDE, subject_id, wanted.value, reason, actor.id, clock.now())
    detail = {"origin": row["origin"], "origin_id": row["origin_id"], "reason": reason}
    act = "moderation.released" if wanted is SubjectState.RELEASED else "moderation.refused"
    await audit.record(actor, act, table=_TABLE, row_id=subject_id, fields=("state",), detail=detail)
    await telling.tell(
        [Outcome(row["origin"], row["origin_id"], subject_id, wanted, row["district"], reason)],
    )


async def _locked(subject_id: UUID, actor: Actor) -> Record:
    visible = visible_to(actor)
    row = await db.fetch_one(_LOCKED.format(visible.render(2)), subject_id, *visible.params)
    if row is None:
        raise SubjectUnknown
    return row
