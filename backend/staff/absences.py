"""Who is away and when, told by himself or by who manages absences; capabilities hear of it when it begins."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from asyncpg import ExclusionViolationError, Record
from tortoise.exceptions import IntegrityError

from backend import audit, outbox
from backend.access import Actor, ActorKind, Condition
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Forbidden, Invalid
from backend.foundation.ids import new_id
from backend.staff import colleagues, managing
from backend.staff.errors import AbsenceOver, AbsenceTaken, AbsenceUnknown, HasLeft, StaffNotFound

MANAGE: Final = "staff.absences"
BEGUN: Final = "staff.absent"
"""Outbox topic: somebody is away from now on, give his work to others; payload {absence_id, staff_id}."""
LONGEST: Final = timedelta(days=366)
SOONEST: Final = timedelta(days=31)
"""How far back an absence may be told: whoever was ill tells it when he is back."""

_LOCK: Final = "SELECT state, name FROM staff WHERE id = $1 FOR NO KEY UPDATE"
_HANDLE: Final = "cases.handle"
"""What a stand-in must be able to do: he is given the cases that nobody has taken yet."""
_INSERT: Final = """
INSERT INTO staff_absences (id, staff_id, from_on, until_on, kind, stand_in, told_by, told_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_OF: Final = "SELECT staff_id FROM staff_absences WHERE id = $1"
_OPEN: Final = "SELECT * FROM staff_absences WHERE id = $1 AND withdrawn_at IS NULL FOR UPDATE"
_BETWEEN: Final = """
SELECT id, staff_id, from_on, until_on, stand_in FROM staff_absences
WHERE staff_id = ANY ($1::uuid[]) AND withdrawn_at IS NULL AND from_on <= $3 AND until_on >= $2 ORDER BY from_on
"""
_LISTED: Final = """
SELECT a.id, a.staff_id, s.name, a.from_on, a.until_on, a.kind, a.stand_in, t.name AS stand_in_name, a.told_at
FROM staff_absences a JOIN staff s ON s.id = a.staff_id LEFT JOIN staff t ON t.id = a.stand_in
WHERE a.withdrawn_at IS NULL AND a.from_on <= $2 AND a.until_on >= $1 AND {whose} ORDER BY a.from_on, a.id LIMIT 500
"""


class Reason(StrEnum):
    """Why somebody is away; colleagues are told only that he is."""

    LEAVE = "leave"
    SICK = "sick"
    TRAINING = "training"
    TRIP = "trip"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away on these days, both included; `stand_in` is who does his work, where he named one."""

    id: UUID
    staff_id: UUID
    from_on: date
    until_on: date
    stand_in: UUID | None


async def tell(
    staff_id: UUID, from_on: date, until_on: date, kind: str, *, stand_in: UUID | None = None, actor: Actor
) -> UUID:
    """Note that somebody is away: he himself, or who manages him; his work hears of it when it begins.

    Raises AbsenceTaken for days on which he is away already, Invalid, StaffNotFound, HasLeft.
    """
    await _check_allowed(actor, staff_id)
    _check(staff_id, from_on, until_on, kind, stand_in)
    absence_id = new_id()
    async with db.transaction():
        await _lock(staff_id)
        if stand_in is not None:
            await _check_stand_in(stand_in, from_on, until_on)
        await _insert((absence_id, staff_id, from_on, until_on, kind, stand_in, actor.id, clock.now()))
        told = {"absence_id": str(absence_id), "staff_id": str(staff_id)}
        begins = max(clock.now(), clock.day_start(from_on))
        if until_on >= clock.today():
            await outbox.put(BEGUN, told, key=str(absence_id), due=begins)
        fields = ("from_on", "until_on", "kind", "stand_in")
        detail = {"staff_id": str(staff_id)}
        await audit.record(
            actor, "staff.absence_told", table="staff_absences", row_id=absence_id, fields=fields, detail=detail
        )
    return absence_id


async def withdraw(absence_id: UUID, *, staff_id: UUID, actor: Actor) -> None:
    """Take an absence back, or end it with yesterday where it has begun; raises AbsenceUnknown, AbsenceOver."""
    await _check_allowed(actor, staff_id)
    async with db.transaction():
        if await db.fetch_value(_OF, absence_id) != staff_id:
            raise AbsenceUnknown
        await _lock(staff_id)
        row = await db.fetch_one(_OPEN, absence_id)
        if row is None:
            raise AbsenceUnknown
        await _end(row)
        await outbox.cancel(BEGUN, str(absence_id))
        detail = {"staff_id": str(staff_id)}
        await audit.record(actor, "staff.absence_withdrawn", table="staff_absences", row_id=absence_id, detail=detail)


async def _end(row: Record) -> None:
    today = clock.today()
    if row["until_on"] < today:
        raise AbsenceOver
    if row["from_on"] < today:
        sql = "UPDATE staff_absences SET until_on = $2 WHERE id = $1"
        await db.execute(sql, row["id"], today - timedelta(days=1))
    else:
        await db.execute("UPDATE staff_absences SET withdrawn_at = $2 WHERE id = $1", row["id"], clock.now())


async def between(staff_ids: Collection[UUID], first: date, last: date) -> Mapping[UUID, Sequence[Absence]]:
    """Return who of these is away on any day from first to last, with all such absences in their order."""
    found: dict[UUID, list[Absence]] = {}
    for row in await db.fetch(_BETWEEN, list(staff_ids), first, last):
        found.setdefault(row["staff_id"], []).append(Absence(**row))
    return found


async def in_force(absence_ids: Collection[UUID]) -> list[Absence]:
    """Return those of these absences that hold today."""
    sql = """
    SELECT id, staff_id, from_on, until_on, stand_in FROM staff_absences
    WHERE id = ANY ($1::uuid[]) AND withdrawn_at IS NULL AND $2 BETWEEN from_on AND until_on ORDER BY id
    """
    return [Absence(**row) for row in await db.fetch(sql, list(absence_ids), clock.today())]


async def own(actor: Actor) -> list[dict[str, Any]]:
    """Return the actor's absences from a month ago on."""
    first = clock.today() - SOONEST
    rows = await db.fetch(_LISTED.format(whose="a.staff_id = $3"), first, first + 2 * LONGEST, actor.id)
    return [dict(row) for row in rows]


async def listed(actor: Actor, first: date, last: date, staff_id: UUID | None = None) -> list[dict[str, Any]]:
    """Return who is away in a span of days, the first 500 of those whom the actor manages."""
    actor.require(MANAGE)
    whose = managing.managed(actor, MANAGE)
    if staff_id is not None:
        whose = whose & Condition("a.staff_id = {}::uuid", (staff_id,))
    rows = await db.fetch(_LISTED.format(whose=whose.render(3)), first, last, *whose.params)
    return [dict(row) for row in rows]


async def _check_allowed(actor: Actor, staff_id: UUID) -> None:
    if actor.kind is ActorKind.STAFF and actor.id == staff_id:
        return
    if actor.kind not in {ActorKind.STAFF, ActorKind.SYSTEM}:
        raise Forbidden(MANAGE)
    await managing.require(actor, MANAGE, staff_id)


async def _check_stand_in(stand_in: UUID, from_on: date, until_on: date) -> None:
    """Refuse who could not take a case then; as he is there all these days, stand-ins never go round in a circle."""
    if not await colleagues.holding(_HANDLE, [stand_in]):
        raise _no_stand_in("unknown", "没有找到该代理人，或其已离岗、没有办理事项的权限。")
    if await between([stand_in], from_on, until_on):
        raise _no_stand_in("absent", "该代理人在这些日子里也不在岗，请另选一人，或分段登记。")


def _no_stand_in(code: str, sentence: str) -> Invalid:
    return Invalid(fields=(FieldError("stand_in", code, sentence),))


def _check(staff_id: UUID, from_on: date, until_on: date, kind: str, stand_in: UUID | None) -> None:
    wrong = []
    if from_on < clock.today() - SOONEST or from_on > clock.today() + LONGEST:
        wrong.append(FieldError("from_on", "out_of_range", "开始日期须在31天前至一年之内。"))
    if not from_on <= until_on <= from_on + LONGEST:
        wrong.append(FieldError("until_on", "order", "结束日期不能早于开始日期，一次不超过一年。"))
    if kind not in set(Reason):
        wrong.append(FieldError("kind", "unknown", "没有这种不在岗事由。"))
    if stand_in == staff_id:
        wrong.append(FieldError("stand_in", "self", "代理人不能是本人。"))
    if wrong:
        raise Invalid(fields=tuple(wrong))


async def _lock(staff_id: UUID) -> None:
    """Whoever gives him work holds his row too: he gets none of it between this check and the commit."""
    row = await db.fetch_one(_LOCK, staff_id)
    if row is None:
        raise StaffNotFound
    if row["state"] != "active":
        raise HasLeft


async def _insert(values: tuple[Any, ...]) -> None:
    try:
        async with db.savepoint():
            await db.execute(_INSERT, *values)
    except (ExclusionViolationError, IntegrityError) as error:
        raise AbsenceTaken from error
