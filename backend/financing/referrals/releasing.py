"""A desk or a bank closes: what it had goes to another desk of the bank, or at once to the next bank; nothing waits.

Whoever pauses a bank lets it finish what it has taken; what it has not even taken goes on. A second look that nobody is
left to answer ends. A drawing that was noted is its owner's to confirm, whatever became of the desk.
"""

from typing import Final
from uuid import UUID

from asyncpg import Record

from backend.access import SYSTEM, Actor
from backend.financing import messages, notices, writing
from backend.financing.banks import institutions
from backend.financing.consent import consenting, ending
from backend.financing.events import Kind, NewEvent
from backend.financing.models import Application, Referral
from backend.financing.outcomes import PAUSED
from backend.financing.referrals import routing
from backend.financing.states import ReferralState
from backend.foundation import db
from backend.foundation.logging import get_logger

log = get_logger(__name__)

_AT_A_TIME: Final = 100
# Of its other desks the one that routing would take.
_LEFT: Final = """
SELECT r.id, NOT i.is_open AND r.state = 'routed' AS is_paused, (
    SELECT o.id FROM financing_desks o WHERE o.institution_id = r.institution_id AND o.closed_at IS NULL
      AND (o.districts = '{}' OR r.district = ANY (o.districts))
    ORDER BY o.districts = '{}', o.created_at, o.id LIMIT 1) AS other_desk_id
FROM financing_referrals r JOIN financing_desks d ON d.id = r.desk_id
JOIN financing_institutions i ON i.id = r.institution_id
WHERE (d.closed_at IS NOT NULL OR NOT i.is_open) AND (r.state = 'routed' OR d.closed_at IS NOT NULL
    AND (r.state IN ('accepted', 'contacted', 'due_diligence', 'approved') OR r.state = 'rejected' AND EXISTS (
        SELECT FROM financing_second_looks l WHERE l.referral_id = r.id AND l.outcome IS NULL)))
  AND ($1::uuid IS NULL OR r.id = $1)
ORDER BY r.id LIMIT $2
"""


async def close_desk(desk_id: UUID, *, actor: Actor) -> None:
    """Close a desk, and release what it has; raises DeskUnknown."""
    async with db.transaction():
        await institutions.close_desk(desk_id, actor=actor)
        db.after_commit(_swept)


async def edit(institution_id: UUID, name: str, contact: str, *, is_open: bool, actor: Actor, version: int) -> None:
    """Change an institution, and release what it has not taken where it is paused; raises as `institutions.edit`."""
    async with db.transaction():
        await institutions.edit(institution_id, name, contact, is_open=is_open, actor=actor, version=version)
        if not is_open:
            db.after_commit(_swept)


async def _swept() -> None:
    await sweep()


async def sweep() -> int:
    """Release what closed desks and paused banks have left, each in a transaction of its own; returns how many.

    Behind every closing, and by the clock what that left. One that fails holds no other.
    """
    done = 0
    for row in await db.fetch(_LEFT, None, _AT_A_TIME):
        try:
            done += await _release(row["id"])
        except Exception:
            log.exception("financing.release_failed", referral=str(row["id"]))
    return done


async def _release(referral_id: UUID) -> bool:
    async with db.transaction():
        return await release(*await writing.locked_referral(referral_id, SYSTEM))


async def release(application: Application, referral: Referral) -> bool:
    """Release a locked referral where its desk is closed, or its bank paused before it took it; False where neither."""
    row = await db.fetch_one(_LEFT, referral.id, 1)
    if row is None:
        return False
    if row["other_desk_id"] is not None and not row["is_paused"]:
        await _hand_over(referral, row)
        return True
    await (_end_look if referral.state is ReferralState.REJECTED else _end)(application, referral)
    await routing.route(application, SYSTEM)
    await consenting.settle(application, SYSTEM)
    return True


async def _hand_over(referral: Referral, row: Record) -> None:
    event = NewEvent(Kind.HANDED_OVER, referral.id)
    await writing.write_referral(
        referral, SYSTEM, "referrals.handed_over", event, desk_id=row["other_desk_id"], handler_id=None
    )
    await notices.handed_over(referral)


async def _end(application: Application, referral: Referral) -> None:
    event, state = NewEvent(Kind.RELEASED, referral.id, PAUSED), ReferralState.UNKNOWN
    await writing.write_referral(referral, SYSTEM, "referrals.released", event, state=state, end_reason=PAUSED)
    await messages.moved(application, referral)


async def _end_look(application: Application, referral: Referral) -> None:
    """End a second look, and its case; the refusal stays what it was."""
    await ending.end_look(referral, PAUSED, SYSTEM)
    await writing.append(application.id, SYSTEM, NewEvent(Kind.LOOK_ENDED, referral.id, PAUSED))
