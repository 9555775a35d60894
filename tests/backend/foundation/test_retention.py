"""Partitions are there before they are needed and go when their time is over, unless something holds them."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from backend import outbox
from backend.foundation import db, retention
from backend.foundation.clock import Frozen
from backend.foundation.ids import uuid_floor
from tests.support.partitions import restore_partitions

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def grown() -> AsyncIterator[None]:
    """A growing table of the test's own."""
    await db.execute("CREATE TABLE grown (id uuid PRIMARY KEY, is_held boolean) PARTITION BY RANGE (id)")
    await db.execute("INSERT INTO retention VALUES ('grown', 'day', '2 days', '试验', NULL, 'is_held')")
    yield
    await db.execute("DELETE FROM retention WHERE table_name = 'grown'")
    await db.execute("DROP TABLE grown")
    await restore_partitions()


async def _partitions() -> list[str]:
    rows = await db.fetch("SELECT inhrelid::regclass::text AS n FROM pg_inherits WHERE inhparent = 'grown'::regclass")
    return sorted(row["n"] for row in rows)


@pytest.mark.usefixtures("grown")
async def test_partitions_are_made_ahead_once_and_hold_what_time_brings(clock: Frozen) -> None:
    assert await retention.make_partitions() >= 5
    assert await retention.make_partitions() == 0
    assert await _partitions() == [f"grown_2026112{n}" for n in (3, 4, 5, 6, 7)]
    clock.advance(timedelta(days=1))
    assert await retention.make_partitions() >= 1
    # a Chinese day begins at 16:00 UTC
    await db.execute("INSERT INTO grown VALUES ($1, FALSE)", uuid_floor(clock.now().replace(hour=15, minute=59)))
    await db.execute("INSERT INTO grown VALUES ($1, FALSE)", uuid_floor(clock.now().replace(hour=16, minute=0)))
    rows = await db.fetch("SELECT tableoid::regclass::text AS place FROM grown ORDER BY id")
    assert [row["place"] for row in rows] == ["grown_20261124", "grown_20261125"]


@pytest.mark.usefixtures("grown")
async def test_what_is_over_goes_and_what_is_held_stays(clock: Frozen) -> None:
    await retention.make_partitions()
    await db.execute("INSERT INTO grown VALUES ($1, TRUE)", uuid_floor(clock.now() + timedelta(days=1)))
    clock.advance(timedelta(days=4))
    dropped = await retention.drop_expired({})
    assert [name for name in dropped if name.startswith("grown")] == ["grown_20261123"]
    assert "grown_20261124" in await _partitions(), "held"
    assert "grown_20261125" in await _partitions(), "its last moment is not two days ago"
    clock.advance(timedelta(days=1))
    await db.execute("UPDATE grown SET is_held = FALSE")
    dropped = await retention.drop_expired({})
    assert [name for name in dropped if name.startswith("grown")] == ["grown_20261124", "grown_20261125"]


@pytest.mark.usefixtures("grown")
async def test_an_archive_that_fails_keeps_the_partition(clock: Frozen) -> None:
    await retention.make_partitions()
    clock.advance(timedelta(days=3))

    async def full_disk(_name: str) -> bool:
        raise OSError("no space")

    async def not_yet(_name: str) -> bool:
        return False

    for archive in (full_disk, not_yet):
        assert "grown_20261123" not in await retention.drop_expired({"grown": archive})
        assert "grown_20261123" in await _partitions()


async def test_pending_effects_keep_their_month(clock: Frozen) -> None:
    async with db.transaction():
        await outbox.put("tests.later", {}, due=clock.now() + timedelta(days=400))
    month = await db.fetch_value("SELECT tableoid::regclass::text FROM outbox")
    rule = next(rule for rule in await retention.rules() if rule.table == "outbox")
    assert await retention._drop(rule, month, None) is False


async def test_rows_kept_one_by_one_go_by_their_age(clock: Frozen) -> None:
    days = [clock.now().date() - timedelta(days=n) for n in (0, 179, 180, 181, 400)]
    for day in days:
        await db.execute("INSERT INTO dedupe_keys VALUES ($1, $2)", day.isoformat(), day)
    assert (await retention.delete_expired())["dedupe_keys"] == 2
    left = {row["on_day"] for row in await db.fetch("SELECT on_day FROM dedupe_keys")}
    assert left == set(days[:3])


async def test_every_partitioned_table_has_a_rule_and_room_for_months(database: str) -> None:
    assert database
    tables = {row["n"] for row in await db.fetch("SELECT partrelid::regclass::text AS n FROM pg_partitioned_table")}
    assert tables == {rule.table for rule in await retention.rules() if rule.step != "row"}


async def test_the_docs_show_the_table() -> None:
    text = await retention.as_markdown()
    assert "| `audit_entries` | 按月 | 1 年 |" in text
    assert "| `dedupe_keys` | 逐行 | 180 天 |" in text
