"""Who was really there: by the pass on the owner's phone, on the visitor's word at the time, or back-filled later.

Each party of a visit arrives by itself; the visit has arrived with the first of them. What rests on the word of staff
is marked, told to the owner, and can be objected to (`attending.py`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Literal
from uuid import UUID

from backend import audit, outbox, runtime
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.states import WrongState
from backend.outbox import Handler, OutboxItem
from backend.visits import ledger, notices, speaking, writing
from backend.visits.afterwards import messages as later_messages
from backend.visits.afterwards import passes
from backend.visits.afterwards.errors import (
    ArrivalTimeWrong,
    ArrivedBefore,
    NotAtTheDoor,
    PassExpired,
    PassOfAnother,
    PassUsed,
    TooEarly,
    TooEarlyToBackFill,
    TooLateToArrive,
    TooLateToBackFill,
)
from backend.visits.availability.visitors import VISIT
from backend.visits.bookings import changing
from backend.visits.events import Kind, NewEvent
from backend.visits.models import Visit
from backend.visits.states import LIFECYCLE, VisitState

How = Literal["scanned", "told", "back_filled", "missed"]
HOW_WORDS: Final[Mapping[str, str]] = {
    "scanned": "扫码到访",
    "told": "走访人员登记",
    "back_filled": "事后补登",
    "missed": "未到场",
}
OPENS: Final = timedelta(minutes=30)
"""How long before a visit begins an arrival can be noted at the earliest."""
SHUTS: Final = timedelta(hours=2)
"""How long after it was to end an arrival is still noted on the spot; later it is back-filled."""
ATTENDED: Final = "visits.attended"
"""Outbox topic: a party was there, or was found not to have been; payload as `Attended`."""
TOPICS: Final = (ATTENDED,)

_THERE: Final = "SELECT nonce FROM visit_attendances WHERE visit_id = $1 AND enterprise_id = $2"
_ATTEND: Final = """
WITH there AS (
    UPDATE visit_parties SET state = 'attended' WHERE visit_id = $1 AND enterprise_id = ANY ($2::uuid[])
)
INSERT INTO visit_attendances (visit_id, enterprise_id, how, arrived_at, noted_at, noted_by, reason, nonce)
SELECT $1, e, $3, $4, $5, $6, $7, $8 FROM unnest($2::uuid[]) AS e
"""
_ARRIVES_FROM: Final = (VisitState.CONFIRMED, VisitState.ARRIVED)
_MISSED: Final = (VisitState.NO_SHOW_OWNER, VisitState.NO_SHOW_STAFF)


@dataclass(frozen=True, slots=True)
class Attended:
    """One party of one visit that was there; `is_set_aside`: it was found that it was not so after all."""

    visit_id: UUID
    enterprise_id: UUID
    at: datetime
    how: str
    is_set_aside: bool


OnAttended = Callable[[Sequence[Attended]], Awaitable[None]]
"""Called in the transaction that takes it out of the outbox: it touches the database only."""


def handlers(heard: Sequence[OnAttended]) -> Mapping[str, Handler]:
    """Return the outbox handlers; the assembly knows who counts visits."""
    return {ATTENDED: partial(_tell, heard)}


async def _tell(heard: Sequence[OnAttended], items: Sequence[OutboxItem]) -> None:
    told = [_read(item.payload) for item in items]
    for hear in heard:
        await hear(told)


def _read(told: Mapping[str, Any]) -> Attended:
    at = datetime.fromisoformat(told["at"])
    return Attended(UUID(told["visit_id"]), UUID(told["enterprise_id"]), at, told["how"], told["is_set_aside"])


async def tell_attended(attended: Sequence[Attended]) -> None:
    """Let whoever counts visits know, by the outbox of the open transaction."""
    items = [
        outbox.NewItem(
            ATTENDED,
            {
                "visit_id": str(one.visit_id),
                "enterprise_id": str(one.enterprise_id),
                "at": one.at.isoformat(),
                "how": one.how,
                "is_set_aside": one.is_set_aside,
            },
            str(one.visit_id),
        )
        for one in attended
    ]
    await outbox.put_many(items)


@dataclass(frozen=True, slots=True)
class _Noted:
    how: How
    at: datetime
    reason: str = ""
    nonce: UUID | None = None


async def scan(visit_id: UUID, token: str, *, actor: Actor) -> Visit:
    """Note who arrived by the pass on the owner's phone, by one of the visit's own visitors.

    Raises PassForged, PassOfAnother, PassExpired, PassUsed, ArrivedBefore, TooEarly, TooLateToArrive, NotAtTheDoor.
    """
    shown = passes.read(token)
    if shown.visit_id != visit_id:
        raise PassOfAnother
    if shown.expires_at <= clock.now():
        raise PassExpired
    async with _at_the_door(visit_id, actor) as visit:
        party = shown.enterprise_id
        await _check_absent(visit, party, shown.nonce)
        check_open(visit)
        speaking.chosen(await speaking.seats(visit, "booked"), party)
        await _note(visit, [party], _Noted("scanned", clock.now(), nonce=shown.nonce), actor)
        return visit


async def tell(visit_id: UUID, enterprise_id: UUID | None, reason: str, *, actor: Actor, version: int) -> Visit:
    """Note an arrival without a pass, with a reason, at the time: by phone, by video, where there is no phone at hand.

    Raises as `scan` does, and PartyUnknown.
    """
    async with _at_the_door(visit_id, actor, version) as visit:
        party = speaking.chosen(await speaking.seats(visit, "booked", "attended"), enterprise_id)
        await _check_absent(visit, party)
        check_open(visit)
        await _note(visit, [party], _Noted("told", clock.now(), reason), actor)
        return visit


async def back_fill(
    visit_id: UUID, enterprises: Sequence[UUID], arrived_at: datetime, reason: str, *, actor: Actor, version: int
) -> Visit:
    """Note afterwards who was there, within the days of the setting; all who booked where none is named.

    By whoever went or arranges visits. A visit that was noted as missed only once that was set aside; its days count
    from that decision. Raises TooEarlyToBackFill, TooLateToBackFill, ArrivalTimeWrong, ArrivedBefore, PartyUnknown.
    """
    async with changing.his(visit_id, actor, version) as visit:
        check_back_fill(visit)
        opens, shuts = window(visit)
        if not opens <= arrived_at <= min(shuts, clock.now()):
            raise ArrivalTimeWrong
        booked = await speaking.seats(visit, "booked")
        parties = [speaking.chosen(booked, one) for one in dict.fromkeys(enterprises)] or booked
        if not parties:
            raise ArrivedBefore
        await _note(visit, parties, _Noted("back_filled", arrived_at, reason), actor)
        return visit


def window(visit: Visit) -> tuple[datetime, datetime]:
    """Return from when until when an arrival is noted on the spot."""
    return visit.starts_at - OPENS, visit.ends_at + SHUTS


def check_open(visit: Visit) -> None:
    """Raise WrongState, TooEarly or TooLateToArrive where nobody can arrive at a visit now."""
    if visit.state not in _ARRIVES_FROM:
        raise WrongState(LIFECYCLE, visit.state, VisitState.ARRIVED)
    opens, shuts = window(visit)
    if clock.now() < opens:
        raise TooEarly(opens)
    if clock.now() > shuts:
        raise TooLateToArrive


def check_back_fill(visit: Visit) -> None:
    """Raise WrongState, TooEarlyToBackFill or TooLateToBackFill where no arrival can be back-filled now."""
    if visit.state not in (*_ARRIVES_FROM, *_MISSED) or (visit.state in _MISSED and not visit.is_set_aside):
        raise WrongState(LIFECYCLE, visit.state, VisitState.ARRIVED)
    if clock.now() <= window(visit)[1]:
        raise TooEarlyToBackFill
    since = visit.contest_decided_at if visit.state in _MISSED and visit.contest_decided_at else visit.starts_at
    days = back_fill_days()
    if (clock.today() - since.astimezone(clock.SHANGHAI).date()).days > days:
        raise TooLateToBackFill(days)


def back_fill_days() -> int:
    return runtime.current().settings.visit_back_fill_days


@asynccontextmanager
async def _at_the_door(visit_id: UUID, actor: Actor, version: int | None = None) -> AsyncIterator[Visit]:
    """Lock a visit for one of those who go there; raises NotAtTheDoor for everybody else."""
    async with writing.changing(visit_id, actor, permission=VISIT, version=version) as visit:
        if actor.id not in await notices.going(visit.id):
            raise NotAtTheDoor
        yield visit


async def _check_absent(visit: Visit, party: UUID, nonce: UUID | None = None) -> None:
    row = await db.fetch_one(_THERE, visit.id, party)
    if row is not None:
        raise PassUsed if nonce is not None and row["nonce"] == nonce else ArrivedBefore


async def _note(visit: Visit, parties: Sequence[UUID], noted: _Noted, actor: Actor) -> None:
    moment = clock.now()
    await db.execute(_ATTEND, visit.id, list(parties), noted.how, noted.at, moment, actor.id, noted.reason, noted.nonce)
    event = NewEvent(Kind.ARRIVED, noted.reason, {"how": noted.how, "parties": list(parties), "arrived_at": noted.at})
    columns: dict[str, Any] = {"nudged_at": None}
    was_over = visit.state in _MISSED
    state = None if visit.state is VisitState.ARRIVED else VisitState.ARRIVED
    if state is not None:
        columns |= {"arrived_at": noted.at, "end_reason": ""}
    await writing.write(visit, actor, "visits.arrived", event, state=state, **columns)
    if was_over:
        await ledger.keep(visit)
    entries = [audit.Entry("visits.arrived", "enterprises", one, detail={"visit": visit.number}) for one in parties]
    await audit.record_many(actor, entries)
    await tell_attended([Attended(visit.id, one, noted.at, noted.how, is_set_aside=False) for one in parties])
    await notices.settle(visit, "visit_unrecorded")
    if noted.how != "scanned":
        await later_messages.arrival_noted(visit, parties, is_back_filled=noted.how == "back_filled")
