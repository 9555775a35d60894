"""Slots as both doors tell them, and what plans and busy hours come as."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from backend.access import Actor
from backend.foundation.errors import FieldError
from backend.visits.availability import finding, slots
from backend.visits.availability.planning import DayPlan, Spans
from backend.visits.bookings import joining
from backend.visits.errors import PlanWrong
from backend.visits.reasons import Reason
from miniprogram_api.visits.schemas import PlanWeek, ReasonOut, SlotsQuery, TellPeaks


async def free(query: SlotsQuery, actor: Actor) -> dict[str, Any]:
    """Return the slots of some days with what removed the others, and the sessions that have a seat left."""
    wish = await finding.wish(query.reason, query.place, query.enterprise_id, actor=actor)
    found = await slots.free(wish, query.first, query.last)
    where = await finding.where(query.enterprise_id)
    return {
        "slots": [{"starts_at": slot.starts_at, "visitors": len(slot.staff)} for slot in found.slots],
        "sessions": await joining.open_ones(wish.reason, query.place, where, query.first, query.last),
        "why_none": found.why_none,
        "removals": [asdict(one) for one in found.removals],
    }


def reason(one: Reason) -> dict[str, Any]:
    """Return a reason as owners see it."""
    return {name: getattr(one, name) for name in ReasonOut.model_fields}


def peaks(body: TellPeaks) -> Mapping[int, Spans]:
    """Return busy hours by weekday; raises PlanWrong for a day told twice."""
    told = {one.weekday: _pairs(one.spans) for one in body.peaks}
    if len(told) < len(body.peaks):
        raise PlanWrong(fields=(FieldError("peaks", "repeated", "同一个星期几只能填写一次。"),))
    return told


def week(body: PlanWeek) -> list[DayPlan]:
    """Return a week as plans are set."""
    return [DayPlan(one.weekday, _pairs(one.spans), tuple(one.places)) for one in body.week]


def _pairs(spans: list[list[int]]) -> Spans:
    return [(begin, end) for begin, end in spans]
