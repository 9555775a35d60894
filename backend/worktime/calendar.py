"""The working calendar as a value: deadlines and durations in working time, without clock or database.

How receipt is counted (product design 0.9; 民法典 arts. 201 and 203, by which 行政许可 and 办事 practice counts too):

* The **day of receipt** is the calendar day in China on which something arrived, whatever the hour, worked or not. It
  doesn't count. What arrives on Monday at 07:00 or at 22:00 has Tuesday as its first day; what arrives on a Saturday,
  or on any day of the long holiday, has the next working day as its first. Nobody is better off for having been late.
* The N-th working day after it is the last, and it ends when the office **closes** (art. 203: where business hours
  exist, the term ends with them). As only working days are counted, the last one never is a holiday.
* 0 days mean the same day: the closing of the office day that runs, or of the next one when none does.
* Office **minutes** run only while the office is open, from the very second of receipt, or from the next opening.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from backend.foundation import clock
from backend.worktime.hours import Hours, Week
from backend.worktime.index import ORIGIN, Index, OutOfCalendar, at, checked, number_of
from backend.worktime.library import LIBRARY, Library


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment in UTC; provisional when a day was counted on the way whose year's calendar isn't published."""

    at: datetime
    provisional: bool


@dataclass(frozen=True, slots=True, repr=False)
class Calendar:
    """Which days are worked and when the office is open, for FIRST to LAST; what lies outside raises OutOfCalendar.

    Immutable and equal by `version`, a name that two calendars share only if they give the same answers. Make one by
    `Calendar.of`; the service's own is `worktime.current()`. Moments must be aware; answers are in UTC.
    """

    version: str
    overrides: Mapping[date, bool] = field(compare=False)
    weeks: tuple[Week, ...] = field(compare=False)
    settled: frozenset[int] = field(compare=False)
    library: Library = field(compare=False)
    index: Index = field(compare=False)

    @classmethod
    def of(
        cls,
        weeks: Iterable[Week] = (),
        overrides: Mapping[date, bool] | None = None,
        settled: Collection[int] = (),
        library: Library = LIBRARY,
    ) -> "Calendar":
        """Make a calendar: `overrides` go before the library, `settled` are years that overrides tell completely.

        The library's own office hours count until the first of `weeks` begins.
        """
        days = dict(sorted((overrides or {}).items()))
        ordered = (library.week, *sorted(weeks, key=lambda week: week.valid_from))
        told = (library.prints, [(str(w.valid_from), w.told()) for w in ordered], days, sorted(settled))
        version = hashlib.sha256(repr(told).encode()).hexdigest()[:16]
        index = Index(ordered, days, settled, library)
        return cls(version, days, ordered, frozenset(settled), library, index)

    def __repr__(self) -> str:
        return f"Calendar({self.version})"

    def is_workday(self, day: date) -> bool:
        return self.index.hours[number_of(day)] is not None

    def is_provisional(self, day: date) -> bool:
        """Tell whether a day goes by its weekday alone: no published calendar of its year, no override, not settled."""
        number = number_of(day)
        return self.index.unsure[number + 1] > self.index.unsure[number]

    def is_known(self, year: int) -> bool:
        """Tell whether a year's calendar is published, or was entered completely."""
        return year in self.library.years or year in self.settled

    def hours_of(self, day: date) -> Hours:
        """Return the hours of a day; those it would have, when it isn't worked."""
        return self.index.patterns[number_of(day)]

    def closing(self, day: date) -> datetime:
        """Return when the office closes on a day; when it would, on a day that isn't worked."""
        return self._closing(number_of(day))

    def _closing(self, number: int) -> datetime:
        return at(number, timedelta(minutes=self.index.patterns[number].closing))

    def add_days(self, start: datetime, days: int) -> Deadline:
        """Return the closing of the N-th working day after the day of receipt, which doesn't count; see above."""
        if days < 0:
            raise ValueError("a deadline lies after its beginning")
        received = checked((start - ORIGIN).days)
        if days == 0:
            last = checked((self.next_moment(start) - ORIGIN).days)
            return Deadline(self._closing(last), self._is_unsure(received, last))
        last = self.index.nth_workday(received, days)
        return Deadline(self._closing(last), self._is_unsure(received + 1, last))

    def add_minutes(self, start: datetime, minutes: int) -> Deadline:
        """Return the moment at which so many office minutes have gone by since `start`; the first such moment.

        `minutes_between(start, add_minutes(start, n).at) == n`, and adding a, then b, is adding a + b. Nothing added is
        `start` itself, open or closed.
        """
        if minutes < 0:
            raise ValueError("a deadline lies after its beginning")
        received = checked((start - ORIGIN).days)
        if minutes == 0:
            return Deadline(start, provisional=False)
        last, into = self.index.reach(start, minutes)
        return Deadline(at(last, into), self._is_unsure(received, last))

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Return the whole office minutes from one moment to another, 0 when it isn't later.

        Both are cut down to their minute, so it adds up: f(a, b) + f(b, c) = f(a, c) for a ≤ b ≤ c.
        """
        if end <= start:
            return 0
        return self.index.minutes_until(end) - self.index.minutes_until(start)

    def is_open(self, moment: datetime) -> bool:
        return self.next_moment(moment) == moment

    def next_moment(self, moment: datetime) -> datetime:
        """Return the moment itself while the office is open, else the next opening; at closing time it is closed."""
        since = moment - ORIGIN
        number = checked(since.days)
        hours = self.index.hours[number]
        minute = since.seconds // 60
        found = hours.next_open(minute) if hours else None
        if found == minute:
            return moment
        if found is None:
            number = self.index.nth_workday(number, 1)
            found = self.index.patterns[number].spans[0][0]
        return at(number, timedelta(minutes=found))

    def workdays_between(self, first: date, last: date) -> int:
        """Return how many days are worked from one to another, both counted; 0 when the last lies before the first."""
        begin, end = number_of(first), number_of(last)
        return self.index.before[end + 1] - self.index.before[begin] if begin <= end else 0

    def _is_unsure(self, first: int, last: int) -> bool:
        return self.index.unsure[last + 1] > self.index.unsure[first]


def day_of(moment: datetime) -> date:
    """Return the calendar day in China of a moment: the day of receipt."""
    return moment.astimezone(clock.SHANGHAI).date()


__all__ = ["Calendar", "Deadline", "Hours", "OutOfCalendar", "Week", "day_of"]
