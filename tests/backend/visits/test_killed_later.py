"""A process that dies while it notes an arrival or files minutes leaves nothing of it; done again, it is done once."""

import asyncio
import sys
from pathlib import Path

import orjson
import pytest

from backend.access import Actor
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.visits.afterwards import arriving, reporting
from backend.visits.models import Visit
from backend.visits.states import VisitState
from tests.backend.visits.after import at_the_door, cases_of, minutes, promise

pytestmark = pytest.mark.usefixtures("running")

ROOT = Path(__file__).parents[3]


async def test_killed_at_the_door_or_over_the_minutes_it_leaves_nothing_and_is_done_again(
    database: str, redis_url: str, clock: Frozen
) -> None:
    urls = (database, redis_url)
    goes, _, _, made = await at_the_door(clock)
    await _killed_in("arrive", urls, goes, made)
    assert await db.fetch_value("SELECT count(*) FROM visit_attendances") == 0
    made = await arriving.tell(made.id, None, "没带手机", actor=goes, version=made.version)
    await _killed_in("report", urls, goes, made)
    for table in ("visit_reports", "visit_promises", "visit_confirmations", "cases"):
        assert await db.fetch_value(f"SELECT count(*) FROM {table}") == 0, table
    done = await reporting.file(made.id, minutes(promise()), actor=goes, version=made.version)
    assert (done.state, len(await cases_of(made.id))) == (VisitState.REPORTED, 1)


async def _killed_in(act: str, urls: tuple[str, str], goes: Actor, visit: Visit) -> None:
    told = orjson.dumps({"staff": str(goes.id), "visit": str(visit.id), "act": act}).decode()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.backend.visits.reporter", *urls, clock_module.now().isoformat(), told,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    assert await process.stdout.readline() == b"ready\n"
    process.kill()
    await process.wait()
