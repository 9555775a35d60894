"""The nightly check goes on where it stopped, reaches the end of any trail, and takes no place for granted."""

from datetime import timedelta
from pathlib import Path

import pytest

from backend import alerts, audit
from backend.access import SYSTEM
from backend.alerts import watching
from backend.audit import rounds, sealing, verifying
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.runtime import Runtime
from tests.support.partitions import restore_partitions
from tests.support.trail import seal_all
from workers.alerts import verify_audit

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two entries a seal, two seals a page."""
    monkeypatch.setattr(sealing, "BATCH", 2)
    monkeypatch.setattr(verifying, "_PAGE", 2)


async def _acts(directory: Path, many: int) -> None:
    async with db.transaction():
        for number in range(many):
            await audit.record(SYSTEM, f"things.a{number}", table="things", row_id=new_id())
    await seal_all(directory)


async def _place() -> int:
    return int(await db.fetch_value("SELECT number FROM audit_round"))


@pytest.mark.usefixtures("running")
async def test_slices_go_on_until_the_end_and_then_only_what_is_new(clock: Frozen, tmp_path: Path) -> None:
    await _acts(tmp_path, 10)
    reached = []
    while not reached or not reached[-1][1]:
        found = await audit.go_on(tmp_path, seconds=0)
        assert found.verdict.is_sound
        reached.append((found.verdict.seals, found.is_at_end))
    assert reached == [(2, False), (4, False), (5, True)]
    await _acts(tmp_path, 2)
    clock.advance(DAY)
    found = await audit.go_on(tmp_path, seconds=60)
    assert (found.verdict.seals, found.verdict.entries, found.is_at_end) == (6, 12, True)
    whole = await audit.verify(tmp_path)
    assert (whole.is_sound, whole.seals, whole.entries) == (True, 6, 12)


@pytest.mark.usefixtures("running")
async def test_every_week_it_begins_anew(clock: Frozen, tmp_path: Path) -> None:
    await _acts(tmp_path, 10)
    assert (await audit.go_on(tmp_path, seconds=60)).is_at_end
    clock.advance(rounds.APART - DAY)
    assert (await audit.go_on(tmp_path, seconds=0)).is_at_end
    clock.advance(DAY)
    found = await audit.go_on(tmp_path, seconds=0)
    assert (found.verdict.seals, found.is_at_end) == (2, False)


@pytest.mark.usefixtures("running")
async def test_what_does_not_hold_is_found_by_every_slice_until_it_is_mended(tmp_path: Path) -> None:
    await _acts(tmp_path, 10)
    await audit.go_on(tmp_path, seconds=0)
    log = tmp_path / sealing.LOG_NAME
    sound = log.read_text()
    log.write_text(sound + f"\n4 {'0' * 64} x")
    for _ in range(2):
        found = await watching.go_on_verifying(tmp_path, 60)
        assert (found.verdict.broken, found.is_at_end) == (4, True)
    assert [one.kind for one in (await alerts.listed(SYSTEM))[0]] == ["audit_broken"]
    assert await _place() == 2
    log.write_text(sound)
    assert (await watching.go_on_verifying(tmp_path, 60)).verdict.is_sound
    assert (await alerts.listed(SYSTEM))[0] == []


@pytest.mark.usefixtures("running")
async def test_a_place_that_somebody_moved_is_found(tmp_path: Path) -> None:
    await _acts(tmp_path, 6)
    await audit.go_on(tmp_path, seconds=0)
    await db.execute("UPDATE audit_round SET number = 3")
    assert (await audit.go_on(tmp_path, seconds=60)).verdict.broken == 3


@pytest.mark.usefixtures("running")
async def test_a_month_in_the_archive_is_read_on_from_its_middle(clock: Frozen, tmp_path: Path) -> None:
    old = "audit_entries_202611"
    await _acts(tmp_path, 10)
    assert await audit.archive(old, tmp_path)
    await db.execute(f"DROP TABLE {old}")
    try:
        assert (await audit.go_on(tmp_path, seconds=0)).verdict.seals == 2
        found = await audit.go_on(tmp_path, seconds=60)
        assert (found.verdict.seals, found.verdict.entries, found.is_at_end) == (5, 10, True)
        assert found.verdict.is_sound
    finally:
        await restore_partitions()


@pytest.mark.usefixtures("running")
async def test_several_nights_without_an_end_are_told_and_one_with_it_is_enough(clock: Frozen, tmp_path: Path) -> None:
    await _acts(tmp_path, 10)
    clock.advance(watching.UNVERIFIED + DAY)
    await audit.go_on(tmp_path, seconds=0)
    await watching.watch_audit()
    assert [one.kind for one in (await alerts.listed(SYSTEM))[0]] == ["audit_unverified"]
    await audit.go_on(tmp_path, seconds=60)
    clock.advance(timedelta(minutes=3))
    await watching.watch_audit()
    await alerts.clear_calm()
    assert (await alerts.listed(SYSTEM))[0] == []


async def test_the_nights_job_stops_where_the_trail_ends(running: Runtime, clock: Frozen) -> None:
    directory = running.settings.data_dir
    await verify_audit()  # nothing to verify yet
    await _acts(directory, 10)
    clock.advance(DAY)
    await verify_audit()
    assert await _place() == 5
    await _acts(directory, 2)
    clock.advance(timedelta(minutes=5))
    await verify_audit()
    assert await _place() == 5
    clock.advance(DAY)
    await verify_audit()
    assert await _place() == 6
