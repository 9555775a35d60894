"""Every worker samples for itself, and goes on when the database was away."""

import asyncio

from backend import alerts
from backend.runtime import Runtime
from workers import measuring
from workers.alerts import OPEN, PAUSED, measure_alerts


async def test_a_sample_that_fails_is_taken_again() -> None:
    taken = asyncio.Event()
    tries = 0

    async def sample() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ConnectionRefusedError
        taken.set()

    async with measuring.measured([(sample, 0.01)]), asyncio.timeout(30):
        await taken.wait()
    so_far = tries
    await asyncio.sleep(0.05)
    assert tries == so_far


async def test_every_sample_of_the_list_works_on_an_empty_database(running: Runtime) -> None:
    await alerts.open_alert("outbox_stuck", "a")
    for sample, _ in measuring.SAMPLES:
        await sample()
    assert OPEN.labels("outbox_stuck", "critical")._value.get() == 1
    assert OPEN.labels("audit_broken", "critical")._value.get() == 0
    assert PAUSED.labels("subscribe")._value.get() == 0
    await alerts.clear("outbox_stuck", "a")
    await measure_alerts()
    assert OPEN.labels("outbox_stuck", "critical")._value.get() == 0
