"""Moves a visit to another time or to other people: its old time goes as its new one is taken, or neither does."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from backend.access import Actor, ActorKind
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.states import WrongState
from backend.visits import ledger, messages, notices, reasons, writing
from backend.visits.availability.finding import FOLLOWING, Offer
from backend.visits.bookings import booking, changing, handing, occupying
from backend.visits.bookings.booking import Pick
from backend.visits.bookings.occupying import Taking
from backend.visits.errors import HasBegun, NobodyFree, NoSuchSlot, NotAlone, SlotTaken, TooLate, TooManyRequests
from backend.visits.events import Kind, NewEvent
from backend.visits.models import Visit
from backend.visits.states import LIFECYCLE, VisitState

_BOOKED: Final = "SELECT enterprise_id FROM visit_parties WHERE visit_id = $1 AND state = 'booked'"
_TEAMS: Final = "SELECT id, coalesce(unit_id, id) AS team FROM staff WHERE id = ANY ($1::uuid[])"
_MOVABLE: Final = (VisitState.REQUESTED, VisitState.CONFIRMED)
_NO_ROOM: Final = "改期后须重新确认，而该企业已有2个预约等待确认；请等待答复，或先取消其中一个。原定时间仍然有效。"


async def reschedule(visit_id: UUID, starts_at: datetime, *, actor: Actor, version: int | None = None) -> Visit:
    """Move a visit to another slot; whoever was to go still does where he is free then.

    An owner's move waits for the visitor's word again and is one of the requests that his enterprise may have open, the
    bureau's one is told at once and leaves him free to cancel without its being counted as late. Raises TooLate once
    the limit of the reason is passed, for both sides alike, SlotTaken with the next free slots, NoSuchSlot, HasBegun,
    NotAlone for one of several enterprises that come, TooManyRequests.
    """
    if actor.kind is ActorKind.OWNER:
        return await _reschedule_own(visit_id, starts_at, actor, version)
    async with changing.his(visit_id, actor, version) as visit:
        return await _reschedule(visit, starts_at, actor)


async def reassign(visit_id: UUID, *, actor: Actor, version: int | None = None, staff: tuple[UUID, ...] = ()) -> Visit:
    """Give a visit to others at the same time: to those named, or to the fairest who are free; raises NobodyFree."""
    async with writing.changing(visit_id, actor, permission=changing.ASSIGN, version=version) as visit:
        _check_movable(visit)
        but = () if staff else tuple(await notices.going(visit.id))
        if not await hand_over(visit, actor, only=staff, but=but):
            raise NobodyFree
        return visit


async def hand_over(visit: Visit, actor: Actor, *, only: tuple[UUID, ...] = (), but: tuple[UUID, ...] = ()) -> bool:
    """Give a locked visit to others at its own time, as far as needed; tells whether somebody could take it.

    Whoever can still go does. Where two units come together by a merge, both still do if they can.
    """
    old, parties = await notices.going(visit.id), await _parties(visit.id)
    stay = () if only else tuple(one for one in old if one not in but)
    for needed, teams in await _ways(visit, old, stay, only):
        offer = await changing.offer_of(visit, visit.starts_at, needed, only=only, going=stay)
        fit = [one for one in offer.carry if one.staff_id not in but and (teams is None or one.team in teams)]
        offer = replace(offer, carry=tuple(fit))
        pick = await _retake(visit, offer, parties, rather=stay)
        if pick is not None:
            await handing.note(visit.id, old)
            await _give(visit, actor, offer, pick)
            await _tell_staff(visit, old, pick, actor)
            return True
    return False


async def _ways(
    visit: Visit, old: Sequence[UUID], stay: Sequence[UUID], only: Sequence[UUID]
) -> list[tuple[int, set[UUID] | None]]:
    """Return how it can be given away, the best first: so many units, and which where not any will do."""
    needed = (await reasons.known(visit.reason)).units_needed
    teams = await _teams([*old, *only])
    together, staying = {teams[one] for one in old}, {teams[one] for one in stay}
    if len(together) <= needed:
        return [(needed, None)]
    if only:
        return [(max(needed, min(len(together), len({teams[one] for one in only if one in teams}))), None)]
    return [(len(together), together), (max(needed, len(staying)), None)]


async def _teams(staff: Sequence[UUID]) -> dict[UUID, UUID]:
    return {row["id"]: row["team"] for row in await db.fetch(_TEAMS, list(staff))}


async def _tell_staff(visit: Visit, old: Sequence[UUID], pick: Pick, actor: Actor, *, is_moved: bool = False) -> None:
    """Tell whoever is concerned and did not do it himself: who goes now, who goes at another time, who need not go."""
    others = [one for one in (*old, *pick.staff) if one != actor.id]
    await notices.given(visit, [one for one in others if one not in old])
    await notices.off(visit, [one for one in others if one not in pick.staff])
    if is_moved:
        await notices.changed(visit, list(dict.fromkeys(one for one in others if one in old and one in pick.staff)))


async def _give(visit: Visit, actor: Actor, offer: Offer, pick: Pick) -> None:
    event = NewEvent(Kind.REASSIGNED, data={"staff": list(pick.staff)})
    columns = {**pick.columns(offer), "sequence": visit.sequence + 1}
    await writing.write(visit, actor, "visits.reassigned", event, **columns)
    await ledger.keep(visit)
    await notices.settle(visit, "visit_unstaffed")
    if visit.state is VisitState.CONFIRMED:
        await messages.reassigned(visit)


async def _reschedule_own(visit_id: UUID, starts_at: datetime, actor: Actor, version: int | None) -> Visit:
    async with db.transaction():
        # Before the visit, as whoever books does: what the enterprise has open is counted under this lock.
        await occupying.lock(*[occupying.enterprise(one) for one in await _parties(visit_id)])
        visit = await writing.locked(visit_id, actor, version=version)
        if len(await changing.check_owner(visit, actor)) < visit.taken:
            raise NotAlone
        return await _reschedule(visit, starts_at, actor)


async def _reschedule(visit: Visit, starts_at: datetime, actor: Actor) -> Visit:
    _check_movable(visit)
    reason = await reasons.known(visit.reason)
    if visit.state is VisitState.CONFIRMED and visit.starts_at - clock.now() < reason.change:
        raise TooLate
    going, parties = await notices.going(visit.id), await _parties(visit.id)
    if _asks_again(visit, actor) and await booking.has_no_room(parties):
        raise TooManyRequests(_NO_ROOM)
    units = len(set((await _teams(going)).values()))
    # Who came together by a merge moves together.
    together = going if units > reason.units_needed else []
    needed = max(units, reason.units_needed)
    offer = await changing.offer_of(visit, starts_at, needed, only=together, going=together)
    if not offer.is_slot:
        raise NoSuchSlot
    pick = await _retake(visit, offer, parties, rather=going)
    if pick is None:
        raise SlotTaken(await FOLLOWING.of(offer))
    await handing.note(visit.id, going)
    await _write(visit, actor, offer, pick)
    await _tell_moved(visit, going, pick, actor)
    return visit


async def _tell_moved(visit: Visit, going: Sequence[UUID], pick: Pick, actor: Actor) -> None:
    if actor.kind is not ActorKind.OWNER:
        await _tell_staff(visit, going, pick, actor, is_moved=True)
        return
    await notices.moved(visit)
    await notices.off(visit, [one for one in going if one not in pick.staff])


async def _write(visit: Visit, actor: Actor, offer: Offer, pick: Pick) -> None:
    is_owner = actor.kind is ActorKind.OWNER
    old, before, starts_at = visit.schedule_id, visit.starts_at, offer.starts_at
    columns: dict[str, Any] = {
        **pick.columns(offer),
        "starts_at": starts_at,
        "ends_at": starts_at + offer.wish.reason.duration,
        "moved": visit.moved + 1,
        "sequence": visit.sequence + 1,
        "schedule_id": new_id(),
    }
    if is_owner:
        columns |= {"awaits": "staff", "expires_at": await booking.answer_by(starts_at), "confirmed_at": None}
    elif visit.state is VisitState.REQUESTED:
        columns |= {"expires_at": await booking.answer_by(starts_at)}
    again = VisitState.REQUESTED if _asks_again(visit, actor) else None
    event = NewEvent(Kind.MOVED, data={"before": before, "after": starts_at})
    await writing.write(visit, actor, "visits.rescheduled", event, state=again, **columns)
    await ledger.keep(visit)
    if is_owner:
        await messages.superseded(old)
    else:
        await messages.moved(visit, before, old_schedule=old)


def _asks_again(visit: Visit, actor: Actor) -> bool:
    """Tell whether a move makes a request of what was confirmed."""
    return actor.kind is ActorKind.OWNER and visit.state is VisitState.CONFIRMED


async def _retake(visit: Visit, offer: Offer, parties: list[UUID], *, rather: Sequence[UUID] = ()) -> Pick | None:
    """Let the old time go and take the new one, together; returns who goes, None where nobody is free."""
    taking = Taking(visit.id, offer.starts_at, offer.wish.reason, offer.wish.location)
    asked = {one.staff_id for one in offer.carry}
    people = [one for one in offer.free if one.id in asked]
    pick = booking.picked(offer, await occupying.claim(taking, people, parties), rather=rather)
    if pick is not None:
        await occupying.let_go(visit.id)
        await occupying.occupy(taking, pick.staff, parties)
    return pick


def _check_movable(visit: Visit) -> None:
    if visit.state not in _MOVABLE:
        raise WrongState(LIFECYCLE, visit.state, VisitState.CONFIRMED)
    if visit.starts_at <= clock.now():
        raise HasBegun


async def _parties(visit_id: UUID) -> list[UUID]:
    return [row["enterprise_id"] for row in await db.fetch(_BOOKED, visit_id)]
