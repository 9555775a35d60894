"""Registry files that staff upload: taken in, listed, stopped; `working_off` brings them in."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from backend import audit, files, runtime
from backend.access import Actor
from backend.enterprises import imports, reading
from backend.enterprises.errors import FileRefused, ImportUnknown, ImportWaiting, NoErrorFile, NotStoppable
from backend.enterprises.models import ImportState, RegistryImport
from backend.enterprises.workbook_archive import Archive
from backend.files.purposes import MEGABYTE
from backend.files.sniffing import KINDS, Kind
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor
from backend.foundation.states import Lifecycle

PURPOSE: Final = "registry_file"
TABLE: Final = "registry_imports"
STATE_WORDS: Final = {
    ImportState.WAITING: "等待导入",
    ImportState.RUNNING: "正在导入",
    ImportState.DONE: "已完成",
    ImportState.FAILED: "未能导入",
    ImportState.CANCELLED: "已取消",
}
IMPORT: Final = Lifecycle(
    "registry_import",
    {
        ImportState.WAITING: frozenset({ImportState.RUNNING, ImportState.CANCELLED}),
        ImportState.RUNNING: frozenset({ImportState.DONE, ImportState.FAILED, ImportState.CANCELLED}),
    },
    STATE_WORDS,
)
_UNNAMED_FOR: Final = timedelta(days=1)
_AT_ONCE: Final = 100
_PIECE: Final = 64 * 1024

_NAME_IT = "INSERT INTO registry_uploads (import_id, file_id, uploaded_at) VALUES ($1, $2, $3)"
_COLUMNS = """
i.id, i.file_name, i.size_bytes, i.as_of, i.state, i.resume_row AS rows, i.rows_new, i.rows_changed, i.rows_same,
i.rows_bad, i.bytes_read, i.ignored_columns, i.problem, i.error_bytes, i.error_file IS NOT NULL AS has_errors,
i.actor_id, i.started_at, i.updated_at, i.finished_at, u.import_id IS NOT NULL AS is_upload,
i.equals_id, same.file_name AS equals_name, same.finished_at AS equals_at
"""
_FROM = """
registry_imports i LEFT JOIN registry_uploads u ON u.import_id = i.id
LEFT JOIN registry_imports same ON same.id = i.equals_id
"""
_CANCEL = """
UPDATE registry_imports i SET state = 'cancelled', finished_at = $2, updated_at = $2, leased_until = NULL
WHERE i.id = $1 AND i.state IN ('waiting', 'running')
  AND EXISTS (SELECT FROM registry_uploads u WHERE u.import_id = i.id)
"""
_UNNAMED = """
SELECT f.id FROM files f
WHERE f.purpose = $1 AND f.state = 'stored' AND f.created_at < $2
  AND NOT EXISTS (SELECT FROM registry_uploads u WHERE u.file_id = f.id)
ORDER BY f.created_at LIMIT $3 FOR UPDATE SKIP LOCKED
"""


@dataclass(frozen=True, slots=True)
class ErrorFile:
    """The refused rows of an import, as a CSV for a spreadsheet: only what is committed of it."""

    path: Path
    size: int
    name: str

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield its bytes; raises NoErrorFile when the disk has lost it, before the first piece."""
        try:
            opened = await asyncio.to_thread(self.path.open, "rb")
        except FileNotFoundError:
            raise NoErrorFile from None
        left = self.size
        with opened:
            while left and (piece := await asyncio.to_thread(opened.read, min(_PIECE, left))):
                left -= len(piece)
                yield piece


def most_bytes() -> int:
    return runtime.current().settings.registry_file_megabytes * MEGABYTE


async def receive(name: str, content: AsyncIterable[bytes], *, actor: Actor, as_of: date | None = None) -> UUID:
    """Take a file in, to be imported by a worker; `as_of` is the day of its data. Returns the import's id.

    Only the disk holds it whole. Raises what `files.store` refuses, FileRefused for what can't be a registry file, and
    ImportWaiting when the same content waits or is being imported.
    """
    actor.require(imports.PERMISSION)
    imports.check_day(as_of)
    file = await files.store(actor, PURPOSE, name, content, max_bytes=most_bytes(), inspect=_inspect)
    try:
        return await _put_in_line(file, as_of, actor)
    except ImportWaiting:
        await files.delete(actor, file.id)
        raise


def _inspect(draft: Path) -> tuple[Kind, int, bytes]:
    """Tell workbook and CSV, and look at what is quickly seen: a workbook's end, a CSV's heading."""
    survey = reading.survey(draft)
    if survey.encoding == reading.WORKBOOK:
        archive = Archive(draft)
        try:
            if not any(kind == "officeDocument" for kind, _ in archive.related("").values()):
                raise FileRefused("这不是完整的 Excel 工作簿（xlsx），请用 Excel 另存后再导入。")
        finally:
            archive.close()
        return KINDS["xlsx"], survey.size, survey.sha256
    with reading.RegistryFile(draft, survey.encoding):
        return KINDS["text"], survey.size, survey.sha256


