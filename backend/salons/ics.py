"""A sign-up as an owner's calendar takes it (RFC 5545): moved and called off by the same UID."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from icalendar import Alarm, Calendar, Event

from backend.access import Actor
from backend.foundation import db
from backend.foundation.clock import SHANGHAI
from backend.salons.errors import SignupUnknown
from backend.salons.states import SIGNUP_WORDS, SignupState
from backend.salons.visibility import signups_visible_to

PRODUCT: Final = "-//wuwei//salons//ZH"
DOMAIN: Final = "salons.wuwei"
BEFORE: Final = timedelta(hours=-2)

_ONE: Final = """
SELECT g.id, g.state, g.way, s.title, s.number, s.address, s.starts_at, s.ends_at, s.sequence,
    greatest(g.changed_at, s.edited_at) AS changed_at
FROM salon_signups g JOIN salons s ON s.id = g.salon_id WHERE g.id = $1 AND {visible}
"""
_SEATED: Final = (SignupState.CONFIRMED, SignupState.ATTENDED)
_COMING: Final = (*_SEATED, SignupState.PENDING, SignupState.WAITING, SignupState.OFFERED)


async def of_signup(signup_id: UUID, *, actor: Actor) -> bytes:
    """Return one sign-up; what waits is tentative, what is over is cancelled. Raises SignupUnknown."""
    visible = signups_visible_to(actor)
    row = await db.fetch_one(_ONE.format(visible=visible.render(2)), signup_id, *visible.params)
    if row is None:
        raise SignupUnknown
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(_event(dict(row)))
    written: bytes = calendar.to_ical()
    return written


def _event(row: Mapping[str, Any]) -> Event:
    state = SignupState(row["state"])
    changed: datetime = row["changed_at"].astimezone(UTC).replace(microsecond=0)
    event = Event()
    event.add("uid", f"{row['id']}@{DOMAIN}")
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("dtstart", row["starts_at"].astimezone(UTC))
    event.add("dtend", row["ends_at"].astimezone(UTC))
    event.add("summary", f"小微沙龙：{row['title']}")
    event.add("location", row["address"] if row["way"] == "hall" else "线上")
    local = row["starts_at"].astimezone(SHANGHAI)
    event.add("description", f"{row['number']}，{SIGNUP_WORDS[state]}，北京时间{local:%Y-%m-%d %H:%M}开始")
    is_off = state not in _COMING
    event.add("status", "CANCELLED" if is_off else "CONFIRMED" if state in _SEATED else "TENTATIVE")
    # A move counts in the salon; to be off is one more change of the same event (RFC 5546).
    event.add("sequence", row["sequence"] + is_off)
    if not is_off:
        event.add_component(_alarm())
    return event


def _alarm() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", "沙龙即将开始")
    alarm.add("trigger", BEFORE)
    return alarm
