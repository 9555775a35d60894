"""What a screen offers is what the commands take: each act of each state, asked by everybody whom it could concern."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn
from uuid import UUID

import pytest

from backend.access import SYSTEM, Actor, ActorKind, Grant, Role
from backend.cases.ending.rating import Level, Rating
from backend.foundation import clock as time
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import WuweiError
from backend.visits import queries
from backend.visits.afterwards import arriving, attending, hearing, missing, passes, rating, reporting
from backend.visits.bookings import booking, changing, joining, lapsing, moving
from backend.visits.bookings.booking import Order
from backend.visits.errors import VisitUnknown
from backend.visits.models import Visit
from backend.visits.states import VisitState
from tests.backend.cases.people import clerk, manager
from tests.backend.policies.people import owner
from tests.backend.visits.after import minutes, promise
from tests.backend.visits.people import NEXT, at, booked, confirmed, find, owners, row, visitor

pytestmark = pytest.mark.usefixtures("running", "clock")

ELSEWHERE: Final = "330523"
GOOD: Final = Rating(Level.GOOD)


@dataclass
class Cast:
    """An owner, two who could visit him and a manager; `clock` is the test's own."""

    clock: Frozen
    person: Actor
    place: UUID
    visitors: tuple[Actor, Actor]
    boss: Actor

    async def goes(self, visit: Visit) -> Actor:
        going = await db.fetch_value("SELECT staff_id FROM staff_time WHERE visit_id = $1", visit.id)
        return next(one for one in self.visitors if one.id == going)

    async def confirmed(self, until: timedelta = timedelta(days=-1)) -> Visit:
        """A confirmed visit, so long before or after its beginning."""
        made = await confirmed(self.person, self.place)
        self.clock.set(NEXT + until)
        return made

    async def asks(self, *days: int) -> None:
        for day in days:
            await booked(self.person, self.place, at(f"2026-12-{day:02}", 9))

    async def arrived(self, *, is_scanned: bool = False) -> Visit:
        made = await self.confirmed(timedelta())
        if is_scanned:
            token = passes.write(passes.fresh(made.id, self.place))
            return await arriving.scan(made.id, token, actor=await self.goes(made))
        return await arriving.tell(made.id, self.place, "电话", actor=await self.goes(made), version=made.version)

    async def reported(self, by: Actor | None = None) -> Visit:
        made = await self.arrived()
        by = by or await self.goes(made)
        return await reporting.file(made.id, minutes(promise()), actor=by, version=made.version)

    async def missed(self, by: Actor) -> Visit:
        made = await self.confirmed(timedelta(minutes=20))
        return await missing.note_missing(made.id, "没见到人", actor=by)

    async def closed(self) -> Visit:
        made = await self.reported()
        return await hearing.confirm(made.id, self.place, actor=self.person, edition=1)


async def _held(cast: Cast) -> Visit:
    return await booked(cast.person, cast.place, is_hold=True)


async def _held_beside_two(cast: Cast) -> Visit:
    made = await _held(cast)
    await cast.asks(1, 2)
    return made


async def _hold_over(cast: Cast) -> Visit:
    made = await _held(cast)
    cast.clock.advance(timedelta(minutes=6))
    return made


async def _requested(cast: Cast) -> Visit:
    await cast.asks(1)
    return await booked(cast.person, cast.place)


async def _proposed(cast: Cast) -> Visit:
    order = Order(VisitState.REQUESTED, "phone", cast.person.id, awaits="owner")
    return await booking.book(await find(cast.place), order, actor=cast.boss)


async def _confirmed_beside_two(cast: Cast) -> Visit:
    made = await confirmed(cast.person, cast.place)
    await cast.asks(1, 2)
    return made


async def _with_another(cast: Cast) -> Visit:
    made = await confirmed(cast.person, cast.place, NEXT + timedelta(days=1), reason="group_talk", place="video")
    other, place = await owners(2)
    return await joining.join(made.id, place, "", actor=other)


async def _arrival_objected(cast: Cast) -> Visit:
    made = await cast.arrived()
    return await attending.object_to(made.id, cast.place, "没有来", actor=cast.person)


async def _back_filled_and_objected(cast: Cast) -> Visit:
    made = await cast.confirmed(timedelta(hours=5))
    made = await arriving.back_fill(made.id, (), NEXT, "忘了", actor=cast.boss, version=made.version)
    return await attending.object_to(made.id, cast.place, "没有来", actor=cast.person)


