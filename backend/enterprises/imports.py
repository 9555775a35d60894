"""Imports a registry file: streaming, set by set, each set one transaction, so that a kill loses at most one set.

The same file again resumes what was left, or else changes nothing: its day is the day of its first import, and rows
that say what the registry said last are passed over by their digest. A file is a delta (`columns.py`). A row that is
older than what the registry said of that enterprise is reported, not taken: files come in the order of their days.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from tortoise.exceptions import IntegrityError

from backend import audit, runtime
from backend.access import Actor
from backend.enterprises import columns, error_file, reading
from backend.enterprises.errors import CodeValid, FactInvalid, FileRefused, ImportRunning
from backend.enterprises.models import ImportState, RegistryImport
from backend.enterprises.preparing import FIRST_DAY, Known, Prepared, Preparer
from backend.enterprises.reading import RawRow, RegistryFile, Survey
from backend.enterprises.staging import Overtaken, land
from backend.enterprises.values import ValueRefused, clean
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.foundation.ids import new_id

PERMISSION = "enterprises.import"
_STRIDE = 20_000
_FIRST_BATCH = 1_000  # doubled from batch to batch: the database need not wait long for the first one
Progress = Callable[[int, int, int], None]
"""Called after each batch with rows done, bytes read and bytes in all."""

# Two imports would wait for each other's new codes in different orders: their batches take turns.
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('registry import', 0))"
_KNOWN = "SELECT id, uscc, registry_digest, registry_on FROM enterprises WHERE uscc = ANY($1)"
_STEP = """
UPDATE registry_imports SET
    resume_row = resume_row + $3, rows_new = rows_new + $4, rows_changed = rows_changed + $5,
    rows_same = rows_same + $6, rows_bad = rows_bad + $7, error_file = $8, error_bytes = $9, updated_at = $10,
    bytes_read = $11
WHERE id = $1 AND resume_row = $2 AND state = 'running'
"""
_DONE = """
UPDATE registry_imports SET
    state = 'done', finished_at = $2, updated_at = $2, leased_until = NULL, bytes_read = size_bytes,
    ignored_columns = $3
WHERE id = $1 AND state = 'running'
"""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """How an import ended, all its runs together; `error_file` is None when no row was bad."""

    id: UUID
    as_of: date
    rows: int
    new: int
    changed: int
    same: int
    bad: int
    error_file: Path | None
    ignored_columns: tuple[str, ...]
    resumed_at: int


async def import_registry(
    path: Path,
    *,
    actor: Actor,
    as_of: date | None = None,
    progress: Progress | None = None,
    batch: int = reading.BATCH,
) -> ImportResult:
    """Import a file, or go on with it where an earlier run of it was cut off; `as_of` is the day of its data.

    Raises Forbidden, FileRefused (not a registry file), ImportRunning (another process is at the same file).
    """
    actor.require(PERMISSION)
    check_day(as_of)
    survey = await asyncio.to_thread(reading.survey, path)
    with await asyncio.to_thread(RegistryFile, path, survey.encoding) as file:
        job = await _job(path, survey, as_of, actor)
        return await _work_off(file, job, actor, progress, batch)


async def go_on(job: RegistryImport, path: Path, *, actor: Actor, progress: Progress | None = None) -> ImportResult:
    """Work off an import that stands already, whose bytes are at `path`, from where it got to.

    Who may begin one was decided when it was. Raises FileRefused, and ImportRunning when it was cancelled meanwhile.
    """
    survey = await asyncio.to_thread(reading.survey, path)
    with await asyncio.to_thread(RegistryFile, path, survey.encoding) as file:
        return await _work_off(file, job, actor, progress, reading.BATCH)


async def _work_off(
    file: RegistryFile, job: RegistryImport, actor: Actor, progress: Progress | None, batch: int
) -> ImportResult:
    resumed_at = job.resume_row
    await _skip(file, resumed_at)
    await _Run(file, job, actor, batch=batch).go(progress)
    await _finish(job.id, file.layout.ignored, actor)
    done = await RegistryImport.get(id=job.id)
    return ImportResult(
        id=done.id,
        as_of=done.as_of,
        rows=done.resume_row,
        new=done.rows_new,
        changed=done.rows_changed,
        same=done.rows_same,
        bad=done.rows_bad,
        error_file=folder() / done.error_file if done.error_file else None,
        ignored_columns=file.layout.ignored,
        resumed_at=resumed_at,
    )


def check_day(as_of: date | None) -> None:
    """Raise FileRefused for a day on which no registry can have been drawn up."""
    if as_of is not None and as_of > clock.today():
        raise FileRefused(sentence := "数据日期不能晚于今天。", (FieldError("as_of", "future", sentence),))
    if as_of is not None and as_of < FIRST_DAY:
        sentence = f"数据日期不能早于{FIRST_DAY.isoformat()}。"
        raise FileRefused(sentence, (FieldError("as_of", "too_early", sentence),))


async def _skip(file: RegistryFile, rows: int) -> None:
    """Pass over rows in strides, so that whoever stops us need not wait for a million of them."""
    for done in range(0, rows, _STRIDE):
        await asyncio.to_thread(file.skip, min(_STRIDE, rows - done))


def folder() -> Path:
    """Return where error files lie."""
    return runtime.current().settings.data_dir / "imports"


async def _job(path: Path, survey: Survey, as_of: date | None, actor: Actor) -> RegistryImport:
    """The unfinished import of this very file, or a new one; a file keeps the day of its first import."""
    last = await RegistryImport.filter(sha256=survey.sha256).order_by("-id").first()
    if last is not None and last.state is ImportState.RUNNING:
        if last.leased_until is not None:
            raise ImportRunning
        return last
    moment = clock.now()
    job = RegistryImport(
        id=new_id(),
        file_name=path.name,
        sha256=survey.sha256,
        size_bytes=survey.size,
        as_of=as_of or (last.as_of if last else clock.today()),
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        started_at=moment,
        updated_at=moment,
    )
    try:
        async with db.transaction():
            await job.save(force_create=True)
            await audit.record(actor, "enterprises.import_started", table="registry_imports", row_id=job.id)
    except IntegrityError:
        raise ImportRunning from None
    return job


async def _finish(import_id: UUID, ignored: tuple[str, ...], actor: Actor) -> None:
    async with db.transaction():
        if await db.execute(_DONE, import_id, clock.now(), list(ignored)) != 1:
            raise ImportRunning
        await audit.record(actor, "enterprises.import_finished", table="registry_imports", row_id=import_id)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Rows as they stand, kept until they are in, and what became of them."""

    rows: list[RawRow]
    prepared: Prepared


