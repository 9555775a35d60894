"""A process that dies between hold and request, or before it commits, takes nobody's slot for good."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import orjson
import pytest

from backend.access import Actor
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.visits.errors import SlotTaken
from backend.visits.states import VisitState
from tests.backend.visits.people import booked, owners, visitor

pytestmark = pytest.mark.usefixtures("running")

ROOT = Path(__file__).parents[3]


async def _killed_at(stage: str, database: str, person: Actor, place: UUID) -> None:
    """Let another process book until a stage, and end it there as a crash would."""
    told = orjson.dumps({"person": str(person.id), "place": str(place)}).decode()
    arguments = (database, clock_module.now().isoformat(), told, stage)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.backend.visits.holder", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    assert await process.stdout.readline() == b"ready\n"
    process.kill()
    await process.wait()


async def test_killed_between_hold_and_request_it_is_free_again_after_five_minutes(
    database: str, clock: Frozen
) -> None:
    await visitor()
    (person, place), (other, elsewhere) = await owners(1), await owners(2)
    await _killed_at("held", database, person, place)
    with pytest.raises(SlotTaken):
        await booked(other, elsewhere)
    again = await booked(person, place, is_hold=True)
    assert again.state is VisitState.HELD
    clock.advance(timedelta(minutes=5))
    assert (await booked(other, elsewhere)).state is VisitState.REQUESTED
    assert await db.fetch_value("SELECT count(*) FROM staff_time WHERE is_live") == 1


async def test_killed_before_it_commits_it_leaves_nothing(database: str, clock: Frozen) -> None:
    await visitor()
    (person, place), (other, elsewhere) = await owners(1), await owners(2)
    await _killed_at("inside", database, person, place)
    assert (await booked(other, elsewhere)).state is VisitState.REQUESTED
    assert await db.fetch_value("SELECT count(*) FROM visits") == 1
