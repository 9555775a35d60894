"""Whoever changes several bindings locks the lowest first, so that PostgreSQL need not end one of two that wait."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from uuid import UUID

import pytest

from backend import identity
from backend.access import SYSTEM, Actor
from backend.enterprises import personal, staging
from backend.foundation import db
from backend.identity import phones
from backend.runtime import Runtime
from tests.factories.people import add_binding, add_enterprise, add_person

pytestmark = pytest.mark.usefixtures("clock")
NUMBERS = [f"1380000{number:04d}" for number in range(4)]
_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
_MOVED = "UPDATE bindings SET state = 'read_only', prove_by = now(), reason = 'phone_moved' WHERE person_id = $1"
_FIRST = "SELECT id FROM bindings ORDER BY id LIMIT 1 FOR UPDATE"
_LAST = "SELECT id FROM bindings ORDER BY id DESC LIMIT 1 FOR UPDATE SKIP LOCKED"


@dataclass
class Town:
    """People with their numbers, each bound to every shop; the order of ids follows neither people nor shops."""

    people: list[Actor]
    shops: list[UUID]

    async def number_moves(self, to: int, number: int) -> None:
        async with db.transaction():
            person = self.people[to]
            assert person.id
            await phones._keep(person, person.id, NUMBERS[number])

    async def imported(self) -> None:
        async with db.transaction():
            await staging._prove_again(random.sample(self.shops, len(self.shops)), SYSTEM)

    async def reproved(self) -> None:
        await identity.reprove(random.sample(self.shops, len(self.shops)))

    async def erased(self, number: int) -> None:
        person = self.people[number]
        assert person.id
        await personal.PERSONAL.erase(person.id)


async def _town(running: Runtime, size: int) -> Town:
    shops = [await add_enterprise(running, f"9133050{n}MA2B00001X", "张三", NUMBERS[n]) for n in range(size)]
    people = [await add_person(running, NUMBERS[n]) for n in range(size)]
    pairs = [(person, shop) for person in people for shop in shops]
    # The last person's is the lowest: whoever begins with those who lose a number would begin at the wrong end.
    for person, shop in reversed(pairs):
        await add_binding(person, shop, rests_on_contact=True)
    return Town(people, shops)


@pytest.mark.parametrize(
    "change",
    [
        lambda town: town.imported(),
        lambda town: town.reproved(),
        lambda town: town.number_moves(to=-1, number=0),
        lambda town: town.erased(-1),
    ],
    ids=["import", "registry", "number", "erasure"],
)
async def test_whoever_waits_for_the_first_holds_none_behind_it(
    running: Runtime, change: Callable[[Town], Coroutine[None, None, None]]
) -> None:
    town = await _town(running, 2)
    await db.execute(_MOVED, town.people[-1].id)
    held, done = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with db.transaction():
            await db.fetch_value(_FIRST)
            held.set()
            await done.wait()

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(hold())
        await held.wait()
        group.create_task(change(town))
        while not await db.fetch_value(_WAITS):
            await asyncio.sleep(0.01)
        is_free = await db.fetch_value(_LAST) is not None
        done.set()
    assert is_free


async def test_imports_and_numbers_that_move_all_at_once_all_come_through(running: Runtime) -> None:
    town = await _town(running, 4)
    # The last one closes his account while his number goes to another.
    moves = [town.number_moves(to, number) for to in range(3) for number in range(4) if to != number]
    changes = [*moves, *(one() for _ in range(6) for one in (town.imported, town.reproved)), town.erased(-1)]
    random.shuffle(changes)
    async with asyncio.TaskGroup() as group:
        for change in changes:
            group.create_task(change)
    held = await db.fetch("SELECT phone_index FROM persons WHERE phone_verified_at IS NOT NULL")
    assert len({row["phone_index"] for row in held}) == len(held)
