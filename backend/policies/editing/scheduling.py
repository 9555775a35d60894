"""What the reviewer released for a later time: it comes out by itself then, or is taken back before.

However many workers look, and however late: the policy's lock lets one of them in, and only a version that is still
scheduled comes out, once.
"""

from typing import Final
from uuid import UUID

from backend.access import SYSTEM, Actor
from backend.eligibility import RuleInvalid
from backend.foundation import clock, db
from backend.foundation.logging import get_logger
from backend.policies import notices, service
from backend.policies.editing import versions
from backend.policies.editing.versions import Handled
from backend.policies.errors import NothingToCorrect, PolicyPast, ReferenceOnly
from backend.policies.models import Policy, PolicyVersion
from backend.policies.states import VersionState

log = get_logger(__name__)

_AT_ONCE: Final = 200
_DUE = f"""
SELECT policy_id FROM policy_versions WHERE state = 'scheduled' AND publish_at <= $1
ORDER BY publish_at, id LIMIT {_AT_ONCE}
"""


async def unschedule(policy_id: UUID, *, actor: Actor, version: int) -> Handled:
    """Take a version out of the schedule, back into review; whoever writes policies or reviews them may."""
    actor.require("policies.unschedule")
    async with db.transaction():
        policy = await versions.locked(policy_id, version)
        current = await versions.open_or_refuse(policy_id)
        versions.expect(current, VersionState.SCHEDULED, VersionState.IN_REVIEW)
        await versions.move(current, VersionState.IN_REVIEW, actor, "policies.unscheduled", **versions.NOT_RELEASED)
        await notices.review_wanted(current)
        return await versions.handled(policy, current)


async def release_due() -> int:
    """Bring out whatever's time has come, each policy in a transaction of its own; returns how many came out.

    One that fails for a reason nobody foresaw is logged and tried again with the next run; it holds no other.
    """
    due = await db.fetch(_DUE, clock.now())
    return sum([await _tried(row["policy_id"]) for row in due])


async def _tried(policy_id: UUID) -> bool:
    """Bring one out, or leave it to the next run."""
    try:
        return await _release_one(policy_id)
    except db.TRANSIENT:
        raise
    except Exception:
        log.exception("policies.release_failed", policy=str(policy_id))
        return False


async def _release_one(policy_id: UUID) -> bool:
    """Bring one policy's version out, unless another worker or a colleague is at it."""
    async with db.transaction():
        policy = await Policy.filter(id=policy_id).select_for_update(skip_locked=True).get_or_none()
        if policy is None:
            return False
        due = PolicyVersion.filter(policy_id=policy_id, state=VersionState.SCHEDULED, publish_at__lte=clock.now())
        current = await due.get_or_none()
        if current is None:
            return False
        await _come_out(current)
        handled = await versions.handled(policy, current)
    return handled.state is VersionState.PUBLISHED


async def _come_out(current: PolicyVersion) -> None:
    """Release a version whose time has come; one that can't goes back to review with the reason for staff."""
    try:
        await service.check_release(current)
    except (PolicyPast, ReferenceOnly, NothingToCorrect, RuleInvalid) as refusal:
        noted = {**versions.NOT_RELEASED, "held_back": refusal.detail}
        reviewer_id = current.reviewer_id
        await versions.move(current, VersionState.IN_REVIEW, SYSTEM, "policies.held_back", **noted)
        await notices.held_back(current, reviewer_id, refusal.detail)
    else:
        await service.release(current, SYSTEM, publish_at=None)
