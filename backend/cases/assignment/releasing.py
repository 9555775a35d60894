"""Cases that somebody can't go on with are assigned anew: he left, is away, or did not take them in time."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import outbox
from backend.access import SYSTEM
from backend.cases import notices, sweeping
from backend.cases.assignment import naming, placing
from backend.cases.assignment.candidates import NAMED_BY_SUPERIOR
from backend.cases.assignment.placing import Placed, Why
from backend.cases.events import Kind, NewEvent
from backend.cases.intake.opening import ASSIGN as WANTS_HANDLER
from backend.cases.states import CaseState
from backend.foundation import clock, db
from backend.outbox import NewItem, OutboxItem
from backend.staff import absences

_AT_ONCE: Final = 500
_OPEN: Final = "c.closed_at IS NULL AND c.merged_into IS NULL"
_HELD: Final = f"""
SELECT {placing.STANDS} FROM cases c
WHERE {_OPEN} AND (c.handler_id = ANY ($1::uuid[]) OR c.offered_to = ANY ($1::uuid[])
    OR c.answerable_id = ANY ($1::uuid[])) ORDER BY c.id LIMIT {_AT_ONCE} FOR NO KEY UPDATE OF c
"""
_NOT_ACCEPTED: Final = f"""
SELECT {placing.STANDS} FROM cases c
WHERE {_OPEN} AND ((c.handler_id = ANY ($1::uuid[]) AND c.state = 'assigned') OR c.offered_to = ANY ($1::uuid[]))
ORDER BY c.id FOR NO KEY UPDATE OF c
"""
_END_HELP: Final = "UPDATE case_helpers SET ended_at = $2 WHERE staff_id = ANY ($1::uuid[]) AND ended_at IS NULL"
_LEAVERS: Final = f"""
SELECT s.id FROM staff s WHERE s.state = 'left' AND (
    EXISTS (SELECT FROM cases c WHERE c.handler_id = s.id AND {_OPEN})
    OR EXISTS (SELECT FROM cases c WHERE c.offered_to = s.id AND {_OPEN}))
"""
_OVERDUE: Final = f"""
SELECT {placing.STANDS}, c.hand_overs, c.awaits_decision FROM cases c
WHERE c.accept_by <= $1 AND c.id <> ALL ($2::uuid[])
ORDER BY c.accept_by LIMIT 1 FOR NO KEY UPDATE OF c SKIP LOCKED
"""
_LOOKED: Final = "UPDATE cases SET accept_by = NULL WHERE id = $1"
_RETURNS: Final = (CaseState.ASSIGNED, CaseState.IN_PROGRESS, CaseState.WAITING_FOR_OWNER, CaseState.REOPENED)


async def staff_left(items: Sequence[OutboxItem]) -> None:
    """Give what leavers had to others, the same day: what they handle, were offered or answer for."""
    await release([UUID(item.payload["staff_id"]) for item in items])


async def release(leavers: Sequence[UUID]) -> int:
    """Take everything open from these staff, in the caller's transaction; returns how many cases that were."""
    gone, done = list(leavers), 0
    while rows := await db.fetch(_HELD, gone):
        placed = [_without(dict(row), set(gone), "left") for row in rows]
        await _carry_out(placed, "left")
        done += len(rows)
    await db.execute(_END_HELP, gone, clock.now())
    return done


async def staff_absent(items: Sequence[OutboxItem]) -> None:
    """Give what somebody who is away from today has not accepted yet to others, to his stand-in first."""
    away = await absences.in_force([UUID(item.payload["absence_id"]) for item in items])
    stand_ins = {one.staff_id: one.stand_in for one in away}
    rows = await db.fetch(_NOT_ACCEPTED, list(stand_ins))
    placed = [_without(dict(row), set(stand_ins), "absent") for row in rows]
    await _carry_out(placed, "absent", stand_ins)


