"""At night: bindings that nobody proved again in time, and clerks whose time is over."""

from typing import Final

from backend import identity
from workers.schedule import every_minutes

_NIGHT: Final = frozenset({3})


async def end_lapsed_bindings() -> None:
    await identity.end_lapsed()


JOBS = ()
CRONS = (every_minutes(10, end_lapsed_bindings, hours=_NIGHT),)
