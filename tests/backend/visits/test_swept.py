"""A worker that is killed while it offers or reminds leaves nothing, and the next one does it, once."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.visits import reminders
from backend.visits.bookings import changing
from backend.visits.waiting import earlier, offering
from tests.backend.visits.people import at, booked, confirmed, inbox, notices, owners, visitor

pytestmark = pytest.mark.usefixtures("running")

ROOT = Path(__file__).parents[3]


async def _killed_in(job: str, database: str, redis_url: str) -> None:
    """Let another process do a job, and end it before it commits."""
    arguments = (database, redis_url, clock_module.now().isoformat(), job)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.backend.visits.sweeper", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    assert await process.stdout.readline() == b"ready\n"
    process.kill()
    await process.wait()


async def test_killed_while_it_offers_it_offers_once_when_it_is_back(
    database: str, redis_url: str, clock: Frozen
) -> None:
    await visitor(((540, 600),))
    (person, place), (other, elsewhere) = await owners(1), await owners(2)
    gone, made = await booked(other, elsewhere), await confirmed(person, place, at("2026-12-02", 9))
    await earlier.join(place, made.id, actor=person)
    await changing.cancel(gone.id, "不需要了", actor=other)
    await _killed_in("offering", database, redis_url)
    assert await db.fetch_value("SELECT count(*) FROM visit_offers") == 0
    # The next run, half a minute later at most.
    clock.advance(timedelta(seconds=30))
    assert [await offering.sweep() for _ in range(2)] == [1, 0]
    assert await inbox(person) == ["visit_confirmed", "visit_offered"]
    assert await db.fetch_value("SELECT count(*) FROM staff_time WHERE is_live") == 2


async def test_killed_while_it_reminds_it_reminds_once_when_it_is_back(
    database: str, redis_url: str, clock: Frozen
) -> None:
    someone, (person, place) = await visitor(), await owners()
    await confirmed(person, place, at("2026-11-27", 14))
    clock.set(at("2026-11-25", 14))
    await _killed_in("reminders", database, redis_url)
    assert "visit_reminder" not in await inbox(person)
    assert sorted(await asyncio.gather(*(reminders.remind() for _ in range(4)))) == [0, 0, 0, 1]
    assert (await inbox(person)).count("visit_reminder") == 1
    assert (await notices(someone)).count("visit_reminder") == 1
