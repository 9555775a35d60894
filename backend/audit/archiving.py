"""Moves a month of entries out of the database into a compressed file that the verifier still reads.

A line of the file is the number of the entry's seal and the entry in canonical form, ordered by that number.
"""

import gzip
import hashlib
import heapq
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from backend.audit import canonical
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.logging import get_logger

log = get_logger(__name__)

FOLDER: Final = "archive"
_PAGE: Final = 5000
_NUMBERS: Final = "SELECT DISTINCT s.number FROM {} e JOIN audit_seals s ON s.id = e.seal_id ORDER BY s.number"
_ROWS: Final = """
SELECT s.number, {columns} FROM {partition} e JOIN audit_seals s ON s.id = e.seal_id
WHERE s.number BETWEEN $1 AND $2 ORDER BY s.number, e.id
"""
_NOTE: Final = """
INSERT INTO audit_archives (id, partition_name, file, sha256, entries, archived_at) VALUES ($1, $2, $3, $4, $5, $6)
"""


async def archive(partition: str, directory: Path) -> int:
    """Write one partition's entries to `directory`/archive and return how many; run in the transaction that drops it.

    The file stands whole and flushed to disk before the note of it can be committed.
    """
    folder = directory / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{partition}.jsonl.gz"
    entries, digest = await _write(partition, target)
    await db.execute(_NOTE, new_id(), partition, target.name, digest, entries, clock.now())
    log.info("audit.archived", partition=partition, entries=entries, sha256=digest.hex())
    return entries


async def _write(partition: str, target: Path) -> tuple[int, bytes]:
    draft = target.with_suffix(".draft")
    numbers = [row["number"] for row in await db.fetch(_NUMBERS.format(partition))]
    sql = _ROWS.format(columns=canonical.COLUMNS.replace("id::text,", "e.id::text AS id,", 1), partition=partition)
    entries = 0
    with ExitStack() as stack:
        out = stack.enter_context(gzip.open(draft, "wb"))
        for first, last in _spans(numbers):
            rows = await db.fetch(sql, first, last)
            out.write(b"".join(b"%d %s\n" % (row["number"], canonical.as_line(row)) for row in rows))
            entries += len(rows)
    return entries, _put_in_place(draft, target)


def _spans(numbers: list[int], seals: int = 50) -> Iterator[tuple[int, int]]:
    """Cut the numbers into ranges that fit into memory."""
    for start in range(0, len(numbers), seals):
        some = numbers[start : start + seals]
        yield some[0], some[-1]


def _put_in_place(draft: Path, target: Path) -> bytes:
    with draft.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").digest()
    draft.replace(target)
    return digest


class ArchiveDamaged(Exception):
    """An archive file is missing or not the one that was written; the message names it."""


async def check_files(directory: Path) -> list[Path]:
    """Return the archives in order; raises ArchiveDamaged for one that is missing or altered."""
    files = []
    for row in await db.fetch("SELECT file, sha256 FROM audit_archives ORDER BY partition_name"):
        file = directory / FOLDER / row["file"]
        if not file.exists():
            raise ArchiveDamaged(f"{row['file']} is missing")
        if _digest(file) != row["sha256"]:
            raise ArchiveDamaged(f"{row['file']} is not what was written")
        files.append(file)
    return files


def _digest(file: Path) -> bytes:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").digest()


def lines_by_seal(files: list[Path]) -> Iterator[tuple[int, bytes]]:
    """Yield (number of the seal, entry) over all archives in the order of the seals, whatever their size."""
    yield from heapq.merge(*map(_lines, files), key=lambda pair: pair[0])


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    with gzip.open(file, "rb") as opened:
        for line in opened:
            number, _, entry = line.rstrip(b"\n").partition(b" ")
            yield int(number), entry
