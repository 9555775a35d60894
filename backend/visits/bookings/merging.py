"""Two units come together: who must say so is told once, both agree, and two visits become one.

The visit that is confirmed stays, else the earlier one; the other's people join it where they are free then, and its
owner hears once that it is one visit now. Inspections merge with inspections alone, and have nobody's time to give.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend.access import Actor
from backend.enterprises.contacts import merging
from backend.enterprises.contacts.errors import MergeUnknown
from backend.enterprises.contacts.states import MERGE, MergeState, PlanState, Side
from backend.foundation import db
from backend.foundation.states import WrongState
from backend.notifications import staff_notices
from backend.outbox import Handler, OutboxItem
from backend.visits import ledger, messages, notices, reasons, writing
from backend.visits.availability.visitors import crew
from backend.visits.bookings import occupying
from backend.visits.bookings.occupying import Taking
from backend.visits.errors import MergeNotFree
from backend.visits.events import Kind, NewEvent
from backend.visits.models import Visit
from backend.visits.states import VisitState

WANTED: Final = "contact_merge_proposed"
ANSWERED: Final = "contact_merge_answered"
TOPICS: Final = (merging.PROPOSED,)
_OPEN: Final = (VisitState.REQUESTED, VisitState.CONFIRMED)

_SEEN: Final = """
SELECT m.id, m.state, e.name AS enterprise, f.side, f.on_day AS first_on, s.on_day AS second_on,
    f.origin_id AS first_visit, s.origin_id AS second_visit, f.staff_id AS first_staff, s.staff_id AS second_staff,
    f.planned_by AS first_planner, s.planned_by AS second_planner
FROM contact_merges m JOIN enterprises e ON e.id = m.enterprise_id
JOIN contact_plans f ON f.id = m.first_id JOIN contact_plans s ON s.id = m.second_id WHERE m.id = $1
"""
_LOCK: Final = "SELECT id FROM visits WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
# Who booked the one that goes is told of the other as well, and what he wanted to talk about comes along.
_PARTIES: Final = """
UPDATE visit_parties p SET person_id = coalesce(p.person_id, g.person_id),
    note = left(concat_ws(E'\n', nullif(p.note, ''), nullif(g.note, '')), 2000)
FROM visit_parties g WHERE p.visit_id = $1 AND g.visit_id = $2 AND g.enterprise_id = p.enterprise_id
  AND p.state = 'booked'
