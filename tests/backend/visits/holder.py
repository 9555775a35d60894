"""A program that books and is then killed: its arguments are database, moment, booking and stage.

Prints `ready` once it has come to its stage (`held`: the hold is committed; `inside`: everything is written and nothing
is committed) and waits there for its end.
"""

import asyncio
import sys
from datetime import datetime
from uuid import UUID

import orjson

from backend.access import Actor, ActorKind
from backend.foundation import clock, db
from backend.tables import MODELS
from tests.backend.visits.people import booked


async def run(database_url: str, moment: str, told: str, stage: str) -> None:
    wanted = orjson.loads(told)
    person, place = Actor(ActorKind.OWNER, UUID(wanted["person"])), UUID(wanted["place"])
    await db.open_database(db.database_config(database_url, models=MODELS, application="wuwei-killed"))
    with clock.use(clock.Frozen(datetime.fromisoformat(moment))):
        if stage == "held":
            await booked(person, place, is_hold=True)
            await wait()
        async with db.transaction():
            await booked(person, place, is_hold=True)
            await wait()


async def wait() -> None:
    print("ready", flush=True)  # noqa: T201  whoever kills it waits for this
    await asyncio.sleep(600)


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
