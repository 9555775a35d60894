"""Releases, pauses, resumes and cancels broadcasts; each a command of somebody with the permission for it.

What is told already stays told. A pause holds back what is not yet sent by the very statements that claim messages and
begin calls, so it is effective at once: no slice of calls begins after it. A resume goes on where it stopped.
"""

from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from backend import outbox
from backend.access import SYSTEM, Actor
from backend.foundation import clock, db
from backend.foundation.states import WrongState
from backend.notifications import staff_notices
from backend.notifications.broadcasts import recurrence
from backend.notifications.broadcasts.errors import ListChanged, SamePerson, TooLate
from backend.notifications.broadcasts.freezing import NOTICE, digest
from backend.notifications.broadcasts.rows import RELEASE, STOP, Broadcast, lock, locked, move
from backend.notifications.broadcasts.states import BROADCAST, BroadcastState
from backend.notifications.due import go_on_with

SEND: Final = "broadcasts.send"
"""Outbox topic: tell the next slice of a broadcast's list; payload {broadcast_id}."""
AUTO: Final = "自动暂停："

_DUE: Final = """
SELECT id FROM broadcasts WHERE state = 'released' AND schedule <> 'recurring' AND COALESCE(starts_at, $1) <= $1
ORDER BY id LIMIT 100
"""


async def release(broadcast_id: UUID, signed: str | None, *, actor: Actor) -> None:
    """Release a frozen broadcast; `signed` is the digest that was seen. Of many at once one succeeds.

    Raises ListChanged when that is not the list's, SamePerson when a long list is released by somebody who had a hand
    in it, TooLate past the end of what it is about, WrongState. A recurring one is released without a digest.
    """
    async with db.transaction():
        one = await locked(broadcast_id, actor, RELEASE)
        if one.state is BroadcastState.PAUSED:
            raise WrongState(BROADCAST, one.state, BroadcastState.RELEASED)
        BROADCAST.check(one.state, BroadcastState.RELEASED)
        await _check_release(one, signed, actor)
        noted: dict[str, Any] = {"released_by": actor.id, "released_at": clock.now()}
        if one.schedule == "recurring":
            noted["next_at"] = _from_today(one)
        await move(one, BroadcastState.RELEASED, actor, "released", **noted)
        await staff_notices.settle([one.id], NOTICE)
        await begin(one.id)


def _from_today(series: Broadcast) -> datetime:
    """Return when a series comes first: an earlier day that its release missed is not made up on one it has not."""
    if series.rrule is None or series.starts_at is None:
        raise RuntimeError("a recurring broadcast has a rule and a start")
    midnight = datetime.combine(clock.today(), time.min, clock.SHANGHAI)
    first = recurrence.following(series.rrule, series.starts_at, midnight - timedelta(microseconds=1))
    if first is None:
        raise TooLate
    return first


async def _check_release(one: Broadcast, signed: str | None, actor: Actor) -> None:
    if one.not_after is not None and one.not_after <= clock.now():
        raise TooLate
    if one.schedule == "recurring":
        return
    if one.state is BroadcastState.DRAFT:
        raise WrongState(BROADCAST, one.state, BroadcastState.RELEASED)
    if one.state is BroadcastState.RELEASE_WANTED and actor.id in one.makers:
        raise SamePerson
    if signed is None or signed != one.digest or signed != await digest(one.id):
        raise ListChanged


async def release_short(one: Broadcast, released_by: UUID | None = None) -> None:
    """Release a list that was just frozen and wants no second person, in the transaction that froze it."""
    if one.state is BroadcastState.FROZEN:
        noted = {"released_by": released_by, "released_at": clock.now()}
        await move(one, BroadcastState.RELEASED, SYSTEM, "released", **noted)
        await begin(one.id)


