"""A worker that is killed in the middle of a job: its arguments are database, Valkey, moment and job.

Prints `ready` when everything is written and nothing is committed, and waits there for its end.
"""

import asyncio
import sys
from datetime import datetime

from redis.asyncio import Redis

from backend.foundation import clock, db
from backend.tables import MODELS
from backend.visits import reminders
from backend.visits.waiting import offering
from tests.support.running import make_settings
from tests.support.running import run as running

JOBS = {"offering": offering.sweep, "reminders": reminders.remind}


async def run(database_url: str, redis_url: str, moment: str, job: str) -> None:
    await db.open_database(db.database_config(database_url, models=MODELS, application="wuwei-killed"))
    client = Redis.from_url(redis_url)
    with clock.use(clock.Frozen(datetime.fromisoformat(moment))):
        async with running(make_settings(database_url, redis_url), client), db.transaction():
            assert await JOBS[job]() == 1
            print("ready", flush=True)  # noqa: T201  whoever kills it waits for this
            await asyncio.sleep(600)


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
