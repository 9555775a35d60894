"""What a bad rating asks for: a call back by somebody else within a day, and putting it right within fifteen."""

from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import Actor
from backend.cases import handling, notices, sweeping, writing
from backend.cases.errors import NeedsOther, TaskUnknown
from backend.cases.events import Kind, NewEvent
from backend.cases.models import Case
from backend.foundation import clock, db
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders

HANDLE: Final = "cases.handle"
DECIDE: Final = "cases.decide"
_DONE_AS: Final = {"call_back": "cases.call_back_done", "rectification": "cases.rectification_done"}
TASK_WORDS: Final = {"call_back": "差评回访", "rectification": "差评整改"}

_OPEN: Final = (
    "SELECT * FROM case_tasks WHERE case_id = $1 AND kind = $2 AND state = 'open' ORDER BY round LIMIT 1 FOR UPDATE"
)
_IS_LEFT: Final = "SELECT EXISTS (SELECT FROM case_tasks WHERE case_id = $1 AND state = 'open')"
_DONE: Final = """
UPDATE case_tasks SET state = 'done', result = $2, done_by = $3, ended_at = $4, tries = tries + 1 WHERE id = $1
"""
_TRIED: Final = "UPDATE case_tasks SET tries = tries + 1 WHERE id = $1"
_OVERDUE: Final = """
SELECT t.id, t.case_id, t.kind FROM case_tasks t WHERE t.state = 'open' AND t.due_at <= $1 AND t.overdue_told_at IS NULL
    AND t.id <> ALL ($2::uuid[])
ORDER BY t.due_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_TOLD: Final = "UPDATE case_tasks SET overdue_told_at = $2 WHERE id = $1"


async def finish(case_id: UUID, kind: str, result: str, *, actor: Actor) -> Case:
    """Note what a call back or a rectification came to; its owner reads it in the timeline.

    A call back is never made by the one whom the rating is about, neither is done by who gave it. Raises TaskUnknown,
    OwnMatter, NeedsOther.
    """
    async with writing.changing(case_id, actor, permission=HANDLE) as case:
        task = await _task(case, kind)
        await handling.check_apart(case, actor)
        if kind == "call_back" and await handling.is_about(case, actor):
            raise NeedsOther("回访须由经办人以外的人员进行。")
        await db.execute(_DONE, task["id"], result, actor.id, clock.now())
        happened = NewEvent(Kind.TOLD, f"{TASK_WORDS[kind]}：{result}")
        await writing.write(case, actor, _DONE_AS[kind], happened)
        if not await db.fetch_value(_IS_LEFT, case.id):
            await notices.put_right(case.id)
        return case


async def try_call(case_id: UUID, note: str, *, actor: Actor) -> None:
    """Note a call that reached nobody; the task stays open and the try is counted."""
    async with writing.changing(case_id, actor, permission=HANDLE) as case:
        task = await _task(case, "call_back")
        await db.execute(_TRIED, task["id"])
        detail = {"note": note}
        await audit.record(actor, "cases.call_tried", table=writing.TABLE, row_id=case.id, detail=detail)


async def sweep(limit: int = 200) -> int:
    """Tell superiors, once, of what was not done in time; returns how many."""
    return await sweeping.each_row(_OVERDUE, _tell_overdue, limit)


async def _task(case: Case, kind: str) -> Record:
    row = await db.fetch_one(_OPEN, case.id, kind)
    if row is None:
        raise TaskUnknown
    return row


async def _tell_overdue(row: Record) -> None:
    case = await Case.get(id=row["case_id"])
    await db.execute(_TOLD, row["id"], clock.now())
    what = f"{TASK_WORDS[row['kind']]}已超过时限"
    fields = {"number": case.number, "title": case.title, "what": what, "case_id": str(case.id)}
    superiors = Holders(DECIDE, case.district, case.unit_id)
    await staff_notices.tell(
        "case_task_overdue", superiors, fields=fields, once=f"case-task:{row['id']}", subject=case.id
    )