async def _reached(cast: Cast) -> Visit:
    made = await cast.reported()
    return await hearing.record(
        made.id, cast.place, "call", "已告知", actor=await cast.goes(made), version=made.version
    )


async def _objected(cast: Cast, by: Actor | None = None) -> Visit:
    made = await cast.reported(by)
    return await hearing.object_to(made.id, cast.place, "不是这样说的", actor=cast.person, edition=1)


async def _nobodys(cast: Cast) -> Visit:
    made = await cast.reported()
    await db.execute("UPDATE bindings SET state = 'ended', ended_at = $1", time.now())
    return await row(made.id)


async def _rated(cast: Cast) -> Visit:
    made = await cast.closed()
    return await rating.rate(made.id, cast.place, GOOD, actor=cast.person)


async def _rated_again(cast: Cast) -> Visit:
    made = await _rated(cast)
    return await rating.add(made.id, cast.place, GOOD, actor=cast.person)


async def _declined(cast: Cast) -> Visit:
    made = await _requested(cast)
    return await changing.decline(made.id, "没有空", actor=await cast.goes(made))


async def _expired(cast: Cast) -> Visit:
    made = await _requested(cast)
    cast.clock.set(NEXT - timedelta(minutes=1))
    await lapsing.sweep()
    return await row(made.id)


async def _called_off(cast: Cast, *, by_owner: bool) -> Visit:
    made = await cast.confirmed()
    return await changing.cancel(made.id, "有事", actor=cast.person if by_owner else cast.boss)


async def _contested(cast: Cast) -> Visit:
    made = await cast.missed(SYSTEM)
    return await missing.contest(made.id, "一直在", actor=cast.person)


async def _set_aside(cast: Cast) -> Visit:
    made = await _contested(cast)
    cast.clock.advance(timedelta(days=1))
    return await missing.decide(made.id, "确实在", is_upheld=True, actor=cast.boss)


STATES: Final[Mapping[str, Callable[[Cast], Awaitable[Visit]]]] = {
    "held": _held,
    "held beside two requests": _held_beside_two,
    "a hold that is over": _hold_over,
    "requested": _requested,
    "proposed": _proposed,
    "confirmed": Cast.confirmed,
    "confirmed beside two requests": _confirmed_beside_two,
    "soon": lambda cast: cast.confirmed(timedelta(hours=-1)),
    "begun": lambda cast: cast.confirmed(timedelta(minutes=5)),
    "waited for": lambda cast: cast.confirmed(timedelta(minutes=20)),
    "to be back-filled": lambda cast: cast.confirmed(timedelta(hours=5)),
    "too late": lambda cast: cast.confirmed(timedelta(days=12)),
    "with another": _with_another,
    "arrived": Cast.arrived,
    "arrived by pass": lambda cast: cast.arrived(is_scanned=True),
    "arrival objected to": _arrival_objected,
    "back-filled and objected to": _back_filled_and_objected,
    "reported": Cast.reported,
    "reached": _reached,
    "objected to": _objected,
    "written by the manager and objected to": lambda cast: _objected(cast, cast.boss),
    "nobody's": _nobodys,
    "closed": Cast.closed,
    "rated": _rated,
    "rated again": _rated_again,
    "declined": _declined,
    "expired": _expired,
    "called off by its owner": lambda cast: _called_off(cast, by_owner=True),
    "called off by the bureau": lambda cast: _called_off(cast, by_owner=False),
    "owner missing": lambda cast: cast.missed(SYSTEM),
    "owner missing, contested": _contested,
    "owner missing, set aside": _set_aside,
    "visitor missing": lambda cast: cast.missed(cast.person),
}


@dataclass(frozen=True)
class Try:
    """Who tries something, with which visit, for which of its parties; `free` is a slot to which it could go."""

    actor: Actor
    visit: Visit
    party: UUID
    free: datetime

    @property
    def given(self) -> dict[str, Any]:
        return {"actor": self.actor, "version": self.visit.version}


