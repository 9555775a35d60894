"""A worker with one job of the test's own: every second it leaves a mark in the database."""

import asyncio
import sys
from types import ModuleType

from backend.assembly import assemble
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.logging import configure_logging
from backend.foundation.migrations import migrate
from backend.foundation.settings import load_settings
from backend.tables import MODELS
from workers.main import on_signals, work
from workers.schedule import every_seconds


async def mark() -> None:
    await db.execute("INSERT INTO dedupe_keys (key, on_day) VALUES ($1, $2)", str(new_id()), clock.today())


async def main() -> None:
    module = ModuleType("marking")
    module.JOBS, module.CRONS = (), (every_seconds(1, mark),)  # type: ignore[attr-defined]
    settings, stop = load_settings(), asyncio.Event()
    configure_logging(settings.log_level, process="worker")
    await migrate(settings.database_url, MODELS)
    sys.stdout.write("migrated\n")
    sys.stdout.flush()
    on_signals(stop)
    async with assemble(settings):
        await work(settings, stop, [module])


if __name__ == "__main__":
    asyncio.run(main())
