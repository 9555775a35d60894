"""One file that holds an installation: database, uploaded files and the keys to both, sealed with a passphrase.

Inside the seal is a tar stream: `seals.log`, `database/NNNNNN` (pieces of a pg_dump in custom format), `archive/…`,
`files/…`, and last `manifest.json` with versions, row counts, checksums and keys. Dump and counts see one snapshot, so
a backup taken under load is as of one moment. Files follow the dump: a row in it never lacks a file that was there at
its moment. The log of seals is older than the dump: it names no seal that the database, restored, seems to have lost.
"""

import asyncio
import hashlib
import io
import json
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

from backend.audit.sealing import LOG_NAME
from backend.foundation import clock
from backend.foundation.settings import PREFIX, Settings, environment
from operations.binaries import client_program
from operations.processes import OperationsError, tied
from operations.sealed import SealedWriter

MANIFEST = "manifest.json"
FORMAT = 1
FOLDERS = ("archive", "files")  # of the data directory: sealed audit entries put aside, and what people uploaded
_PART = 16 << 20
# What opens the data, and who we are to WeChat; addresses belong to the place, not to the data.
_KEPT = (
    "encryption_keys", "index_keys", "signing_key", "former_signing_keys", "cipher",
    "wechat_appid", "wechat_secret", "wechat_callback_token", "wechat_callback_aes_key", "wechat_program_state",
)  # fmt: skip
Member = tuple[str, int, BinaryIO]  # name, bytes, and where they come from
Progress = Callable[[str, int], None]  # told what is under way and how many more bytes of it are done


@dataclass
class Manifest:
    """What a backup says about itself; `checksums` are SHA-256 of each member."""

    made_at: str
    server: str
    steps: list[str]
    rows: dict[str, int]
    settings: dict[str, str]
    checksums: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT


def back_up(target: Path, settings: Settings, passphrase: str, progress: Progress) -> Manifest:
    """Write a backup of a running installation; raises OperationsError, and then leaves no file."""
    if target.exists():
        raise OperationsError(f"{target} exists: name a new file")
    draft = target.with_name(target.name + ".partial")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            manifest = asyncio.run(_write(file, settings, passphrase, progress))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return manifest


async def _write(file: BinaryIO, settings: Settings, passphrase: str, progress: Progress) -> Manifest:
    connection = await asyncpg.connect(settings.database_url)
    try:
        with _seals(settings.data_dir) as seals:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
                manifest = await _manifest(connection, settings)
                _pack(file, passphrase, manifest, chain(seals, _members(settings, snapshot)), progress)
    finally:
        await connection.close()
    return manifest


def _pack(file: BinaryIO, passphrase: str, manifest: Manifest, members: Iterable[Member], progress: Progress) -> None:
    sealed = SealedWriter(file, passphrase)
    with tarfile.open(fileobj=cast("BinaryIO", sealed), mode="w|", bufsize=1 << 20) as tar:
        for name, size, source in members:
            manifest.checksums[name] = _add(tar, name, size, source)
            progress(name.split("/")[0], size)
        told = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
        _add(tar, MANIFEST, len(told), io.BytesIO(told))
    sealed.close()


@contextmanager
def _seals(directory: Path) -> Iterator[list[Member]]:
    """Open the log of seals and note how long it is now, before the snapshot; what is appended later is not kept."""
    try:
        source = (directory / LOG_NAME).open("rb")
    except FileNotFoundError:
        yield []
        return
    with source:
        yield [(LOG_NAME, os.fstat(source.fileno()).st_size, source)]


async def _manifest(connection: "asyncpg.Connection[asyncpg.Record]", settings: Settings) -> Manifest:
    return Manifest(
        made_at=clock.now().isoformat(),
        server=await connection.fetchval("SHOW server_version"),
        steps=await applied_steps(connection),
        rows=await count_rows(connection),
        settings={PREFIX + name.upper(): _plain(getattr(settings, name)) for name in _KEPT},
    )


def _plain(value: object) -> str:
    return str(value.get_secret_value() if hasattr(value, "get_secret_value") else value)


async def applied_steps(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    """Return the names of the migrations the database has had; none for an empty one."""
    if not await connection.fetchval("SELECT to_regclass('tortoise_migrations')"):
        return []
    return [row["name"] for row in await connection.fetch("SELECT name FROM tortoise_migrations ORDER BY name")]


async def count_rows(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, int]:
    """Count the rows of every table, partitions one by one."""
    tables = await connection.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class "
        "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
    )
    return {row["name"]: await connection.fetchval(f"SELECT count(*) FROM {row['name']}") for row in tables}


def _members(settings: Settings, snapshot: str) -> Iterator[Member]:
    for number, part in enumerate(_dump(settings.database_url, snapshot)):
        yield f"database/{number:06}", len(part), io.BytesIO(part)
    for path in _files(settings.data_dir):
        with suppress(FileNotFoundError), path.open("rb") as source:  # a file erased meanwhile is not kept
            yield f"{path.relative_to(settings.data_dir)}", os.fstat(source.fileno()).st_size, source


def _files(directory: Path) -> Iterator[Path]:
    """Yield what belongs to rows; drafts of something still being received belong to none."""
    for path in sorted(path for folder in FOLDERS for path in (directory / folder).rglob("*")):
        is_draft = path.suffix == ".draft" or "incoming" in path.parts
        if path.is_file() and not path.is_symlink() and not is_draft:
            yield path


def _dump(url: str, snapshot: str) -> Iterator[bytes]:
    argv = [client_program("pg_dump"), "--format=custom", "--compress=1", f"--snapshot={snapshot}", "--no-owner"]
    argv += ["--no-password", f"--dbname={without_password(url)}"]
    with tempfile.TemporaryFile() as words:
        command = tied(argv, death="KILL")
        with subprocess.Popen(command, env=with_password(url), stdout=subprocess.PIPE, stderr=words) as process:
            output = cast("BinaryIO", process.stdout)
            while part := output.read(_PART):
                yield part
        if process.returncode:
            words.seek(0)
            raise OperationsError(f"pg_dump failed: {words.read(500).decode(errors='replace').strip()}")


def without_password(url: str) -> str:
    """Return a database URL fit for a command line, which everybody on the machine can read."""
    parts = urlsplit(url)
    address = (parts.netloc.rpartition("@")[0].split(":")[0] + "@") if "@" in parts.netloc else ""
    return urlunsplit(parts._replace(netloc=address + parts.netloc.rpartition("@")[2]))


def with_password(url: str) -> Mapping[str, str]:
    """Return the environment that tells PostgreSQL's programs the URL's password."""
    return {**environment(), "PGPASSWORD": unquote(urlsplit(url).password or "")}


def _add(tar: tarfile.TarFile, name: str, size: int, source: BinaryIO) -> str:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    hashing = Hashing(source)
    tar.addfile(member, hashing)
    return hashing.hexdigest()


class Hashing:
    """A file that remembers the SHA-256 of what was read from it."""

    def __init__(self, source: BinaryIO) -> None:
        self._source, self._hash = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self._hash.update(data)
        return data

    def hexdigest(self) -> str:
        return self._hash.hexdigest()
