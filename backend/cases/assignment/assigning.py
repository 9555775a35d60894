"""Gives cases to whom they belong: by itself, many at once and explained, or by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from backend.access import SYSTEM, Actor
from backend.cases import notices, writing
from backend.cases.assignment import naming, placing
from backend.cases.assignment.candidates import NAMED_BY_SUPERIOR, Pool, accept_by, day_of
from backend.cases.assignment.choosing import Choice, Rule, choose, sentence
from backend.cases.assignment.placing import Placed, Why
from backend.cases.errors import HasItAlready
from backend.cases.events import Kind, NewEvent
from backend.cases.intake.opening import ASSIGN as WANTS_HANDLER
from backend.cases.models import Case
from backend.cases.states import LIFECYCLE, CaseState
from backend.foundation import clock, db
from backend.outbox import Handler, OutboxItem

PERMISSION: Final = "cases.assign"
DECIDE: Final = "cases.decide"
TOPICS: Final = (WANTS_HANDLER,)
_LEFT_ALONE: Final = timedelta(minutes=10)

# One at a time assigns by itself, so that what each takes on is known to the next; it comes before the cases' locks.
_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtextextended('cases.assign', 0))"
_WAITING: Final = f"""
SELECT {placing.STANDS}, c.person_id, c.enterprise_id, c.accept_due_at, c.accepted_at, c.urgency, c.due_at,
    c.hand_overs, k.skill, k.weight,
    (SELECT u.name FROM units u WHERE u.id = c.unit_id) AS unit,
    ARRAY(SELECT (e.data->>'staff_id')::uuid FROM case_events e WHERE e.case_id = c.id AND e.kind = 'returned'
          AND e.data->>'why' IN ('returned', 'not_accepted')) AS passed
FROM cases c JOIN case_categories k ON k.key = c.category
WHERE c.id = ANY ($1::uuid[]) AND c.handler_id IS NULL AND c.offered_to IS NULL AND c.closed_at IS NULL
    AND c.merged_into IS NULL AND c.state IN ('received', 'reopened', 'answered')
ORDER BY c.id FOR NO KEY UPDATE OF c
"""
_NOBODYS: Final = """
SELECT id FROM cases WHERE handler_id IS NULL AND closed_at IS NULL AND merged_into IS NULL AND moved_at < $1
    AND offered_to IS NULL AND state IN ('received', 'reopened', 'answered') AND id > $2 ORDER BY id LIMIT $3
