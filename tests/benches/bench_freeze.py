"""A broadcast to 100,000 frozen with its digest and its forecast of whom it reaches by what.

Reference: the bare INSERT … SELECT of the same persons into the same table. Aim: 5 s. `release_s` is the release, which
proves the list anew; `progress_s` the figures of a broadcast that has not told anybody yet.
"""

import asyncio
import time
from collections.abc import Awaitable, Sequence
from typing import Any, Final
from uuid import UUID

from backend.access import Actor, ActorKind, Grant, Role
from backend.assembly import assemble
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.migrations import migrate
from backend.foundation.settings import load_settings
from backend.notifications import broadcasts
from backend.notifications.broadcasts import queries
from backend.notifications.kinds import KINDS
from backend.tables import MODELS
from tests.benches.support import IS_SMALL, House, house, report

AIM_S: Final = 5.0
PEOPLE: Final = 10_000 if IS_SMALL else 100_000
KIND: Final = "policy_matched"
PREPARER: Final = Actor(ActorKind.STAFF, UUID(int=1), "准备人", (Grant(Role.PUBLISHER),))
RELEASER: Final = Actor(ActorKind.STAFF, UUID(int=2), "放行人", (Grant(Role.REVIEWER),))

_BARE: Final = """
INSERT INTO broadcast_recipients (broadcast_id, person_id) SELECT $1, id FROM persons ORDER BY id
"""


async def _draft(thing: UUID, _actor: Actor) -> broadcasts.Draft:
    return broadcasts.Draft(KIND, thing, "小店减费", {"policy": "小店减费"})


async def _gather(_one: broadcasts.Broadcast) -> broadcasts.Selection:
    return broadcasts.Selection("SELECT id AS person_id, NULL::uuid AS enterprise_id FROM persons")


async def _compose(_one: broadcasts.Broadcast, _people: Sequence[broadcasts.Recipient]) -> broadcasts.Composed:
    return broadcasts.Composed(())


ORIGINS: Final = {"bench": broadcasts.Origin(_draft, _gather, _compose)}


async def _populate() -> None:
    """Everybody has a phone; half of them allow one message, told by the mini-program alone."""
    moment, people = clock.now(), [new_id() for _ in range(PEOPLE)]
    await db.copy_rows("persons", ["id", "created_at"], [(one, moment) for one in people])
    columns = ["id", "person_id", "channel", "account", "openid", "created_at", "seen_at"]
    rows = [(one, one, "subscribe", "bench", str(one), moment, moment) for one in people]
    await db.copy_rows("addresses", columns, rows)
    columns = ["template_id", "account", "title", "is_long_term", "fields", "state", "seen_at"]
    await db.copy_rows("message_templates", columns, [("t", "bench", KINDS[KIND].template, False, [], "live", moment)])
    half = people[::2]
    columns = ["address_id", "template_id", "balance", "updated_at"]
    await db.copy_rows("credits", columns, [(one, "t", 1, moment) for one in half])
    columns = ["id", "address_id", "template_id", "change", "balance", "reason", "is_presumed", "at"]
    entries = [(new_id(), one, "t", 1, 1, "report", True, moment) for one in half]
    await db.copy_rows("credit_entries", columns, entries)
    await db.execute("ANALYZE")


async def _seconds(work: Awaitable[Any]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


async def measure() -> dict[str, float]:
    """Return the seconds of each step; raises AssertionError when the forecast is not what was made."""
    bare = await _seconds(db.execute(_BARE, new_id()))
    made = await broadcasts.create(ORIGINS, "bench", UUID(int=7), broadcasts.NOW, actor=PREPARER)
    freeze = await _seconds(broadcasts.freeze(made, ORIGINS, actor=PREPARER))
    row = await db.fetch_one("SELECT digest, (forecast ->> 'presumed')::int AS n FROM broadcasts WHERE id = $1", made)
    assert row is not None
    assert row["n"] == PEOPLE // 2
    release = await _seconds(broadcasts.release(made, row["digest"], actor=RELEASER))
    progress = await _seconds(queries.progress(made, RELEASER))
    return {"bare": bare, "freeze": freeze, "release": release, "progress": progress}


async def run(of: House) -> None:
    settings = load_settings(**of.settings)
    await migrate(settings.database_url, MODELS)
    async with assemble(settings):
        await _populate()
        took = await measure()
    report(
        "freeze",
        value=1000 * took["freeze"],
        reference=1000 * took["bare"],
        unit="ms",
        aim_s=AIM_S,
        people=PEOPLE,
        release_s=round(took["release"], 3),
        progress_s=round(took["progress"], 3),
    )
    assert took["freeze"] <= AIM_S, f"freezing took {took['freeze']:.1f} s"


if __name__ == "__main__":
    with house() as made:
        asyncio.run(run(made))
