"""From when until when people are let in."""

from datetime import datetime, timedelta
from typing import Final

BEFORE: Final = timedelta(hours=2)
AFTER: Final = timedelta(hours=2)
NO_SHOW_AFTER: Final = timedelta(hours=24)
"""So long after the end, devices without a network have sent what they read; whoever was not seen did not come."""


def opens_at(starts_at: datetime) -> datetime:
    return starts_at - BEFORE


def shuts_at(ends_at: datetime) -> datetime:
    return ends_at + AFTER
