"""Commands: a policy's way from draft over review to publication and its end.

Whoever wrote a version or touched it last never publishes it; what is published is exactly what the reviewer read,
because any edit takes it out of review and he names the version he saw. Every change of what is live gives the rule
set a new name (`rules.py`) and is spread from the outbox (`spreading.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from backend import audit, notifications, outbox
from backend.access import SYSTEM, Actor
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.numbers import public_number
from backend.policies import rules
from backend.policies.content import PolicyContent
from backend.policies.errors import (
    NothingOpen,
    NotPublished,
    NumberTaken,
    PolicyChanged,
    PolicyPast,
    PolicyUnknown,
    ReferenceOnly,
    SameAuthor,
)
from backend.policies.models import Policy, PolicyVersion
from backend.policies.states import LIFECYCLE, OPEN, VersionState

PREFIX: Final = "ZC"
PUBLISHED: Final = "policies.published"
"""Outbox topic: a version is out, tell whom it fits; payload {version_id, after?: the last person told}."""
LIVE_CHANGED: Final = "policies.live_changed"
"""Outbox topic: the rule set has a new name; payload {before, after, version_id: what came in or null}."""
RETRACTED: Final = "policies.retracted"
"""Outbox topic: a version was withdrawn, tell whoever was told of it; payload {version_id, reason}."""
CORRECTED: Final = "policies.corrected"
"""Outbox topic: a version corrects another, tell whoever was told of that; payload {version_id, before, note}."""
TOPICS: Final = (PUBLISHED, LIVE_CHANGED, RETRACTED, CORRECTED)

_TABLE: Final = "policy_versions"
_MORNING: Final = timedelta(hours=9)

_NEW_POLICY = "INSERT INTO policies (id, number, created_at) VALUES ($1, $2, $3) ON CONFLICT (number) DO NOTHING"
_TOUCH = "UPDATE policies SET version = version + 1 WHERE id = $1 RETURNING version"
_EXPIRE = """
UPDATE policy_versions SET state = 'expired', ended_at = $1
WHERE state = ANY($2) AND least(effective_to, apply_until) < $3
RETURNING id, policy_id
"""


@dataclass(frozen=True, slots=True)
class Handled:
    """Where a policy stands after a command; `version` is what the next If-Match names."""

    id: UUID
    number: str
    version: int
    edition: int
    state: VersionState


async def draft(content: PolicyContent, *, actor: Actor, number: str | None = None) -> Handled:
    """Write the first version of a new policy; raises NumberTaken, and RuleInvalid with every wrong place."""
    actor.require("policies.write")
    columns = content.columns()
    policy_id, moment = new_id(), clock.now()
    number = number or await public_number(PREFIX)
    async with db.transaction():
        if not await db.execute(_NEW_POLICY, policy_id, number, moment):
            raise NumberTaken
        made = await _new_version(policy_id, 1, columns, actor)
    return Handled(policy_id, number, 1, made.edition, made.state)


async def edit(policy_id: UUID, content: PolicyContent, *, actor: Actor, version: int) -> Handled:
    """Rewrite the open version, taking it out of review, or begin the next one after what is published."""
    actor.require("policies.write")
    columns = content.columns()
    async with db.transaction():
        policy = await _locked(policy_id, version)
        current = await _open_version(policy_id)
        if current is None:
            editions = await PolicyVersion.filter(policy_id=policy_id).count()
            current = await _new_version(policy_id, editions + 1, columns, actor)
        else:
            await _rewrite(current, columns, actor)
        return await _handled(policy, current)


async def submit(policy_id: UUID, *, actor: Actor) -> Handled:
    """Hand the draft to a reviewer; its rule must still be valid over today's catalogue."""
    actor.require("policies.write")
    async with db.transaction():
        policy = await _locked(policy_id)
        current = await _open_or_refuse(policy_id)
        rules.parse_stored(current.rule)
        await _move(current, VersionState.IN_REVIEW, actor, "policies.submitted", submitted_at=clock.now())
        return await _handled(policy, current)


async def publish(policy_id: UUID, *, actor: Actor, version: int) -> Handled:
    """Release what is in review, in the place of the version before; people are told by a worker.

    Raises SameAuthor, PolicyPast, ReferenceOnly, WrongState, PolicyChanged when it isn't what the reviewer read.
    """
    actor.require("policies.review")
    async with db.transaction():
        policy = await _locked(policy_id, version)
        current = await _open_or_refuse(policy_id)
        LIFECYCLE.check(current.state, VersionState.PUBLISHED)
        _check_release(current, actor)
        await _supersede(policy_id, actor)
        moment = clock.now()
        await _move(
            current, VersionState.PUBLISHED, actor, "policies.published", reviewer_id=actor.id, published_at=moment
        )
        await _spread(current.id)
        await outbox.put(PUBLISHED, {"version_id": str(current.id)}, key=str(current.id), due=_told_at(current, moment))
        return await _handled(policy, current)


async def withdraw(policy_id: UUID, reason: str, *, actor: Actor) -> Handled:
    """Take the published version back; whoever was not told of it yet no longer is."""
    actor.require("policies.withdraw")
    async with db.transaction():
        policy = await _locked(policy_id)
        live = await PolicyVersion.get_or_none(policy_id=policy_id, state=VersionState.PUBLISHED)
        if live is None:
            raise NotPublished
        ended = {"ended_at": clock.now(), "end_reason": reason}
        await _move(live, VersionState.WITHDRAWN, actor, "policies.withdrawn", **ended)
        await _tell_no_more(live)
        await _spread(None)
        return await _handled(policy, live)