def _without(row: Mapping[str, Any], gone: Collection[UUID], why: str) -> Placed:
    """Return a case without those who are gone; the first receiver answers for it on, unless he left."""
    columns: dict[str, Any] = {}
    event = None
    if row["handler_id"] in gone:
        columns = {"handler_id": None, "offered_to": None, "accept_by": None}
        event = NewEvent(Kind.RETURNED, data={"staff_id": str(row["handler_id"]), "why": why})
        if row["state"] in _RETURNS:
            columns["state"] = CaseState.RECEIVED
    elif row["offered_to"] in gone:
        columns = {"offered_to": None, "accept_by": None}
        event = NewEvent(Kind.OFFER_REFUSED, data={"staff_id": str(row["offered_to"]), "why": why})
    if why == "left" and row["answerable_id"] in gone:
        columns["answerable_id"] = columns.get("handler_id", row["handler_id"])
    return Placed(row, event, columns)


async def _carry_out(placed: Sequence[Placed], why: str, stand_ins: Mapping[UUID, UUID | None] | None = None) -> None:
    await placing.write_down(placed, SYSTEM, "cases.released")
    free = [one for one in placed if "handler_id" in one.columns]
    await notices.settle([one.id for one in placed])
    words = {"left": "经办人已离岗，重新分派。", "absent": "经办人不在岗，尚未接办，重新分派。"}[why]
    await placing.note([Why(one.id, words, {"rule": why}) for one in free], SYSTEM)
    wanted = []
    for one in free:
        stand_in = (stand_ins or {}).get(one.case["handler_id"])
        payload = {"case_id": str(one.id), **({"stand_in": str(stand_in)} if stand_in else {})}
        wanted.append(NewItem(WANTS_HANDLER, payload, str(one.id)))
    if wanted:
        await outbox.put_many(wanted)
    for one in placed:
        if "handler_id" not in one.columns and one.case["handler_id"] and one.event:
            what = "已离岗，转交未成" if why == "left" else "不在岗，转交未成"
            name = await naming.name_of(one.case["offered_to"])
            await notices.offer_answered(one.case, one.case["handler_id"], name, what)


async def sweep(limit: int = 200) -> int:
    """Look at what was not accepted in time, and at what leavers still have; returns how many were looked at."""
    async with db.transaction():
        leavers = [row["id"] for row in await db.fetch(_LEAVERS)]
        found = await release(leavers) if leavers else 0
    return found + await sweeping.each_row(_OVERDUE, _look_at, limit)


async def _look_at(record: Record) -> None:
    """Let an offer lapse; pass a case on once by itself; tell the superior of what still nobody takes."""
    row = dict(record)
    state = CaseState(row["state"])
    if row["offered_to"] is not None:
        await _lapse(row)
    elif state is CaseState.ASSIGNED and not row["awaits_decision"]:
        await _pass_on(row)
    else:
        await db.execute(_LOOKED, row["id"])
        if state is CaseState.TRANSFERRED:
            await notices.not_accepted(row)


async def _lapse(row: Mapping[str, Any]) -> None:
    event = NewEvent(Kind.OFFER_REFUSED, data={"staff_id": str(row["offered_to"]), "why": "not_accepted"})
    await placing.write_down(
        [Placed(row, event, {"offered_to": None, "accept_by": None})], SYSTEM, "cases.offer_lapsed"
    )
    await notices.settle([row["id"]])
    if row["handler_id"] is not None:
        name = await naming.name_of(row["offered_to"])
        await notices.offer_answered(row, row["handler_id"], name, "逾期未接受转交，仍由您办理")


async def _pass_on(row: Mapping[str, Any]) -> None:
    if row["passed_on"] or row["hand_overs"] >= NAMED_BY_SUPERIOR:
        await db.execute(_LOOKED, row["id"])
        await notices.not_accepted(row)
        return
    free = {"state": CaseState.RECEIVED, "handler_id": None, "accept_by": None, "passed_on": row["passed_on"] + 1}
    event = NewEvent(Kind.RETURNED, data={"staff_id": str(row["handler_id"]), "why": "not_accepted"})
    await placing.write_down([Placed(row, event, free)], SYSTEM, "cases.released")
    words = f"{await naming.name_of(row['handler_id'])}逾期未接办，改派一次。"
    await placing.note([Why(row["id"], words, {"rule": "not_accepted"})], SYSTEM)
    await notices.settle([row["id"]])
    await outbox.put(WANTS_HANDLER, {"case_id": str(row["id"])}, key=str(row["id"]))
