"""Chains committed entries into seals, so that a change, a loss or a late addition cannot hide.

A batch takes only entries of transactions that ended before the oldest running one began: then nothing honest can
appear later among or before them, and `horizon` says up to which transaction number that holds. Numbers of transactions
mean something on one server only. After a dump was restored elsewhere they start low again, so a seal names its server
(`cluster`): with a new one, the first batch takes whatever the restored database holds.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from backend.audit import canonical
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.logging import get_logger

log = get_logger(__name__)

_LOCK: Final = 0x61_75_64_69_74
BATCH: Final = 2000
LOG_NAME: Final = "seals.log"
_LINE: Final = re.compile(r"^(\d+) ([0-9a-f]{64}) \S+$", re.MULTILINE)

_LAST: Final = "SELECT number, hash, cluster, horizon::text FROM audit_seals ORDER BY number DESC LIMIT 1"
_CLUSTER: Final = "SELECT system_identifier::text FROM pg_control_system()"
# What is running is asked in the very statement that reads. A number that is not given out yet was written by another
# server and belongs to no running transaction.
_READY: Final = f"""
SELECT {canonical.COLUMNS}, pg_snapshot_xmin(s)::text AS xmin
FROM audit_entries AS e, (SELECT pg_current_snapshot() AS s) AS running
WHERE seal_id IS NULL AND (e.xid < pg_snapshot_xmin(s) OR e.xid >= pg_snapshot_xmax(s)) AND e.xid >= $1::text::xid8
ORDER BY e.xid, e.id LIMIT $2
"""
_BEHIND: Final = "SELECT count(*) FROM audit_entries WHERE seal_id IS NULL AND xid < $1::text::xid8"
_MARK: Final = "UPDATE audit_entries SET seal_id = $1 WHERE id = ANY($2::text[]::uuid[])"
_SEAL: Final = """
INSERT INTO audit_seals (id, number, previous, hash, entries, cluster, horizon, sealed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::text::xid8, $8)
"""
_SINCE: Final = "SELECT number, hash, entries, sealed_at FROM audit_seals WHERE number > $1 ORDER BY number"


@dataclass(frozen=True, slots=True)
class _Last:
    """The seal to which the next one is chained; the horizon counts only on the same server."""

    number: int
    hash: bytes
    horizon: int


async def seal(directory: Path) -> int:
    """Seal all entries that are ready, log each seal outside the database, and return how many entries it were.

    One sealer works at a time, whichever process it is in; another one returns at once.
    """
    sealed = 0
    while count := await _seal_batch():
        sealed += count
    await _write_down(directory / LOG_NAME)
    return sealed


async def _seal_batch() -> int:
    async with db.transaction():
        if not await db.fetch_value("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
            return 0
        cluster = await db.fetch_value(_CLUSTER)
        last = await _last(cluster)
        await _report_late_ones(last)
        rows = await db.fetch(_READY, str(last.horizon), BATCH)
        if not rows:
            return 0
        is_whole = len(rows) < BATCH
        await _chain(last, rows, cluster, int(rows[0]["xmin"]) if is_whole else last.horizon)
    return len(rows)


async def _last(cluster: str) -> _Last:
    row = await db.fetch_one(_LAST)
    if row is None:
        return _Last(0, canonical.GENESIS, 0)
    return _Last(row["number"], row["hash"], int(row["horizon"]) if row["cluster"] == cluster else 0)


async def _report_late_ones(last: _Last) -> None:
    """An entry below the horizon that has no seal was not written by us: it is left unsealed and told."""
    late = await db.fetch_value(_BEHIND, str(last.horizon))
    if late:
        log.error("audit.backdated_entries", entries=late, horizon=last.horizon)


async def _chain(last: _Last, rows: list[Any], cluster: str, horizon: int) -> None:
    head, seal_id = canonical.Head(last.number + 1, cluster, horizon, clock.now()), new_id()
    digest = canonical.seal_hash(last.hash, head, map(canonical.as_line, rows))
    await db.execute(_SEAL, seal_id, head.number, last.hash, digest, len(rows), cluster, str(horizon), head.sealed_at)
    await db.execute(_MARK, seal_id, [row["id"] for row in rows])


async def _write_down(file: Path) -> None:
    """Append the seals that the file lacks; a crash after a commit is so made good by the next run."""
    rows = await db.fetch(_SINCE, last_written(file))
    if not rows:
        return
    _append(file, [f"{row['number']} {row['hash'].hex()} {row['sealed_at'].isoformat()}" for row in rows])
    for row in rows:
        log.info("audit.sealed", number=row["number"], hash=row["hash"].hex(), entries=row["entries"])


def _append(file: Path, lines: list[str]) -> None:
    """Begin with a line break: a line that a crash cut short must not swallow the next one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="ascii") as book:
        book.write("\n" + "\n".join(lines))


def last_written(file: Path) -> int:
    """Return the highest number among the file's last lines; 0 for none."""
    if not file.exists():
        return 0
    with file.open("rb") as book:
        book.seek(max(0, file.stat().st_size - 1000))
        return max(_parsed(book.read().decode("ascii")), default=0)


def written(file: Path) -> dict[int, bytes]:
    """Return all seals noted in the file, by number."""
    return _parsed(file.read_text(encoding="ascii")) if file.exists() else {}


def _parsed(text: str) -> dict[int, bytes]:
    return {int(found[1]): bytes.fromhex(found[2]) for found in _LINE.finditer(text)}
