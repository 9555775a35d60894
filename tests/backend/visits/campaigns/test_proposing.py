"""Each owner is asked once and in his week, whoever asks, and whoever dies at it."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from backend.foundation import clock as now
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.visits.campaigns import answering, expecting, proposing
from tests.backend.enterprises.builders import enterprise
from tests.backend.enterprises.contacts.people import noted
from tests.backend.visits.campaigns.rounds import (
    manager,
    small,
    states,
    target,
    worked,
)
from tests.backend.visits.campaigns.rounds import running as begun
from tests.backend.visits.people import WUXING, inbox, visitor

pytestmark = pytest.mark.usefixtures("running", "clock")

ROOT = Path(__file__).parents[4]


async def test_each_owner_is_asked_once_when_his_week_comes_near(clock: Frozen) -> None:
    chief, someone = await manager(), await visitor()
    people = [await small(number) for number in range(1, 5)]
    one = await begun([someone], chief, per_week=2, lead_days=7)
    await worked(one.id, 3)
    assert await states(one.id) == {"proposed": 2, "waiting": 2}
    coming = [(await expecting.expected(person.id)).get("visit_campaign", 0) for person, _ in people if person.id]
    assert sorted(coming) == [0, 0, 1, 1]
    clock.advance(timedelta(days=7))
    assert await proposing.sweep() == 1
    await worked(one.id, 2)
    assert await states(one.id) == {"proposed": 4}
    assert [await inbox(person) for person, _ in people] == [["visit_campaign"]] * 4


async def test_two_workers_ask_nobody_twice() -> None:
    chief, someone = await manager(), await visitor()
    people = [await small(number) for number in range(1, 9)]
    one = await begun([someone], chief)
    await asyncio.gather(*(worked(one.id) for _ in range(5)))
    assert [len(await inbox(person)) for person, _ in people] == [1] * 8


async def test_a_worker_that_dies_leaves_them_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    chief, someone = await manager(), await visitor()
    person, _ = await small(1)
    one = await begun([someone], chief)

    async def dies(*_: object) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(proposing, "_tell", dies)
        with pytest.raises(OSError, match="killed"):
            await worked(one.id)
    assert (await states(one.id), await inbox(person)) == ({"waiting": 1}, [])
    await worked(one.id)
    assert await inbox(person) == ["visit_campaign"]


async def test_a_worker_that_is_killed_leaves_everybody_to_the_next_and_nobody_twice(
    database: str, redis_url: str
) -> None:
    chief, someone = await manager(), await visitor()
    people = [await small(number) for number in range(1, 4)]
    one = await begun([someone], chief)
    arguments = (database, redis_url, now.now().isoformat(), str(one.id))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.backend.visits.campaigns.asker",
        *arguments,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    assert await process.stdout.readline() == b"ready\n"
    process.kill()
    await process.wait()
    assert await states(one.id) == {"waiting": 3}
    await worked(one.id, 2)
    assert [await inbox(person) for person, _ in people] == [["visit_campaign"]] * 3


async def test_who_was_visited_since_is_left_out_when_his_turn_comes() -> None:
    chief, someone = await manager(), await visitor()
    person, place = await small(1)
    one = await begun([someone], chief)
    await noted(place)
    await worked(one.id)
    found = await target(one.id, place)
    assert (found["state"], found["left_out"]) == ("left_out", "recent")
    assert await inbox(person) == []


async def test_one_person_with_several_enterprises_is_asked_once() -> None:
    chief, someone = await manager(), await visitor()
    person, _ = await small(1)
    other = await enterprise(2, employees=5, district=WUXING)
    sql = """INSERT INTO bindings (id, person_id, enterprise_id, role, state, basis, created_at)
             VALUES (uuidv7(), $1, $2, 'manager', 'active', 'review', now())"""
    await db.execute(sql, person.id, other)
    one = await begun([someone], chief)
    await worked(one.id)
    assert await inbox(person) == ["visit_campaign"]
    assert len(await answering.mine(person)) == 2
