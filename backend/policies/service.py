"""Commands: a policy's way from draft over review to publication and its end.

Whoever wrote a version or touched it last never publishes it; what is published is exactly what the reviewer read,
because any edit takes it out of review and he names the version he saw. What he released for a later time comes out by
the clock (`scheduling.py`). Every change of what is live gives the rule set a new name (`rules.py`) and is spread from
the outbox (`spreading.py`).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from backend import audit, notifications, outbox
from backend.access import SYSTEM, Actor
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.numbers import public_number
from backend.policies import notices, rules
from backend.policies.editing import attachments, submitting, timing, versions
from backend.policies.editing.content import PolicyContent
from backend.policies.editing.timing import last_day
from backend.policies.editing.versions import TABLE, Handled
from backend.policies.errors import (
    ExcludesItself,
    NothingToCorrect,
    NotPublished,
    NumberTaken,
    PolicyPast,
    ReferenceOnly,
    SameAuthor,
)
from backend.policies.models import PolicyVersion
from backend.policies.states import LIFECYCLE, VersionState

PREFIX: Final = "ZC"
PUBLISHED: Final = "policies.published"
"""Outbox topic: a version is out, tell whom it fits; payload {version_id, after?: the last person told}."""
LIVE_CHANGED: Final = "policies.live_changed"
"""Outbox topic: the rule set has a new name; payload {before, after, version_id: what came in or null, ended}."""
RETRACTED: Final = "policies.retracted"
"""Outbox topic: a version was withdrawn, tell whoever was told of it; payload {version_id, reason}."""
CORRECTED: Final = "policies.corrected"
"""Outbox topic: a version corrects another, tell whoever was told of that, in its own words; payload {version_id}."""
TOPICS: Final = (PUBLISHED, LIVE_CHANGED, RETRACTED, CORRECTED)

_NEW_POLICY = "INSERT INTO policies (id, number, created_at) VALUES ($1, $2, $3) ON CONFLICT (number) DO NOTHING"
# In one order, so that two of these never wait for each other in a circle.
_EXPIRE = """
UPDATE policy_versions SET state = 'expired', ended_at = $1
WHERE id = ANY (ARRAY(
    SELECT id FROM policy_versions WHERE state = ANY($2) AND least(effective_to, apply_until) < $3
    ORDER BY id FOR NO KEY UPDATE
))
RETURNING id, policy_id
"""
_CAME_OUT = """
SELECT id FROM policy_versions WHERE policy_id = $1 AND published_at IS NOT NULL ORDER BY edition DESC LIMIT 1
"""


async def draft(content: PolicyContent, *, actor: Actor, number: str | None = None) -> Handled:
    """Write the first version of a new policy; raises NumberTaken, and RuleInvalid with every wrong place."""
    actor.require("policies.write")
    columns = content.columns()
    policy_id, moment = new_id(), clock.now()
    number = number or await public_number(PREFIX)
    _refuse_itself(content, number)
    async with db.transaction():
        if not await db.execute(_NEW_POLICY, policy_id, number, moment):
            raise NumberTaken
        made = await _new_version(policy_id, 1, columns, actor)
    return Handled(policy_id, number, 1, made.edition, made.state)


async def edit(policy_id: UUID, content: PolicyContent, *, actor: Actor, version: int) -> Handled:
    """Rewrite the open version, taking it out of review or of the schedule, or begin the one after what is published.

    A version that is begun has the attachments of the one before it.
    """
    actor.require("policies.write")
    columns = content.columns()
    async with db.transaction():
        policy = await versions.locked(policy_id, version)
        _refuse_itself(content, policy.number)
        current = await versions.open_version(policy_id)
        if current is None:
            editions = await PolicyVersion.filter(policy_id=policy_id).count()
            current = await _new_version(policy_id, editions + 1, columns, actor)
            await attachments.copy(current)
        else:
            await _rewrite(current, columns, actor)
        return await versions.handled(policy, current)


async def submit(policy_id: UUID, *, actor: Actor, version: int | None = None) -> Handled:
    """Hand the draft to a reviewer; its rule must still be valid over today's catalogue. Raises NotReady."""
    actor.require("policies.write")
    async with db.transaction():
        policy = await versions.locked(policy_id, version)
        current = await versions.open_or_refuse(policy_id)
        versions.expect(current, VersionState.DRAFT, VersionState.IN_REVIEW)
        await submitting.check(current, rules.parse_stored(current.rule))
        noted = {"submitted_at": clock.now(), "held_back": ""}
        await versions.move(current, VersionState.IN_REVIEW, actor, "policies.submitted", **noted)
        await notices.reviewed(current.id)
        await notices.review_wanted(current)
        return await versions.handled(policy, current)


async def publish(policy_id: UUID, *, actor: Actor, version: int, at: datetime | None = None) -> Handled:
    """Release what is in review, at once or for a time within 180 days; people are told by a worker.

    A version whose first day is still to come, while the one before it is in force, waits for that day by itself.
    Raises SameAuthor, PolicyPast, ReferenceOnly, NothingToCorrect, ReleaseTime, WrongState, PolicyChanged when it isn't
    what the reviewer read.
    """
    actor.require("policies.review")
    async with db.transaction():
        policy = await versions.locked(policy_id, version)
        current = await versions.open_or_refuse(policy_id)
        versions.expect(current, VersionState.IN_REVIEW, VersionState.PUBLISHED)
        if actor.id in (current.author_id, current.edited_by):
            raise SameAuthor
        await check_release(current)
        moment = await _moment(current, at)
        released: dict[str, Any] = {"reviewer_id": actor.id, "held_back": ""}
        if moment is None:
            await release(current, actor, **released)
        else:
            released["publish_at"] = moment
            await versions.move(current, VersionState.SCHEDULED, actor, "policies.scheduled", **released)
        await notices.reviewed(current.id)
        return await versions.handled(policy, current)


