"""When a version comes out and when people are told of it; pure."""

from datetime import date, datetime, timedelta
from typing import Final

from backend.foundation import clock
from backend.foundation.errors import FieldError
from backend.policies.errors import ReleaseTime

FURTHEST: Final = timedelta(days=180)
MORNING: Final = timedelta(hours=9)


def last_day(*days: date | None) -> date | None:
    """Return the earliest of the days that end a policy; None when nothing does."""
    return min((day for day in days if day is not None), default=None)


def day_of(moment: datetime) -> date:
    return moment.astimezone(clock.SHANGHAI).date()


def told_at(first_day: date, moment: datetime) -> datetime:
    """Nobody is told before the morning of the first day that a policy is in force."""
    return max(moment, clock.day_start(first_day) + MORNING)


def release_moment(at: datetime | None, *, first_day: date, last: date | None, before: date | None) -> datetime | None:
    """Return when a version comes out; None: at once.

    `before` is the last day of the version that it follows (None: none is live). While that one is in force the new
    one waits for its own first day, so that no day is left without either. Raises ReleaseTime.
    """
    if at is None:
        if before is None or before < clock.today() or first_day <= clock.today():
            return None
        at = clock.day_start(first_day)
    _check(at, last)
    if before is not None and day_of(at) <= before and day_of(at) < first_day:
        raise _refused("too_early", f"现行版本仍然有效，新版本自{first_day.isoformat()}起生效，请不要早于这一天发布。")
    return at


def _check(at: datetime, last: date | None) -> None:
    if at <= clock.now():
        raise _refused("past", "定时发布的时间须晚于现在；要立即发布请不填时间。")
    if at > clock.now() + FURTHEST:
        raise _refused("too_far", f"定时发布最多提前{FURTHEST.days}天，请到时再审核发布。")
    if last is not None and day_of(at) > last:
        raise _refused("after_end", f"该政策{last.isoformat()}已到期，请选择更早的发布时间或修改日期。")


def _refused(code: str, sentence: str) -> ReleaseTime:
    return ReleaseTime(sentence, (FieldError("at", code, sentence),))