"""
_ROUNDS: Final = "UPDATE visit_campaign_targets SET visit_id = $1 WHERE visit_id = $2"
_FOLLOW: Final = "UPDATE staff_time SET is_lead = FALSE WHERE visit_id = $1 AND staff_id = ANY ($2::uuid[])"


async def proposed(items: Sequence[OutboxItem]) -> None:
    """Outbox handler: tell who planned and who is to go, on both sides, of a proposal that still stands."""
    for item in items:
        row = await db.fetch_one(_SEEN, UUID(item.payload["merge_id"]))
        if row is None or row["state"] != MergeState.PROPOSED:
            continue
        days = sorted((row["first_on"], row["second_on"]))
        fields = {**_about(row), "days": "和".join(f"{day.month}月{day.day}日" for day in days)}
        once = f"contact-merge:{row['id']}"
        await staff_notices.tell(WANTED, _people(row), fields=fields, once=once, subject=row["id"])


async def _tell_of(merge_id: UUID, outcome: str, words: str, actor: Actor) -> None:
    """Tell the others what came of a proposal, once."""
    await staff_notices.settle([merge_id], WANTED)
    row = await db.fetch_one(_SEEN, merge_id)
    if row is not None:
        fields, once = {**_about(row), "outcome": outcome, "words": words}, f"contact-merge-answered:{merge_id}"
        people = [one for one in _people(row) if one != actor.id]
        await staff_notices.tell(ANSWERED, people, fields=fields, once=once, subject=merge_id)


def _about(row: Record) -> dict[str, str]:
    return {"enterprise": row["enterprise"], "merge_id": str(row["id"])}


def _people(row: Record) -> list[UUID]:
    names = ("first_staff", "second_staff", "first_planner", "second_planner")
    return sorted({row[name] for name in names if row[name] is not None})


HANDLERS: Final[dict[str, Handler]] = {merging.PROPOSED: proposed}


async def accept(merge_id: UUID, *, actor: Actor, version: int | None = None) -> MergeState:
    """Agree to come together; with the second word it happens, and the state tells so.

    Raises MergeUnknown, NotYours, WrongState, ContactChanged, MergeNotFree where people are not free at that time.
    """
    async with db.transaction():
        visits = await _lock(merge_id)
        merge, first, second = await merging.locked(merge_id, actor, version)
        _check_plans(merge, first, second)
        if not await merging.agree(merge, first, second, actor=actor):
            return MergeState.PROPOSED
        stays, goes = _order(first, second, visits)
        await merging.fold(merge, stays, goes, actor=actor)
        if Side(first["side"]) is Side.SERVICE:
            await _join(visits.get(stays["origin_id"]), visits.get(goes["origin_id"]), actor)
        await _tell_of(merge_id, "已合为一次", "请按合并后的时间前往。", actor)
        return MergeState.MERGED


async def decline(merge_id: UUID, reason: str, *, actor: Actor, version: int | None = None) -> MergeState:
    """Go separately, with a reason; raises as `accept` does."""
    async with db.transaction():
        await _lock(merge_id)
        merge, _, _ = await merging.locked(merge_id, actor, version)
        await merging.decline(merge, reason, actor=actor)
        await _tell_of(merge_id, "不合并", f"理由：{reason}", actor)
        return MergeState.DECLINED


async def _lock(merge_id: UUID) -> dict[UUID, Visit]:
    """Lock the visits of a proposal, before its plans, as every command on a visit does."""
    seen = await db.fetch_one(_SEEN, merge_id)
    if seen is None:
        raise MergeUnknown
    ids = [one for one in (seen["first_visit"], seen["second_visit"]) if one is not None]
    await db.fetch(_LOCK, ids)
    return {visit.id: visit for visit in await Visit.filter(id__in=ids)}


def _check_plans(merge: Record, first: Record, second: Record) -> None:
    if {first["state"], second["state"]} != {PlanState.PLANNED}:
        raise WrongState(MERGE, MergeState(merge["state"]), MergeState.MERGED)


def _order(first: Record, second: Record, visits: dict[UUID, Visit]) -> tuple[Record, Record]:
    """Return the plan that stays and the one that goes into it."""

    def rank(plan: Record) -> tuple[Any, ...]:
        visit = visits.get(plan["origin_id"])
        is_open = visit is None or visit.state is not VisitState.CONFIRMED
        return (is_open, plan["on_day"], visit.starts_at.isoformat() if visit else "", plan["id"])

    stays, goes = sorted((first, second), key=rank)
    return stays, goes


async def _join(stays: Visit | None, goes: Visit | None, actor: Actor) -> None:
    """Let the people of one visit join the other, whose time and owner stay as they are."""
    if stays is None or goes is None or stays.state not in _OPEN or goes.state not in _OPEN:
        raise MergeNotFree
    joining = [one for one in await notices.going(goes.id) if one not in await notices.going(stays.id)]
    words = "与另一单位的走访合为一次"
    ended = {"awaits": None, "end_reason": words, "is_late": False}
    event = NewEvent(Kind.MERGED, words, {"into": str(stays.id)})
    await writing.write(goes, actor, "visits.merged", event, state=VisitState.CANCELLED_BY_BUREAU, **ended)
    await ledger.keep(goes)
    await _take(stays, joining)
    await db.execute(_PARTIES, stays.id, goes.id)
    await db.execute(_ROUNDS, stays.id, goes.id)
    told = NewEvent(Kind.MERGED, "另一单位的走访并入，一次上门", {"from": str(goes.id)})
    await writing.write(stays, actor, "visits.merged", told, sequence=stays.sequence + 1)
    await ledger.keep(stays)
    await notices.settle(goes, "visit_requested", "visit_moved", "visit_unstaffed")
    await messages.merged(goes, stays)
    await notices.given(stays, joining)


async def _take(stays: Visit, joining: Sequence[UUID]) -> None:
    """Give away the time of those who join; raises MergeNotFree where one of them has none."""
    if not joining:
        return
    reason = await reasons.known(stays.reason)
    people = (await crew(stays.district, None, only=joining)).visitors
    taking = Taking(stays.id, stays.starts_at, reason, stays.location)
    free = await occupying.claim(taking, people, ())
    if set(joining) - free:
        raise MergeNotFree
    await occupying.occupy(taking, list(joining), ())
    await db.execute(_FOLLOW, stays.id, list(joining))
