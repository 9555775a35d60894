"""Deferred effects: noted with the command, claimed once, carried out apart from each other, never lost."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from backend import outbox
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.outbox import draining
from backend.outbox.draining import MAX_ATTEMPTS, backoff
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("database")
A, B = "tests.a", "tests.b"


async def _put(topic: str, count: int, **more: Any) -> None:
    async with db.transaction():
        await outbox.put_many([outbox.NewItem(topic, {"n": n}, **more) for n in range(count)])


async def _put_and_fail() -> None:
    async with db.transaction():
        await outbox.put(A, {})
        raise ValueError("no")


async def _states() -> Counter[str]:
    return Counter(row["state"] for row in await db.fetch("SELECT state FROM outbox"))


async def _ignore(_items: Sequence[outbox.OutboxItem]) -> None:
    """Carry out nothing, successfully."""


async def test_an_effect_needs_a_transaction_and_goes_with_it() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        await outbox.put(A, {})
    with pytest.raises(ValueError, match="no"):
        await _put_and_fail()
    assert await _states() == {}


async def test_a_handler_gets_a_list_of_its_topic_in_order() -> None:
    await _put(A, 3)
    await _put(B, 2)
    seen: list[tuple[str, list[int]]] = []

    async def note(items: Sequence[outbox.OutboxItem]) -> None:
        seen.append((items[0].topic, [item.payload["n"] for item in items]))

    drained = await outbox.drain({A: note, B: note})
    assert sorted(seen) == [(A, [0, 1, 2]), (B, [0, 1])]
    assert (drained.done, drained.failed, drained.is_empty) == (5, 0, True)
    assert await _states() == {"done": 5}


async def test_what_is_due_later_waits(clock: Frozen) -> None:
    await _put(A, 1, due=clock.now() + timedelta(hours=1))
    assert (await outbox.drain({A: _ignore})).done == 0
    clock.advance(timedelta(hours=1))
    assert (await outbox.drain({A: _ignore})).done == 1


async def test_one_topic_with_many_items_delays_no_other() -> None:
    await _put(A, 30)
    await _put(B, 1)
    claimed = Counter(item.topic for item in await outbox.claim(5, timedelta(seconds=40), [A, B]))
    assert claimed == {A: 5, B: 1}


async def test_concurrent_claims_never_share_an_item() -> None:
    count = scaled(300)
    await _put(A, count)
    claims = await asyncio.gather(*(outbox.claim(17, timedelta(seconds=40), [A]) for _ in range(count // 17 + 9)))
    ids = [item.id for items in claims for item in items]
    assert len(ids) == len(set(ids))
    more = await outbox.claim(count, timedelta(seconds=40), [A])
    assert len({*ids, *(item.id for item in more)}) == count


async def test_one_bad_item_holds_no_other_and_leaves_no_trace_of_its_own() -> None:
    await _put(A, 5)

    async def count_up(items: Sequence[outbox.OutboxItem]) -> None:
        for item in items:
            await db.execute("INSERT INTO dedupe_keys (key, on_day) VALUES ($1, '2026-11-23')", f"{item.payload['n']}")
            if item.payload["n"] == 2:
                raise ValueError("电话 13812345678 不对")

    drained = await outbox.drain({A: count_up}, seconds=2)
    assert (drained.done, drained.failed) == (4, 1)
    assert {row["key"] for row in await db.fetch("SELECT key FROM dedupe_keys")} == {"0", "1", "3", "4"}
    bad = await db.fetch_one("SELECT * FROM outbox WHERE state = 'pending'")
    assert bad is not None
    assert bad["last_error"] == "ValueError: 电话 138****5678 不对"


@pytest.mark.parametrize("wrap", [outbox.Outside, None])
async def test_one_item_that_hangs_holds_no_other_and_is_held_back_itself(
    monkeypatch: pytest.MonkeyPatch, wrap: type[outbox.Outside] | None
) -> None:
    monkeypatch.setattr(draining, "LIST_SECONDS", 0.05)
    monkeypatch.setattr(draining, "ITEM_SECONDS", 0.1)
    await _put(A, 3)

    async def hang(items: Sequence[outbox.OutboxItem]) -> None:
        if any(item.payload["n"] == 1 for item in items):
            await db.execute("SELECT pg_sleep(60)")

    async with asyncio.timeout(30):
        drained = await outbox.drain({A: wrap(hang) if wrap else hang})
    assert (drained.done, drained.failed) == (2, 1)
    held = await db.fetch_one("SELECT state, due_at > now() AS later, last_error FROM outbox WHERE state <> 'done'")
    assert held is not None
    assert (held["state"], held["later"], held["last_error"]) == ("pending", True, "TimeoutError: ")


@pytest.mark.parametrize("is_outside", [False, True])
async def test_a_handler_can_name_the_ones_that_failed(*, is_outside: bool) -> None:
    await _put(A, 4)
    calls: list[int] = []

    async def choosy(items: Sequence[outbox.OutboxItem]) -> None:
        calls.append(len(items))
        bad = {item.id: ValueError("bad") for item in items if item.payload["n"] == 1}
        if bad:
            raise outbox.SomeFailed(bad)

    drained = await outbox.drain({A: outbox.Outside(choosy) if is_outside else choosy})
    assert (drained.done, drained.failed) == (3, 1)
    assert calls == ([4] if is_outside else [4, 3])
    assert await _states() == {"done": 3, "pending": 1}


async def test_a_failure_comes_again_later_and_at_last_is_laid_aside(clock: Frozen) -> None:
    await _put(A, 1)

    async def fail(_items: Sequence[outbox.OutboxItem]) -> None:
        raise ValueError("never")

    with capture_logs() as told:
        assert (await outbox.drain({A: fail})).failed == 1
        assert (await outbox.drain({A: fail})).failed == 0, "the pause was not kept"
        for _ in range(MAX_ATTEMPTS - 1):
            clock.advance(timedelta(hours=1))
            assert (await outbox.drain({A: fail})).failed == 1
    assert await _states() == {"dead": 1}
    assert [line["event"] for line in told] == ["outbox.retried"] * (MAX_ATTEMPTS - 1) + ["outbox.dead"]
    assert await outbox.revive(A) == 1
    assert (await outbox.drain({A: _ignore})).done == 1


def test_pauses_double_up_to_an_hour() -> None:
    assert timedelta(seconds=1) < backoff(1) <= timedelta(seconds=2)
    assert timedelta(minutes=45) <= backoff(MAX_ATTEMPTS) <= timedelta(hours=1)


async def test_a_lost_lease_is_found_and_the_slow_one_can_note_nothing(clock: Frozen) -> None:
    await _put(A, 1)
    slow = await outbox.claim(1, timedelta(seconds=40), [A])
    clock.advance(timedelta(seconds=41))
    quick = await outbox.claim(1, timedelta(seconds=40), [A])
    assert [item.id for item in quick] == [item.id for item in slow]
    assert await outbox.done(slow) == 0
    assert await outbox.retry(slow[0], "late", timedelta(0)) is False
    assert await outbox.release(slow) == 0
    assert await outbox.done(quick) == 1


async def test_the_effect_of_one_that_lost_its_lease_is_rolled_back(clock: Frozen) -> None:
    await _put(A, 1)
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_items: Sequence[outbox.OutboxItem]) -> None:
        await db.execute("INSERT INTO dedupe_keys (key, on_day) VALUES ('slow', '2026-11-23')")
        entered.set()
        await go_on.wait()

    task = asyncio.create_task(outbox.drain({A: slow}))
    await entered.wait()
    clock.advance(timedelta(seconds=41))
    assert (await outbox.drain({A: _ignore})).done == 1
    go_on.set()
    assert (await task).done == 0
    assert await db.fetch_value("SELECT count(*) FROM dedupe_keys") == 0


async def test_a_cancelled_drain_gives_its_items_back_at_once() -> None:
    await _put(A, 3)
    started = asyncio.Event()

    async def hang(_items: Sequence[outbox.OutboxItem]) -> None:
        started.set()
        await asyncio.sleep(60)

    task = asyncio.create_task(outbox.drain({A: outbox.Outside(hang)}))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await outbox.drain({A: _ignore})).done == 3


async def test_what_became_needless_is_withdrawn() -> None:
    await _put(A, 2, key="visit:1")
    await _put(A, 1, key="visit:2")
    assert await outbox.cancel(A, "visit:1") == 2
    assert (await outbox.drain({A: _ignore})).done == 1
    assert await _states() == {"cancelled": 2, "done": 1}


async def test_the_backlog_tells_how_many_and_how_old(clock: Frozen) -> None:
    assert await outbox.backlog() == (0, 0.0)
    await _put(A, 2)
    clock.advance(timedelta(seconds=30))
    assert await outbox.backlog() == (2, 30.0)


async def test_a_drain_ends_when_its_time_is_over() -> None:
    await _put(A, 6)

    async def slow(_items: Sequence[outbox.OutboxItem]) -> None:
        await asyncio.sleep(0.05)

    drained = await outbox.drain({A: outbox.Outside(slow)}, seconds=0.06, batch=1)
    assert not drained.is_empty
    assert 0 < drained.done < 6
