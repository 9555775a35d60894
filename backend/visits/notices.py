"""What staff are told of visits: whoever goes, and who arranges them where nobody can go."""

from collections.abc import Sequence
from typing import Final, TypedDict
from uuid import UUID

from asyncpg import Record

from backend.foundation import db
from backend.foundation.parts import Part
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders
from backend.visits.errors import when
from backend.visits.models import Visit

ASSIGN: Final = "visits.assign"
NEW: Final = staff_notices.NEW

_GOING: Final = "SELECT staff_id FROM staff_time WHERE visit_id = $1 ORDER BY is_lead DESC, staff_id"
_FACTS: Final = """
SELECT r.title, (SELECT string_agg(e.name, '、' ORDER BY e.name) FROM visit_parties p
    JOIN enterprises e ON e.id = p.enterprise_id WHERE p.visit_id = v.id) AS enterprise
FROM visits v JOIN visit_reasons r ON r.key = v.reason WHERE v.id = $1
"""


class _Notice(TypedDict):
    fields: dict[str, str]
    once: str
    subject: UUID


async def requested(visit: Visit, staff: Sequence[UUID]) -> None:
    """Tell who is to go that an owner waits for his word."""
    await _tell("visit_requested", visit, staff)


def request(visit: Visit, staff: Sequence[UUID], about: tuple[str, str]) -> Part:
    """Return what tells who is to go of a request that the same statement makes; `about`: reason and enterprise.

    The statement answers NEW; `push` follows it.
    """
    return staff_notices.part("visit_requested", staff, **_notice("visit_requested", visit, about))


async def push(rows: Sequence[Record]) -> None:
    """Say on their phones that an owner waits for their word, to whom `request` told it."""
    await staff_notices.push("visit_requested", rows)


async def moved(visit: Visit) -> None:
    await _tell("visit_moved", visit, await going(visit.id))


async def moved_up(visit: Visit, staff: Sequence[UUID]) -> None:
    """Tell who was to come and who comes now that an owner took an earlier time."""
    await _tell("visit_moved_up", visit, staff)


async def changed(visit: Visit, staff: Sequence[UUID]) -> None:
    """Tell who still goes that a colleague moved it."""
    await _tell("visit_changed", visit, staff)


async def off(visit: Visit, staff: Sequence[UUID]) -> None:
    """Tell who was to go that he need not: a colleague called it off, or gave it to somebody else."""
    await _tell("visit_off", visit, staff)


async def cancelled(visit: Visit) -> None:
    await _tell("visit_cancelled", visit, await going(visit.id))


async def given(visit: Visit, staff: Sequence[UUID]) -> None:
    """Tell whoever was given a visit that somebody else was to make."""
    await _tell("visit_given", visit, staff)


async def picked(visit: Visit) -> None:
    """Tell who is to go that an owner picked this time from what he was offered."""
    await _tell("visit_picked", visit, await going(visit.id))


async def unstaffed(visit: Visit) -> None:
    """Tell who arranges visits that nobody can make this one any more."""
    await _tell("visit_unstaffed", visit, Holders(ASSIGN, visit.district, visit.unit_id))


async def contested(visit: Visit) -> None:
    await _tell("visit_contested", visit, Holders(ASSIGN, visit.district, visit.unit_id))


async def arrival_objected(visit: Visit) -> None:
    """Tell who arranges visits that an owner was noted wrongly, as he says."""
    await _tell("visit_arrival_objected", visit, Holders(ASSIGN, visit.district, visit.unit_id))


async def minutes_objected(visit: Visit, *, is_again: bool) -> None:
    """Tell who went that his minutes are objected to; the second time also who decides."""
    await _tell("visit_minutes_objected", visit, await going(visit.id))
    if is_again:
        await _tell("visit_minutes_objected", visit, Holders(ASSIGN, visit.district, visit.unit_id))


async def unrecorded(visit: Visit) -> None:
    """Tell who went that nobody noted who was there."""
    await _tell("visit_unrecorded", visit, await going(visit.id))


async def unreported(visit: Visit) -> None:
    """Tell who went, and who arranges visits, that the minutes are missing."""
    await _tell("visit_unreported", visit, await going(visit.id))
    await _tell("visit_unreported", visit, Holders(ASSIGN, visit.district, visit.unit_id))


async def settle(visit: Visit, *kinds: str) -> None:
    """Note that what these kinds ask for is done."""
    await staff_notices.settle([visit.id], *kinds)


async def going(visit_id: UUID) -> list[UUID]:
    """Return who is to make a visit, first who leads."""
    return [row["staff_id"] for row in await db.fetch(_GOING, visit_id)]


async def _tell(kind: str, visit: Visit, to: Holders | Sequence[UUID]) -> None:
    await staff_notices.tell(kind, to, **_notice(kind, visit, await _facts(visit.id)))


def _notice(kind: str, visit: Visit, about: tuple[str, str]) -> _Notice:
    reason, enterprise = about
    fields = {
        "number": visit.number or "",
        "reason": reason,
        "enterprise": enterprise,
        "at": when(visit.starts_at),
        "visit_id": str(visit.id),
    }
    once = f"{kind.replace('_', '-')}:{visit.id}:{visit.version}"
    return {"fields": fields, "once": once, "subject": visit.id}


async def _facts(visit_id: UUID) -> tuple[str, str]:
    row = await db.fetch_one(_FACTS, visit_id)
    return (row["title"], row["enterprise"] or "") if row else ("", "")
