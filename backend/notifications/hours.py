"""When a person may be notified: quiet hours, reminders before them, and clocks that stand still in them.

Pure functions of a moment and the settings; quiet hours are in China's time.
"""

from datetime import datetime, time, timedelta
from typing import Final

from backend.foundation import clock
from backend.foundation.settings import Settings
from backend.notifications.kinds import KINDS

BEFORE_QUIET: Final = timedelta(minutes=30)
"""How long before the quiet hours a reminder goes out that would fall into them: half past eight for nine."""
_DAY: Final = timedelta(days=1)


def quiet_until(moment: datetime, settings: Settings) -> datetime | None:
    """Return when the quiet hours end in which `moment` lies, or None outside them."""
    local = moment.astimezone(clock.SHANGHAI)
    start, end = _bounds(settings)
    now = local.time()
    inside = start <= now or now < end if start > end else start <= now < end
    if not inside:
        return None
    over = datetime.combine(local.date(), end, tzinfo=clock.SHANGHAI)
    return over if over > local else over + _DAY


def tomorrow(moment: datetime, settings: Settings) -> datetime:
    """Return when the next day's messages may begin."""
    _, end = _bounds(settings)
    return datetime.combine(moment.astimezone(clock.SHANGHAI).date() + _DAY, end, tzinfo=clock.SHANGHAI)


def before_quiet(moment: datetime, settings: Settings) -> datetime:
    """Return the moment of a reminder: its own, or half an hour before the quiet hours in which that would lie."""
    over = quiet_until(moment, settings)
    if over is None:
        return moment
    start, _ = _bounds(settings)
    began = datetime.combine(over.date(), start, tzinfo=clock.SHANGHAI)
    return (began if began < over else began - _DAY) - BEFORE_QUIET


def clock_start(kind: str, now: datetime, settings: Settings) -> datetime:
    """Return when the clock of an offer told now begins to run: not before its owner may be notified."""
    return now if KINDS[kind].is_urgent else quiet_until(now, settings) or now


def clock_end(kind: str, now: datetime, span: timedelta, settings: Settings) -> datetime:
    """Return when an offer told now ends, if it stands for `span` of the time in which its owner may be notified."""
    at, left = clock_start(kind, now, settings), span
    if KINDS[kind].is_urgent:
        return at + left
    while left > (waking := _next_quiet(at, settings) - at):
        at, left = clock_start(kind, at + waking, settings), left - waking
    return at + left


def _next_quiet(moment: datetime, settings: Settings) -> datetime:
    """Return when the next quiet hours begin; where there are none, a clock runs through it all the same."""
    start, _ = _bounds(settings)
    begins = datetime.combine(moment.astimezone(clock.SHANGHAI).date(), start, tzinfo=clock.SHANGHAI)
    return begins if begins > moment else begins + _DAY


def _bounds(settings: Settings) -> tuple[time, time]:
    return time.fromisoformat(settings.quiet_from), time.fromisoformat(settings.quiet_until)
