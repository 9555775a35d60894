"""Parts joined: each finds its own parameters, what they write stands together, and one's error undoes all of it."""

import asyncpg
import pytest

from backend.foundation import db, numbers
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.foundation.parts import Part, joined

pytestmark = pytest.mark.usefixtures("database")

_COUNT = "one AS (INSERT INTO counters (id, name, on_day, value) VALUES ($1, $2, '2026-11-23', $3))"
_OTHER = _COUNT.replace("one AS", "other AS")


def _parts(first: str, second: str) -> list[Part]:
    return [Part(_COUNT, (new_id(), first, 7)), Part(_OTHER, (new_id(), second, 8))]


async def _kept() -> dict[str, int]:
    rows = await db.fetch("SELECT name, value FROM counters WHERE name LIKE 'parts-%'")
    return {row["name"]: row["value"] for row in rows}


async def test_each_part_finds_its_own_parameters_even_beyond_nine() -> None:
    many = [Part(f"p{n} AS (SELECT $1::int + $2::int AS sum)", (n, 100)) for n in range(12)]
    answer = f"SELECT {', '.join(f'p{n}.sum AS s{n}' for n in range(12))} FROM {', '.join(f'p{n}' for n in range(12))}"
    assert list(await db.fetch_one(*joined(*many, answer=answer)) or ()) == [100 + n for n in range(12)]


async def test_what_they_write_stands_together_or_not_at_all() -> None:
    await db.fetch(*joined(*_parts("parts-a", "parts-b")))
    assert await _kept() == {"parts-a": 7, "parts-b": 8}
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.fetch(*joined(*_parts("parts-c", "parts-a")))
    assert await _kept() == {"parts-a": 7, "parts-b": 8}


async def test_the_same_parts_are_one_text_for_the_driver() -> None:
    assert joined(*_parts("x", "y"))[0] is joined(*_parts("z", "w"))[0]


async def test_a_number_drawn_beside_is_the_next_of_all(clock: Frozen) -> None:
    drawn = [await db.fetch_value(*joined(numbers.part("WP"), answer="SELECT number FROM numbered")) for _ in range(2)]
    assert [*drawn, await numbers.public_number("WP")] == [f"WP-{clock.now():%Y%m%d}-000{n}" for n in (1, 2, 3)]


async def test_a_number_nobody_reads_is_not_drawn() -> None:
    await db.fetch(*joined(numbers.part("WQ")))
    assert (await numbers.public_number("WQ")).endswith("-0001")
