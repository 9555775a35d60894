"""How one tells that a worker lives."""

import asyncio
import errno
from pathlib import Path

import pytest

from backend.foundation.settings import SettingsError
from tests.support.running import make_settings
from workers import health


async def test_a_heart_goes_on_after_a_disk_that_was_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "BEAT", 0.01)
    settings = make_settings("postgresql://u:p@127.0.0.1/w", "redis://127.0.0.1", data_dir=tmp_path)
    touch, full = health._touch, [True]

    def fail(file: Path) -> None:
        if full[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        touch(file)

    monkeypatch.setattr(health, "_touch", fail)
    async with health.heart(settings) as file:
        await asyncio.sleep(0.05)
        assert not file.exists()
        full[0] = False
        async with asyncio.timeout(30):
            while not health.is_alive(settings):
                await asyncio.sleep(0.01)
    assert not file.exists()


async def test_a_data_directory_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = make_settings("postgresql://u:p@127.0.0.1/w", "redis://127.0.0.1", data_dir=tmp_path / "file")
    with pytest.raises(SettingsError, match="WUWEI_DATA_DIR is wrong"):
        async with health.heart(settings):
            raise AssertionError("it beats")