class _Run:
    """One run over a file: while the database takes a batch, the next one is read and checked."""

    def __init__(self, file: RegistryFile, job: RegistryImport, actor: Actor, *, batch: int) -> None:
        self.file, self.job, self.actor, self.size, self.batch = file, job, actor, job.size_bytes, batch
        self.row, self._size = job.resume_row, min(_FIRST_BATCH, batch)
        self.errors = folder() / f"{job.id}.errors.csv"
        self.error_bytes = job.error_bytes

    async def go(self, progress: Progress | None) -> None:
        admitted = {row["uscc"] for row in await db.fetch("SELECT uscc FROM admitted_uscc")}
        vault = runtime.current().vault
        self.preparer = Preparer(self.file.layout, vault, self.job.as_of, frozenset(admitted))
        following = asyncio.create_task(self._next())
        try:
            while (batch := await following) is not None:
                read = self.file.position
                following = asyncio.create_task(self._next())
                await self._land(batch, read)
                if progress is not None:
                    progress(self.row, read, self.size)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    async def _next(self) -> _Batch | None:
        size, self._size = self._size, min(2 * self._size, self.batch)
        rows = await asyncio.to_thread(self.file.batch, size)
        return _Batch(rows, await self._prepare(rows)) if rows else None

    async def _prepare(self, rows: list[RawRow]) -> Prepared:
        codes = [row.code for row in rows if not row.fault and row.code.isascii() and row.code.isalnum()]
        known = {
            row["uscc"]: Known(row["id"], row["registry_digest"], row["registry_on"])
            for row in await db.fetch(_KNOWN, codes)
        }
        return await asyncio.to_thread(self.preparer.prepare, rows, known)

    async def _land(self, batch: _Batch, read: int) -> None:
        """Write a batch; when another import was quicker with one of its codes, look again."""
        try:
            await self._write(batch.prepared, read)
        except Overtaken:
            await self._land(_Batch(batch.rows, await self._prepare(batch.rows)), read)

    async def _write(self, prepared: Prepared, read: int) -> None:
        """One batch: its rows, how far the import got and the size of the error file are committed together."""
        error_bytes = self.error_bytes
        if prepared.problems:
            error_bytes = await asyncio.to_thread(error_file.append, self.errors, self.error_bytes, prepared.problems)
        async with db.transaction():
            await db.execute(_TURN)
            landed = await land(prepared.staged, self.file.layout.facts, import_id=self.job.id, actor=self.actor)
            same = prepared.same + len(prepared.staged) - landed.new - landed.changed
            name = self.errors.name if error_bytes else None
            counts = (prepared.rows, landed.new, landed.changed, same, prepared.bad)
            errors = (name, error_bytes)
            if await db.execute(_STEP, self.job.id, self.row, *counts, *errors, clock.now(), read) != 1:
                raise ImportRunning
        self.row += prepared.rows
        self.error_bytes = error_bytes


async def admit(code: str, *, reason: str, actor: Actor) -> None:
    """Let a code of the pilot years in although its check digit is wrong; import its file again afterwards."""
    actor.require(PERMISSION)
    spelled = columns.spelled_code(code)
    try:
        told = clean(reason)
        if _is_valid(spelled):
            raise CodeValid
    except ValueRefused as refusal:
        raise FactInvalid(f"{refusal}。") from None
    async with db.transaction():
        await db.execute(_ADMIT, spelled, told, actor.id, clock.now())
        detail = {"uscc": spelled, "reason": told}
        await audit.record(actor, "enterprises.code_admitted", table="admitted_uscc", row_id=None, detail=detail)


def _is_valid(code: str) -> bool:
    try:
        columns.check_code(code)
    except columns.ChecksumWrong:
        return False
    return True


_ADMIT = """
INSERT INTO admitted_uscc (uscc, reason, admitted_by, admitted_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (uscc) DO NOTHING
"""
