"""Keeps the house: seals the trail, makes and drops partitions, lets go what is over, sweeps files, rotates keys."""

from typing import Final

from backend import audit, files, runtime
from backend.assembly import PERSONAL
from backend.foundation import clock, retention, rotation
from workers.schedule import daily, every_minutes, every_seconds

_HOURS: Final = 24
_NIGHT: Final = frozenset({3, 4})


async def seal_audit() -> None:
    await audit.seal(runtime.current().settings.data_dir)


async def make_partitions() -> None:
    await retention.make_partitions()


async def drop_expired() -> None:
    """Drop the partitions that are over; a month of the trail goes to the archive first, over several runs."""
    directory = runtime.current().settings.data_dir
    await retention.drop_expired({"audit_entries": lambda partition: audit.archive(partition, directory)})


async def delete_expired() -> None:
    await retention.delete_expired()


async def sweep_orphans() -> None:
    """Sweep the part of the files that belongs to this hour; in a day every part has had its turn."""
    await files.sweep_orphans(clock.now().astimezone(clock.SHANGHAI).hour, _HOURS)


async def rotate_keys() -> None:
    """Seal old rows again; every run does what it can, and finds nothing to do once all are new."""
    await rotation.rotate_all(runtime.current().vault, PERSONAL, seconds=20)


JOBS = ()
CRONS = (
    every_seconds(30, seal_audit),
    daily("02:10", make_partitions, at_start=True),
    every_minutes(5, drop_expired, hours=_NIGHT),
    every_minutes(10, delete_expired, hours=_NIGHT),
    every_minutes(60, sweep_orphans),
    every_minutes(10, rotate_keys, hours=_NIGHT),
)
