"""Writes calendars as RFC 5545 has them, by the library, so that the same rows are the same bytes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from unicodedata import category
from uuid import UUID, uuid5

from icalendar import Calendar, Event, Timezone

from backend.foundation.clock import SHANGHAI
from backend.visits.reasons import PLACES
from backend.visits.states import FREE, WORDS, VisitState

PRODUCT: Final = "-//wuwei//visits//ZH"
DOMAIN: Final = "visits.wuwei"
AGAIN_AFTER: Final = timedelta(minutes=15)
"""How often programs are asked to look again."""

_TENTATIVE: Final = (VisitState.REQUESTED,)
_KEPT: Final = "\n\t"


def own(name: str, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return somebody's visits with their details; what is off or not his any more is cancelled, by the same UID.

    No phone, no name of a person, nothing that an owner wrote: a calendar is copied to wherever its reader keeps his.
    """
    calendar = _calendar(f"走访日历 {name}")
    for row in rows:
        calendar.add_component(_visit(row))
    return _written(calendar)


def busy(name: str, staff_id: UUID, made_at: datetime, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return when somebody is busy, buffers included, and nothing else."""
    calendar = _calendar(f"{name}（忙闲）")
    for row in rows:
        event = _event(f"{uuid5(staff_id, str(row['id']))}@{DOMAIN}", row["begins"], row["ends"], made_at)
        event.add("summary", "忙")
        event.add("class", "PRIVATE")
        event.add("status", "CONFIRMED")
        event.add("sequence", row["sequence"])
        calendar.add_component(event)
    return _written(calendar)


def _calendar(name: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", clean(name))
    calendar.add("x-wr-timezone", SHANGHAI.key)
    calendar.add("refresh-interval", AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    # China has kept one offset since 1991.
    zone = Timezone.from_tzid(SHANGHAI.key, first_date=date(1992, 1, 1), last_date=date(2200, 1, 1))
    zone.pop("comment", None)
    calendar.add_component(zone)
    return calendar


def _event(uid: str, begins: datetime, ends: datetime, changed_at: datetime) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", begins.astimezone(SHANGHAI))
    event.add("dtend", ends.astimezone(SHANGHAI))
    event.add("transp", "OPAQUE")
    return event


def _visit(row: Mapping[str, Any]) -> Event:
    state = VisitState(row["state"])
    is_off = row["is_handed_on"] or state in FREE
    event = _event(f"{row['id']}@{DOMAIN}", row["starts_at"], row["ends_at"], row["changed_at"])
    event.add("last-modified", row["changed_at"].astimezone(UTC).replace(microsecond=0))
    event.add("summary", clean(f"{row['title']}：{row['enterprises']}"))
    event.add("location", clean(row["address"] or PLACES[row["place"]]))
    word = "已改由同事承担" if row["is_handed_on"] else WORDS[state]
    event.add("description", clean(f"{row['number']}，{PLACES[row['place']]}，{word}\n依据：{row['legal_basis']}"))
    event.add("status", "CANCELLED" if is_off else "TENTATIVE" if state in _TENTATIVE else "CONFIRMED")
    # A move counts in the row itself; to be called off is one more change of the same event (RFC 5546).
    event.add("sequence", row["sequence"] + (state in FREE))
    return event


def clean(text: str) -> str:
    """Return text as a property's value may hold it: no control characters but line ends and tabs."""
    return "".join(one for one in text.replace("\r\n", "\n") if one in _KEPT or category(one) != "Cc")


def _written(calendar: Calendar) -> bytes:
    written: bytes = calendar.to_ical()
    return written
