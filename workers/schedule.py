"""When jobs run by the clock, in the time of China; missed times are not caught up, because every job looks at rows."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from arq.cron import CronJob, cron

from workers.jobs import TIMEOUT, TRIES, Job, as_arq, name_of

ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Cron:
    """One line of the schedule; None means every one of them."""

    job: Job
    hours: frozenset[int] | None = None
    minutes: frozenset[int] | None = None
    seconds: frozenset[int] = frozenset({0})
    at_start: bool = False


def every_seconds(step: int, job: Job) -> Cron:
    """Return a line that runs a job every `step` seconds, a divisor of 60, and at once when a worker starts."""
    return Cron(job, seconds=frozenset(range(0, 60, step)), at_start=True)


def every_minutes(step: int, job: Job, *, hours: frozenset[int] | None = None) -> Cron:
    """Return a line that runs a job every `step` minutes of some hours or of all."""
    return Cron(job, hours=hours, minutes=frozenset(range(0, 60, step)))


def daily(at: str, job: Job, *, at_start: bool = False) -> Cron:
    """Return a line that runs a job once a day at "HH:MM"."""
    hour, minute = map(int, at.split(":"))
    return Cron(job, frozenset({hour}), frozenset({minute}), at_start=at_start)


def as_arq_cron(line: Cron) -> CronJob:
    """Return a line as arq's; of several workers one runs it. Make new ones for every worker: arq changes them."""
    return cron(
        as_arq(line.job),
        name=f"cron:{name_of(line.job)}",
        hour=set(line.hours) if line.hours is not None else None,
        minute=set(line.minutes) if line.minutes is not None else None,
        second=set(line.seconds),
        run_at_startup=line.at_start,
        timeout=TIMEOUT,
        max_tries=TRIES,
    )
