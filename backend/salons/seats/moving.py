"""The one way sign-ups change after they are made: locked by their salon, checked, written down, told, re-offered."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import Actor, ActorKind
from backend.audit import Entry
from backend.foundation import clock, db
from backend.foundation.errors import Forbidden
from backend.identity.errors import ReadOnly
from backend.salons import messages, telling
from backend.salons.errors import SignupUnknown
from backend.salons.seats import rooms, seating
from backend.salons.states import OPEN_ONES, SEATED, SIGNUP, SignupState
from backend.salons.visibility import signups_changed_by, signups_visible_to

TABLE: Final = "salon_signups"

_WHERE: Final = (
    "SELECT g.salon_id FROM salon_signups g JOIN salons s ON s.id = g.salon_id WHERE g.id = $1 AND {visible}"
)
_ROWS: Final = """
SELECT g.id, g.salon_id, g.state, g.way, g.is_first, g.person_id, g.enterprise_id, g.asks_approval, g.offer_until,
    g.decide_by, s.starts_at, s.ends_at, s.state AS salon_state, {may} AS may
FROM salon_signups g JOIN salons s ON s.id = g.salon_id WHERE g.salon_id = $1 AND g.id = ANY ($2::uuid[]) ORDER BY g.id
"""
_MOVE: Final = """
UPDATE salon_signups SET state = $2, quota_id = CASE WHEN $3 THEN quota_id END, nth = CASE WHEN $4 THEN nth END,
    offer_until = NULL, decide_by = $5, reason = $6, changed_at = $7,
    confirmed_at = CASE WHEN $2 = 'confirmed' THEN coalesce(confirmed_at, $7) ELSE confirmed_at END
WHERE id = ANY ($1::uuid[])
"""
_PLACED: Final = frozenset({*SEATED, *OPEN_ONES})


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a sign-up stands after a command."""

    id: UUID
    salon_id: UUID
    state: SignupState
    decide_by: datetime | None = None


@asynccontextmanager
async def changing(signup_id: UUID, actor: Actor, permission: str | None = None) -> AsyncIterator[Record]:
    """Lock a sign-up's salon for a command, as one transaction, and give the sign-up as it stands then.

    Raises SignupUnknown for one the actor does not see, Forbidden where his permission does not extend to it, ReadOnly
    for a colleague's where he has to prove his binding anew. Seats that the command freed are offered to those who wait
    before it commits.
    """
    visible = signups_visible_to(actor)
    async with db.transaction():
        salon_id = await db.fetch_value(_WHERE.format(visible=visible.render(2)), signup_id, *visible.params)
        if salon_id is None:
            raise SignupUnknown
        await rooms.lock([salon_id])
        rows = await locked_rows(salon_id, [signup_id], actor, permission)
        if not rows:
            raise SignupUnknown
        if not rows[0]["may"]:
            raise ReadOnly if actor.kind is ActorKind.OWNER else Forbidden(permission)
        yield rows[0]
        await seating.seat_waiting(salon_id)


async def locked_rows(salon_id: UUID, ids: Sequence[UUID], actor: Actor, permission: str | None) -> list[Record]:
    """Return sign-ups of a locked salon, each with whether the actor `may` act on it."""
    may = signups_changed_by(actor, permission)
    return await db.fetch(_ROWS.format(may=may.render(3)), salon_id, list(ids), *may.params)


async def move(
    rows: Sequence[Record],
    state: SignupState,
    actor: Actor,
    action: str,
    *,
    reason: str = "",
    decide_by: datetime | None = None,
    is_told: bool = True,
) -> list[Moved]:
    """Move sign-ups of a locked salon as their lifecycle allows; raises WrongState when one of them can't."""
    for row in rows:
        SIGNUP.check(SignupState(row["state"]), state)
    ids = [row["id"] for row in rows]
    seated, placed = state in SEATED, state in _PLACED
    await db.execute(_MOVE, ids, state.value, seated, placed, decide_by, reason, clock.now())
    # An owner's own words stay with his sign-up, where they end with his account: the trail keeps what it was told.
    detail = {"reason": reason} if reason and actor.kind is not ActorKind.OWNER else {}
    await audit.record_many(actor, [Entry(action, TABLE, one, ("state",), detail) for one in ids])
    if is_told:
        is_his = state in messages.BY_HIMSELF and actor.kind is ActorKind.OWNER
        await telling.note(state, [row["id"] for row in rows if not (is_his and row["person_id"] == actor.id)])
    return [Moved(row["id"], row["salon_id"], state, decide_by) for row in rows]
