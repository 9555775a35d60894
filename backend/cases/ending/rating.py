"""好差评: what its owner says of how a case was handled, and what a bad word obliges the bureau to.

No level is preselected. The two bad ones open a call back and a rectification by themselves (国办发〔2019〕51号). One
addition later; staff may appeal with a reason, and a second person decides.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import audit, runtime
from backend.access import Actor
from backend.cases import handling, messages, notices, writing
from backend.cases.errors import AddedBefore, AppealedBefore, NeedsOther, NotRated, RatedBefore
from backend.cases.events import Kind, NewEvent
from backend.cases.models import Case
from backend.cases.owning import owned
from backend.cases.states import CLOSED, LIFECYCLE, CaseState
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.states import WrongState
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders
from backend.worktime import Calendar

HANDLE: Final = "cases.handle"
DECIDE: Final = "cases.decide"
ASSIGN: Final = "cases.assign"
CALL_BACK_DAYS: Final = 1
RECTIFICATION_DAYS: Final = 15


class Level(IntEnum):
    VERY_BAD = 1
    BAD = 2
    FAIR = 3
    GOOD = 4
    VERY_GOOD = 5


LEVEL_WORDS: Final = {
    Level.VERY_GOOD: "非常满意",
    Level.GOOD: "满意",
    Level.FAIR: "基本满意",
    Level.BAD: "不满意",
    Level.VERY_BAD: "非常不满意",
}
BAD: Final = (Level.BAD, Level.VERY_BAD)

_RATE: Final = """
INSERT INTO case_ratings (case_id, level, words, person_id, rated_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (case_id) DO NOTHING
"""
_ADD: Final = """
UPDATE case_ratings SET later_level = $2, later_words = $3, added_at = $4 WHERE case_id = $1 AND added_at IS NULL
"""
_ONE: Final = "SELECT * FROM case_ratings WHERE case_id = $1 FOR UPDATE"
_TAKEN_BACK: Final = """
SELECT EXISTS (SELECT FROM case_events WHERE case_id = $1 AND kind = 'decided' AND data ->> 'because' = 'taken_back')
"""
_IS_RATED: Final = "SELECT EXISTS (SELECT FROM case_ratings WHERE case_id = $1)"
_TASKS: Final = """
INSERT INTO case_tasks (id, case_id, kind, opened_at, due_at, round)
SELECT n.id, $1, n.kind, $2, n.due_at, $6 FROM unnest($3::uuid[], $4::text[], $5::timestamptz[]) AS n (id, kind, due_at)
ON CONFLICT (case_id, kind, round) DO NOTHING
"""
_APPEAL: Final = "UPDATE case_ratings SET appeal = $2, appealed_by = $3, appealed_at = $4 WHERE case_id = $1"
_DECIDE: Final = """
UPDATE case_ratings SET verdict = $2, decided_by = $3, decided_at = $4, set_aside = $5 WHERE case_id = $1
"""
_CANCEL: Final = "UPDATE case_tasks SET state = 'cancelled', ended_at = $2 WHERE case_id = $1 AND state = 'open'"


@dataclass(frozen=True, slots=True)
class Rating:
    level: Level
    words: str = ""


async def rate(case_id: UUID, rated: Rating, *, actor: Actor) -> Case:
    """Rate a case that is over, and was not taken back; raises RatedBefore."""
    async with owned(case_id, actor) as (case, acting):
        if case.state not in CLOSED or await db.fetch_value(_TAKEN_BACK, case.id):
            raise WrongState(LIFECYCLE, case.state, CaseState.CLOSED_CONFIRMED)
        await note(case, rated, acting)
        return case


async def note(case: Case, rated: Rating, actor: Actor) -> None:
    """Write a rating down in the transaction of whoever holds the case locked."""
    if not await db.execute(_RATE, case.id, int(rated.level), rated.words, actor.id, clock.now()):
        raise RatedBefore
    happened = NewEvent(Kind.RATED, rated.words, {"level": int(rated.level)})
    await writing.write(case, actor, "cases.rated", happened, invite_at=None)
    if rated.level in BAD:
        await open_tasks(case)


async def add(case_id: UUID, rated: Rating, *, actor: Actor) -> Case:
    """Add to a rating, once (追评); the first one stays as it was given. Raises NotRated, AddedBefore."""
    async with owned(case_id, actor) as (case, acting):
        if not await is_rated(case.id):
            raise NotRated
        await _add(case, rated, acting)
        return case


async def note_or_add(case: Case, rated: Rating, actor: Actor) -> None:
    """Take the rating of a case that was opened again after its first one: it is the addition."""
    await (_add if await is_rated(case.id) else note)(case, rated, actor)


async def _add(case: Case, rated: Rating, actor: Actor) -> None:
    if not await db.execute(_ADD, case.id, int(rated.level), rated.words, clock.now()):
        raise AddedBefore
    happened = NewEvent(Kind.RATED, rated.words, {"level": int(rated.level), "is_addition": True})
    await writing.write(case, actor, "cases.rated_again", happened, invite_at=None)
    if rated.level in BAD:
        await open_tasks(case, 1)


async def appeal(case_id: UUID, reason: str, *, actor: Actor) -> Case:
    """Appeal against a bad rating in writing, by whoever may handle the case; raises NotRated, AppealedBefore."""
    async with writing.changing(case_id, actor, permission=HANDLE) as case:
        found = await _rating(case.id)
        if found["level"] not in BAD:
            raise NotRated("只能对差评提出申诉。")
        if found["appealed_at"] is not None:
            raise AppealedBefore
        await db.execute(_APPEAL, case.id, reason, actor.id, clock.now())
        await audit.record(actor, "cases.rating_appealed", table=writing.TABLE, row_id=case.id, fields=("appeal",))
        superiors = Holders(DECIDE, case.district, case.unit_id)
        fields = {"number": case.number, "title": case.title, "case_id": str(case.id)}
        once = f"case-appeal:{case.id}"
        await staff_notices.tell("case_appealed", superiors, fields=fields, once=once, subject=case.id, but=[actor.id])
        return case


async def decide(case_id: UUID, verdict: str, *, is_upheld: bool, actor: Actor) -> Case:
    """Decide an appeal with a written reason, by another person; an upheld one leaves the rating out of all figures.

    Its owner is told either way. Raises NotRated where nothing is open, OwnMatter, NeedsOther.
    """
    async with writing.changing(case_id, actor, permission=DECIDE) as case:
        found = await _rating(case.id)
        if found["appealed_at"] is None or found["decided_at"] is not None:
            raise NotRated("没有待处理的申诉。")
        await handling.check_apart(case, actor)
        if found["appealed_by"] == actor.id or await handling.is_about(case, actor):
            raise NeedsOther
        await db.execute(_DECIDE, case.id, verdict, actor.id, clock.now(), is_upheld)
        if is_upheld:
            await db.execute(_CANCEL, case.id, clock.now())
            await notices.put_right(case.id)
        happened = NewEvent(Kind.TOLD, f"评价申诉{'成立' if is_upheld else '不成立'}：{verdict}")
        await writing.write(case, actor, "cases.rating_decided", happened)
        await staff_notices.settle([case.id], "case_appealed")
        await messages.appeal_decided(case, is_upheld=is_upheld)
        return case


async def is_rated(case_id: UUID) -> bool:
    return bool(await db.fetch_value(_IS_RATED, case_id))


async def _rating(case_id: UUID) -> Record:
    found = await db.fetch_one(_ONE, case_id)
    if found is None:
        raise NotRated
    return found


async def open_tasks(case: Case, nr: int = 0) -> None:
    """Open the call back and the rectification of a bad word, each once a round; in the caller's transaction."""
    moment, days = clock.now(), await writing.calendar()
    kinds = {"call_back": CALL_BACK_DAYS, "rectification": RECTIFICATION_DAYS}
    dues = [due(moment, number, days) for number in kinds.values()]
    await db.execute(_TASKS, case.id, moment, [new_id() for _ in kinds], list(kinds), dues, nr)
    fields = {"number": case.number, "title": case.title, "case_id": str(case.id)}
    once = f"case-bad-rating:{case.id}:{case.version}"
    workers = [case.handler_id] if case.handler_id else []
    await staff_notices.tell("case_rated_bad", workers, fields=fields, once=once, subject=case.id)
    superiors = Holders(ASSIGN, case.district, case.unit_id)
    await staff_notices.tell("case_rated_bad", superiors, fields=fields, once=once, subject=case.id)


def due(moment: datetime, number: int, days: Calendar) -> datetime:
    """Return by when: after so many natural or working days, whichever the setting says, the earlier one by default."""
    natural, working = moment + timedelta(days=number), days.add_days(moment, number).at
    counted = runtime.current().settings.rating_days
    return {"natural": natural, "working": working, "earlier": min(natural, working)}[counted]
