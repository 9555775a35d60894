"""A process that is killed loses nobody whom it answered, and strands no seat."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

import orjson
import pytest

from backend.access import Actor
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.salons import sweeping
from backend.salons.seats import answering, signing
from backend.salons.seats.signing import SignedUp
from tests.backend.salons.people import counted, hall, owners, published, state, wish

pytestmark = pytest.mark.usefixtures("running")

ROOT = Path(__file__).parents[3]
IDS = "SELECT id FROM salon_signups WHERE salon_id = $1"
Person = tuple[Actor, UUID]


async def _started(database: str, salon_id: UUID, people: list[Person], *, inside: bool) -> asyncio.subprocess.Process:
    told = {"salon": str(salon_id), "people": [(str(one.id), str(place)) for one, place in people], "inside": inside}
    arguments = (database, clock_module.now().isoformat(), orjson.dumps(told).decode())
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.backend.salons.signer", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )


async def _done(stream: asyncio.StreamReader) -> bytes:
    """The next set that is committed; what the program logs is passed over."""
    while not (line := await stream.readline()).startswith(b"done "):
        assert line
    return line


async def test_killed_among_its_sets_it_loses_nobody_and_the_others_fill_the_seats(
    database: str, clock: Frozen
) -> None:
    salon_id = await published(hall(50))
    people = await owners(70)
    process = await _started(database, salon_id, people, inside=False)
    assert process.stdout
    lines = [await _done(process.stdout) for _ in range(3)]
    process.kill()
    lines += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    whole = [line.decode().split()[1:] for line in lines if line.startswith(b"done ") and line.endswith(b"\n")]
    answered = [UUID(one) for line in whole for one in line]
    kept = {row["id"] for row in await db.fetch(IDS, salon_id)}
    assert len(answered) >= 21
    assert set(answered) <= kept
    async with db.transaction():
        got = await signing.sign_up([wish(*one, salon_id, waits=True) for one in people])
    assert all(isinstance(one, SignedUp) for one in got)
    assert {one.id for one in got if isinstance(one, SignedUp) and not one.is_new} == kept
    assert await counted(salon_id) == (50, 50, 20)


async def test_killed_before_it_commits_it_leaves_nothing_and_holds_nobody_up(database: str, clock: Frozen) -> None:
    salon_id = await published(hall(1))
    people = await owners(2)
    process = await _started(database, salon_id, people[:1], inside=True)
    assert process.stdout
    assert await process.stdout.readline() == b"inside\n"
    waiting = asyncio.create_task(_one(*people[1], salon_id))
    await asyncio.sleep(0.2)
    assert not waiting.done()  # the seat may yet be the other's
    process.kill()
    await process.wait()
    assert (await waiting).state == "confirmed"
    assert await counted(salon_id) == (1, 1, 0)


async def test_a_seat_freed_by_whoever_was_killed_is_offered_by_the_next_round(clock: Frozen) -> None:
    """Cut off between freeing and offering, as no transaction of ours can be: the sweep offers it all the same."""
    salon_id = await published(hall(1))
    people = await owners(2)
    first, second = [await _one(*one, salon_id) for one in people]
    await db.execute("UPDATE salon_signups SET state = 'left', quota_id = NULL, nth = NULL WHERE id = $1", first.id)
    await sweeping.sweep()
    assert await state(second.id) == "offered"
    await answering.accept(second.id, actor=people[1][0])


async def _one(person: Actor, place: UUID, salon_id: UUID) -> SignedUp:
    async with db.transaction():
        (made,) = await signing.sign_up([wish(person, place, salon_id, waits=True)])
    assert isinstance(made, SignedUp)
    return made