async def _put_in_line(file: files.StoredFile, as_of: date | None, actor: Actor) -> UUID:
    """Write the row that a worker will find; a content keeps the day of its first import."""
    last = await RegistryImport.filter(sha256=file.sha256, state=ImportState.DONE).order_by("-id").first()
    moment = clock.now()
    job = RegistryImport(
        id=new_id(),
        file_name=file.name.removesuffix(".txt"),
        sha256=file.sha256,
        size_bytes=file.size,
        as_of=as_of or (last.as_of if last else clock.today()),
        state=ImportState.WAITING,
        equals_id=last.id if last else None,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        started_at=moment,
        updated_at=moment,
    )
    try:
        async with db.transaction():
            await job.save(force_create=True)
            await db.execute(_NAME_IT, job.id, file.id, moment)
            await audit.record(actor, "enterprises.file_uploaded", table=TABLE, row_id=job.id)
    except IntegrityError:
        raise ImportWaiting from None
    return job.id


async def page(actor: Actor, *, state: ImportState | None, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return a page of imports, the newest first, with their count: {items, next, count, count_is_at_least}."""
    actor.require(imports.PERMISSION)
    after = decode_cursor(cursor, UUID)
    wanted = "($1::text IS NULL OR i.state = $1)"
    rows = await db.fetch(
        f"SELECT {_COLUMNS}{count_column(f'registry_imports i WHERE {wanted}', cursor)} FROM {_FROM} "
        f"WHERE {wanted} AND ($2::uuid IS NULL OR i.id < $2) ORDER BY i.id DESC LIMIT $3",
        state,
        after[0] if after else None,
        limit + 1,
    )
    shown, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    return {"items": [_shown(row) for row in shown], "next": following, **counted(rows, cursor)}


async def show(actor: Actor, import_id: UUID) -> dict[str, Any]:
    """Return how far one import got; raises ImportUnknown."""
    actor.require(imports.PERMISSION)
    row = await db.fetch_one(f"SELECT {_COLUMNS} FROM {_FROM} WHERE i.id = $1", import_id)
    if row is None:
        raise ImportUnknown
    return _shown(row)


def _shown(row: Any) -> dict[str, Any]:
    state = ImportState(row["state"])
    told = {name: value for name, value in row.items() if name not in {"error_bytes", "found"}}
    equals = {"id": told.pop("equals_id"), "file_name": told.pop("equals_name"), "finished_at": told.pop("equals_at")}
    can_stop = row["is_upload"] and IMPORT.allows(state, ImportState.CANCELLED)
    return {
        **told,
        "state_word": STATE_WORDS[state],
        "equals": equals if equals["id"] else None,
        "may": [*(["cancel"] if can_stop else []), *(["download_errors"] if row["has_errors"] else [])],
    }


async def cancel(import_id: UUID, *, actor: Actor) -> None:
    """Stop an uploaded import: what has landed stays. Raises ImportUnknown, NotStoppable for one that has ended."""
    actor.require(imports.PERMISSION)
    async with db.transaction():
        if await db.execute(_CANCEL, import_id, clock.now()) != 1:
            job = await RegistryImport.get_or_none(id=import_id)
            if job is None:
                raise ImportUnknown
            raise NotStoppable(STATE_WORDS[job.state])
        await audit.record(actor, "enterprises.import_cancelled", table=TABLE, row_id=import_id, fields=("state",))


async def error_file(import_id: UUID, *, actor: Actor) -> ErrorFile:
    """Return the refused rows of an import; raises ImportUnknown, NoErrorFile. Reading them is audited."""
    actor.require(imports.PERMISSION)
    job = await RegistryImport.get_or_none(id=import_id)
    if job is None:
        raise ImportUnknown
    path = imports.folder() / (job.error_file or "")
    if not job.error_file or not await asyncio.to_thread(path.is_file):
        raise NoErrorFile
    async with db.transaction():
        await audit.record(actor, "enterprises.import_errors_read", table=TABLE, row_id=import_id)
    return ErrorFile(path, job.error_bytes, f"{Path(job.file_name).stem}-错误.csv")


async def let_go() -> int:
    """Delete uploaded files that no row names any more: their time is over, or they never got one; returns how many."""
    async with db.transaction():
        unnamed = await db.fetch(_UNNAMED, PURPOSE, clock.now() - _UNNAMED_FOR, _AT_ONCE)
        return await files.delete_all([row["id"] for row in unnamed])