async def withdraw(policy_id: UUID, reason: str, *, actor: Actor, version: int | None = None) -> Handled:
    """Take the published version back; who was told of it hears of that, whoever was not told yet no longer is."""
    actor.require("policies.withdraw")
    async with db.transaction():
        policy = await versions.locked(policy_id, version)
        live = await versions.live_version(policy_id)
        if live is None:
            raise NotPublished
        ended = {"ended_at": clock.now(), "end_reason": reason}
        await versions.move(live, VersionState.WITHDRAWN, actor, "policies.withdrawn", **ended)
        await _tell_no_more(live, "withdrawn")
        await notices.resumed(live.id)
        await outbox.cancel(CORRECTED, str(live.id))
        await outbox.put(RETRACTED, {"version_id": str(live.id), "reason": reason}, key=str(live.id))
        await _spread(None, [live.id])
        return await versions.handled(policy, live)


async def expire() -> int:
    """End every published version whose last day is over; returns how many. For the clock, at any time."""
    sources = [str(state) for state in LIFECYCLE.sources(VersionState.EXPIRED)]
    async with db.transaction():
        ended = await db.fetch(_EXPIRE, clock.now(), sources, clock.today())
        if ended:
            entries = [audit.Entry("policies.expired", TABLE, row["id"], ("state",)) for row in ended]
            await audit.record_many(SYSTEM, entries)
            await _spread(None, [row["id"] for row in ended])
    return len(ended)


async def check_release(current: PolicyVersion) -> None:
    """Raise what keeps a version from coming out today, whoever releases it."""
    if current.reference_only:
        raise ReferenceOnly
    last = last_day(current.effective_to, current.apply_until)
    if last is not None and last < clock.today():
        raise PolicyPast
    rules.parse_stored(current.rule)
    if current.correction and await db.fetch_value(_CAME_OUT, current.policy_id) is None:
        raise NothingToCorrect


async def release(current: PolicyVersion, actor: Actor, **noted: Any) -> None:
    """Bring a checked version out in the place of the one before it, in the caller's transaction."""
    corrects = await db.fetch_value(_CAME_OUT, current.policy_id) if current.correction else None
    ended = await _supersede(current.policy_id, actor)
    moment = clock.now()
    noted |= {"published_at": moment, "corrects": corrects}
    await versions.move(current, VersionState.PUBLISHED, actor, "policies.published", **noted)
    await _spread(current.id, ended)
    told_at = timing.told_at(current.effective_from, moment)
    await outbox.put(PUBLISHED, {"version_id": str(current.id)}, key=str(current.id), due=told_at)
    if corrects is not None:
        await outbox.put(CORRECTED, {"version_id": str(current.id)}, key=str(current.id))


async def _moment(current: PolicyVersion, at: datetime | None) -> datetime | None:
    live = await versions.live_version(current.policy_id)
    before = None if live is None else last_day(live.effective_to, live.apply_until) or date.max
    last = last_day(current.effective_to, current.apply_until)
    return timing.release_moment(at, first_day=current.effective_from, last=last, before=before)


def _refuse_itself(content: PolicyContent, number: str) -> None:
    if content.excludes(number):
        raise ExcludesItself


async def _new_version(policy_id: UUID, edition: int, columns: Mapping[str, Any], actor: Actor) -> PolicyVersion:
    made = await PolicyVersion.create(**first_columns(policy_id, edition, columns, actor))
    await audit.record(actor, "policies.drafted", table=TABLE, row_id=made.id, fields=sorted(columns))
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
    current.update_from_dict(dict(columns))
    await versions.touch(current, actor)
    await current.save_only(*columns)
    await notices.reviewed(current.id)
    await audit.record(actor, "policies.edited", table=TABLE, row_id=current.id, fields=changed)


async def _supersede(policy_id: UUID, actor: Actor) -> list[UUID]:
    before = await versions.live_version(policy_id)
    if before is not None:
        await versions.move(before, VersionState.SUPERSEDED, actor, "policies.superseded", ended_at=clock.now())
        await _tell_no_more(before, "superseded")
        await notices.resumed(before.id)
    return [before.id] if before is not None else []


async def _tell_no_more(ended: PolicyVersion, because: Literal["withdrawn", "superseded"]) -> None:
    """Neither whoever was not told of a version yet, nor whoever's phone has still to be told."""
    await outbox.cancel(PUBLISHED, str(ended.id))
    await notifications.call_off(ended.id, because)


async def _spread(version_id: UUID | None, ended: Sequence[UUID]) -> None:
    before, after = await rules.rename()
    changed = {
        "before": str(before),
        "after": str(after),
        "version_id": version_id and str(version_id),
        "ended": [str(one) for one in ended],
    }
    await outbox.put(LIVE_CHANGED, changed)