async def begin(broadcast_id: UUID) -> bool:
    """Begin a released broadcast whose time has come; one whose list is not the released one pauses instead."""
    async with db.transaction():
        one = await lock(broadcast_id)
        is_due = one.starts_at is None or one.starts_at <= clock.now()
        if one.state is not BroadcastState.RELEASED or one.schedule == "recurring" or not is_due:
            return False
        if one.digest != await digest(one.id):
            await stop(one, f"{AUTO}名单在放行后被改动。")
            return False
        await move(one, BroadcastState.SENDING, SYSTEM, "begun", began_at=clock.now())
        await put_send(one.id)
    return True


async def begin_due() -> int:
    """Begin whatever was released for a time that has come; returns how many. For the clock, at any time."""
    due = [row["id"] for row in await db.fetch(_DUE, clock.now())]
    return sum([await begin(one) for one in due])


async def pause(broadcast_id: UUID, *, actor: Actor) -> None:
    """Hold back what is not sent yet; raises WrongState."""
    async with db.transaction():
        one = await locked(broadcast_id, actor, STOP)
        if one.schedule == "recurring":
            raise WrongState(BROADCAST, one.state, BroadcastState.PAUSED)
        await move(one, BroadcastState.PAUSED, actor, "paused", reason="由工作人员暂停")


async def stop(one: Broadcast, reason: str) -> None:
    """Pause a locked broadcast without anybody's word, and tell those who may stop or resume it."""
    await move(one, BroadcastState.PAUSED, SYSTEM, "paused", reason=reason)
    fields = {"broadcast": one.title, "reason": reason.removeprefix(AUTO), "broadcast_id": str(one.id)}
    once = f"broadcast-paused:{one.id}:{clock.now().isoformat()}"
    await staff_notices.tell("broadcast_paused", staff_notices.Holders(STOP), fields=fields, once=once, subject=one.id)


async def resume(broadcast_id: UUID, *, actor: Actor) -> None:
    """Go on where it stopped: sending, or waiting for its time; raises WrongState, ListChanged as a release does."""
    async with db.transaction():
        one = await locked(broadcast_id, actor, RELEASE)
        BROADCAST.check(one.state, BroadcastState.SENDING)
        if one.state is not BroadcastState.PAUSED:
            raise WrongState(BROADCAST, one.state, BroadcastState.SENDING)
        if one.digest != await digest(one.id):
            raise ListChanged
        await staff_notices.settle([one.id], "broadcast_paused")
        await _go_on(one, actor)


async def _go_on(one: Broadcast, actor: Actor) -> None:
    moment = clock.now()
    noted: dict[str, Any] = {"reason": None, "resumed_at": moment}
    if one.began_at is None and one.starts_at is not None and one.starts_at > moment:
        await move(one, BroadcastState.RELEASED, actor, "resumed", **noted)
        return
    await move(one, BroadcastState.SENDING, actor, "resumed", **noted, began_at=one.began_at or moment)
    await go_on_with(one.id)
    await put_send(one.id)


async def cancel(broadcast_id: UUID, reason: str, *, actor: Actor) -> None:
    """End a broadcast for good: whatever is not being sent at this moment no longer is. Raises WrongState."""
    async with db.transaction():
        one = await locked(broadcast_id, actor, STOP)
        await end(one, BroadcastState.CANCELLED, reason, actor=actor)


async def end(one: Broadcast, state: BroadcastState, reason: str | None = None, *, actor: Actor = SYSTEM) -> None:
    """End a locked broadcast; what a cancelled one left waiting for a better hour ends soon (`watching.py`)."""
    action = "cancelled" if state is BroadcastState.CANCELLED else "done"
    await move(one, state, actor, action, reason=reason, next_at=None, ended_at=clock.now())
    await staff_notices.settle([one.id], NOTICE, "broadcast_paused")


async def put_send(broadcast_id: UUID) -> None:
    """Note that the next slice is to be told; several such notes do no harm, each finds what is left."""
    await outbox.put(SEND, {"broadcast_id": str(broadcast_id)}, key=str(broadcast_id))
