"""When a recurring broadcast comes next: iCalendar's RRULE (RFC 5545), in the time of China."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

from dateutil.rrule import rrulestr

from backend.foundation import clock
from backend.notifications.broadcasts.errors import WrongRecurrence

HORIZON: Final = timedelta(days=3660)
"""A rule without an occurrence in ten years has none: looking further would only take time."""

_LONGEST: Final = 200
_ENDS: Final = {"COUNT", "UNTIL"}
_UTC: Final = "%Y%m%dT%H%M%SZ"
_NO_TIME: Final = "99991231T235959Z"
_NO_END: Final = 1_000_000
# No part that says a time of day: that is the start's own. No rule finer than a day.
_PARTS: Final = {
    "FREQ": r"DAILY|WEEKLY|MONTHLY|YEARLY",
    "INTERVAL": r"[1-9]\d{0,2}",
    "COUNT": r"[1-9]\d{0,3}",
    "UNTIL": r"\d{8}T\d{6}Z",
    "BYDAY": r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)(,([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)){0,13}",
    "BYMONTHDAY": r"-?[1-9]\d?(,-?[1-9]\d?){0,30}",
    "BYMONTH": r"[1-9]\d?(,[1-9]\d?){0,11}",
    "BYSETPOS": r"-?[1-9]\d?(,-?[1-9]\d?){0,11}",
    "WKST": r"MO|TU|WE|TH|FR|SA|SU",
}


def check(rule: str, starts_at: datetime) -> str:
    """Return a rule in its plain form; raises WrongRecurrence for one that is none or never comes."""
    parts = [part.partition("=") for part in rule.strip().upper().removeprefix("RRULE:").split(";")]
    names = [name for name, _, _ in parts]
    is_sound = len(rule) <= _LONGEST and len(set(names)) == len(names) and "FREQ" in names and not _ENDS.issubset(names)
    if not is_sound or not all(re.fullmatch(_PARTS.get(name, "(?!)"), value) for name, _, value in parts):
        raise WrongRecurrence
    plain = ";".join(f"{name}={value}" for name, _, value in parts)
    if following(plain, starts_at, starts_at - timedelta(seconds=1)) is None:
        raise WrongRecurrence("按这条规则十年内没有一次发送，请改正后再试。")
    return plain


def following(rule: str, starts_at: datetime, after: datetime) -> datetime | None:
    """Return the first occurrence after a moment, None after the last one."""
    parts = dict(part.split("=") for part in rule.split(";"))
    start = starts_at.astimezone(clock.SHANGHAI)
    try:
        most = int(parts.pop("COUNT", _NO_END))
        parts["UNTIL"] = min(parts.get("UNTIL", _NO_TIME), (max(start, after) + HORIZON).astimezone(UTC).strftime(_UTC))
        times: Iterable[datetime] = rrulestr(
            ";".join(f"{name}={value}" for name, value in parts.items()), dtstart=start
        )
        return next((moment for moment in islice(times, most) if moment > after), None)
    except (ValueError, OverflowError) as error:
        raise WrongRecurrence from error
