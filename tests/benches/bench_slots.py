"""A month of slots for a district with 30 visitors, while bookings grow from 10,000 to 1,000,000.

Value: milliseconds of the one statement with the largest number. Reference: the same with the smallest, in the same
run. Aims: at most 50 ms, and flat (at most 1.3 times). `whole_ms` is the whole question: who may be sent, the calendar,
the statement, the words. The sizes come one after the other, so that neighbours on the machine move one and not the
other: `cpu_ms` is what the statement takes of PostgreSQL's processor, whatever else runs.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import psutil

from backend.access import SYSTEM
from backend.assembly import assemble
from backend.foundation import clock, db
from backend.foundation.migrations import migrate
from backend.foundation.settings import load_settings
from backend.tables import MODELS
from backend.visits.availability import finding, slots
from tests.benches import visiting
from tests.benches.support import IS_SMALL, House, house, report

AIM_MS: Final = 50.0
FLAT: Final = 1.3
SIZES: Final = (2_000, 20_000) if IS_SMALL else (10_000, 100_000, 1_000_000)
VISITORS, ROUNDS = 30, 7 if IS_SMALL else 15
_ENTERPRISE: Final = """
INSERT INTO enterprises (id, uscc, name, district, district_source, district_on, town, town_source, town_on, created_at)
VALUES ($1, '91330502MA2000001X', '演示商行', '330502', 3, current_date, '330502102', 3, current_date, now())
"""


async def timed(act: Callable[[], Awaitable[Any]]) -> float:
    """Milliseconds of doing something, the median of some rounds after one that doesn't count."""
    taken = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        await act()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken[1:])


async def processor(sql: str, params: tuple[Any, ...]) -> float:
    """Milliseconds of the processor that PostgreSQL spends on a statement, over some rounds on one connection."""
    async with db.transaction():
        await db.fetch(sql, *params)
        server = psutil.Process(await db.fetch_value("SELECT pg_backend_pid()"))
        before = server.cpu_times()
        for _ in range(2 * ROUNDS):
            await db.fetch(sql, *params)
        after = server.cpu_times()
    return 1000 * (after.user + after.system - before.user - before.system) / (2 * ROUNDS)


async def measure(place: UUID) -> tuple[float, float, float, int]:
    """Milliseconds of the statement, of the whole question, of the statement's processor; how many slots there are."""
    first = clock.today() + timedelta(days=2)
    last = first + timedelta(days=30)
    wish = await finding.wish("policy_talk", "on_site", place, actor=SYSTEM)
    params = await slots._params(wish, first, last)

    async def whole() -> Any:
        asked = await finding.wish("policy_talk", "on_site", place, actor=SYSTEM)
        return await slots.free(asked, first, last)

    found = await whole()
    taken = await timed(lambda: db.fetch(slots._SLOTS, *params))
    return taken, await timed(whole), await processor(slots._SLOTS, params), len(found.slots)


async def run(of: House) -> None:
    settings = load_settings(**of.settings)
    await migrate(settings.database_url, MODELS)
    async with assemble(settings):
        people, place = await visiting.staff(VISITORS), UUID(int=1)
        await db.execute(_ENTERPRISE, place)
        until, before, seen = clock.day_start(clock.today() + timedelta(days=20)) + timedelta(hours=9), 0, {}
        for size in SIZES:
            await visiting.bookings(people, size - before, until, numbered_from=before)
            per_day = len(people) * 4
            until -= timedelta(days=-(-(size - before) // per_day))
            before = size
            seen[size] = await measure(place)
    smallest, largest = seen[SIZES[0]], seen[SIZES[-1]]
    report(
        "slots",
        value=largest[0],
        reference=smallest[0],
        unit="ms",
        aim_ms=AIM_MS,
        flat=FLAT,
        whole_ms=round(largest[1], 1),
        slots=largest[3],
        visitors=VISITORS,
        sizes={str(size): round(one[0], 1) for size, one in seen.items()},
        cpu_ms={str(size): round(one[2], 1) for size, one in seen.items()},
    )


def main() -> None:
    with house() as made:
        asyncio.run(run(made))


if __name__ == "__main__":
    main()
