"""A night that fails, is killed, given up, or meets another one: nobody is left out, nobody is told twice."""

import asyncio
import subprocess
from datetime import date, timedelta
from typing import Any

import pytest

from backend import outbox
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.policies.telling import differences
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.nights import HANDLERS, changed, night, spread, told
from tests.backend.policies.people import leaf, owner, published
from tests.support.watching import start_script

pytestmark = pytest.mark.usefixtures("running")

THREE_YEARS_OLD = {"not": leaf("founded_on", "within", {"years": 3})}
TONIGHT = timedelta(days=1)


async def test_two_who_begin_at_once_begin_once_and_nobody_is_told_twice(clock: clock_module.Frozen) -> None:
    shops = [await enterprise(number) for number in range(1, 6)]
    people = [await owner(shop) for shop in shops]
    await published("先")
    await spread()
    for shop in shops:
        await changed(shop, employees=3)
    await published("后")
    clock.advance(TONIGHT)
    begun = await asyncio.gather(*(differences.begin() for _ in range(3)))
    assert sorted(begun) == [False, False, True]
    drained = await asyncio.gather(*(outbox.drain(HANDLERS) for _ in range(3)))
    assert sum(one.failed for one in drained) == 0
    await spread()
    assert await told(*people) == [2] * 5


async def test_a_night_that_fails_in_the_middle_repeats_nothing(
    clock: clock_module.Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(differences, "BINDINGS", 1)
    shops = [await enterprise(number) for number in range(1, 6)]
    people = [await owner(shop) for shop in shops]
    await published()
    await spread()
    for shop in shops:
        await changed(shop, employees=3)
    _failing_at(monkeypatch, 3)
    clock.advance(TONIGHT)
    assert await differences.begin()
    assert (await outbox.drain(HANDLERS)).failed == 1
    assert await db.fetch_value("SELECT count(*) FROM policy_recipients") == 2
    clock.advance(timedelta(minutes=5))
    await spread()
    assert await told(*people) == [1] * 5


def _failing_at(monkeypatch: pytest.MonkeyPatch, call: int) -> None:
    calls, cell = [0], differences._cell

    async def failing(*arguments: Any) -> Any:
        done = await cell(*arguments)
        calls[0] += 1
        if calls[0] == call:
            raise OSError("the worker is gone")
        return done

    monkeypatch.setattr(differences, "_cell", failing)


# A worker's process that goes through the night slowly and says each cell that it has done.
_WORKER = """
import asyncio, sys
from backend import outbox
from backend.foundation.db import database_config, open_database
from backend.policies.telling import differences
from backend.tables import MODELS

cell = differences._cell

async def slowly(*arguments):
    done = await cell(*arguments)
    print("cell", flush=True)
    await asyncio.sleep(0.1)
    return done

async def main():
    differences.BINDINGS, differences._cell = 1, slowly
    await open_database(database_config(sys.argv[1], pool=2, models=MODELS))
    await outbox.drain(differences.HANDLERS)

asyncio.run(main())
"""


def _killed_after(cells: int, worker: subprocess.Popen[str]) -> None:
    assert worker.stdout is not None
    for line in worker.stdout:
        cells -= line == "cell\n"
        if cells == 0:
            break
    worker.kill()
    worker.wait()
    worker.stdout.close()
    assert cells == 0, "the worker ended by itself"


async def test_a_killed_worker_leaves_nothing_out_and_nobody_is_told_twice(database: str) -> None:
    frozen = clock_module.Frozen(clock_module.now())
    with clock_module.use(frozen):
        shops = [await enterprise(number) for number in range(1, 9)]
        people = [await owner(shop) for shop in shops]
        await published()
        await spread()
        for shop in shops:
            await changed(shop, employees=3)
        assert await differences.begin()
        await asyncio.to_thread(_killed_after, 4, start_script(_WORKER, database))
        found = await db.fetch_value("SELECT count(*) FROM policy_recipients")
        assert 3 <= found < len(people)
        frozen.set(clock_module.SystemClock().now() + outbox.LEASE + timedelta(seconds=5))
        await spread()
        assert await told(*people) == [1] * len(people)


async def test_a_night_that_was_given_up_is_made_up_by_the_next(clock: clock_module.Frozen) -> None:
    shop = await enterprise(1, founded_on=date(2023, 11, 25))
    changes = await enterprise(2)
    people = [await owner(shop), await owner(changes)]
    await published("三年以上", THREE_YEARS_OLD)
    await published()
    await spread()
    await night(clock)
    await changed(changes, employees=3)
    clock.advance(TONIGHT)
    assert await differences.begin()
    await db.execute("UPDATE outbox SET state = 'dead' WHERE topic = $1 AND state = 'pending'", differences.DIFFERENCE)
    assert await told(*people) == [0, 0]
    await night(clock)
    assert await told(*people) == [1, 1]
