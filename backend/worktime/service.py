"""The calendar that counts now, kept per process until it gets another name."""

from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson

from backend.foundation import db
from backend.worktime.calendar import Calendar
from backend.worktime.hours import Week

_VERSION: Final = "SELECT version FROM worktime_state"
# One statement, so that what it reads belongs together.
_LOAD: Final = """
SELECT (SELECT version FROM worktime_state) AS version,
       (SELECT jsonb_object_agg(day, is_workday) FROM workday_overrides) AS overrides,
       (SELECT jsonb_object_agg(valid_from, week) FROM office_hours) AS weeks,
       ARRAY (SELECT year FROM worktime_years WHERE settled_at IS NOT NULL) AS settled
"""
_kept: list[tuple[UUID | None, Calendar]] = [(None, Calendar.of())]
"""Under the name None what a release brings along, before anything was ever changed. A name is never used twice."""


async def current() -> Calendar:
    """Return the calendar as it stands: one look at its name, and all of it only when the name is another.

    Ask once for a list of things, not once for each. What is computed from it in a transaction that ends after a change
    is found by the second run of the change's handlers (`changing`).
    """
    version = await db.fetch_value(_VERSION)
    kept, calendar = _kept[0]
    if version == kept:
        return calendar
    row = await db.fetch_one(_LOAD)
    if row is None:
        raise AssertionError("a SELECT without FROM has one row")
    _kept[0] = row["version"], _made(row)
    return _kept[0][1]


def _made(row: Any) -> Calendar:
    overrides = orjson.loads(row["overrides"] or "{}")
    weeks = orjson.loads(row["weeks"] or "{}")
    return Calendar.of(
        [Week.read(date.fromisoformat(day), week) for day, week in weeks.items()],
        {date.fromisoformat(day): is_workday for day, is_workday in overrides.items()},
        row["settled"],
    )
