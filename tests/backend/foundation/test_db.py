"""Transactions: joined, doomed, cancelled; nothing leaks."""

import asyncio
import random
from contextvars import Context

import asyncpg
import pytest
from tortoise.connection import get_connection

from backend.foundation import db
from backend.foundation.ids import new_id
from backend.foundation.safe_asyncpg import InheritedTransaction
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
    async with asyncio.timeout(30):
        while pool.get_idle_size() != pool.get_size():
            await asyncio.sleep(0.01)
    names = await _names()
    assert all(name + "b" in names for name in names if not name.endswith("b")), "a half command was kept"
    assert await db.fetch_value("SELECT 1") == 1


async def _fail_in_a_command() -> None:
    async with db.savepoint(), db.transaction():
        await _add("failed")
        db.after_commit(_never)
        raise ValueError("refused")


async def _never() -> None:
    raise AssertionError("what was rolled back has no after")


async def test_a_command_that_fails_behind_a_savepoint_leaves_nothing_and_dooms_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with db.transaction():
        await _add("kept")
        with pytest.raises(ValueError, match="refused"):
            await _fail_in_a_command()
    assert await _names() == {"kept"}
    assert "after_commit_failed" not in caplog.text


async def test_tasks_started_inside_a_transaction_cannot_mix_into_it() -> None:
    async with db.transaction():
        await _add("mine")
        for work in (_names(), _one_command("theirs")):
            with pytest.raises(InheritedTransaction):
                await asyncio.create_task(work)
    assert await _names() == {"mine"}


async def _lock_two(first: int, second: int) -> None:
    async with db.transaction():
        await db.execute("SELECT pg_advisory_xact_lock($1)", first)
        await asyncio.sleep(0.1)
        await db.execute("SELECT pg_advisory_xact_lock($1)", second)


async def _take_at_once() -> None:
    async with db.transaction():
        await db.execute("SET LOCAL lock_timeout = '10ms'")
        await _add("x")


async def test_one_plan_for_all_values_ends_with_its_transaction() -> None:
    async with db.transaction():
        await db.plan_once()
        assert await db.fetch_value("SHOW plan_cache_mode") == "force_generic_plan"
    assert await db.fetch_value("SHOW plan_cache_mode") == "auto"
    with pytest.raises(RuntimeError):
        await db.plan_once()


async def test_a_deadlock_and_a_lock_that_is_held_are_passing() -> None:
    results = await asyncio.gather(_lock_two(1, 2), _lock_two(2, 1), return_exceptions=True)
    [deadlock] = [result for result in results if result is not None]
    async with db.transaction():
        await db.execute("LOCK TABLE counters")
        with pytest.raises(asyncpg.LockNotAvailableError) as held:
            await asyncio.create_task(_take_at_once(), context=Context())
    assert isinstance(deadlock, db.TRANSIENT)
    assert isinstance(held.value, db.TRANSIENT)