"""
_UNASSIGNED: Final = "UPDATE cases SET unassigned_at = $2 WHERE id = ANY ($1::uuid[]) AND unassigned_at IS NULL"
_URGENCY: Final = {"critical": 0, "urgent": 1, "normal": 2}


@dataclass(frozen=True, slots=True)
class _Given:
    """One waiting case with what was chosen for it."""

    case: Mapping[str, Any]
    choice: Choice
    until: datetime

    @property
    def is_by_superior(self) -> bool:
        return int(self.case["hand_overs"]) >= NAMED_BY_SUPERIOR


async def assign_many(case_ids: Sequence[UUID], stand_ins: Mapping[UUID, UUID] | None = None) -> int:
    """Give each of these cases to whom it fits best, the urgent ones first; returns how many found somebody.

    Fair among each other, and in a number of statements that does not grow with them. What somebody has meanwhile, what
    is over or merged is left as it is. Whoever fits nobody stays in the list of the unassigned.
    """
    async with db.transaction():
        await db.execute(_ONE_AT_A_TIME)
        rows = [dict(row) for row in await db.fetch(_WAITING, list(case_ids))]
        if not rows:
            return 0
        days = await writing.calendar()
        until = {row["id"]: accept_by(days, row["accept_due_at"], row["accepted_at"]) for row in rows}
        pool = await Pool.read(day_of(until.values()))
        given = [_choose(pool, row, until[row["id"]], stand_ins or {}) for row in sorted(rows, key=_turn)]
        found = [one for one in given if one.choice.chosen]
        await _write_down(found, pool)
        await _leave([one for one in given if not one.choice.chosen])
        return len(found)


def _turn(row: Mapping[str, Any]) -> tuple[int, datetime, str]:
    return _URGENCY[row["urgency"]], row["due_at"] or clock.now(), str(row["id"])


def _choose(pool: Pool, case: Mapping[str, Any], until: datetime, stand_ins: Mapping[UUID, UUID]) -> _Given:
    seed = str(case["id"])
    if case["hand_overs"] >= NAMED_BY_SUPERIOR:
        return _Given(case, Choice(Rule.NOBODY, seed, (), None), until)
    stand_in = stand_ins.get(case["id"])
    people = pool.candidates(case, day_of([until]), passed=case["passed"], stand_in=stand_in)
    choice = choose(people, seed, skill=pool.needed(case), stand_in=stand_in)
    if choice.chosen:
        pool.took(choice.chosen, case["weight"])
    return _Given(case, choice, until)


async def _write_down(found: Sequence[_Given], pool: Pool) -> None:
    if not found:
        return
    await placing.write_down([_placed(one) for one in found], SYSTEM, "cases.assigned")
    names = pool.names()
    whys = [_why(one, names[one.choice.chosen] if one.choice.chosen else "") for one in found]
    await placing.note(whys, SYSTEM)
    await notices.settle([one.case["id"] for one in found])
    await notices.given_many([(one.case, one.choice.chosen, one.until) for one in found if one.choice.chosen])


def _placed(one: _Given) -> Placed:
    case, chosen = one.case, one.choice.chosen
    columns: dict[str, Any] = {
        "handler_id": chosen,
        "answerable_id": case["answerable_id"] or chosen,
        "unassigned_at": None,
    }
    if case["state"] != CaseState.ANSWERED:
        columns |= {"state": CaseState.ASSIGNED, "accept_by": one.until}
    return Placed(case, NewEvent(Kind.ASSIGNED, data={"staff_id": str(chosen)}), columns)


def _why(one: _Given, name: str = "") -> Why:
    place = f"“{one.case['unit']}”" if one.case["unit"] else "属地"
    words = "该事项已多次转交，须由上级指定经办人。" if one.is_by_superior else sentence(one.choice, name, place)
    return Why(one.case["id"], words, one.choice.told())


async def _leave(nobodys: Sequence[_Given]) -> None:
    """Say once of a case that nobody fits it; later tries are silent until one does."""
    fresh = [one for one in nobodys if one.case["unassigned_at"] is None]
    if not fresh:
        return
    await db.execute(_UNASSIGNED, [one.case["id"] for one in fresh], clock.now())
    await placing.note([_why(one) for one in fresh], SYSTEM)
    await notices.unassigned([one.case for one in fresh if not one.is_by_superior])
    await notices.unassigned([one.case for one in fresh if one.is_by_superior], DECIDE)


async def sweep(at_once: int = 500, most: int = 5000) -> int:
    """Try again what nobody has: somebody may be back, or was granted what he lacked; returns how many found one."""
    found, last, before = 0, UUID(int=0), clock.now() - _LEFT_ALONE
    for _ in range(0, most, at_once):
        ids = [row["id"] for row in await db.fetch(_NOBODYS, before, last, at_once)]
        found += await assign_many(ids) if ids else 0
        if len(ids) < at_once:
            break
        last = ids[-1]
    await notices.settle_lists()
    return found


async def _wanted(items: Sequence[OutboxItem]) -> None:
    told = [item.payload for item in items]
    stand_ins = {UUID(one["case_id"]): UUID(one["stand_in"]) for one in told if one.get("stand_in")}
    await assign_many([UUID(one["case_id"]) for one in told], stand_ins)


HANDLERS: Final[Mapping[str, Handler]] = {WANTS_HANDLER: _wanted}


async def assign(case_id: UUID, to: UUID, *, actor: Actor, reason: str = "", version: int | None = None) -> Case:
    """Give a case to a named colleague, by who assigns work.

    Taken from somebody it counts as a hand-over: at the third only a superior names the handler. Raises HasItAlready,
    NotAble, NeedsSuperior.
    """
    async with writing.changing(case_id, actor, permission=PERMISSION, version=version) as case:
        if case.handler_id == to and case.offered_to is None:
            raise HasItAlready
        passes = 1 if case.handler_id is not None else 0
        naming.check_superior(case, actor, passes)
        await give(case, to, actor, passes=passes, reason=reason)
        return case


async def give(case: Case, to: UUID, actor: Actor, *, passes: int, reason: str, kind: Kind = Kind.ASSIGNED) -> None:
    """Make a named colleague the handler of a locked case; the first receiver answers until he has accepted it.

    One that is answered and nobody's waits for its owner all the same.
    """
    is_answered = case.state is CaseState.ANSWERED and case.handler_id is None
    if not is_answered and case.state is not CaseState.ASSIGNED:
        LIFECYCLE.check(case.state, CaseState.ASSIGNED)
    until = accept_by(await writing.calendar(), case.accept_due_at, case.accepted_at)
    person = await naming.able(case, to)
    changed: dict[str, Any] = {
        "handler_id": to,
        "offered_to": None,
        "answerable_id": case.answerable_id or to,
        "hand_overs": case.hand_overs + passes,
        "accept_by": None if is_answered else until,
        "unassigned_at": None,
        "passed_on": 0,
    }
    state = None if is_answered or case.state is CaseState.ASSIGNED else CaseState.ASSIGNED
    happened = NewEvent(kind, data={"staff_id": str(to)})
    await writing.write(case, actor, "cases.assigned", happened, state=state, **changed)
    words = f"{actor.name or '系统'}分派给{person.actor.name}{reason and f'：{reason}'}"
    await placing.note([Why(case.id, words, {"rule": "by_hand", "chosen": str(to)})], actor)
    await notices.settle([case.id])
    await notices.given(naming.told(case), to, until, by=actor.id)
