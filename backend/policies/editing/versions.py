"""What every command on a policy shares: its lock, its open version, the move of a version, how it stands after."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.states import WrongState
from backend.policies.errors import NothingOpen, PolicyChanged, PolicyUnknown
from backend.policies.models import Policy, PolicyVersion
from backend.policies.states import LIFECYCLE, OPEN, VersionState

TABLE: Final = "policy_versions"

_TOUCH = "UPDATE policies SET version = version + 1 WHERE id = $1 RETURNING version"
NOT_RELEASED: Final[dict[str, Any]] = {"reviewer_id": None, "publish_at": None}
"""Columns of a version that no reviewer stands for any more."""


@dataclass(frozen=True, slots=True)
class Handled:
    """Where a policy stands after a command; `version` is what the next If-Match names."""

    id: UUID
    number: str
    version: int
    edition: int
    state: VersionState


async def locked(policy_id: UUID, version: int | None = None) -> Policy:
    """Lock a policy against other commands; raises PolicyUnknown, and PolicyChanged when `version` is not its own."""
    policy = await Policy.filter(id=policy_id).select_for_update().get_or_none()
    if policy is None:
        raise PolicyUnknown
    if version is not None and version != policy.version:
        raise PolicyChanged
    return policy


async def handled(policy: Policy, current: PolicyVersion) -> Handled:
    """Count the change of a policy and return how it stands."""
    version = await db.fetch_value(_TOUCH, policy.id)
    return Handled(policy.id, policy.number, version, current.edition, current.state)


async def open_version(policy_id: UUID) -> PolicyVersion | None:
    return await PolicyVersion.get_or_none(policy_id=policy_id, state__in=OPEN)


async def open_or_refuse(policy_id: UUID) -> PolicyVersion:
    current = await open_version(policy_id)
    if current is None:
        raise NothingOpen
    return current


async def live_version(policy_id: UUID) -> PolicyVersion | None:
    """Return the published version, locked: the clock, which ends versions without the policy's lock, waits."""
    found = PolicyVersion.filter(policy_id=policy_id, state=VersionState.PUBLISHED).select_for_update()
    return await found.get_or_none()


def expect(current: PolicyVersion, state: VersionState, wanted: VersionState) -> None:
    """Raise WrongState unless a version stands where this command takes it from."""
    if current.state is not state:
        raise WrongState(LIFECYCLE, current.state, wanted)


async def move(current: PolicyVersion, state: VersionState, actor: Actor, action: str, **noted: Any) -> None:
    """Move a version on and write it down; raises PolicyChanged when somebody else was faster."""
    before = current.state
    current.update_from_dict({**noted, "state": LIFECYCLE.check(before, state)})
    moved = await PolicyVersion.filter(id=current.id, state=before).update(state=state, **noted)
    if not moved:
        raise PolicyChanged
    await audit.record(actor, action, table=TABLE, row_id=current.id, fields=("state", *noted))


async def touch(current: PolicyVersion, actor: Actor) -> None:
    """Note who changed an open version last, and take it out of review and out of the schedule."""
    current.update_from_dict({"edited_by": actor.id, "edited_at": clock.now(), **NOT_RELEASED})
    if current.state is not VersionState.DRAFT:
        current.state = LIFECYCLE.check(current.state, VersionState.DRAFT)
    await current.save_only("edited_by", "edited_at", "state", *NOT_RELEASED)
