"""After midnight: facts and tags whose validity ended let another value count."""

from typing import Final

from backend.enterprises import settling
from workers.schedule import every_minutes

_AFTER_MIDNIGHT: Final = frozenset({0, 1, 2})


async def settle_facts() -> None:
    """Settle what time alone may have changed; every run does what it can, and finds nothing once all is done."""
    await settling.settle_due(seconds=20)


JOBS = ()
CRONS = (every_minutes(5, settle_facts, hours=_AFTER_MIDNIGHT),)
