"""What owners are told once a visit took place: how they were noted, the minutes, what became of their word on them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import notifications
from backend.foundation import clock, db
from backend.notifications import Message
from backend.visits.messages import PAGE, span
from backend.visits.models import Visit
from backend.visits.reasons import PLACES
from backend.visits.speaking import TOLD

_TOLD: Final = f"""
SELECT w.person_id, p.enterprise_id, r.title,
    coalesce((SELECT s.name FROM staff_time t JOIN staff s ON s.id = t.staff_id WHERE t.visit_id = v.id
              ORDER BY t.is_lead DESC, t.is_live DESC LIMIT 1), '走访人员') AS visitor
FROM visits v JOIN visit_reasons r ON r.key = v.reason JOIN visit_parties p ON p.visit_id = v.id
{TOLD.format(now="$3")} WHERE v.id = $1 AND p.enterprise_id = ANY ($2::uuid[])
"""


async def arrival_noted(visit: Visit, parties: Sequence[UUID], *, is_back_filled: bool) -> None:
    """Tell who was noted as there without having shown a pass; he may object."""
    words = "事后补登了到访，如不符可提出异议" if is_back_filled else "登记了到访，如不符可提出异议"
    await _tell("visit_arrival_noted", visit, parties, f"走访人员{words}", of=str(visit.version))


async def missed(visit: Visit, parties: Sequence[UUID]) -> None:
    """Tell those who booked a visit of several and were not noted as there."""
    await _tell("visit_missed", visit, parties, "记录为未到场，如不符可提出异议", of=f"party:{visit.version}")


async def objection_decided(visit: Visit, party: UUID, *, is_upheld: bool) -> None:
    words = "异议成立，该登记不计入" if is_upheld else "异议不成立，理由请点开查看"
    await _tell("visit_objection_decided", visit, [party], words, of=f"arrival:{party}")


async def minutes_filed(visit: Visit, parties: Sequence[UUID]) -> None:
    """Ask each who was there to look at the minutes; an amended edition asks anew."""
    words = "走访记录已填写，请核对确认" if visit.edition == 1 else "走访记录已更正，请重新核对"
    await _tell("visit_minutes", visit, parties, words, of=str(visit.edition))


async def minutes_due(visit: Visit, party: UUID, silence_at: datetime) -> None:
    """Ask once more, naming the day on which silence will count as agreement."""
    day = silence_at.astimezone(clock.SHANGHAI)
    words = f"走访记录{day.month}月{day.day}日未答复视为无异议"
    await _tell("visit_minutes_due", visit, [party], words, of=f"{party}:{visit.edition}")


async def minutes_decided(visit: Visit, party: UUID) -> None:
    words = "对记录的异议已有决定，理由请点开查看"
    await _tell("visit_objection_decided", visit, [party], words, of=f"minutes:{party}:{visit.edition}")


async def closed_by_silence(visit: Visit, party: UUID) -> None:
    await _tell("visit_closed", visit, [party], "未提出异议，走访已完成，承诺继续办理", of=str(party))


async def rating_wanted(visit: Visit, party: UUID) -> None:
    await _tell("visit_rating_wanted", visit, [party], "请为本次走访评价", of=str(party))


async def _tell(kind: str, visit: Visit, parties: Sequence[UUID], hint: str, *, of: str) -> None:
    once, page = f"{kind}:{visit.id}:{of}", f"{PAGE}?id={visit.id}"
    told = [
        Message(
            kind, row["person_id"], f"{once}:{row['enterprise_id']}", _fields(visit, row, hint), page,
            enterprise=row["enterprise_id"],
        )
        for row in await db.fetch(_TOLD, visit.id, list(parties), clock.now())
    ]  # fmt: skip
    if told:
        await notifications.tell(told)


def _fields(visit: Visit, row: Record, hint: str) -> dict[str, str]:
    return {
        "reason": row["title"],
        "number": visit.number or "",
        "time": span(visit.starts_at, visit.ends_at),
        "place": visit.address or PLACES[visit.place],
        "visitor": row["visitor"],
        "hint": hint,
    }
