"""Copies a month of entries into compressed files, part by part, so that its partition can be dropped.

A line of a file is the number of the entry's seal and the entry in canonical form, ordered by that number. Parts are
small enough for one run of a job; the next run goes on behind the last part that was noted.
"""

import asyncio
import gzip
import hashlib
import heapq
import os
import time
from collections.abc import Iterator
from itertools import chain, groupby
from pathlib import Path
from typing import Final

from backend.audit import canonical
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.logging import get_logger

log = get_logger(__name__)

FOLDER: Final = "archive"
PART: Final = 50_000
"""Entries after which a part ends, with the seal that is complete then."""

_PENDING: Final = """
SELECT s.number, count(*) AS entries FROM {partition} e JOIN audit_seals s ON s.id = e.seal_id
WHERE s.number > coalesce((SELECT max(last_seal) FROM audit_archives WHERE partition_name = $1), 0)
GROUP BY s.number ORDER BY s.number
"""
_ROWS: Final = """
SELECT s.number, {columns} FROM {partition} e JOIN audit_seals s ON s.id = e.seal_id
WHERE s.number BETWEEN $1 AND $2 ORDER BY s.number, e.id
"""
_NOTE: Final = """
INSERT INTO audit_archives (id, partition_name, first_seal, last_seal, file, sha256, entries, archived_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
# While the partition stands, its entries are read from it and not from the archive.
_FILES: Final = """
SELECT partition_name, file, sha256 FROM audit_archives
WHERE to_regclass(partition_name) IS NULL AND last_seal > $1
ORDER BY partition_name, first_seal
"""


async def archive(partition: str, directory: Path, *, seconds: float = 15.0) -> bool:
    """Write one partition's sealed entries to `directory`/archive; False when `seconds` were not enough for all."""
    end = time.monotonic() + seconds
    pending = await db.fetch(_PENDING.format(partition=partition), partition)
    for first, last in _parts([(row["number"], row["entries"]) for row in pending]):
        if time.monotonic() > end:
            return False
        await _write_part(partition, first, last, directory / FOLDER)
    return True


def _parts(pending: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Cut (number of a seal, its entries) into ranges of numbers with about PART entries each."""
    first, held = None, 0
    for number, entries in pending:
        first, held = first or number, held + entries
        if held >= PART or number == pending[-1][0]:
            yield first, number
            first, held = None, 0


async def _write_part(partition: str, first: int, last: int, folder: Path) -> None:
    """The file stands whole and flushed to disk before the note of it is committed."""
    columns = canonical.COLUMNS.replace("id::text,", "e.id::text AS id,", 1)
    rows = await db.fetch(_ROWS.format(columns=columns, partition=partition), first, last)
    target = folder / f"{partition}.{first:09d}-{last:09d}.jsonl.gz"
    lines = (b"%d %s\n" % (row["number"], canonical.as_line(row)) for row in rows)
    digest = _write(target, b"".join(lines))
    await db.execute(_NOTE, new_id(), partition, first, last, target.name, digest, len(rows), clock.now())
    log.info("audit.archived", file=target.name, entries=len(rows), sha256=digest.hex())


def _write(target: Path, text: bytes) -> bytes:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".draft")
    draft.write_bytes(gzip.compress(text, compresslevel=6))
    with draft.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").digest()
    draft.replace(target)
    return digest


class ArchiveDamaged(Exception):
    """An archive file is missing or not the one that was written; the message names it."""


async def check_files(directory: Path, *, after: int = 0) -> list[list[Path]]:
    """Return the files of every partition that is gone, those of seals behind `after` alone.

    Raises ArchiveDamaged for one that is missing or altered.
    """
    rows = await db.fetch(_FILES, after)
    for row in rows:
        file = directory / FOLDER / row["file"]
        if not file.exists():
            raise ArchiveDamaged(f"{row['file']} is missing")
        if await asyncio.to_thread(_digest, file) != row["sha256"]:
            raise ArchiveDamaged(f"{row['file']} is not what was written")
    groups = groupby(rows, key=lambda row: row["partition_name"])
    return [[directory / FOLDER / row["file"] for row in group] for _, group in groups]


def _digest(file: Path) -> bytes:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").digest()


def lines_by_seal(partitions: list[list[Path]]) -> Iterator[tuple[int, bytes]]:
    """Yield (number of the seal, entry) over all archives in the order of the seals; one open file a partition."""
    ordered = [chain.from_iterable(map(_lines, files)) for files in partitions]
    yield from heapq.merge(*ordered, key=lambda pair: pair[0])


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    with gzip.open(file, "rb") as opened:
        for line in opened:
            number, _, entry = line.rstrip(b"\n").partition(b" ")
            yield int(number), entry
