"""Books: a hold of five minutes, a request, what staff arrange; the same slot twice is the same booking."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend import audit, worktime
from backend.access import Actor, ActorKind, covers
from backend.audit import Entry
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.numbers import public_number
from backend.foundation.parts import Part
from backend.foundation.states import WrongState
from backend.visits import ledger, messages, notices, reminders, speaking, writing
from backend.visits.availability import choosing
from backend.visits.availability.choosing import Choice
from backend.visits.availability.finding import FOLLOWING, Offer
from backend.visits.availability.visitors import Visitor
from backend.visits.bookings import occupying
from backend.visits.bookings.occupying import Taking
from backend.visits.contacts import noting
from backend.visits.errors import (
    EnterpriseBusy,
    EnterpriseUnknown,
    HoldLapsed,
    NobodyToAsk,
    NoSuchSlot,
    SlotTaken,
    TooManyHolds,
    TooManyRequests,
    WishUnsaid,
)
from backend.visits.events import Kind, NewEvent
from backend.visits.models import Visit
from backend.visits.states import LIFECYCLE, VisitState
from backend.worktime import Calendar

PREFIX: Final = "FW"
HELD_FOR: Final = timedelta(minutes=5)
HOLDS: Final = 2
"""How many slots one owner holds at a time."""
REQUESTS: Final = 2
"""How many requests of one enterprise wait for an answer at a time."""
ANSWERED_IN: Final = 1
"""Working days in which a request is answered."""
ASSIGN: Final = "visits.assign"
WISHED_BY: Final = ("counter", "phone")

_STANDING: Final = """
SELECT (SELECT count(DISTINCT v.id) FROM visits v JOIN visit_parties p ON p.visit_id = v.id
        WHERE p.person_id = $2 AND v.state = 'held' AND v.held_until > $3) AS holds,
    (SELECT count(*) FROM visits v JOIN visit_parties p ON p.visit_id = v.id
     WHERE p.enterprise_id = $1 AND v.state = 'requested' AND p.state = 'booked') AS requests,
    (SELECT v.id FROM visits v JOIN visit_parties p ON p.visit_id = v.id
     WHERE p.enterprise_id = $1 AND p.state = 'booked' AND p.person_id IS NOT DISTINCT FROM $2
       AND v.reason = $4 AND v.place = $5 AND v.starts_at = $6
       AND (v.state IN ('requested', 'confirmed') OR (v.state = 'held' AND v.held_until > $3)) LIMIT 1) AS same
"""
_FULL: Final = """
SELECT EXISTS (SELECT FROM visits v JOIN visit_parties p ON p.visit_id = v.id
    WHERE p.enterprise_id = ANY ($1::uuid[]) AND v.state = 'requested' AND p.state = 'booked'
    GROUP BY p.enterprise_id HAVING count(*) >= $2)
