"""Concurrent calls become sets; each caller gets what became of his own."""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar

import pytest

from backend.foundation.batch import MOST, Batcher

_WHOSE: ContextVar[str] = ContextVar("whose", default="nobody's")


class Sets:
    """Doubles numbers, notes the sets; sets with a number of `bad` in them fail."""

    def __init__(self, *bad: int, error: type[Exception] = ValueError) -> None:
        self.done: list[list[int]] = []
        self.whose: set[str] = set()
        self._bad, self._error = bad, error

    async def double(self, numbers: Sequence[int]) -> list[int]:
        self.whose.add(_WHOSE.get())
        self.done.append(list(numbers))
        await asyncio.sleep(0.001)
        if set(numbers) & set(self._bad):
            raise self._error
        return [2 * number for number in numbers]


async def test_what_comes_together_is_done_together_and_answered_each() -> None:
    sets = Sets()
    batcher = Batcher(sets.double)
    assert await asyncio.gather(*(batcher.do(number) for number in range(20))) == [2 * n for n in range(20)]
    assert sets.done == [list(range(20))]
    assert await batcher.do(7) == 14, "and again later"


async def test_what_comes_meanwhile_makes_the_next_set_and_none_is_too_large() -> None:
    sets = Sets()
    batcher = Batcher(sets.double)
    await asyncio.gather(*(batcher.do(number) for number in range(2 * MOST + 1)))
    assert [len(one) for one in sets.done] == [MOST, MOST, 1]


async def test_one_that_fails_spoils_no_other() -> None:
    batcher = Batcher(Sets(3).double)
    told = await asyncio.gather(*(batcher.do(number) for number in range(5)), return_exceptions=True)
    assert [isinstance(one, ValueError) or one for one in told] == [0, 2, 4, True, 8]


async def test_a_passing_failure_is_told_to_all_at_once() -> None:
    sets = Sets(0, error=ConnectionResetError)
    batcher = Batcher(sets.double)
    told = await asyncio.gather(*(batcher.do(number) for number in range(5)), return_exceptions=True)
    assert [type(one) for one in told] == [ConnectionResetError] * 5
    assert len(sets.done) == 1, "a database that is away is not asked five times"


async def test_who_is_cancelled_only_ceases_to_wait() -> None:
    sets = Sets()
    batcher = Batcher(sets.double)
    _WHOSE.set("the first one's")
    left, stays = asyncio.create_task(batcher.do(1)), asyncio.create_task(batcher.do(2))
    await asyncio.sleep(0)
    left.cancel()
    assert await stays == 4
    with pytest.raises(asyncio.CancelledError):
        await left
    assert sets.done == [[1, 2]]
    assert sets.whose == {"nobody's"}, "the set is nobody's own"
