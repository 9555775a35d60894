"""A worker that asks a campaign's enterprises and is then killed: its arguments are database, Valkey, moment, campaign.

Prints `ready` once everything is written and nothing is committed, and waits there for its end.
"""

import asyncio
import sys
from datetime import datetime
from uuid import UUID

from redis.asyncio import Redis

from backend.foundation import clock, db
from backend.tables import MODELS
from backend.visits.campaigns import proposing, releasing
from tests.backend.visits.campaigns.rounds import note
from tests.support.running import make_settings
from tests.support.running import run as running


async def run(database_url: str, redis_url: str, moment: str, campaign: str) -> None:
    await db.open_database(db.database_config(database_url, models=MODELS, application="wuwei-killed"))
    with clock.use(clock.Frozen(datetime.fromisoformat(moment))):
        async with running(make_settings(database_url, redis_url), Redis.from_url(redis_url)), db.transaction():
            await proposing.propose([note(releasing.PROPOSE, UUID(campaign))])
            print("ready", flush=True)  # noqa: T201  whoever kills it waits for this
            await asyncio.sleep(600)


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
