"""A program that signs people up in sets and is killed meanwhile: its arguments are database, moment and the set.

Prints `done` and the ids of a set once it is committed, a line a set; with `inside` it writes one set, prints `inside`,
and waits for its end before it commits.
"""

import asyncio
import sys
from datetime import datetime
from uuid import UUID

import orjson

from backend.access import Actor, ActorKind
from backend.foundation import clock, db
from backend.salons.seats import signing
from backend.salons.seats.asking import Wish
from backend.tables import MODELS
from tests.backend.salons.people import wish

SET = 7


async def run(database_url: str, moment: str, told: str) -> None:
    wanted = orjson.loads(told)
    people = [(Actor(ActorKind.OWNER, UUID(person)), UUID(place)) for person, place in wanted["people"]]
    wishes = [wish(*one, UUID(wanted["salon"]), waits=True) for one in people]
    await db.open_database(db.database_config(database_url, models=MODELS, application="wuwei-killed"))
    with clock.use(clock.Frozen(datetime.fromisoformat(moment))):
        for at in range(0, len(wishes), SET):
            print(await _sign_up(wishes[at : at + SET], is_held=wanted["inside"]), flush=True)  # noqa: T201


async def _sign_up(wishes: list[Wish], *, is_held: bool) -> str:
    async with db.transaction():
        made = await signing.sign_up(wishes)
        if is_held:
            print("inside", flush=True)  # noqa: T201  whoever kills it waits for this
            await asyncio.sleep(600)
    return "done " + " ".join(str(one.id) for one in made if isinstance(one, signing.SignedUp))


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
