"""When a case that is over asks for its rating."""

from datetime import datetime, timedelta
from typing import Final

from backend.foundation import clock

INVITED_AFTER: Final = timedelta(days=3)


def invite_at() -> datetime:
    """Return when a case that closes now asks for its rating, unless it was rated meanwhile."""
    return clock.now() + INVITED_AFTER
