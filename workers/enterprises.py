"""Facts whose validity ends after midnight, and registry files that staff uploaded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from backend.enterprises import settling, uploads, working_off
from backend.foundation.logging import get_logger
from workers.schedule import every_minutes

log = get_logger(__name__)

_AFTER_MIDNIGHT: Final = frozenset({0, 1, 2})
_LOOK: Final = 3.0
_AFTER_TROUBLE: Final = 15.0


async def settle_facts() -> None:
    """Settle what time alone may have changed; every run does what it can, and finds nothing once all is done."""
    await settling.settle_due(seconds=20)


async def sweep_registry_files() -> None:
    await uploads.let_go()


@asynccontextmanager
async def importing(pause: float = _LOOK) -> AsyncIterator[None]:
    """Bring uploaded files in as long as the block runs; a file takes minutes, which no job may."""
    task = asyncio.create_task(_repeat(pause))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _repeat(pause: float) -> None:
    """A database that is away for a while must not end it for good."""
    while True:
        try:
            if await working_off.work_off_next() is None:
                await asyncio.sleep(pause)
        except Exception as error:  # noqa: BLE001  whatever it is, the next look may succeed
            log.warning("import.not_looked", error=type(error).__name__)
            await asyncio.sleep(_AFTER_TROUBLE)


JOBS = ()
CRONS = (
    every_minutes(5, settle_facts, hours=_AFTER_MIDNIGHT),
    every_minutes(60, sweep_registry_files),
)
