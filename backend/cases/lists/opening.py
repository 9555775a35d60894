"""Opens lists of problems and adds to them, by whatever found the problems or by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import orjson

from backend import audit, worktime
from backend.access import ROLES, Actor, Role
from backend.cases.lists.errors import ListUnknown, ProblemWrong
from backend.cases.lists.visibility import READ, visible_to
from backend.cases.visibility import visible_to as cases_visible_to
from backend.enterprises import visibility as enterprises
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Forbidden
from backend.foundation.ids import new_id
from backend.notifications import staff_notices
from backend.worktime import Calendar, Deadline, day_of

ASSIGN: Final = "cases.assign"
BY_HAND: Final = "problem_lists"
"""The origin of a list that somebody wrote by himself."""
MOST: Final = 100
LATEST: Final = 366
"""Days ahead that can be named."""
DAYS: Final = range(1, 181)
NOBODY: Final = "没有这位工作人员，或已离岗、无权办理清单问题。"

_LIST: Final = """
INSERT INTO problem_lists
    (id, origin, origin_id, title, enterprise_id, district, unit_id, opened_by_kind, opened_by, opened_at)
VALUES ($1, $2, $3, $4, $5, coalesce($6, (SELECT e.district FROM enterprises e WHERE e.id = $5)), $7, $8, $9, $10)
ON CONFLICT (origin, origin_id) DO NOTHING
"""
_THERE: Final = "SELECT id FROM problem_lists WHERE origin = $1 AND origin_id = $2"
_PROBLEMS: Final = """
INSERT INTO problems
    (id, list_id, nr, title, measures, responsible_id, told_at, days, due_at, is_provisional, state, case_id)
SELECT id, list_id, nr, title, measures, responsible_id, told_at, days, due_at, is_provisional, 'open', case_id
FROM jsonb_populate_recordset(NULL::problems, $1::jsonb)
"""
_MOVES: Final = """
INSERT INTO problem_moves (problem_id, seq, at, kind, actor_kind, actor_id)
SELECT n, 1, $2, 'opened', $3, $4 FROM unnest($1::uuid[]) AS n
"""
_ABLE: Final = """
SELECT s.id FROM staff s WHERE s.id = ANY ($1::uuid[]) AND s.state = 'active' AND EXISTS (
    SELECT FROM staff_grants g WHERE g.staff_id = s.id AND g.ended_at IS NULL AND g.role = ANY ($2::text[]))
