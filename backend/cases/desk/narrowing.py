"""What lists, exports and figures of cases are narrowed by."""

from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from backend.access import Actor, Condition
from backend.access.visibility import EVERYTHING
from backend.cases.desk.searching import worded
from backend.foundation import clock
from backend.foundation.errors import FieldError, Invalid

_BELOW: Final = """
c.category = ANY (ARRAY(
    WITH RECURSIVE below AS (
        SELECT k.key FROM case_categories k WHERE k.key = {}::text
        UNION ALL SELECT k.key FROM case_categories k JOIN below b ON k.parent = b.key
    ) SELECT key FROM below))
"""
_GROUPS: Final = {
    "open": "c.queue_at < timestamptz '9000-01-01 00:00+00'",
    "closed": "c.closed_at IS NOT NULL",
}
_EXACT: Final = {
    "unit": "c.unit_id = {}::uuid",
    "handler": "c.handler_id = {}::uuid",
    "enterprise": "c.enterprise_id = {}::uuid",
    "channel": "c.channel = {}::text",
    "urgency": "c.urgency = {}::text",
    "origin": "c.origin = {}::text",
    "district": "starts_with(c.district, {}::text)",
    "category": _BELOW,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """All of it must hold. `state` is a state, `open` or `closed`; a category or a place stands for what lies below it.

    `since` and `until` are days of receipt in China, both included.
    """

    q: str | None = None
    state: str | None = None
    category: str | None = None
    district: str | None = None
    unit: UUID | None = None
    handler: UUID | None = None
    enterprise: UUID | None = None
    channel: str | None = None
    urgency: str | None = None
    origin: str | None = None
    since: date | None = None
    until: date | None = None

    def given(self) -> dict[str, Any]:
        """Return what was asked for, for the trail; of words searched for only that there were some."""
        asked = {one.name: getattr(self, one.name) for one in fields(self)}
        told = {name: str(value) for name, value in asked.items() if value is not None}
        return told | ({"q": "…"} if self.q else {})


def narrowed(actor: Actor, wanted: Filter) -> Condition:
    """Return the condition over `cases c`; raises Invalid for words too short to be searched for."""
    found = worded(actor, wanted.q) & _state(wanted.state) & received(wanted.since, wanted.until)
    for name, sql in _EXACT.items():
        value = getattr(wanted, name)
        if value is not None:
            found = found & Condition(sql, (value,))
    return found


def received(since: date | None, until: date | None) -> Condition:
    """Return the condition that a case was received from the one day on and up to the end of the other.

    Raises Invalid where the one is behind the other.
    """
    if since is not None and until is not None and since > until:
        raise Invalid(fields=(FieldError("from", "range", "起始日期不能晚于截止日期。"),))
    found = EVERYTHING
    if since is not None:
        found = found & Condition("c.received_at >= {}::timestamptz", (_begin(since),))
    if until is not None:
        found = found & Condition("c.received_at < {}::timestamptz", (_begin(until + timedelta(days=1)),))
    return found


def _state(state: str | None) -> Condition:
    if state is None:
        return EVERYTHING
    return Condition(_GROUPS[state]) if state in _GROUPS else Condition("c.state = {}::text", (state,))


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, clock.SHANGHAI)
