"""The owner's word on the minutes: he confirms or objects; his silence counts once they are proven to have reached him.

Reached means: he opened them, or was told on a recorded call or at the counter. An objection is answered by an amended
edition (`reporting.py`), or by the decision of somebody who did not go, so that no visit stays open for ever.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal
from uuid import UUID

from asyncpg import Record

from backend import audit, worktime
from backend.access import SYSTEM, Actor, ActorKind
from backend.cases.ending.rating import Rating
from backend.foundation import clock, db
from backend.foundation.states import WrongState
from backend.visits import notices, speaking, sweeping, writing
from backend.visits.afterwards import closing, rating
from backend.visits.afterwards import messages as later_messages
from backend.visits.afterwards.errors import HasAccount, MinutesChanged, MinutesSettled, NoReport, ReachedBefore
from backend.visits.bookings import changing
from backend.visits.errors import NeedsOther, NothingContested
from backend.visits.events import Kind, NewEvent
from backend.visits.models import Visit
from backend.visits.states import LIFECYCLE, VisitState

SILENT_FOR: Final = 5
"""Working days of silence after which minutes count as agreed to."""
REMINDED_ON: Final = 3
"""The working day on which he is asked once more."""
STATE_WORDS: Final = {
    "waiting": "待确认",
    "confirmed": "已确认",
    "objected": "有异议",
    "silent": "逾期未提出异议",
    "decided": "异议已决定",
}
Word = Literal["confirmed", "objected"]

_ONE: Final = "SELECT * FROM visit_confirmations WHERE visit_id = $1 AND enterprise_id = $2"
_SAY: Final = """
UPDATE visit_confirmations SET state = $3, words = $4, person_id = $5, said_at = $6, remind_at = NULL,
    silence_at = NULL, objections = objections + CASE $3 WHEN 'objected' THEN 1 ELSE 0 END