"""
_CASES: Final = "SELECT c.id FROM cases c WHERE c.id = ANY ($1::uuid[]) AND {visible}"
_LOCK: Final = "SELECT l.id, l.title FROM problem_lists l WHERE l.id = $1 AND {visible} FOR NO KEY UPDATE OF l"
_NEXT: Final = "SELECT coalesce(max(nr), 0) FROM problems WHERE list_id = $1"
_STANDING: Final = """
SELECT title, measures, responsible_id FROM problems WHERE list_id = $1 AND state <> 'struck_off'
"""
_OF_CASE: Final = "SELECT c.enterprise_id, c.district, c.unit_id FROM cases c WHERE c.id = $1 AND {visible}"


@dataclass(frozen=True, slots=True)
class NewProblem:
    """What is wrong, who puts it right, and by when: so many working days from now, or a day, never both."""

    title: str
    responsible_id: UUID
    days: int | None = None
    due_on: date | None = None
    measures: str = ""
    case_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class OpenedList:
    """The list of an origin, `is_new` False where it was there; `added`: how many problems came into it now."""

    id: UUID
    is_new: bool
    added: int


async def open_list(
    origin: str,
    origin_id: UUID,
    enterprise_id: UUID | None,
    problems: Sequence[NewProblem],
    actor: Actor,
    *,
    title: str = "问题清单",
    district: str | None = None,
    unit_id: UUID | None = None,
) -> OpenedList:
    """Open the list of an origin in the caller's transaction; one that is there is returned as it is, for `add`.

    Without `district` the enterprise's own counts. Whether the actor may is for the origin to say. Raises ProblemWrong
    with the place of each fault.
    """
    if not db.in_transaction():
        raise RuntimeError("a list is opened in the transaction of the command that asks for it")
    made, moment = new_id(), clock.now()
    place = (enterprise_id, district, unit_id, actor.kind.value, actor.id, moment)
    if not await db.execute(_LIST, made, origin, origin_id, title, *place):
        return OpenedList(await db.fetch_value(_THERE, origin, origin_id), is_new=False, added=0)
    await audit.record(actor, "cases.list_opened", table="problem_lists", row_id=made)
    await _add(made, title, 0, problems, actor)
    return OpenedList(made, is_new=True, added=len(problems))


async def write_list(
    problems: Sequence[NewProblem],
    *,
    title: str,
    actor: Actor,
    enterprise_id: UUID | None = None,
    unit_id: UUID | None = None,
    case_id: UUID | None = None,
) -> OpenedList:
    """Open a list by hand: of an enterprise, of a unit's own, or of a case (a bad rating).

    A case has one list: where it is there, what is written goes into it, but for what stands there open, the same to
    the word (written by two at once, or sent twice). Raises Forbidden for whoever is limited to places and names none
    of his, ProblemWrong.
    """
    actor.require(ASSIGN)
    async with db.transaction():
        place: dict[str, Any] = {"enterprise_id": enterprise_id, "unit_id": unit_id, "district": None}
        if case_id is not None:
            place |= await _of_case(case_id, actor)
        elif enterprise_id is not None:
            await _check_enterprise(enterprise_id, actor)
        origin, origin_id = ("cases", case_id) if case_id else (BY_HAND, new_id())
        whole = place.pop("enterprise_id")
        made = await open_list(origin, origin_id, whole, problems, actor, title=title, **place)
        await _check_place(made.id, actor)
        return made if made.is_new else await _add_new(made.id, problems, actor)


async def _add_new(list_id: UUID, problems: Sequence[NewProblem], actor: Actor) -> OpenedList:
    # Of all that was typed, so that a fault is told at its own place.
    await _check(problems, await _dues(problems), 0, actor)
    await db.fetch(_LOCK.format(visible="TRUE"), list_id)
    there = {tuple(row) for row in await db.fetch(_STANDING, list_id)}
    fresh = [one for one in problems if (one.title, one.measures, one.responsible_id) not in there]
    if fresh:
        await add(list_id, fresh, actor=actor)
    return OpenedList(list_id, is_new=False, added=len(fresh))


async def add(list_id: UUID, problems: Sequence[NewProblem], *, actor: Actor) -> int:
    """Add problems to a list; returns the number of the last one. Raises ListUnknown, ProblemWrong."""
    actor.require(ASSIGN)
    async with db.transaction():
        visible = visible_to(actor)
        row = await db.fetch_one(_LOCK.format(visible=visible.render(2)), list_id, *visible.params)
        if row is None:
            raise ListUnknown
        await _check_place(list_id, actor)
        last: int = await db.fetch_value(_NEXT, list_id)
        await audit.record(actor, "cases.problems_added", table="problem_lists", row_id=list_id)
        await _add(list_id, row["title"], last, problems, actor)
        return last + len(problems)


def due(calendar: Calendar, moment: datetime, days: int | None, due_on: date | None) -> Deadline | None:
    """Return when a problem is due; None where neither, both or a day out of reach are named."""
    if days is not None and due_on is None and days in DAYS:
        return calendar.add_days(moment, days)
    if days is not None or due_on is None or (due_on - day_of(moment)).days not in range(LATEST):
        return None
    closing = calendar.closing(due_on)
    return Deadline(closing, provisional=False) if closing > moment else None


async def check_responsible(staff: Sequence[UUID]) -> set[UUID]:
    """Return those of them who can't answer for anything: unknown, no longer here, or reading no lists in the clear."""
    roles = [role.value for role, held in ROLES.items() if READ in held and role is not Role.AUDITOR]
    known = {row["id"] for row in await db.fetch(_ABLE, list(set(staff)), roles)}
    return set(staff) - known


