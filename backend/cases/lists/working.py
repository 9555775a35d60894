"""What is done about a problem: put right with evidence, struck off or sent back by a second person, given away."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import audit, worktime
from backend.access import Actor
from backend.cases.intake import attaching
from backend.cases.lists import leaving, opening
from backend.cases.lists.errors import (
    NeedsSecondPerson,
    NoEvidence,
    NotResponsible,
    ProblemChanged,
    ProblemUnknown,
    ProblemWrong,
)
from backend.cases.lists.states import LIFECYCLE, ProblemState
from backend.cases.lists.visibility import visible_to
from backend.cases.states import CLOSED
from backend.cases.visibility import visible_to as cases_visible_to
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Forbidden
from backend.foundation.states import WrongState
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders

ASSIGN: Final = "cases.assign"
STRIKE: Final = "cases.strike"
READ: Final = "cases.read"

_LOCK: Final = """
SELECT p.*, l.title AS list_title, l.district, l.unit_id FROM problems p JOIN problem_lists l ON l.id = p.list_id
WHERE p.id = $1 AND {visible} FOR NO KEY UPDATE OF p
"""
_ALLOWED: Final = "SELECT FROM problem_lists l WHERE l.id = $1 AND {visible}"
_MOVE: Final = """
INSERT INTO problem_moves (problem_id, seq, at, kind, actor_kind, actor_id, words)
SELECT $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5, $6 FROM problem_moves WHERE problem_id = $1 RETURNING seq
"""
_FILES: Final = """
INSERT INTO problem_files (problem_id, seq, file_id) SELECT $1, $2, f FROM unnest($3::uuid[]) AS f
ON CONFLICT (problem_id, file_id) DO NOTHING
"""
_CASE: Final = "SELECT c.id FROM cases c WHERE c.id = $1 AND {visible}"
# Whoever reports it proves nothing by a case of others that he linked to it himself.
_ENDED: Final = """
SELECT c.state = ANY ($2::text[]) AND (c.enterprise_id = l.enterprise_id OR NOT EXISTS (
    SELECT FROM problem_moves m WHERE m.problem_id = p.id AND m.kind = 'linked' AND m.actor_id = $3
    AND m.seq = (SELECT max(k.seq) FROM problem_moves k WHERE k.problem_id = p.id AND k.kind = 'linked')))
FROM problems p JOIN problem_lists l ON l.id = p.list_id JOIN cases c ON c.id = p.case_id WHERE p.id = $1
"""


@dataclass(frozen=True, slots=True)
class Stood:
    """Where a problem stands after a command."""

    id: UUID
    state: ProblemState
    version: int


async def finish(
    problem_id: UUID, result: str, files: Sequence[UUID], *, actor: Actor, version: int | None = None
) -> Stood:
    """Report a problem as put right, by whoever answers for it, with evidence: files, or a linked case that ended.

    Raises NotResponsible, NoEvidence, FileUnknown.
    """
    async with _changing(problem_id, actor, READ, version) as row:
        if row["responsible_id"] != actor.id:
            raise NotResponsible
        _check_move(row, ProblemState.DONE)
        evidence = await attaching.his(actor, files)
        if not evidence and not await db.fetch_value(_ENDED, row["id"], list(CLOSED), actor.id):
            raise NoEvidence(fields=(FieldError("files", "required", NoEvidence.sentence),))
        changed = {"state": ProblemState.DONE, "result": result, "done_by": actor.id, "done_at": clock.now()}
        stood = await _write(row, actor, "done", result, changed, files=evidence)
        await staff_notices.settle([problem_id], "problem_given", "problem_returned", "problem_overdue")
        strikers = Holders(STRIKE, row["district"], row["unit_id"])
        await _tell("problem_done", row, strikers, stood.version, but=[actor.id])
        return stood


async def strike_off(problem_id: UUID, words: str, *, actor: Actor, version: int | None = None) -> Stood:
    """Strike a problem off that was put right, by a second person. Raises NeedsSecondPerson."""
    async with _changing(problem_id, actor, STRIKE, version) as row:
        _check_second(row, actor, ProblemState.STRUCK_OFF)
        changed = {"state": ProblemState.STRUCK_OFF, "struck_by": actor.id, "struck_at": clock.now()}
        stood = await _write(row, actor, "struck_off", words, changed)
        await staff_notices.settle([problem_id], "problem_done")
        return stood


async def send_back(problem_id: UUID, reason: str, *, actor: Actor, version: int | None = None) -> Stood:
    """Send a problem back that isn't put right, by a second person with a reason; its deadline stays."""
    async with _changing(problem_id, actor, STRIKE, version) as row:
        _check_second(row, actor, ProblemState.OPEN)
        undone = {"result": "", "done_by": None, "done_at": None}
        changed = {"state": ProblemState.OPEN, "returns": row["returns"] + 1, **undone}
        stood = await _write(row, actor, "returned", reason, changed)
        await staff_notices.settle([problem_id], "problem_done")
        await _tell("problem_returned", row, [row["responsible_id"]], stood.version, reason=reason)
        await leaving.sent_back(problem_id)
        return stood


