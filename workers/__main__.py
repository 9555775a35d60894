"""`python -m workers` runs a worker; `python -m workers --check` tells by its exit code whether one is alive."""

import asyncio
import logging
import sys

import uvloop

from backend.assembly import Incomplete, assemble
from backend.foundation.logging import configure_logging, get_logger
from backend.foundation.settings import Settings, SettingsError, load_settings
from workers.enterprises import importing
from workers.health import figures, heart, is_alive
from workers.main import on_signals, work
from workers.measuring import measured

log = get_logger(__name__)


async def run(settings: Settings) -> None:
    stop = asyncio.Event()
    on_signals(stop)
    opened = assemble(settings, application="wuwei-worker")
    async with opened, figures(settings), heart(settings), measured(), importing():
        log.info("worker.started")
        await work(settings, stop)
    log.info("worker.stopped")


def main() -> int:
    """Return 0 after a signal, 1 when no worker lives (`--check`), 2 for wrong settings, told in one line."""
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if "--check" in sys.argv[1:]:
        return 0 if is_alive(settings) else 1
    configure_logging(settings.log_level, process="worker")
    # one line a job twice a second would drown what matters; failures are told as errors
    logging.getLogger("arq.worker").setLevel(logging.WARNING)
    try:
        uvloop.run(run(settings))
    except (SettingsError, Incomplete) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
