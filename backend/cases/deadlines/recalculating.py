"""Reads the clocks of all open cases anew when the working calendar changes, slice by slice, by the outbox."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from backend import outbox
from backend.cases import writing
from backend.outbox import Handler, NewItem, OutboxItem
from backend.worktime import Calendar

TOPIC: Final = "cases.recalculate"
"""Outbox topic: the next slice of open cases; payload {after: the last id done}."""
TOPICS: Final = (TOPIC,)
SLICE: Final = 500

_FIRST: Final = UUID(int=0)


async def calendar_changed(calendar: Calendar, since: date) -> None:
    """Begin with the first slice; for `worktime`, which calls it in the transaction of its own item.

    Which deadlines lie behind `since` is for the clocks to say: a case is written only where a date moved.
    """
    del calendar, since
    await outbox.put(TOPIC, {"after": str(_FIRST)}, key=TOPIC)


async def _next(items: Sequence[OutboxItem]) -> None:
    """A change that comes while another one is worked off begins at the start again: that one ends with it."""
    after = min(UUID(item.payload["after"]) for item in items)
    last = await writing.refresh_open(after, SLICE)
    if last is not None:
        await outbox.put_many([NewItem(TOPIC, {"after": str(last)}, TOPIC)])


HANDLERS: Final[Mapping[str, Handler]] = {TOPIC: _next}
