"""A backup taken under load restores with all rows, files and readable secrets; a spoilt one restores nothing."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from backend.audit.sealing import written
from backend.foundation.ids import new_id
from backend.foundation.secrets import Vault
from backend.foundation.settings import Settings
from operations.backup import Manifest, back_up
from operations.embedded import start_postgres
from operations.installation import Installation
from operations.processes import OperationsError
from operations.restore import restore
from tests.support.running import make_settings
from tests.support.sizes import scaled

_PASSPHRASE = "correct horse battery"
_PHONE = "1380000{:04}"


def _ignore(_what: str, _more: int) -> None:
    """Stand in for a progress bar."""


async def _add_persons(connection: Any, vault: Vault, count: int) -> None:
    rows = []
    for number in range(count):
        person = new_id()
        phone = _PHONE.format(number)
        rows.append(
            (
                person,
                vault.encrypt(phone, table="persons", column="phone", row=person),
                vault.blind_index(phone, column="phone"),
            )
        )
    statement = "INSERT INTO persons (id, phone_sealed, phone_index, created_at) VALUES ($1, $2, $3, now())"
    async with connection.transaction():
        await connection.executemany(statement, rows)


async def _keep_writing(url: str, vault: Vault, until: asyncio.Event) -> int:
    """Add persons two by two, so that half a transaction in the backup would show."""
    pairs = 0
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool, pool.acquire() as connection:
        while not until.is_set():
            await _add_persons(connection, vault, 2)
            pairs += 1
    return pairs


@contextmanager
def _restored_cluster(directory: Path) -> Iterator[str]:
    server = start_postgres(directory / "postgres", durable=False)
    yield server.url
    server.stop()


async def _back_up_under_load(target: Path, settings: Settings, vault: Vault) -> tuple[Manifest, int]:
    done, log = asyncio.Event(), settings.data_dir / "seals.log"

    def seal_meanwhile(what: str, _more: int) -> None:
        """The log grows while the dump is written: by seals which the dump does not hold."""
        if what == "database":
            with log.open("a") as book:
                book.write(f"\n2 {'2' * 64} x")

    writer = asyncio.create_task(_keep_writing(settings.database_url, vault, done))
    manifest = await asyncio.to_thread(back_up, target, settings, _PASSPHRASE, seal_meanwhile)
    done.set()
    return manifest, await writer


def _names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


async def _readable_phones(url: str, vault: Vault) -> int:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT id, phone_sealed FROM persons")
    await connection.close()
    for row in rows:
        phone = vault.decrypt(row["phone_sealed"], table="persons", column="phone", row=UUID(str(row["id"])))
        assert phone.startswith("1380000")
    return len(rows)


async def test_a_backup_under_load_restores_all_rows_files_and_readable_fields(database: str, tmp_path: Path) -> None:
    settings = make_settings(database, "redis://127.0.0.1:1", data_dir=tmp_path / "data")
    vault = Vault.from_settings(settings)
    before = scaled(2000)
    connection = await asyncpg.connect(database)
    await _add_persons(connection, vault, before)
    await connection.close()
    kept = tmp_path / "data" / "files" / "ab" / "cd" / "抗诉材料.pdf"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"%PDF" + bytes(range(256)) * 5000)
    (tmp_path / "data" / "archive").mkdir()
    (tmp_path / "data" / "archive" / "audit_entries_2026_10.jsonl.gz").write_bytes(b"a month")
    (tmp_path / "data" / "seals.log").write_text(f"\n1 {'1' * 64} x")
    (tmp_path / "data" / "files" / "incoming").mkdir()
    (tmp_path / "data" / "files" / "incoming" / "half").write_bytes(b"half")

    manifest, pairs = await _back_up_under_load(tmp_path / "backup", settings, vault)
    assert pairs > 0
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600
    again = await asyncio.to_thread(restore, tmp_path / "backup", tmp_path / "new", _PASSPHRASE, _ignore, None)

    assert again == manifest
    assert (tmp_path / "new" / "files" / "ab" / "cd" / "抗诉材料.pdf").read_bytes() == kept.read_bytes()
    assert (tmp_path / "new" / "archive" / "audit_entries_2026_10.jsonl.gz").read_bytes() == b"a month"
    assert set(written(tmp_path / "data" / "seals.log")) == {1, 2}
    assert set(written(tmp_path / "new" / "seals.log")) == {1}
    assert not (tmp_path / "new" / "files" / "incoming").exists()
    noted = Installation(tmp_path / "new").noted()
    keys = make_settings(
        database, "redis://127.0.0.1:1",
        encryption_keys=noted["WUWEI_ENCRYPTION_KEYS"], index_keys=noted["WUWEI_INDEX_KEYS"],
    )  # fmt: skip
    with _restored_cluster(tmp_path / "new") as url:
        count = await _readable_phones(url, Vault.from_settings(keys))
    assert count == manifest.rows["persons"]
    assert before <= count <= before + 2 * pairs
    assert count % 2 == before % 2


async def test_a_spoilt_backup_restores_nothing(database: str, tmp_path: Path) -> None:
    settings = make_settings(database, "redis://127.0.0.1:1", data_dir=tmp_path / "data")
    whole, spoilt, target = tmp_path / "whole", tmp_path / "spoilt", tmp_path / "new"
    await asyncio.to_thread(back_up, whole, settings, _PASSPHRASE, _ignore)
    text = whole.read_bytes()
    middle = len(text) // 2
    for broken in (text[:-1], text[:middle], text[:middle] + b"?" + text[middle + 1 :], b"", b"something else"):
        spoilt.write_bytes(broken)
        with pytest.raises(OperationsError, match=r"altered|cut off|no backup"):
            restore(spoilt, target, _PASSPHRASE, _ignore, None)
    with pytest.raises(OperationsError, match="wrong passphrase"):
        restore(whole, target, "some other phrase", _ignore, None)
    assert not target.exists()
    assert _names(tmp_path) <= {"whole", "spoilt", "data"}


async def test_neither_a_backup_nor_a_directory_is_written_over(database: str, tmp_path: Path) -> None:
    settings = make_settings(database, "redis://127.0.0.1:1", data_dir=tmp_path / "data")
    (tmp_path / "backup").write_text("precious")
    with pytest.raises(OperationsError, match="exists: name a new file"):
        back_up(tmp_path / "backup", settings, _PASSPHRASE, _ignore)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(OperationsError, match="is not empty"):
        restore(tmp_path / "backup", tmp_path / "full", _PASSPHRASE, _ignore, None)
    assert (tmp_path / "backup").read_text() == "precious"
