"""Brings a backup back to life in an empty data directory, or refuses it and leaves nothing behind."""

import asyncio
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

import asyncpg

from backend import migrations
from backend.audit.sealing import LOG_NAME
from operations.backup import (
    FOLDERS,
    FORMAT,
    MANIFEST,
    Hashing,
    Manifest,
    Progress,
    count_rows,
    with_password,
    without_password,
)
from operations.binaries import client_program
from operations.embedded import start_postgres
from operations.installation import Installation
from operations.processes import OperationsError, tied
from operations.sealed import SealedReader

_DUMP = "database.dump"
_CUT = "the backup is altered or cut off: nothing was restored"


def restore(source: Path, target: Path, passphrase: str, progress: Progress, database_url: str | None) -> Manifest:
    """Restore into a new data directory, with a cluster of its own unless `database_url` names an empty database.

    The whole backup is read and checked before the database is touched, and the directory appears whole at the end:
    whatever goes wrong leaves both as they were. Raises OperationsError.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise OperationsError(f"{target} is not empty: name a new directory with --into")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        manifest = _unpack(source, draft, passphrase, progress)
        with _database(draft, database_url) as url:
            progress("database", 0)
            _load(draft / _DUMP, url)
            asyncio.run(_compare(url, manifest))
        (draft / _DUMP).unlink()
        Installation(draft).note(manifest.settings)
        draft.replace(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def _unpack(source: Path, draft: Path, passphrase: str, progress: Progress) -> Manifest:
    """Lay out dump and files in `draft`, each checked against the manifest at the end."""
    checksums: dict[str, str] = {}
    with source.open("rb") as file, (draft / _DUMP).open("wb") as dump:
        try:
            with tarfile.open(fileobj=cast("BinaryIO", SealedReader(file, passphrase)), mode="r|") as tar:
                for member in tar:
                    content = Hashing(cast("BinaryIO", tar.extractfile(member)))
                    if member.name == MANIFEST:
                        return _checked(json.loads(content.read()), checksums)
                    _store(member.name, content, draft, dump)
                    checksums[member.name] = content.hexdigest()
                    progress(member.name.split("/")[0], member.size)
        except (tarfile.TarError, ValueError, TypeError) as error:
            raise OperationsError(f"{_CUT} ({error})") from None
    raise OperationsError(_CUT)


def _store(name: str, content: Hashing, draft: Path, dump: BinaryIO) -> None:
    path = PurePosixPath(name)
    if path.parts[0] == "database":
        shutil.copyfileobj(content, dump, 1 << 20)
        return
    is_known = name == LOG_NAME or path.parts[0] in FOLDERS
    if path.is_absolute() or ".." in path.parts or not is_known:
        raise OperationsError(f"the backup holds something unknown: {name!r}")
    target = draft / path
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        shutil.copyfileobj(content, file, 1 << 20)


def _checked(told: dict[str, Any], checksums: dict[str, str]) -> Manifest:
    if told.get("format") != FORMAT or not set(told["steps"]) <= _known_steps():
        raise OperationsError("the backup was made by a newer version: restore it with that one")
    manifest = Manifest(**told)
    if manifest.checksums != checksums:
        raise OperationsError(_CUT)
    return manifest


def _known_steps() -> set[str]:
    return {path.stem for path in Path(migrations.__file__ or "").parent.glob("0*.py")}


@contextmanager
def _database(directory: Path, url: str | None) -> Iterator[str]:
    if url is not None:
        yield url
        return
    server = start_postgres(directory / "postgres")
    try:
        yield server.url
    finally:
        server.stop()


def _load(dump: Path, url: str) -> None:
    """Fill an empty database in one transaction; one that holds anything is refused by its first conflict."""
    argv = [client_program("pg_restore"), "--exit-on-error", "--single-transaction", "--no-owner", "--no-password"]
    argv = tied([*argv, f"--dbname={without_password(url)}", str(dump)], death="KILL")
    done = subprocess.run(argv, env=with_password(url), capture_output=True, text=True, check=False)
    if done.returncode:
        words = (done.stderr.strip() or "it said nothing").splitlines()[0]
        raise OperationsError(f"the database could not be restored: {words}")


async def _compare(url: str, manifest: Manifest) -> None:
    connection = await asyncpg.connect(url)
    try:
        rows = await count_rows(connection)
    finally:
        await connection.close()
    if rows != manifest.rows:
        differing = sorted(
            name for name in rows.keys() | manifest.rows.keys() if rows.get(name) != manifest.rows.get(name)
        )
        raise OperationsError(f"the restored database lacks rows in {', '.join(differing)}")
