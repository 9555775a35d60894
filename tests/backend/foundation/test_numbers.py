"""Public numbers: never twice, whatever happens at once; of the Chinese day."""

import asyncio
import re
from datetime import timedelta

import pytest

from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.numbers import public_number
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("database")


async def _numbered() -> str:
    async with db.transaction():
        return await public_number("WW")


@pytest.mark.usefixtures("clock")
async def test_two_hundred_at_once_are_all_different() -> None:
    count = scaled(200)
    numbers = await asyncio.gather(*(public_number("WW") for _ in range(count)))
    assert len(set(numbers)) == count
    assert all(re.fullmatch(r"WW-20261123-\d{4,}", number) for number in numbers)
    assert max(int(number[-4:]) for number in numbers) < 3 * count


async def test_one_after_the_other_there_is_no_gap(clock: Frozen) -> None:
    assert [await _numbered() for _ in range(3)] == [f"WW-{clock.now():%Y%m%d}-000{n}" for n in (1, 2, 3)]


async def test_more_commands_than_connections_do_not_wait_for_each_other() -> None:
    async with asyncio.timeout(30):
        numbers = await asyncio.gather(*(_numbered() for _ in range(scaled(60))))
    assert len(set(numbers)) == len(numbers)


async def test_a_command_that_is_undone_leaves_a_gap_and_no_double() -> None:
    first = await _numbered()
    with pytest.raises(ValueError, match="undone"):
        await _numbered_and_undone()
    assert (first[-4:], (await _numbered())[-4:]) == ("0001", "0003")


async def _numbered_and_undone() -> None:
    async with db.transaction():
        await public_number("WW")
        raise ValueError("undone")


async def test_counting_begins_anew_with_the_chinese_day_and_for_each_prefix(clock: Frozen) -> None:
    assert await public_number("WW") == "WW-20261123-0001"
    assert await public_number("ZF") == "ZF-20261123-0001"
    clock.advance(timedelta(hours=14))
    assert await public_number("WW") == "WW-20261124-0001"


@pytest.mark.parametrize("prefix", ["", "ww", "W W", "W';--", "中"])
async def test_a_prefix_is_capital_letters(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        await public_number(prefix)