async def expire() -> int:
    """End every published version whose last day is over; returns how many. For the clock, at any time."""
    sources = [str(state) for state in LIFECYCLE.sources(VersionState.EXPIRED)]
    async with db.transaction():
        ended = await db.fetch(_EXPIRE, clock.now(), sources, clock.today())
        if ended:
            entries = [audit.Entry("policies.expired", _TABLE, row["id"], ("state",)) for row in ended]
            await audit.record_many(SYSTEM, entries)
            await _spread(None)
    return len(ended)


async def _locked(policy_id: UUID, version: int | None = None) -> Policy:
    """Lock a policy against other commands; raises PolicyUnknown, and PolicyChanged when `version` is not its own."""
    policy = await Policy.filter(id=policy_id).select_for_update().get_or_none()
    if policy is None:
        raise PolicyUnknown
    if version is not None and version != policy.version:
        raise PolicyChanged
    return policy


async def _handled(policy: Policy, current: PolicyVersion) -> Handled:
    version = await db.fetch_value(_TOUCH, policy.id)
    return Handled(policy.id, policy.number, version, current.edition, current.state)


async def _open_version(policy_id: UUID) -> PolicyVersion | None:
    return await PolicyVersion.get_or_none(policy_id=policy_id, state__in=OPEN)


async def _open_or_refuse(policy_id: UUID) -> PolicyVersion:
    current = await _open_version(policy_id)
    if current is None:
        raise NothingOpen
    return current


async def _new_version(policy_id: UUID, edition: int, columns: Mapping[str, Any], actor: Actor) -> PolicyVersion:
    made = await PolicyVersion.create(**first_columns(policy_id, edition, columns, actor))
    await audit.record(actor, "policies.drafted", table=_TABLE, row_id=made.id, fields=sorted(columns))
    return made


def first_columns(policy_id: UUID, edition: int, columns: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """Return all columns of a version as its author leaves it."""
    moment = clock.now()
    return {
        **columns,
        "policy_id": policy_id,
        "edition": edition,
        "author_id": actor.id,
        "edited_by": actor.id,
        "created_at": moment,
        "edited_at": moment,
    }


async def _rewrite(current: PolicyVersion, columns: Mapping[str, Any], actor: Actor) -> None:
    changed = sorted(name for name, value in columns.items() if getattr(current, name) != value)
    current.update_from_dict({**columns, "edited_by": actor.id, "edited_at": clock.now()})
    if current.state is not VersionState.DRAFT:
        current.state = LIFECYCLE.check(current.state, VersionState.DRAFT)
    await current.save_only(*columns, "edited_by", "edited_at", "state")
    await audit.record(actor, "policies.edited", table=_TABLE, row_id=current.id, fields=changed)


async def _move(current: PolicyVersion, state: VersionState, actor: Actor, action: str, **noted: Any) -> None:
    """Move a version on, unless the clock was faster: it doesn't wait for the policy's lock."""
    before = current.state
    current.update_from_dict({**noted, "state": LIFECYCLE.check(before, state)})
    moved = await PolicyVersion.filter(id=current.id, state=before).update(state=state, **noted)
    if not moved:
        raise PolicyChanged
    await audit.record(actor, action, table=_TABLE, row_id=current.id, fields=("state", *noted))


def _check_release(current: PolicyVersion, actor: Actor) -> None:
    if actor.id in (current.author_id, current.edited_by):
        raise SameAuthor
    if current.reference_only:
        raise ReferenceOnly
    last = last_day(current.effective_to, current.apply_until)
    if last is not None and last < clock.today():
        raise PolicyPast
    rules.parse_stored(current.rule)


def last_day(*days: date | None) -> date | None:
    """Return the earliest of the days that end a policy; None when nothing does."""
    return min((day for day in days if day is not None), default=None)


def _told_at(current: PolicyVersion, moment: datetime) -> datetime:
    """Nobody is told before the policy is in force: then on the morning of its first day."""
    return max(moment, clock.day_start(current.effective_from) + _MORNING) if _is_future(current) else moment


def _is_future(current: PolicyVersion) -> bool:
    return current.effective_from > clock.today()


async def _supersede(policy_id: UUID, actor: Actor) -> None:
    before = await PolicyVersion.get_or_none(policy_id=policy_id, state=VersionState.PUBLISHED)
    if before is not None:
        await _move(before, VersionState.SUPERSEDED, actor, "policies.superseded", ended_at=clock.now())
        await _tell_no_more(before)


async def _tell_no_more(ended: PolicyVersion) -> None:
    """Neither whoever was not told of a version yet, nor whoever's phone has still to be told."""
    await outbox.cancel(PUBLISHED, str(ended.id))
    await notifications.call_off(ended.id)


async def _spread(version_id: UUID | None) -> None:
    before, after = await rules.rename()
    names = {"before": str(before), "after": str(after), "version_id": version_id and str(version_id)}
    await outbox.put(LIVE_CHANGED, names)
