"""What owners are told about their visits; what is moved or called off today goes out at any hour."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import notifications
from backend.foundation import clock, db
from backend.notifications import Message
from backend.visits.errors import when
from backend.visits.models import Visit
from backend.visits.reasons import PLACES
from backend.visits.speaking import TOLD

PAGE: Final = "pages/visits/detail"
SOON: Final = timedelta(hours=24)
"""What is moved or called off so shortly before is told even in the quiet hours."""

_TOLD: Final = f"""
SELECT w.person_id, p.enterprise_id, r.title,
    coalesce((SELECT s.name FROM staff_time t JOIN staff s ON s.id = t.staff_id WHERE t.visit_id = v.id
              ORDER BY t.is_lead DESC, t.is_live DESC LIMIT 1), '走访人员') AS visitor
FROM visits v JOIN visit_reasons r ON r.key = v.reason JOIN visit_parties p ON p.visit_id = v.id
{TOLD.format(now="$2")} WHERE v.id = $1 AND p.state <> 'cancelled'
"""


async def confirmed(visit: Visit, *, only: UUID | None = None) -> None:
    """Tell everybody who comes, or `only` one enterprise that joined them."""
    await _tell("visit_confirmed", visit, "已确认，如需改期请尽早告知", event_at=visit.starts_at, only=only)


async def proposed(visit: Visit) -> None:
    await _tell("visit_proposed", visit, "请确认是否方便，不答复视为不需要", event_at=visit.expires_at)


async def declined(visit: Visit, following: Sequence[datetime] = ()) -> None:
    await _tell("visit_declined", visit, _others("未能安排，理由请点开查看", following))


async def expired(visit: Visit, following: Sequence[datetime]) -> None:
    """Apologise for a request that nobody answered in time, and name the next free slots."""
    await _tell("visit_expired", visit, _others("未能及时答复，十分抱歉", following))


async def moved(visit: Visit, before: datetime, *, old_schedule: UUID) -> None:
    """Tell the new time; what was told of the old one is pushed no more."""
    await superseded(old_schedule)
    kind = _urgent("visit_moved", min(before, visit.starts_at))
    await _tell(kind, visit, f"原定{when(before)}", event_at=visit.starts_at)


async def reassigned(visit: Visit) -> None:
    await _tell("visit_confirmed", visit, "走访人员有调整，时间不变", event_at=visit.starts_at)


async def cancelled(visit: Visit) -> None:
    """Tell that the bureau does not come; what was told of it before is pushed no more."""
    await notifications.call_off(visit.schedule_id)
    await _tell(_urgent("visit_cancelled", visit.starts_at), visit, "走访方取消，十分抱歉", subject=visit.id)


async def merged(goes: Visit, stays: Visit) -> None:
    """Tell whoever expected the visit that goes that two units come together, at the time of the one that stays."""
    await notifications.call_off(goes.schedule_id, "superseded")
    once, page, hint = f"visit_merged:{goes.id}", f"{PAGE}?id={stays.id}", "两个单位合为一次到访，只来这一次"
    rows = await db.fetch(_TOLD, goes.id, clock.now())
    told = [
        Message(
            "visit_merged",
            row["person_id"],
            once,
            _fields(stays, row, hint),
            page,
            event_at=stays.starts_at,
            subject=stays.schedule_id,
            enterprise=row["enterprise_id"],
        )
        for row in rows
    ]
    if told:
        await notifications.tell(told)


async def missed(visit: Visit, words: str) -> None:
    await _tell("visit_missed", visit, words)


async def superseded(schedule_id: UUID) -> None:
    """Push nothing more of what was told of a time that no longer counts."""
    await notifications.call_off(schedule_id, "superseded")


async def called_off(visit: Visit) -> None:
    """Push nothing more of what was told of a visit that its owner took back."""
    await notifications.call_off(visit.schedule_id)


def _urgent(kind: str, at: datetime) -> str:
    return f"{kind}_today" if at - clock.now() <= SOON else kind


def _others(words: str, following: Sequence[datetime]) -> str:
    return f"{words}；可改约{'、'.join(when(at) for at in following)}" if following else words


async def _tell(
    kind: str,
    visit: Visit,
    hint: str,
    *,
    event_at: datetime | None = None,
    subject: UUID | None = None,
    only: UUID | None = None,
) -> None:
    once, page = f"{kind}:{visit.id}:{visit.version}", f"{PAGE}?id={visit.id}"
    about = subject or visit.schedule_id
    told = [
        Message(
            kind,
            row["person_id"],
            once,
            _fields(visit, row, hint),
            page,
            event_at=event_at,
            subject=about,
            enterprise=row["enterprise_id"],
        )
        for row in await db.fetch(_TOLD, visit.id, clock.now())
        if only in (None, row["enterprise_id"])
    ]
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


def span(starts_at: datetime, ends_at: datetime) -> str:
    """Return from when to when, as the template's field of a time takes it."""
    first, last = starts_at.astimezone(clock.SHANGHAI), ends_at.astimezone(clock.SHANGHAI)
    end = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%Y年%m月%d日 %H:%M}"
    return f"{first:%Y年%m月%d日 %H:%M}~{end}"
