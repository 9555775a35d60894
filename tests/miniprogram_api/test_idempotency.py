"""One command, one effect, one answer, however often it is sent."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tortoise.connection import get_connection

from backend.foundation import clock, db
from miniprogram_api.idempotency import Key, Turns
from tests.miniprogram_api.examples import A, B
from tests.support.api import Api
from tests.support.sizes import scaled

VISITS = "/api/owner/v1/visits"


async def _book(door: Api, key: str, *, title: str = "x", who: dict[str, str] | None = None) -> httpx.Response:
    return await door.post(VISITS, json={"title": title}, headers={**(who or A), "Idempotency-Key": key})


async def _effects(name: str = "甲") -> int:
    return await db.fetch_value("SELECT coalesce(sum(value), 0)::int FROM counters WHERE name = $1", f"book-{name}")


async def test_a_repetition_gets_the_first_answer_again(door: Api) -> None:
    first, second = await _book(door, "key-00000001"), await _book(door, "key-00000001")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert await _effects() == 1


async def test_two_hundred_twins_have_one_effect_and_starve_nobody(door: Api) -> None:
    count = scaled(200)
    twins = [asyncio.create_task(_book(door, "key-00000001")) for _ in range(count)]
    others = [asyncio.create_task(_book(door, f"key-1000000{n}", who=B)) for n in range(5)]
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*twins)
        assert [answer.status_code for answer in await asyncio.gather(*others)] == [201] * 5
    assert {answer.content for answer in answers} == {answers[0].content}
    assert {answer.status_code for answer in answers} == {201}
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert (await _effects(), await _effects("乙")) == (1, 5)
    pool = get_connection("default")._pool
    assert pool.get_idle_size() == pool.get_size()


async def test_twins_in_two_processes_wait_for_each_other(door: Api) -> None:
    """Another process holds the same key: seen from here, only its advisory lock."""
    released = asyncio.Event()
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"

    async def hold(lock: int) -> None:
        async with db.transaction():
            await db.execute("SELECT pg_advisory_xact_lock($1)", lock)
            held.set()
            await released.wait()

    await _book(door, "key-00000001")
    held = asyncio.Event()
    from_row = await db.fetch_one("SELECT actor, route, key FROM idempotency_keys")
    assert from_row is not None
    holder = asyncio.create_task(hold(Key(*from_row, b"").lock))
    await held.wait()
    twin = asyncio.create_task(_book(door, "key-00000001"))
    while not await db.fetch_value(waiting):
        await asyncio.sleep(0.005)
    assert not twin.done()
    released.set()
    await holder
    assert (await twin).headers["idempotency-replayed"] == "true"


async def test_a_key_is_missing_or_malformed(door: Api) -> None:
    answer = await door.post(VISITS, json={"title": "x"}, headers=A)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
    for wrong in ("short", "x" * 129, "with space", "tab\there"):
        answer = await _book(door, wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_invalid")
    assert await _effects() == 0


async def test_a_key_belongs_to_one_body_one_path_and_one_person(door: Api) -> None:
    await _book(door, "key-00000001")
    answer = await _book(door, "key-00000001", title="y")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert (await _book(door, "key-00000001", who=B)).status_code == 201
    answer = await door.delete(
        f"{VISITS}/018f0000-0000-7000-8000-000000000001", headers={**A, "Idempotency-Key": "key-00000001"}
    )
    assert answer.status_code == 204
    other = await door.delete(
        f"{VISITS}/018f0000-0000-7000-8000-000000000002", headers={**A, "Idempotency-Key": "key-00000001"}
    )
    assert other.status_code == 422


async def test_a_refusal_is_not_remembered(door: Api) -> None:
    answer = await _book(door, "key-00000001", title="taken")
    assert (answer.status_code, answer.json()["code"]) == (409, "examples.taken")
    assert await db.fetch_value("SELECT count(*) FROM idempotency_keys") == 0
    assert (await _book(door, "key-00000001", title="free")).status_code == 201


async def test_a_key_is_forgotten_after_a_day(door: Api) -> None:
    with clock.use(clock.Frozen(datetime.now(UTC))) as frozen:
        assert isinstance(frozen, clock.Frozen)
        await _book(door, "key-00000001")
        frozen.advance(timedelta(hours=23, minutes=59))
        assert "idempotency-replayed" in (await _book(door, "key-00000001")).headers
        frozen.advance(timedelta(minutes=2))
        assert "idempotency-replayed" not in (await _book(door, "key-00000001")).headers


async def test_a_delete_may_be_sent_without_a_key(door: Api) -> None:
    assert (await door.delete(f"{VISITS}/018f0000-0000-7000-8000-000000000001", headers=A)).status_code == 204


async def test_turns_are_forgotten_once_nobody_waits_even_when_cancelled() -> None:
    turns, order = Turns(), []

    async def take(n: int) -> None:
        async with turns.turn("k"):
            order.append(n)
            await asyncio.sleep(0.001)

    tasks = [asyncio.create_task(take(n)) for n in range(20)]
    await asyncio.sleep(0)
    for task in tasks[1::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == list(range(0, 20, 2))
    assert turns._waiting == {}


@pytest.mark.parametrize("title", ["x", "taken"])
async def test_an_abandoned_command_leaves_a_whole_pool(door: Api, title: str) -> None:
    for n in range(scaled(40)):
        task = asyncio.create_task(_book(door, f"key-{n:08}", title=title))
        await asyncio.sleep(0.0002 * (n % 12))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    pool = get_connection("default")._pool
    async with asyncio.timeout(30):
        while pool.get_idle_size() != pool.get_size():
            await asyncio.sleep(0.01)
    assert await _effects() == await db.fetch_value("SELECT count(*) FROM idempotency_keys")
