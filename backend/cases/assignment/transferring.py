"""A case goes to another unit, which accepts it or sends it back; its first receiver answers for it until then."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from backend import outbox
from backend.access import SYSTEM, Actor, covers
from backend.cases import notices, sweeping, writing
from backend.cases.assignment import naming, placing
from backend.cases.assignment.candidates import HANDLE, Pool
from backend.cases.assignment.placing import Why
from backend.cases.errors import NotTransferred, UnitUnsuited
from backend.cases.events import Kind, NewEvent
from backend.cases.intake import opening
from backend.cases.intake.opening import ASSIGN as WANTS_HANDLER
from backend.cases.models import Case
from backend.cases.states import CaseState
from backend.foundation import clock, db
from backend.foundation.errors import FieldError

PERMISSION: Final = "cases.assign"

_UNIT: Final = "SELECT name FROM units WHERE id = $1 AND closed_at IS NULL"
_NAME: Final = "SELECT name FROM units WHERE id = $1"
_STANDS: Final = "SELECT EXISTS (SELECT FROM units WHERE id = $1 AND closed_at IS NULL)"
_TRANSFERRED: Final = """
SELECT c.id, c.district, c.unit_id, u.closed_at IS NOT NULL AS is_closed FROM cases c JOIN units u ON u.id = c.unit_id
WHERE c.state = 'transferred' ORDER BY c.id
"""
_STRANDED: Final = """
SELECT id FROM cases WHERE $1::timestamptz IS NOT NULL AND id <> ALL ($2::uuid[]) AND state = 'transferred'
    AND id = ANY ('{{{ids}}}') ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""
# Accepting it ends the way back.
_LAST: Final = """
SELECT kind, data FROM case_events WHERE case_id = $1 AND kind IN ('transferred', 'sent_back', 'accepted')
ORDER BY seq DESC LIMIT 1
"""
GOES_BACK: Final = """
SELECT coalesce((SELECT kind = 'transferred' FROM case_events
                 WHERE case_id = $1 AND kind IN ('transferred', 'sent_back', 'accepted')
                 ORDER BY seq DESC LIMIT 1), FALSE)
"""
"""Whether a case was transferred and nobody there has accepted it."""


@dataclass(frozen=True, slots=True)
class _WayBack:
    """From which unit and which handler a case came."""

    unit_id: UUID | None
    handler_id: UUID | None


async def transfer(case_id: UUID, unit_id: UUID, reason: str, *, actor: Actor, version: int | None = None) -> Case:
    """Transfer a case to another unit with a reason that its owner reads too; it counts as passing it on.

    Raises UnitUnsuited for a unit that is closed, its own, or has nobody who could handle it, and NeedsSuperior.
    """
    async with writing.changing(case_id, actor, permission=PERMISSION, version=version) as case:
        naming.check_superior(case, actor)
        unit = await _unit(case, unit_id)
        until = (await writing.calendar()).add_days(clock.now(), 1).at
        data = {
            "unit_id": str(unit_id),
            "from_unit_id": str(case.unit_id) if case.unit_id else None,
            "from_staff_id": str(case.handler_id) if case.handler_id else None,
        }
        before = await _name(case.unit_id)
        moved: dict[str, Any] = {
            "unit_id": unit_id,
            "handler_id": None,
            "offered_to": None,
            "answerable_id": case.answerable_id or case.handler_id or actor.id,
            "hand_overs": case.hand_overs + 1,
            "accept_by": until,
            "unassigned_at": None,
            "passed_on": 0,
        }
        happened = NewEvent(Kind.TRANSFERRED, f"转交{unit}办理：{reason}", data)
        await writing.write(case, actor, "cases.transferred", happened, state=CaseState.TRANSFERRED, **moved)
        await notices.settle([case.id])
        await notices.transferred(naming.told(case), before, until, by=actor.id)
        return case


async def send_back(case_id: UUID, reason: str, *, actor: Actor, version: int | None = None) -> Case:
    """Send a transferred case back to where it came from, with a reason, before anybody there has accepted it.

    It goes to the handler it was taken from, who still answers for it, or is assigned anew. Raises NotTransferred.
    """
    async with writing.changing(case_id, actor, permission=HANDLE, version=version) as case:
        await _back(case, reason, actor)
        return case


