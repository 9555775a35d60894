"""How one tells from outside that a worker lives: figures on an internal port, and a file it touches."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from prometheus_client import start_http_server

from backend.foundation import clock
from backend.foundation.logging import get_logger
from backend.foundation.settings import Settings, SettingsError

log = get_logger(__name__)

BEAT: Final = 5.0
LATE: Final = 30.0
_PORTS: Final = 64
"""So many ports behind the API's are tried, one for each worker on the host."""


def folder(settings: Settings) -> Path:
    return settings.data_dir / "run"


@asynccontextmanager
async def heart(settings: Settings) -> AsyncIterator[Path]:
    """Touch this process's file every few seconds from its event loop: one that hangs grows old.

    Raises SettingsError when the directory cannot be made.
    """
    file = folder(settings) / f"worker-{os.getpid()}.alive"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"WUWEI_DATA_DIR is wrong: {file.parent} cannot be made: {error.strerror}") from error
    beating = asyncio.create_task(_beat(file))
    try:
        yield file
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        file.unlink(missing_ok=True)


async def _beat(file: Path) -> None:
    """A disk that is full or away for a while must not stop the heart for good."""
    while True:
        try:
            _touch(file)
        except OSError as error:
            log.warning("worker.beat_not_written", error=str(error))
        await asyncio.sleep(BEAT)


def _touch(file: Path) -> None:
    file.write_text(clock.now().isoformat(), encoding="ascii")


def is_alive(settings: Settings) -> bool:
    """Tell whether some worker on this host has touched its file of late; those of the dead are not counted."""
    now = clock.now().timestamp()
    return any(now - file.stat().st_mtime < LATE for file in folder(settings).glob("worker-*.alive"))


@asynccontextmanager
async def figures(settings: Settings) -> AsyncIterator[int]:
    """Serve /metrics on WUWEI_WORKER_PORT, or on the first free port behind the API's; 0 when none is free."""
    first = settings.worker_port or settings.internal_port + settings.processes
    for port in (first,) if settings.worker_port else range(first, first + _PORTS):
        with suppress(OSError):
            server, thread = start_http_server(port, settings.internal_host)
            break
    else:
        log.warning("worker.no_port_for_metrics", first=first)
        yield 0
        return
    log.info("worker.metrics", port=port)
    try:
        yield port
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        thread.join()
