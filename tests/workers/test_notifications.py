"""The jobs of notifications: one delivery run a process, another wake-up when more came, and what the clock finds."""

import asyncio

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from backend import alerts
from backend.access import SYSTEM
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.notifications import delivering, due, events, proving
from backend.notifications.delivering import Delivered
from backend.runtime import Runtime
from tests.backend.notifications.people import Phones, message, say, states
from tests.support.sandbox import Sandbox
from workers import notifications
from workers.main import jobs


@pytest.fixture
async def phones(connected: Runtime, sandbox: Sandbox, clock: Frozen) -> Phones:
    made = Phones(sandbox)
    await notifications.refresh_templates()
    await made.learn_templates()
    return made


async def _woken(redis: Redis) -> int:
    return int(await redis.zcard("arq:queue"))


def test_what_commands_and_the_door_wake_are_jobs() -> None:
    assert {"deliver", "handle_callbacks"} <= set(jobs())


async def test_telling_wakes_and_the_job_delivers(phones: Phones, redis: Redis) -> None:
    phone = await phones.make()
    await say(message(phone.person))
    assert await _woken(redis) == 1
    await notifications.deliver()
    assert await states() == ["sent"]


async def test_one_run_a_process_and_who_comes_meanwhile_is_heard(
    connected: Runtime, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, may_end = 0, asyncio.Event()

    async def deliver() -> Delivered:
        nonlocal runs
        runs += 1
        await may_end.wait()
        return Delivered(0, has_more=False)

    monkeypatch.setattr(delivering, "deliver", deliver)
    first = asyncio.create_task(notifications.deliver())
    await asyncio.sleep(0)
    await asyncio.gather(*(notifications.deliver() for _ in range(5)))
    assert (runs, await _woken(redis)) == (1, 0)
    may_end.set()
    await first
    assert await _woken(redis) == 1, "it looks again for those that came meanwhile"
    await asyncio.sleep(0.06)
    await notifications.deliver()
    assert (runs, await _woken(redis)) == (2, 1)


async def test_a_failed_run_lets_the_next_one_in(connected: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail() -> Delivered:
        raise ZeroDivisionError

    monkeypatch.setattr(delivering, "deliver", fail)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await notifications.deliver()


async def test_what_was_pushed_is_worked_off_until_nothing_is_left(
    connected: Runtime, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = iter((events.BATCH, 3, 0))

    async def handle() -> int:
        await asyncio.sleep(0)
        return next(sets)

    monkeypatch.setattr(events, "handle", handle)
    monkeypatch.setattr(notifications, "_GATHER", 0.001)
    await asyncio.gather(notifications.handle_callbacks(), notifications.handle_callbacks())
    assert list(sets) == [], "one run a process"
    assert await _woken(redis) == 1, "it looks again for who came meanwhile"


async def test_a_flood_of_pushes_is_worked_off_by_several_runs(
    connected: Runtime, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handle() -> int:
        await asyncio.sleep(0)
        return events.BATCH

    monkeypatch.setattr(events, "handle", handle)
    await notifications.handle_callbacks()
    assert await _woken(redis) == 1


async def test_the_sweep_wakes_for_what_a_lost_wake_up_did_not_tell(phones: Phones, redis: Redis) -> None:
    phone = await phones.make()
    await notifications.sweep_deliveries()
    assert await _woken(redis) == 0
    await say(message(phone.person))
    for is_noted in (False, True):
        if is_noted:
            await due.take_notes()
        await redis.flushdb()
        await asyncio.sleep(0.06)
        await notifications.sweep_deliveries()
        assert await _woken(redis) == 1


async def test_drift_is_an_error_in_the_log(phones: Phones) -> None:
    await phones.make(taps=2)
    with capture_logs() as logs:
        await proving.check_credits(5)
        assert logs == []
        await db.execute("UPDATE credits SET balance = 7")
        await proving.check_credits(5)
    found = [log for log in logs if log["event"] == "credit_drift"]
    assert [(log["log_level"], log["balance"], log["proven"]) for log in found] == [("error", 7, 2)]
    assert [one.kind for one in (await alerts.listed(SYSTEM))[0]] == ["credit_drift"]
    await db.execute("UPDATE credits SET balance = 2")
    await proving.check_credits(5)
    assert await alerts.listed(SYSTEM) == ([], None)


async def test_what_waits_is_measured(phones: Phones) -> None:
    phone = await phones.make()
    await say(message(phone.person), message(phone.person))
    await notifications.measure_deliveries()
    assert notifications.WAITING._value.get() == 2
    assert notifications.OLDEST._value.get() == 0