async def sweep(limit: int = 200) -> int:
    """Send back what was transferred to where nobody can take it any more; returns how many that were."""
    async with db.transaction():
        rows = await db.fetch(_TRANSFERRED)
        pool = await Pool.read(clock.today()) if rows else None
    stranded = [
        row["id"]
        for row in rows
        if pool is not None and (row["is_closed"] or not pool.members(row["district"], row["unit_id"]))
    ]
    if not stranded:
        return 0
    return await sweeping.each(_STRANDED.format(ids=",".join(map(str, stranded))), _left_there, limit)


async def _left_there(case: Case) -> None:
    await _back(case, "该单位已撤销，或没有可以办理的人员", SYSTEM)


async def _back(case: Case, reason: str, actor: Actor) -> None:
    back = await _way_back(case)
    unit = await _name(case.unit_id)
    handler = await _again(case, back)
    moved: dict[str, Any] = {
        "unit_id": back.unit_id,
        "handler_id": handler,
        "offered_to": None,
        "accept_by": (await writing.calendar()).add_days(clock.now(), 1).at if handler else None,
    }
    state = CaseState.ASSIGNED if handler else CaseState.RECEIVED
    data = {"from_unit_id": str(case.unit_id) if case.unit_id else None}
    happened = NewEvent(Kind.SENT_BACK, data=data | ({"staff_id": str(handler)} if handler else {}))
    after = None if case.state is state else state
    await writing.write(case, actor, "cases.sent_back", happened, state=after, **moved)
    words = f"{unit}退回（{actor.name or '系统'}）：{reason}"
    await placing.note([Why(case.id, words, {"rule": "sent_back"})], actor)
    await notices.settle([case.id])
    await notices.sent_back(naming.told(case), [handler] if handler else [], unit, reason)
    if handler is None:
        await outbox.put(WANTS_HANDLER, {"case_id": str(case.id)}, key=str(case.id))


async def _unit(case: Case, unit_id: UUID) -> str:
    name = await db.fetch_value(_UNIT, unit_id)
    if name is None:
        raise _unsuited("没有这个单位，或它已关闭。")
    if unit_id == case.unit_id:
        raise _unsuited("该事项已由这个单位承办。")
    if not (await Pool.read(clock.today())).members(case.district, unit_id):
        raise _unsuited(f"{name}没有可以办理该事项的人员，请另选单位。")
    return str(name)


def _unsuited(words: str) -> UnitUnsuited:
    return UnitUnsuited(words, (FieldError("unit_id", "unsuited", words),))


async def _name(unit_id: UUID | None) -> str:
    return str(await db.fetch_value(_NAME, unit_id) or "") if unit_id else ""


async def _way_back(case: Case) -> _WayBack:
    row = await db.fetch_one(_LAST, case.id)
    if row is None or row["kind"] != "transferred" or case.state not in (CaseState.TRANSFERRED, CaseState.ASSIGNED):
        raise NotTransferred
    told = orjson.loads(row["data"])
    unit_id, handler = told.get("from_unit_id"), told.get("from_staff_id")
    before = UUID(unit_id) if unit_id else None
    if before is not None and not await db.fetch_value(_STANDS, before):
        before = await opening.unit_for(case.category, case.district)
    return _WayBack(before, UUID(handler) if handler else None)


async def _again(case: Case, back: _WayBack) -> UUID | None:
    """Return who takes it up again: its handler before, else the first receiver, if he is there and may."""
    for staff_id in (back.handler_id, case.answerable_id):
        if staff_id is None:
            continue
        pool = await Pool.read(clock.today(), [staff_id])
        person = pool.person(staff_id)
        is_able = person and covers(person.actor, HANDLE, district=case.district, unit=back.unit_id)
        is_apart = not pool.is_concerned(staff_id, case.person_id, case.enterprise_id)
        if is_able and is_apart and not pool.is_away(staff_id, clock.today()):
            return staff_id
    return None
