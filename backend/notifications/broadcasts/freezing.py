"""Freezes whom a broadcast is for: one statement writes the list, its SHA-256 is what is signed off."""

from typing import Final
from uuid import UUID

from backend import runtime
from backend.access import SYSTEM, Actor
from backend.foundation import clock, db
from backend.foundation.states import WrongState
from backend.notifications import staff_notices
from backend.notifications.broadcasts import forecasting
from backend.notifications.broadcasts.errors import NobodyToTell, NothingToBroadcast, OnHold
from backend.notifications.broadcasts.origin import Origin, OriginHolds, OriginOver, Origins
from backend.notifications.broadcasts.rows import RELEASE, WRITE, Broadcast, lock, locked, move
from backend.notifications.broadcasts.states import BROADCAST, BroadcastState

NOTICE: Final = "release_wanted"

_ROOM: Final = "SET LOCAL work_mem = '64MB'"
_FREEZE: Final = """
INSERT INTO broadcast_recipients (broadcast_id, person_id, enterprise_id)
SELECT ${mark}, chosen.person_id, chosen.enterprise_id FROM ({sql}) AS chosen ORDER BY chosen.person_id
"""
_COUNT: Final = "SELECT count(*) FROM broadcast_recipients WHERE broadcast_id = $1"
# Over the message as well: what is signed off is who is told and what he is told.
_DIGEST: Final = """
SELECT encode(sha256(
    convert_to(concat_ws(chr(31), b.kind, b.origin, b.origin_id, b.title, b.fields::text, b.page), 'UTF8') || (
        SELECT coalesce(string_agg(uuid_send(r.person_id), ''::bytea ORDER BY r.person_id), '')
        FROM broadcast_recipients r WHERE r.broadcast_id = b.id
    )), 'hex')
FROM broadcasts b WHERE b.id = $1
"""


async def digest(broadcast_id: UUID) -> str:
    """Return the SHA-256 over a message and its list as they stand now."""
    found: str = await db.fetch_value(_DIGEST, broadcast_id)
    return found


async def freeze(broadcast_id: UUID, origins: Origins, *, actor: Actor) -> None:
    """Freeze the list of a draft, and forecast whom it reaches.

    A recurring one has no list of its own: people bound to it would be told by nobody. Raises WrongState,
    NothingToBroadcast, NobodyToTell, OnHold.
    """
    async with db.transaction():
        one = await locked(broadcast_id, actor, WRITE)
        BROADCAST.check(one.state, BroadcastState.FROZEN)
        if one.schedule == "recurring":
            raise WrongState(BROADCAST, one.state, BroadcastState.FROZEN)
        try:
            frozen = await freeze_locked(one, origins[one.origin], actor=actor)
        except OriginOver as over:
            raise NothingToBroadcast from over
        except OriginHolds as holds:
            raise OnHold(holds.args[0]) from holds
        if not frozen.recipients:
            raise NobodyToTell


async def freeze_locked(one: Broadcast, origin: Origin, *, actor: Actor = SYSTEM) -> Broadcast:
    """Freeze a draft that the caller has locked, in his transaction; a long list then wants a second person."""
    await db.execute(_ROOM)
    chosen = await origin.gather(one)
    sql = _FREEZE.format(sql=chosen.sql, mark=len(chosen.params) + 1)
    await db.execute(sql, *chosen.params, one.id)
    return await sign(one, actor=actor)


async def sign(one: Broadcast, *, actor: Actor = SYSTEM) -> Broadcast:
    """Sign off the list of a locked draft as it stands, in the open transaction, and forecast whom it reaches."""
    count: int = await db.fetch_value(_COUNT, one.id)
    makers = sorted({*one.makers, *([actor.id] if actor.id else [])})
    await move(
        one,
        BroadcastState.FROZEN,
        actor,
        "frozen",
        recipients=count,
        digest=await digest(one.id),
        makers=makers,
        frozen_at=clock.now(),
    )
    await forecasting.store(one.id, one.kind)
    if count > runtime.current().settings.release_above:
        await _want_release(await lock(one.id), count)
    return await lock(one.id)


async def _want_release(one: Broadcast, count: int) -> None:
    await move(one, BroadcastState.RELEASE_WANTED, SYSTEM, "release_wanted")
    fields = {"broadcast": one.title, "recipients": str(count), "broadcast_id": str(one.id)}
    holders = staff_notices.Holders(RELEASE)
    await staff_notices.tell(NOTICE, holders, fields=fields, once=f"release:{one.id}", subject=one.id, but=one.makers)
