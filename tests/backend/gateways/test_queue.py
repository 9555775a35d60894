import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from arq.worker import Worker
from redis.asyncio import Redis
from structlog.testing import capture_logs

from backend.foundation.db import CalledInsideTransaction, transaction
from backend.gateways import queue
from backend.gateways.queue import WakeUps, deserialize, redis_settings, serialize


@pytest.fixture
async def wake_ups(redis_url: str, redis: Redis) -> AsyncIterator[WakeUps]:
    sender = WakeUps.connect(redis_url)
    assert await redis.zcard("arq:queue") == 0
    yield sender
    await sender.close()


async def test_burst_becomes_one_job(wake_ups: WakeUps, redis: Redis) -> None:
    for _ in range(50):
        await wake_ups.wake("drain_outbox")
    await wake_ups.wake("seal_audit")
    await wake_ups.wake("drain_outbox", key="other")
    assert await redis.zcard("arq:queue") == 3


@pytest.mark.filterwarnings("ignore:Call to deprecated close:DeprecationWarning")  # arq's own way to end
async def test_every_wake_up_is_followed_by_a_run(
    wake_ups: WakeUps, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a wake-up announces is seen by a run that starts after it, though most wake-ups are never sent."""
    monkeypatch.setattr(queue, "DELAY", 0.03)
    monkeypatch.setattr(queue, "_COVERED", 0.015)
    rows: list[int] = []
    seen: set[int] = set()

    async def drain(_ctx: Any) -> None:
        seen.update(rows)

    worker = Worker(
        functions=[_named(drain)],
        redis_settings=redis_settings(redis_url),
        job_serializer=serialize,
        job_deserializer=deserialize,
        poll_delay=0.01,
        keep_result=0,
        handle_signals=False,
    )
    running = asyncio.create_task(worker.async_run())
    for row in range(150):
        rows.append(row)
        await wake_ups.wake("drain")
        await asyncio.sleep(0.002)
    await asyncio.sleep(0.3)
    await worker.close()
    await asyncio.gather(running, return_exceptions=True)
    assert seen == set(range(150))
    assert 3 <= worker.jobs_complete <= 75


def _named(drain: Any) -> Any:
    drain.__qualname__ = "drain"
    return drain


async def test_without_redis_it_logs_and_returns() -> None:
    sender = WakeUps.connect("redis://127.0.0.1:9/0")
    with capture_logs() as logs:
        for _ in range(5):
            await sender.wake("drain_outbox")
    assert [entry["event"] for entry in logs] == ["queue.wake_up_lost"]
    await sender.close()


@pytest.mark.usefixtures("database")
async def test_no_wake_up_before_the_commit(wake_ups: WakeUps, redis: Redis) -> None:
    async with transaction():
        with pytest.raises(CalledInsideTransaction):
            await wake_ups.wake("drain_outbox")
    assert await redis.zcard("arq:queue") == 0


def test_notes_of_past_wake_ups_are_dropped(redis_url: str) -> None:
    sender = WakeUps(redis_url)
    for number in range(1000):
        sender._remember(f"job:{number}", now=number, seconds=0.5)
    assert list(sender._covered) == ["job:999"]


def test_serializer_keeps_results_and_names_exceptions() -> None:
    assert deserialize(serialize({"t": 1, "a": ("x", 2.5), "r": None})) == {"t": 1, "a": ["x", 2.5], "r": None}
    assert deserialize(serialize({"r": ValueError("bad")})) == {"r": "ValueError: bad"}
    with pytest.raises(NotImplementedError):
        serialize(object())


def test_settings_for_a_worker_read_the_whole_url() -> None:
    settings = redis_settings("rediss://us%40er:p%2Fw@cache.example:6390/3")
    assert (settings.host, settings.port, settings.database, settings.ssl) == ("cache.example", 6390, 3, True)
    assert (settings.username, settings.password) == ("us@er", "p/w")
    assert OSError in (settings.retry_on_error or [])
    assert redis_settings("redis://127.0.0.1/0").password is None