WHERE visit_id = $1 AND enterprise_id = $2
"""
_REACHED: Final = """
UPDATE visit_confirmations SET reached_at = $3, reached_how = $4, reached_by = $5, remind_at = $6, silence_at = $7
WHERE visit_id = $1 AND enterprise_id = $2 AND state = 'waiting' AND reached_at IS NULL
"""
_UNREACHED: Final = """
SELECT EXISTS (SELECT FROM visit_confirmations WHERE visit_id = $1 AND state = 'waiting' AND reached_at IS NULL)
"""
_FILED_BY: Final = "SELECT EXISTS (SELECT FROM visit_reports WHERE visit_id = $1 AND filed_by = $2)"
_DUE: Final = """
SELECT c.visit_id, c.enterprise_id, c.silence_at FROM visit_confirmations c JOIN visits v ON v.id = c.visit_id
WHERE c.{column} <= $1 AND v.id <> ALL ($2::uuid[]) ORDER BY c.{column} LIMIT 1 FOR NO KEY UPDATE OF v SKIP LOCKED
"""
# The visit is locked by now: what was said, or filed anew, since it was found due is not due any more.
_DONE: Final = """
UPDATE visit_confirmations SET {column} = NULL WHERE visit_id = $1 AND enterprise_id = $2 AND {column} <= $3
"""


_SAID: Final = {
    "confirmed": (Kind.MINUTES_CONFIRMED, "visits.minutes_confirmed"),
    "objected": (Kind.MINUTES_OBJECTED, "visits.minutes_objected"),
}


@dataclass(frozen=True, slots=True)
class _Said:
    word: str
    words: str = ""
    data: tuple[tuple[str, Any], ...] = ()


async def confirm(
    visit_id: UUID, enterprise_id: UUID | None, *, actor: Actor, edition: int, rated: Rating | None = None
) -> Visit:
    """Agree to the edition that was read, and rate the visit with it if he does; the visit closes with the last word.

    Raises MinutesChanged for an older edition, MinutesSettled, NoReport, PartyUnknown.
    """
    async with writing.changing(visit_id, actor) as visit:
        party = await speaking.his_seat(visit, enterprise_id, actor)
        row = await _asked(visit, party, edition)
        if row["state"] not in ("waiting", "objected"):
            raise MinutesSettled
        await _confirmed(visit, party, _Said("confirmed"), actor)
        if rated is not None:
            await rating.note(visit, party, rated, actor)
        return visit


async def object_to(visit_id: UUID, enterprise_id: UUID | None, words: str, *, actor: Actor, edition: int) -> Visit:
    """Say what is wrong in the edition that was read; raises as `confirm` does."""
    async with writing.changing(visit_id, actor) as visit:
        party = await speaking.his_seat(visit, enterprise_id, actor)
        row = await _asked(visit, party, edition)
        if row["state"] != "waiting":
            raise MinutesSettled
        await _objected(visit, party, _Said("objected", words), row["objections"], actor)
        return visit


async def opened(visit_id: UUID, *, actor: Actor) -> None:
    """Note that an owner has the minutes before him; from then on his silence counts."""
    if actor.kind is not ActorKind.OWNER or not await db.fetch_value(_UNREACHED, visit_id):
        return
    async with writing.changing(visit_id, actor) as visit:
        for party in await speaking.his_seats(visit, actor) if visit.state is VisitState.REPORTED else ():
            await _reach(visit, party, "opened", actor)


async def record(
    visit_id: UUID,
    enterprise_id: UUID | None,
    how: Literal["call", "counter"],
    note: str,
    *,
    actor: Actor,
    version: int,
) -> Visit:
    """Note a call or a meeting at the counter in which the minutes were told; raises ReachedBefore, MinutesSettled."""
    async with changing.his(visit_id, actor, version) as visit:
        party = speaking.chosen(await speaking.seats(visit, "attended"), enterprise_id)
        if (await _asked(visit, party, visit.edition))["state"] != "waiting":
            raise MinutesSettled
        if not await _reach(visit, party, how, actor, note):
            raise ReachedBefore
        return visit


async def hear(
    visit_id: UUID,
    enterprise_id: UUID | None,
    word: Word,
    how: Literal["call", "counter"],
    note: str,
    *,
    actor: Actor,
    version: int,
) -> Visit:
    """Write down what somebody without an account said of the minutes; `note` is what he said.

    That he agrees is never heard by who went or wrote them. Raises HasAccount, NeedsOther, MinutesSettled.
    """
    async with changing.his(visit_id, actor, version) as visit:
        party = speaking.chosen(await speaking.seats(visit, "attended"), enterprise_id)
        row = await _asked(visit, party, visit.edition)
        if await speaking.has_account(party):
            raise HasAccount
        if row["state"] != "waiting":
            raise MinutesSettled
        said = _Said(word, note, (("how", how),))
        if word == "objected":
            await _objected(visit, party, said, row["objections"], actor)
            return visit
        await _check_other(visit, actor)
        await _confirmed(visit, party, said, actor)
        return visit


async def decide(visit_id: UUID, enterprise_id: UUID, reason: str, *, actor: Actor, version: int) -> Visit:
    """Let minutes stand that are objected to, with a reason, by somebody who neither went nor wrote them.

    Raises NothingContested, NeedsOther.
    """
    async with writing.changing(visit_id, actor, permission=changing.ASSIGN, version=version) as visit:
        row = await db.fetch_one(_ONE, visit.id, enterprise_id)
        if row is None or row["state"] != "objected":
            raise NothingContested
        await _check_other(visit, actor)
        await db.execute(_SAY, visit.id, enterprise_id, "decided", row["words"], row["person_id"], row["said_at"])
        event = NewEvent(Kind.MINUTES_DECIDED, reason, {"enterprise_id": enterprise_id})
        await writing.write(visit, actor, "visits.minutes_decided", event)
        await later_messages.minutes_decided(visit, enterprise_id)
        await closing.close_if_done(visit, actor)
        return visit


async def sweep(limit: int = 500) -> int:
    """Remind once, count silence, ask for ratings: each when its time has come; returns how many."""
    done = 0
    for column, act in (("silence_at", _silent), ("remind_at", _remind), ("invite_at", _invite)):
        done += await sweeping.each(_DUE.format(column=column), clock.now(), partial(_act, column, act), limit - done)
    return done


async def _act(column: str, act: Callable[[Visit, Record], Awaitable[None]], row: Record) -> None:
    given = (row["visit_id"], row["enterprise_id"], clock.now())
    if await db.execute(_DONE.format(column=column), *given):
        await act(await Visit.get(id=row["visit_id"]), row)


async def _remind(visit: Visit, row: Record) -> None:
    if visit.state is VisitState.REPORTED:
        await later_messages.minutes_due(visit, row["enterprise_id"], row["silence_at"])


async def _invite(visit: Visit, row: Record) -> None:
    if not await rating.is_rated(visit, row["enterprise_id"]):
        await later_messages.rating_wanted(visit, row["enterprise_id"])


async def _silent(visit: Visit, row: Record) -> None:
    if visit.state is not VisitState.REPORTED:
        return
    party = row["enterprise_id"]
    await db.execute(_SAY, visit.id, party, "silent", "", None, clock.now())
    event = NewEvent(Kind.MINUTES_SILENT, data={"enterprise_id": party})
    await writing.write(visit, SYSTEM, "visits.minutes_silent", event)
    await later_messages.closed_by_silence(visit, party)
    await closing.close_if_done(visit, SYSTEM)


async def _asked(visit: Visit, party: UUID, edition: int) -> Record:
    """Return what a party is asked; raises NoReport, WrongState, MinutesChanged."""
    row = await db.fetch_one(_ONE, visit.id, party)
    if row is None:
        raise NoReport
    if row["edition"] != edition:
        raise MinutesChanged
    if visit.state not in (VisitState.REPORTED, VisitState.CLOSED):
        raise WrongState(LIFECYCLE, visit.state, VisitState.CLOSED)
    return row


async def _confirmed(visit: Visit, party: UUID, said: _Said, actor: Actor) -> None:
    await _say(visit, party, said, actor)
    await closing.close_if_done(visit, actor)


async def _objected(visit: Visit, party: UUID, said: _Said, before: int, actor: Actor) -> None:
    await _say(visit, party, said, actor)
    await notices.minutes_objected(visit, is_again=before > 0)


async def _say(visit: Visit, party: UUID, said: _Said, actor: Actor) -> None:
    person = actor.id if actor.kind is ActorKind.OWNER else None
    await db.execute(_SAY, visit.id, party, said.word, said.words[:500], person, clock.now())
    kind, action = _SAID[said.word]
    event = NewEvent(kind, said.words, {"enterprise_id": party, **dict(said.data)})
    await writing.write(visit, actor, action, event)


async def _reach(visit: Visit, party: UUID, how: str, actor: Actor, note: str = "") -> bool:
    """Start the days after which silence counts; tells whether it was the first time that it was proven."""
    moment, days = clock.now(), await worktime.current()
    remind_at, silence_at = days.add_days(moment, REMINDED_ON).at, days.add_days(moment, SILENT_FOR).at
    staff = actor.id if actor.kind is ActorKind.STAFF else None
    if not await db.execute(_REACHED, visit.id, party, moment, how, staff, remind_at, silence_at):
        return False
    event = NewEvent(Kind.MINUTES_REACHED, note, {"enterprise_id": party, "how": how})
    await writing.append(visit.id, actor, event)
    await audit.record(actor, "visits.minutes_reached", table=writing.TABLE, row_id=visit.id, fields=("reached_at",))
    return True


async def _check_other(visit: Visit, actor: Actor) -> None:
    if actor.id in await notices.going(visit.id) or await db.fetch_value(_FILED_BY, visit.id, actor.id):
        raise NeedsOther("须由走访人员和记录人以外的人办理。")