async def _add(list_id: UUID, title: str, last: int, problems: Sequence[NewProblem], actor: Actor) -> None:
    moment, dues = clock.now(), await _dues(problems)
    await _check(problems, dues, last, actor)
    rows = [
        {
            "id": new_id(),
            "list_id": list_id,
            "nr": last + place,
            "title": one.title,
            "measures": one.measures,
            "responsible_id": one.responsible_id,
            "told_at": moment,
            "days": one.days,
            "due_at": by.at,
            "is_provisional": by.provisional,
            "case_id": one.case_id,
        }
        for place, (one, by) in enumerate(zip(problems, dues, strict=True), 1)
        if by is not None
    ]
    await db.execute(_PROBLEMS, orjson.dumps(rows, default=str).decode())
    await db.execute(_MOVES, [row["id"] for row in rows], moment, actor.kind.value, actor.id)
    await _tell(list_id, title, last, rows, actor)


async def _dues(problems: Sequence[NewProblem]) -> list[Deadline | None]:
    calendar, moment = await worktime.current(), clock.now()
    return [due(calendar, moment, one.days, one.due_on) for one in problems]


async def _check(problems: Sequence[NewProblem], dues: Sequence[Deadline | None], last: int, actor: Actor) -> None:
    wrong = []
    if not problems or last + len(problems) > MOST:
        wrong.append(FieldError("problems", "out_of_range", f"一份清单须有1至{MOST}个问题。"))
    away = await check_responsible([one.responsible_id for one in problems])
    hidden = await _hidden_cases([one.case_id for one in problems if one.case_id], actor)
    for place, (one, by) in enumerate(zip(problems, dues, strict=True)):
        if one.responsible_id in away:
            wrong.append(FieldError(f"problems.{place}.responsible_id", "unknown", NOBODY))
        if by is None:
            wrong.append(FieldError(f"problems.{place}.due_on", "out_of_range", "请填写工作日数或今后的日期之一。"))
        if one.case_id in hidden:
            wrong.append(FieldError(f"problems.{place}.case_id", "unknown", "没有找到要关联的事项。"))
    if wrong:
        raise ProblemWrong(fields=tuple(wrong))


async def _hidden_cases(wanted: Sequence[UUID], actor: Actor) -> set[UUID]:
    visible = cases_visible_to(actor)
    rows = await db.fetch(_CASES.format(visible=visible.render(2)), list(wanted), *visible.params) if wanted else []
    return set(wanted) - {row["id"] for row in rows}


async def _of_case(case_id: UUID, actor: Actor) -> dict[str, Any]:
    visible = cases_visible_to(actor)
    row = await db.fetch_one(_OF_CASE.format(visible=visible.render(2)), case_id, *visible.params)
    if row is None:
        raise ProblemWrong(fields=(FieldError("case_id", "unknown", "没有找到要关联的事项。"),))
    return dict(row)


async def _check_enterprise(enterprise_id: UUID, actor: Actor) -> None:
    visible = enterprises.visible_to(actor)
    sql = f"SELECT FROM enterprises e WHERE e.id = $1 AND {visible.render(2)}"
    if await db.fetch_one(sql, enterprise_id, *visible.params) is None:
        raise ProblemWrong(fields=(FieldError("enterprise_id", "unknown", "没有找到该企业，或不在您的管辖范围。"),))


async def _check_place(list_id: UUID, actor: Actor) -> None:
    allowed = visible_to(actor, ASSIGN)
    sql = f"SELECT FROM problem_lists l WHERE l.id = $1 AND {allowed.render(2)}"
    if await db.fetch_one(sql, list_id, *allowed.params) is None:
        raise Forbidden(ASSIGN, "您只能在管辖范围内建立和增加问题清单，请选择企业或单位。")


async def _tell(list_id: UUID, title: str, last: int, rows: Sequence[dict[str, Any]], actor: Actor) -> None:
    """Tell each of them once; the notice is settled with the last of his problems."""
    for staff_id in sorted({row["responsible_id"] for row in rows}):
        his = sorted((row["due_at"], row["id"]) for row in rows if row["responsible_id"] == staff_id)
        fields = {
            "list": title,
            "count": str(len(his)),
            "due": f"{his[0][0].astimezone(clock.SHANGHAI):%m月%d日}",
            "list_id": str(list_id),
        }
        once, last_of_his = f"problems-given:{list_id}:{last}", his[-1][1]
        told = {"fields": fields, "once": once, "subject": last_of_his, "but": [actor.id]}
        await staff_notices.tell("problem_given", [staff_id], **told)