Command = Callable[[UUID, Try], Awaitable[Any]]
BOTH: Final[Mapping[str, Command]] = {
    "reschedule": lambda one, t: moving.reschedule(one, t.free, actor=t.actor),
    "cancel": lambda one, t: changing.cancel(one, "有事", actor=t.actor),
    "missing": lambda one, t: missing.note_missing(one, "没见到人", actor=t.actor),
    "contest": lambda one, t: missing.contest(one, "不是这样", actor=t.actor),
}
OWNERS: Final[Mapping[str, Command]] = {
    **BOTH,
    "submit": lambda one, t: booking.submit(one, "", actor=t.actor),
    "accept": lambda one, t: changing.accept(one, actor=t.actor),
    "object_arrival": lambda one, t: attending.object_to(one, t.party, "没有来", actor=t.actor),
    "confirm_minutes": lambda one, t: hearing.confirm(one, t.party, actor=t.actor, edition=t.visit.edition),
    "object_minutes": lambda one, t: hearing.object_to(one, t.party, "不是", actor=t.actor, edition=t.visit.edition),
    "rate": lambda one, t: rating.rate(one, t.party, GOOD, actor=t.actor),
    "rate_again": lambda one, t: rating.add(one, t.party, GOOD, actor=t.actor),
}
STAFFS: Final[Mapping[str, Command]] = {
    **BOTH,
    "confirm": lambda one, t: changing.confirm(one, actor=t.actor),
    "decline": lambda one, t: changing.decline(one, "没有空", actor=t.actor),
    "reassign": lambda one, t: moving.reassign(one, actor=t.actor),
    "decide": lambda one, t: missing.decide(one, "不成立", is_upheld=False, actor=t.actor),
    "arrive": lambda one, t: arriving.tell(one, t.party, "电话", **t.given),
    "back_fill": lambda one, t: arriving.back_fill(one, [t.party], NEXT, "忘了", **t.given),
    "report": lambda one, t: reporting.file(one, minutes(promise()), **t.given),
    "amend": lambda one, t: reporting.amend(one, minutes(promise()), "更正", **t.given),
    "reach": lambda one, t: hearing.record(one, t.party, "call", "已告知", **t.given),
    "hear": lambda one, t: hearing.hear(one, t.party, "objected", "call", "不是", **t.given),
    "decide_arrival": lambda one, t: attending.decide(one, t.party, "不成立", is_upheld=False, **t.given),
    "decide_minutes": lambda one, t: hearing.decide(one, t.party, "记录属实", **t.given),
}


class _Undone(Exception):
    """It was taken, and is taken back."""


async def _take_and_undo(command: Command, one: Try) -> NoReturn:
    async with db.transaction():
        await command(one.visit.id, one)
        raise _Undone


async def _is_taken(command: Command, one: Try) -> bool:
    try:
        await _take_and_undo(command, one)
    except _Undone:
        return True
    except WuweiError:
        return False


async def _actors(cast: Cast, visit: Visit, turn: int) -> dict[str, Actor]:
    """Return those to whom it matters most, and in turn one of those who only stand by."""
    going = {row["staff_id"] for row in await db.fetch("SELECT staff_id FROM staff_time WHERE visit_id = $1", visit.id)}
    goes, stays = sorted(cast.visitors, key=lambda one: one.id not in going)
    manages_elsewhere = Grant(Role.MANAGER, None, (ELSEWHERE,))
    others = (
        await owner(cast.place, state="read_only"),
        replace(goes, grants=(*goes.grants, Grant(Role.MANAGER))),
        stays,
        await clerk(Role.MANAGER, districts=(ELSEWHERE,)),
        await owner(cast.place),
        await clerk(Role.AUDITOR),
    )
    return {
        "owner": cast.person,
        "goes and manages elsewhere": replace(goes, grants=(*goes.grants, manages_elsewhere)),
        "manager": cast.boss,
        f"other {turn % len(others)}": others[turn % len(others)],
    }


async def _offered(actor: Actor, visit: Visit) -> set[str]:
    try:
        return set((await queries.detail(actor, visit.id))["may"]) - {"show_pass"}  # a page, no command
    except VisitUnknown:
        return set()


@pytest.mark.parametrize("state", STATES)
async def test_what_is_offered_is_taken_and_nothing_else(state: str, clock: Frozen) -> None:
    visitors = (await visitor(), await visitor())
    cast = Cast(clock, *await owners(), visitors, await manager())
    visit = await row((await STATES[state](cast)).id)
    free = at((time.today() + timedelta(days=9 - time.today().isoweekday())).isoformat(), 10)
    for who, actor in (await _actors(cast, visit, list(STATES).index(state))).items():
        one, commands = Try(actor, visit, cast.place, free), OWNERS if actor.kind is ActorKind.OWNER else STAFFS
        taken = {act for act, command in commands.items() if await _is_taken(command, one)}
        assert await _offered(actor, visit) == taken, who
