"""Transactions: joined, doomed, cancelled; nothing leaks."""

import asyncio
import random

import pytest
from tortoise.connection import get_connection

from backend.foundation import db
from backend.foundation.ids import new_id
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("database")


async def _add(name: str) -> None:
    await db.execute("INSERT INTO counters (id, name, on_day, value) VALUES ($1, $2, now()::date, 1)", new_id(), name)


async def _names() -> set[str]:
    return {row["name"] for row in await db.fetch("SELECT name FROM counters")}


async def test_an_inner_block_joins_the_outer_transaction() -> None:
    with pytest.raises(ValueError, match="outer"):
        async with db.transaction():
            async with db.transaction():
                await _add("inner")
            raise ValueError("outer")
    assert await _names() == set()


async def test_an_inner_failure_that_was_caught_dooms_the_outer_transaction() -> None:
    with pytest.raises(db.TransactionDoomed):
        async with db.transaction():
            await _add("kept?")
            with pytest.raises(ValueError, match="inner"):
                async with db.transaction():
                    raise ValueError("inner")
    assert await _names() == set()


async def test_a_savepoint_contains_a_violated_constraint() -> None:
    async with db.transaction():
        await _add("twice")
        with pytest.raises(Exception, match="duplicate key"):
            async with db.savepoint():
                await _add("twice")
        await _add("other")
    assert await _names() == {"twice", "other"}


async def test_after_commit_runs_after_the_commit_and_never_after_a_rollback() -> None:
    seen: list[tuple[str, bool, int]] = []

    async def note() -> None:
        seen.append(("ran", db.in_transaction(), len(await _names())))

    async with db.transaction():
        await _add("a")
        db.after_commit(note)
    with pytest.raises(ValueError, match="no"):
        async with db.transaction():
            db.after_commit(note)
            raise ValueError("no")
    assert seen == [("ran", False, 1)]


async def test_a_call_to_the_outside_is_refused_inside_a_transaction() -> None:
    async with db.transaction():
        with pytest.raises(db.CalledInsideTransaction):
            db.refuse_in_transaction()
        # a task of its own has no transaction open, even though it inherits the context
        assert await asyncio.create_task(_is_inside()) is False
    db.refuse_in_transaction()


async def _is_inside() -> bool:
    return db.in_transaction()


async def _one_command(name: str) -> None:
    async with db.transaction():
        await _add(name)
        await db.fetch("SELECT pg_sleep(0.002)")
        await _add(name + "b")


async def test_two_thousand_aborted_commands_leave_the_pool_whole() -> None:
    rng = random.Random(7)
    count = scaled(2000)
    cancelled = 0
    for start in range(0, count, 100):
        tasks = [asyncio.create_task(_one_command(f"n{start + n}")) for n in range(100)]
        for task in tasks:
            asyncio.get_running_loop().call_later(rng.random() * 0.06, task.cancel)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        cancelled += sum(isinstance(result, asyncio.CancelledError) for result in results)
        assert not [r for r in results if isinstance(r, Exception)]
    assert cancelled > count // 10
    pool = get_connection("default")._pool
    async with asyncio.timeout(10):
        while pool.get_idle_size() != pool.get_size():
            await asyncio.sleep(0.01)
    names = await _names()
    assert all(name + "b" in names for name in names if not name.endswith("b")), "a half command was kept"
    assert await db.fetch_value("SELECT 1") == 1
