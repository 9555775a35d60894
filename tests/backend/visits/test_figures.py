"""What anybody may read of visits is counted now and then, by one reader, and never by each."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from backend.foundation.clock import Frozen
from backend.visits import figures
from tests.backend.visits.people import at, confirmed, owners, visitor

pytestmark = pytest.mark.usefixtures("running")


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time that visits are counted."""
    seen: list[int] = []
    count = figures.monthly

    async def counted(months: int = 12) -> list[dict[str, Any]]:
        seen.append(months)
        await asyncio.sleep(0.05)
        return await count(months)

    monkeypatch.setattr(figures, "monthly", counted)
    return seen


async def test_they_are_counted_once_for_all_who_read_and_anew_when_they_are_old(
    clock: Frozen, counts: list[int]
) -> None:
    await visitor()
    person, place = await owners()
    await confirmed(person, place, at("2026-11-25", 9))
    clock.set(at("2026-11-26", 9))
    (first,) = await figures.published()
    assert first["confirmed"] == 1
    await confirmed(person, place, at("2026-11-27", 9))
    clock.set(at("2026-11-26", 9) + figures.KEPT / 2)
    assert await figures.published() == [first]
    assert len(counts) == 1
    clock.set(at("2026-11-30", 9))
    read = await asyncio.gather(*(figures.published() for _ in range(5)))
    assert (len(counts), sorted(one[0]["confirmed"] for one in read)) == (2, [1, 1, 1, 1, 2])
    assert (await figures.published())[0]["confirmed"] == 2


async def test_whoever_died_while_he_counted_holds_nobody_up_for_long(
    clock: Frozen, redis: Redis, counts: list[int]
) -> None:
    await figures.published()
    assert await redis.set("wuwei:visits:figures:counts", b"1", ex=60, nx=True)
    clock.advance(2 * figures.KEPT)
    await figures.published()
    assert len(counts) == 1
    await redis.delete("wuwei:visits:figures:counts")
    await figures.published()
    assert len(counts) == 2
