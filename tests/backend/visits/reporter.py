"""A program that notes an arrival or files minutes and is then killed; arguments: database, Valkey, moment, and what.

Prints `ready` once everything is written and nothing is committed, and waits there for its end.
"""

import asyncio
import sys
from datetime import datetime
from uuid import UUID

import orjson
from redis.asyncio import Redis

from backend.access import Actor, ActorKind, Grant, Role
from backend.foundation import clock, db
from backend.tables import MODELS
from backend.visits.afterwards import arriving, reporting
from backend.visits.models import Visit
from tests.backend.visits.after import minutes, promise
from tests.support.running import make_settings, run


async def report(database_url: str, redis_url: str, moment: str, told: str) -> None:
    wanted = orjson.loads(told)
    goes = Actor(ActorKind.STAFF, UUID(wanted["staff"]), "走访员", (Grant(Role.VISITOR),))
    await db.open_database(db.database_config(database_url, models=MODELS, application="wuwei-killed"))
    client = Redis.from_url(redis_url)
    with clock.use(clock.Frozen(datetime.fromisoformat(moment))):
        async with run(make_settings(database_url, redis_url), client), db.transaction():
            visit = await Visit.get(id=UUID(wanted["visit"]))
            if wanted["act"] == "arrive":
                await arriving.tell(visit.id, None, "没带手机", actor=goes, version=visit.version)
            else:
                await reporting.file(visit.id, minutes(promise()), actor=goes, version=visit.version)
            print("ready", flush=True)  # noqa: T201  whoever kills it waits for this
            await asyncio.sleep(600)


if __name__ == "__main__":
    asyncio.run(report(*sys.argv[1:]))
