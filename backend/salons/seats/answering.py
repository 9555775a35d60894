"""What owners do with a sign-up, and what staff decide about some: leave, accept, decline, approve, refuse, remove."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import worktime
from backend.access import Actor, ActorKind
from backend.foundation import clock, db
from backend.foundation.errors import Forbidden, WuweiError
from backend.foundation.states import WrongState
from backend.salons.errors import HasBegun, OfferLapsed, SalonUnknown, SignupUnknown
from backend.salons.seats import moving, rooms, seating, signing
from backend.salons.seats.moving import Moved
from backend.salons.states import SIGNUP, SignupState
from backend.salons.visibility import RUN, salons_visible_to

_SALON: Final = "SELECT {may} AS may FROM salons s WHERE s.id = $1 AND {visible}"


async def leave(signup_id: UUID, reason: str, *, actor: Actor) -> Moved:
    """Give a seat or a place in the list back, at any time before the salon; it is offered to the next at once."""
    async with moving.changing(signup_id, actor, by_staff(actor)) as row:
        if row["starts_at"] <= clock.now() and row["state"] != SignupState.WAITING:
            raise HasBegun
        return (await moving.move([row], SignupState.LEFT, acting(actor, row), "salons.left", reason=reason))[0]


async def accept(signup_id: UUID, *, actor: Actor) -> Moved:
    """Take a seat that was offered; raises OfferLapsed. Where staff approve, it is theirs to say now.

    Once nothing is offered any more, staff so seat whoever waits and stands at the door; raises Full.
    """
    async with moving.changing(signup_id, actor, by_staff(actor)) as row:
        if row["state"] == SignupState.WAITING and actor.kind is not ActorKind.OWNER:
            await seating.seat_at_door(row, actor)
            seated = await moving.locked_rows(row["salon_id"], [signup_id], actor, RUN)
            return (await moving.move(seated, SignupState.CONFIRMED, actor, "salons.offer_accepted"))[0]
        if row["state"] == SignupState.LAPSED or (row["offer_until"] and row["offer_until"] <= clock.now()):
            raise OfferLapsed
        if row["state"] != SignupState.OFFERED:
            raise WrongState(SIGNUP, SignupState(row["state"]), SignupState.CONFIRMED)
        state, decide_by = SignupState.CONFIRMED, None
        if row["asks_approval"]:
            salon = (await rooms.of([row["salon_id"]]))[row["salon_id"]]
            state, decide_by = SignupState.PENDING, signing.approve_by(salon, await worktime.current())
        return (await moving.move([row], state, acting(actor, row), "salons.offer_accepted", decide_by=decide_by))[0]


async def decline(signup_id: UUID, *, actor: Actor) -> Moved:
    """Give an offered seat back; the next one gets it at once."""
    async with moving.changing(signup_id, actor, by_staff(actor)) as row:
        return (await moving.move([row], SignupState.DECLINED, acting(actor, row), "salons.offer_declined"))[0]


async def approve(salon_id: UUID, ids: Sequence[UUID], *, actor: Actor) -> dict[UUID, Moved | WuweiError]:
    """Confirm many who wait for an answer at once; each has one of his own."""
    return await _decide(salon_id, ids, SignupState.CONFIRMED, "salons.approved", actor=actor)


async def refuse(salon_id: UUID, ids: Sequence[UUID], reason: str, *, actor: Actor) -> dict[UUID, Moved | WuweiError]:
    """Refuse many at once with the reason that each of them reads; their seats go to those who wait."""
    return await _decide(salon_id, ids, SignupState.REFUSED, "salons.refused", actor=actor, reason=reason)


async def remove(salon_id: UUID, ids: Sequence[UUID], reason: str, *, actor: Actor) -> dict[UUID, Moved | WuweiError]:
    """Take seats or places from some, with the reason that they read."""
    return await _decide(salon_id, ids, SignupState.REMOVED, "salons.removed", actor=actor, reason=reason)


async def _decide(
    salon_id: UUID, ids: Sequence[UUID], state: SignupState, action: str, *, actor: Actor, reason: str = ""
) -> dict[UUID, Moved | WuweiError]:
    async with db.transaction():
        await of_salon(salon_id, actor)
        rows = {row["id"]: row for row in await moving.locked_rows(salon_id, ids, actor, RUN)}
        able = [row for row in rows.values() if _is_open(SignupState(row["state"]), state)]
        moved = await moving.move(able, state, actor, action, reason=reason) if able else []
        await seating.seat_waiting(salon_id)
    done = {one.id: one for one in moved}
    return {one: done.get(one) or _why_not(rows.get(one), state) for one in dict.fromkeys(ids)}


async def of_salon(salon_id: UUID, actor: Actor, permission: str = RUN, *, is_locked: bool = True) -> None:
    """Lock a salon for whoever may act on it, or only see to it that he may; raises SalonUnknown, Forbidden."""
    visible, may = salons_visible_to(actor), salons_visible_to(actor, permission)
    sql = _SALON.format(may=may.render(2), visible=visible.render(2 + len(may.params)))
    found = await db.fetch_one(sql, salon_id, *may.params, *visible.params)
    if found is None:
        raise SalonUnknown
    if not found["may"]:
        raise Forbidden(permission)
    if is_locked:
        await rooms.lock([salon_id])


def _is_open(before: SignupState, state: SignupState) -> bool:
    """Whether staff may decide so: yes and no answer who asked, never who was there, was missing or has an offer."""
    return SIGNUP.allows(before, state) and (state is SignupState.REMOVED or before is SignupState.PENDING)


def _why_not(row: Record | None, state: SignupState) -> WuweiError:
    return SignupUnknown() if row is None else WrongState(SIGNUP, SignupState(row["state"]), state)


def by_staff(actor: Actor) -> str | None:
    """Return the permission by which somebody acts on a sign-up that is not his own."""
    return None if actor.kind is ActorKind.OWNER else RUN


def acting(actor: Actor, row: Record) -> Actor:
    """Return an owner as one who acts for the enterprise of a sign-up."""
    return replace(actor, enterprise_id=row["enterprise_id"]) if actor.kind is ActorKind.OWNER else actor
