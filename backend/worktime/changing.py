"""Tells whoever holds deadlines that the calendar changed: by staff, or by a release that brings other years.

A change is two deferred effects of one topic, one at once and one after every command that was under way has ended:
what such a command wrote by the calendar before is then put right as well. The handlers come from `assembly`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import orjson

from backend import outbox
from backend.foundation import clock, db
from backend.foundation.db import transaction
from backend.foundation.ids import new_id
from backend.foundation.logging import get_logger
from backend.outbox import Handler, NewItem, OutboxItem
from backend.worktime.calendar import Calendar
from backend.worktime.library import FIRST, LIBRARY
from backend.worktime.service import current

log = get_logger(__name__)

TOPIC: Final = "worktime.changed"
TOPICS: Final = (TOPIC,)
AGAIN_AFTER: Final = timedelta(minutes=2)
"""Longer than a transaction can last (`foundation.db`: a statement, or a pause in one, ends after a minute)."""

OnChange = Callable[[Calendar, date], Awaitable[None]]
"""Recomputes what rests on the calendar from a day on: every deadline that isn't met yet and lies on that day or later.

It is given the calendar that counts now, runs in the transaction of its outbox item and within its time, so it spreads
a long list by items of its own; and it may run again for the same change. What was computed by `Calendar.version`
already needs nothing.
"""

_RENAME: Final = """
INSERT INTO worktime_state (version, changed_at, prints) VALUES ($1, $2, $3::jsonb)
ON CONFLICT (is_only) DO UPDATE SET version = EXCLUDED.version, changed_at = EXCLUDED.changed_at
"""
_BEGIN: Final = """
INSERT INTO worktime_state (version, changed_at, prints) VALUES ($1, $2, $3::jsonb) ON CONFLICT DO NOTHING
"""
_RELEASE: Final = "SELECT prints FROM worktime_state FOR UPDATE"


class OtherRelease(RuntimeError):
    """This process is of another release than the one whose years count: a worker of that one takes the item."""


async def begin() -> None:
    """Make the row of the calendar's state, unless it is there."""
    await db.execute(_BEGIN, new_id(), clock.now(), _prints())


async def announce(since: date) -> UUID:
    """Give the calendar another name in the open transaction and note what follows from it; returns the name."""
    version = new_id()
    await db.execute(_RENAME, version, clock.now(), _prints())
    payload = {"since": since.isoformat()}
    again = NewItem(TOPIC, payload, due=clock.now() + AGAIN_AFTER)
    await outbox.put_many([NewItem(TOPIC, payload), again])
    return version


async def notice_release() -> bool:
    """Note, once over all processes, that this release knows other years or hours than the one that counted so far.

    Workers call it when they start and every few minutes: while two releases run side by side, each may take over from
    the other; the one that stays has the last word. The very first release finds nothing that could have to change.
    """
    async with transaction():
        told = await db.fetch_value(_RELEASE)
        if told is None:
            await begin()
            return False
        before = orjson.loads(told)
        if before == LIBRARY.prints:
            return False
        since = _first_difference(before)
        await db.execute("UPDATE worktime_state SET prints = $1::jsonb", _prints())
        await announce(since)
    log.info("worktime.release_noticed", since=since.isoformat())
    return True


def _first_difference(before: Mapping[str, str]) -> date:
    """Return the first day for which two releases may differ; for other office hours that is the very first."""
    differing = {name for name, _ in set(before.items()) ^ set(LIBRARY.prints.items())}
    return FIRST if "hours" in differing else date(min(int(name) for name in differing), 1, 1)


def _prints() -> str:
    return orjson.dumps(LIBRARY.prints).decode()


def handlers(on_change: Sequence[OnChange]) -> Mapping[str, Handler]:
    """Return the topic's handler, which calls each of these functions once for all changes that are due."""

    async def changed(items: Sequence[OutboxItem]) -> None:
        prints = await db.fetch_value("SELECT prints FROM worktime_state")
        if prints is None or orjson.loads(prints) != LIBRARY.prints:
            raise OtherRelease
        since = min(date.fromisoformat(item.payload["since"]) for item in items)
        calendar = await current()
        for recompute in on_change:
            await recompute(calendar, since)

    return {TOPIC: changed}