"""
COLUMNS: Final = (
    "id", "number", "reason", "place", "channel", "address", "location", "district", "starts_at", "ends_at", "state",
    "awaits", "unit_id", "capacity", "taken", "requested_by_kind", "requested_by", "requested_at", "held_until",
    "expires_at", "confirmed_at", "end_reason", "is_late", "moved", "contest_reason", "contest_verdict",
    "is_set_aside", "why", "choice", "schedule_id", "sequence", "version", "created_at",
)  # fmt: skip
_INSERT: Final = f"""
made AS (
    INSERT INTO visits ({", ".join(COLUMNS)})
    SELECT {", ".join(COLUMNS)} FROM jsonb_populate_record(NULL::visits, $1::jsonb) RETURNING id
), party AS (
    INSERT INTO visit_parties (visit_id, enterprise_id, person_id, note, joined_at) SELECT id, $2, $3, $4, $5 FROM made
), event AS (
    INSERT INTO visit_events (visit_id, seq, at, kind, actor_kind, actor_id) SELECT id, 1, $5, $6, $7, $8 FROM made
)
"""
_ACTS: Final = """
SELECT EXISTS (SELECT FROM bindings WHERE person_id = $1 AND enterprise_id = $2 AND state = 'active')
"""
_UNIT: Final = "SELECT unit_id FROM staff WHERE id = $1"
_PARTY: Final = "SELECT enterprise_id, person_id FROM visit_parties WHERE visit_id = $1 ORDER BY joined_at LIMIT 1"
_KEEP: Final = """
WITH theirs AS (UPDATE enterprise_time SET lapses_at = NULL WHERE visit_id = $1)
UPDATE staff_time SET lapses_at = NULL WHERE visit_id = $1
"""
_NOTE: Final = "UPDATE visit_parties SET note = $2 WHERE visit_id = $1"
_OFFICE: Final = "SELECT office_address FROM visit_units WHERE unit_id = $1"


@dataclass(frozen=True, slots=True)
class Order:
    """How a booking is to stand: held, requested (waiting for `awaits`), or confirmed at once.

    `is_wished`: the enterprise asked for it itself, so that no ceiling stops it; what staff book else is the bureau's.
    `is_offered`: it picked its time from what it was offered.
    """

    state: VisitState
    channel: str
    person_id: UUID | None
    note: str = ""
    awaits: str | None = None
    is_wished: bool = False
    is_offered: bool = False


def own(actor: Actor, note: str = "", *, is_hold: bool = False) -> Order:
    """Return what an owner orders for himself in the mini-program."""
    state = VisitState.HELD if is_hold else VisitState.REQUESTED
    return Order(state, "mini_program", actor.id, note, None if is_hold else "staff", is_wished=True)


async def book(offer: Offer, order: Order, *, actor: Actor) -> Visit:
    """Give the offered time away, once; the same owner and slot again is the same visit.

    Raises SlotTaken with the next free slots, EnterpriseBusy, TooManyHolds, TooManyRequests, NoSuchSlot, OverCeiling
    where the bureau would come once too often.
    """
    async with db.transaction():
        names = [occupying.enterprise(offer.where.enterprise_id)]
        names += [occupying.person(order.person_id)] if order.person_id else []
        await occupying.lock(*names, is_hot=True)
        given = (offer.where.enterprise_id, order.person_id, clock.now(), offer.wish.reason.key, offer.wish.place)
        row = await db.fetch_one(_STANDING, *given, offer.starts_at)
        if row is not None and row["same"] is not None:
            return await _again(row["same"], order, actor)
        if not offer.is_slot:
            raise NoSuchSlot
        if row is not None:
            _check_open(row, order)
        return await _book(offer, order, actor)


async def arrange(offer: Offer, order: Order, *, actor: Actor) -> Visit:
    """Book for somebody, by who arranges visits in that district; raises as `book` does, Forbidden, EnterpriseUnknown.

    Whoever is named as the person must act for the enterprise; what is proposed has to reach somebody who can accept
    it, else NobodyToAsk.
    """
    district = offer.where.district
    actor.require(ASSIGN)
    # It uses up no ceiling because the enterprise asked for it: then that is what it reads.
    if order.is_wished and (order.channel not in WISHED_BY or not order.note.strip()):
        raise WishUnsaid
    if not covers(actor, ASSIGN, district=district, unit=await _unit(actor)):
        raise EnterpriseUnknown
    if order.person_id is not None and not await db.fetch_value(_ACTS, order.person_id, offer.where.enterprise_id):
        raise EnterpriseUnknown("该经营者没有绑定这家企业，请核对后再试。")
    if order.awaits == "owner" and not await speaking.has_account(offer.where.enterprise_id):
        raise NobodyToAsk
    return await book(offer, order, actor=actor)


async def submit(visit_id: UUID, note: str, *, actor: Actor, version: int | None = None) -> Visit:
    """Make a request of what was held; raises HoldLapsed, TooManyRequests, WrongState for what is no hold."""
    async with db.transaction():
        party = await db.fetch_one(_PARTY, visit_id)
        if party is not None:
            await occupying.lock(occupying.enterprise(party["enterprise_id"]))
        visit = await writing.locked(visit_id, actor, version=version)
        if actor.kind is ActorKind.OWNER:
            await speaking.his_seat(visit, party["enterprise_id"] if party else None, actor)
        if visit.state is not VisitState.HELD:
            raise WrongState(LIFECYCLE, visit.state, VisitState.REQUESTED)
        if (visit.held_until or clock.now()) <= clock.now():
            raise HoldLapsed
        return await request(visit, note, actor)


async def has_no_room(enterprises: Sequence[UUID]) -> bool:
    """Tell whether one of some enterprises, whose locks are held, has as many requests open as one may have."""
    return bool(await db.fetch_value(_FULL, list(enterprises), REQUESTS))


async def _unit(actor: Actor) -> UUID | None:
    found: UUID | None = await db.fetch_value(_UNIT, actor.id)
    return found


async def _again(visit_id: UUID, order: Order, actor: Actor) -> Visit:
    visit = await writing.locked(visit_id, actor)
    if visit.state is VisitState.HELD and order.state is VisitState.REQUESTED:
        return await request(visit, order.note, actor)
    # A hold is over in minutes: nobody has what he was promised for good by holding it.
    if visit.state is VisitState.HELD and order.state is VisitState.CONFIRMED:
        raise EnterpriseBusy
    return visit


def _check_open(row: Record, order: Order) -> None:
    if order.state is VisitState.HELD and row["holds"] >= HOLDS:
        raise TooManyHolds
    if order.state is not VisitState.CONFIRMED and row["requests"] >= REQUESTS:
        raise TooManyRequests


async def _book(offer: Offer, order: Order, actor: Actor) -> Visit:
    """Under the locks of all who were free: look once more, choose the fairest, write."""
    taking = Taking(new_id(), offer.starts_at, offer.wish.reason, offer.wish.location)
    theirs = [offer.where.enterprise_id]
    prefix = None if order.state is VisitState.HELD else PREFIX
    free, number = await occupying.claim_numbered(taking, offer.free, theirs, prefix) if offer.free else (set(), None)
    pick = picked(offer, free)
    if pick is None:
        raise SlotTaken(await FOLLOWING.of(offer))
    row = {**row_of(taking, offer, order, actor), **pick.columns(offer), "number": number}
    row["address"] = await address_of(offer, pick.people[0])
    visit, is_asking = Visit(**row), order.awaits == "staff"
    parts = [*_parts(row, offer, order, actor), *([] if prefix is None else [ledger.part(visit.id, pick.staff)])]
    parts += [notices.request(visit, pick.staff, (taking.reason.title, offer.where.name))] if is_asking else []
    answer = notices.NEW if is_asking else "SELECT"
    lapses_at = row["held_until"]
    told = await occupying.occupy(taking, pick.staff, theirs, lapses_at=lapses_at, beside=parts, answer=answer)
    if not order.is_wished:
        await noting.planned(visit, taking.reason, theirs[0], actor=actor, is_offered=order.is_offered)
    await _tell_of(visit, order, told)
    return visit


def _parts(row: Mapping[str, Any], offer: Offer, order: Order, actor: Actor) -> list[Part]:
    """Return what writes a new visit, who is visited, what happened, and who did it."""
    kind, action = _KINDS[order.state, order.awaits]
    party = (offer.where.enterprise_id, order.person_id, order.note, clock.now())
    written = orjson.dumps(row, default=str).decode()
    act = Entry(action, writing.TABLE, row["id"], ("state", "starts_at"))
    return [Part(_INSERT, (written, *party, kind.value, actor.kind.value, actor.id)), audit.part(actor, [act])]


@dataclass(frozen=True, slots=True)
class Pick:
    """Who is to go, first who leads, and how they were chosen."""

    people: tuple[Visitor, ...]
    choice: Choice

    @property
    def staff(self) -> tuple[UUID, ...]:
        return self.choice.chosen

    def columns(self, offer: Offer) -> dict[str, Any]:
        """Return what a visit notes of it."""
        names = {one.id: one.name for one in offer.wish.crew.visitors}
        why = choosing.sentence(self.choice, names)
        return {"unit_id": self.people[0].unit_id, "why": why, "choice": self.choice.told()}


def picked(offer: Offer, free: Collection[UUID], *, rather: Sequence[UUID] = ()) -> Pick | None:
    """Return who is to go, of those who are free, `rather` these; None where too few are."""
    reason = offer.wish.reason
    seed = f"{reason.key}:{offer.starts_at.isoformat()}:{offer.where.enterprise_id}"
    left = [one for one in offer.carry if one.staff_id in free]
    choice = choosing.choose(left, seed, reason.units_needed, rather)
    people = {one.id: one for one in offer.free}
    return Pick(tuple(people[one] for one in choice.chosen), choice) if choice.chosen else None


async def address_of(offer: Offer, lead: Visitor) -> str:
    """Return where to come to; nothing by phone or video."""
    if offer.wish.place == "on_site":
        return offer.where.address[:300]
    if offer.wish.place == "office" and lead.unit_id is not None:
        return str(await db.fetch_value(_OFFICE, lead.unit_id) or "")
    return ""


def row_of(taking: Taking, offer: Offer, order: Order, actor: Actor) -> dict[str, Any]:
    """Return the row of a new visit, but for its number, who goes and where it is."""
    moment, is_hold = clock.now(), order.state is VisitState.HELD
    return {
        "id": taking.visit_id,
        "number": None,
        "reason": taking.reason.key,
        "place": offer.wish.place,
        "channel": order.channel,
        "location": taking.location,
        "district": offer.where.district,
        "starts_at": taking.starts_at,
        "ends_at": taking.ends_at,
        "state": order.state,
        "awaits": order.awaits,
        "capacity": taking.reason.capacity,
        "taken": 1,
        "requested_by_kind": actor.kind.value,
        "requested_by": actor.id,
        "requested_at": None if is_hold else moment,
        "held_until": moment + HELD_FOR if is_hold else None,
        "expires_at": _answer_by(offer.calendar, taking.starts_at) if order.state is VisitState.REQUESTED else None,
        "confirmed_at": moment if order.state is VisitState.CONFIRMED else None,
        "end_reason": "",
        "is_late": False,
        "moved": 0,
        "contest_reason": "",
        "contest_verdict": "",
        "is_set_aside": False,
        "schedule_id": new_id(),
        "sequence": 0,
        "version": 1,
        "created_at": moment,
    }


async def answer_by(starts_at: datetime) -> datetime:
    """Return by when a request is answered: one working day, and before it would begin."""
    return _answer_by(await worktime.current(), starts_at)


def _answer_by(calendar: Calendar, starts_at: datetime) -> datetime:
    return min(calendar.add_days(clock.now(), ANSWERED_IN).at, starts_at)


_KINDS: Final = {
    (VisitState.HELD, None): (Kind.HELD, "visits.held"),
    (VisitState.REQUESTED, "staff"): (Kind.REQUESTED, "visits.requested"),
    (VisitState.REQUESTED, "owner"): (Kind.PROPOSED, "visits.proposed"),
    (VisitState.CONFIRMED, None): (Kind.CONFIRMED, "visits.arranged"),
}


async def _tell_of(visit: Visit, order: Order, told: Sequence[Record]) -> None:
    if order.awaits == "staff":
        await notices.push(told)
    elif order.awaits == "owner":
        await messages.proposed(visit)
    elif order.state is VisitState.CONFIRMED:
        await reminders.plan(visit)
        await messages.confirmed(visit)


async def request(visit: Visit, note: str, actor: Actor) -> Visit:
    """Make a request of a hold that is locked, as its enterprise is; raises TooManyRequests."""
    party = await db.fetch_one(_PARTY, visit.id)
    if party is not None and await has_no_room([party["enterprise_id"]]):
        raise TooManyRequests
    columns = {
        "number": await public_number(PREFIX),
        "awaits": "staff",
        "requested_at": clock.now(),
        "held_until": None,
        "expires_at": await answer_by(visit.starts_at),
    }
    event = NewEvent(Kind.REQUESTED)
    await writing.write(visit, actor, "visits.requested", event, state=VisitState.REQUESTED, **columns)
    await db.execute(_KEEP, visit.id)
    await db.execute(_NOTE, visit.id, note)
    going = await notices.going(visit.id)
    await ledger.keep(visit, going=going)
    await notices.requested(visit, going)
    return visit