async def change(
    problem_id: UUID,
    reason: str,
    *,
    actor: Actor,
    responsible_id: UUID | None = None,
    days: int | None = None,
    due_on: date | None = None,
    measures: str | None = None,
    version: int | None = None,
) -> Stood:
    """Give an open problem to another person, set its deadline or its measures anew, with a reason that stays written.

    Working days count from now. Nobody sets his own deadline anew. Raises ProblemWrong, NeedsSecondPerson.
    """
    async with _changing(problem_id, actor, ASSIGN, version) as row:
        if row["state"] != ProblemState.OPEN:
            raise WrongState(LIFECYCLE, ProblemState(row["state"]), ProblemState.OPEN)
        changed = await _changes(row, responsible_id, days, due_on, measures)
        if "due_at" in changed and row["responsible_id"] == actor.id:
            raise NeedsSecondPerson("期限须由责任人以外的另一人调整。")
        stood = await _write(row, actor, "changed", reason, changed)
        if "due_at" in changed:
            await staff_notices.settle([problem_id], "problem_overdue")
        if "responsible_id" in changed:
            await staff_notices.settle([problem_id], "problem_given", "problem_returned", leaving.UNOWNED)
            fields = {"count": "1", "due": f"{_due_of(row, changed).astimezone(clock.SHANGHAI):%m月%d日}"}
            await _tell("problem_given", row, [responsible_id], stood.version, but=[actor.id], **fields)
        return stood


async def link(problem_id: UUID, case_id: UUID | None, *, actor: Actor, version: int | None = None) -> Stood:
    """Say which case is about this problem, or that none is; by whoever answers for it or gives problems out."""
    async with _changing(problem_id, actor, READ, version) as row:
        if row["responsible_id"] != actor.id:
            actor.require(ASSIGN)
        if row["state"] == ProblemState.STRUCK_OFF:
            raise WrongState(LIFECYCLE, ProblemState.STRUCK_OFF, ProblemState.OPEN)
        visible = cases_visible_to(actor)
        sql = _CASE.format(visible=visible.render(2))
        if case_id is not None and await db.fetch_value(sql, case_id, *visible.params) is None:
            raise ProblemWrong(fields=(FieldError("case_id", "unknown", "没有找到要关联的事项。"),))
        return await _write(row, actor, "linked", "", {"case_id": case_id})


@asynccontextmanager
async def _changing(problem_id: UUID, actor: Actor, permission: str, version: int | None) -> AsyncIterator[Record]:
    async with db.transaction():
        visible = visible_to(actor)
        row = await db.fetch_one(_LOCK.format(visible=visible.render(2)), problem_id, *visible.params)
        if row is None:
            raise ProblemUnknown
        allowed = visible_to(actor, permission)
        sql = _ALLOWED.format(visible=allowed.render(2))
        if await db.fetch_one(sql, row["list_id"], *allowed.params) is None:
            raise Forbidden(permission)
        if version is not None and version != row["version"]:
            raise ProblemChanged
        yield row


def _check_move(row: Record, wanted: ProblemState) -> None:
    LIFECYCLE.check(ProblemState(row["state"]), wanted)


def _check_second(row: Record, actor: Actor, wanted: ProblemState) -> None:
    _check_move(row, wanted)
    if actor.id in (row["done_by"], row["responsible_id"]):
        raise NeedsSecondPerson


async def _changes(
    row: Record, responsible_id: UUID | None, days: int | None, due_on: date | None, measures: str | None
) -> dict[str, Any]:
    changed: dict[str, Any] = {} if measures is None else {"measures": measures}
    wrong = []
    if responsible_id is not None and responsible_id != row["responsible_id"]:
        changed["responsible_id"] = responsible_id
        if await opening.check_responsible([responsible_id]):
            wrong.append(FieldError("responsible_id", "unknown", opening.NOBODY))
    if days is not None or due_on is not None:
        by = opening.due(await worktime.current(), clock.now(), days, due_on)
        if by is None:
            wrong.append(FieldError("due_on", "out_of_range", "请填写工作日数或今后的日期之一。"))
        else:
            changed |= {"told_at": clock.now(), "days": days, "due_at": by.at}
            changed |= {"is_provisional": by.provisional, "overdue_told_at": None}
    if not changed:
        wrong.append(FieldError("reason", "nothing", "请填写要调整的责任人、期限或措施。"))
    if wrong:
        raise ProblemWrong(fields=tuple(wrong))
    return changed


def _due_of(row: Record, changed: dict[str, Any]) -> Any:
    return changed.get("due_at", row["due_at"])


async def _write(
    row: Record, actor: Actor, kind: str, words: str, changed: dict[str, Any], *, files: Sequence[UUID] = ()
) -> Stood:
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(changed, 2))
    sql = f"UPDATE problems SET {sets}, version = version + 1 WHERE id = $1 RETURNING state, version"
    after = await db.fetch_one(sql, row["id"], *changed.values())
    said = (clock.now(), kind, actor.kind.value, actor.id, words)
    seq = await db.fetch_value(_MOVE, row["id"], *said)
    if files:
        await db.execute(_FILES, row["id"], seq, list(files))
    await audit.record(actor, _ACTIONS[kind], table="problems", row_id=row["id"], fields=sorted(changed))
    assert after is not None  # noqa: S101  the row is locked
    return Stood(row["id"], ProblemState(after["state"]), after["version"])


_ACTIONS: Final = {
    "done": "cases.problem_done",
    "struck_off": "cases.problem_struck_off",
    "returned": "cases.problem_returned",
    "changed": "cases.problem_changed",
    "linked": "cases.problem_linked",
}


async def _tell(
    kind: str,
    row: Record,
    to: Holders | Sequence[UUID | None],
    version: int,
    *,
    but: Sequence[UUID | None] = (),
    **more: str,
) -> None:
    fields = {"list": row["list_title"], "nr": str(row["nr"]), "list_id": str(row["list_id"]), **more}
    whom = to if isinstance(to, Holders) else [one for one in to if one is not None]
    once = f"{kind}:{row['id']}:{version}"
    await staff_notices.tell(kind, whom, fields=fields, once=once, subject=row["id"], but=but)
