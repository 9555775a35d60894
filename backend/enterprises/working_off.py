"""Brings uploaded registry files in, one at a time over all workers; what a dead worker left goes on where it stopped.

A worker holds the import it is at by a lease that it renews as long as it lives. The lease is also its proof: whoever
finds another one in the row, or the import cancelled, ends. Nothing lands twice even then, because every batch moves
the number of rows done from what its worker knew.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from backend import audit, files
from backend.access import SYSTEM, Actor, ActorKind
from backend.enterprises import imports
from backend.enterprises.errors import FileRefused, ImportRunning
from backend.enterprises.models import RegistryImport
from backend.enterprises.uploads import TABLE
from backend.foundation import clock, db
from backend.foundation.errors import NotFound
from backend.foundation.logging import bound_contextvars, get_logger
from backend.foundation.safe_asyncpg import run_to_end

log = get_logger(__name__)

LEASE: Final = timedelta(seconds=60)
BEAT: Final = 10.0
AGAIN: Final = timedelta(seconds=30)
TRIES: Final = 8
"""Runs in a row that land not one batch; more means that the file, or we, can't be helped by another one."""
_LOST: Final = "上传的文件已不在服务器上，请重新上传。"
_GAVE_UP: Final = "导入多次中断，没有继续。已导入的行保留；请联系系统管理员查看日志后重新上传。"

_TURN = "SELECT pg_try_advisory_xact_lock(hashtextextended('registry upload', 0))"
_CLAIM = """
UPDATE registry_imports SET state = 'running', leased_until = $2, attempts = attempts + 1, updated_at = $1
WHERE id = (
    SELECT i.id FROM registry_imports i JOIN registry_uploads u ON u.import_id = i.id
    WHERE i.state = 'waiting' OR (i.state = 'running' AND i.leased_until <= $1) ORDER BY i.id LIMIT 1
) AND NOT EXISTS (SELECT FROM registry_imports WHERE state = 'running' AND leased_until > $1)
RETURNING id
"""
_FILE = "SELECT file_id FROM registry_uploads WHERE import_id = $1"
_RENEW = """
UPDATE registry_imports SET leased_until = $3, attempts = CASE WHEN resume_row > $4 THEN 1 ELSE attempts END
WHERE id = $1 AND state = 'running' AND leased_until = $2
"""
_RELEASE = """
UPDATE registry_imports SET leased_until = $3, attempts = attempts - $4
WHERE id = $1 AND state = 'running' AND leased_until = $2
"""
_FAIL = """
UPDATE registry_imports SET state = 'failed', problem = $3, leased_until = NULL, finished_at = $4, updated_at = $4
WHERE id = $1 AND state = 'running' AND leased_until = $2
"""


class _Held:
    """An import that this worker holds, and until when."""

    def __init__(self, job: RegistryImport, until: datetime) -> None:
        self.job, self.until = job, until

    async def renew(self) -> bool:
        """Hold it longer; False when it is ours no more."""
        until = clock.now() + LEASE
        is_ours = await db.execute(_RENEW, self.job.id, self.until, until, self.job.resume_row) == 1
        if is_ours:
            self.until = until
        return is_ours

    async def release(self, pause: timedelta = timedelta(0), *, uncounted: bool = False) -> None:
        """Let a worker go on with it, after a pause; `uncounted` if this run was not at fault."""
        await db.execute(_RELEASE, self.job.id, self.until, clock.now() + pause, int(uncounted))

    async def fail(self, problem: str) -> None:
        async with db.transaction():
            if await db.execute(_FAIL, self.job.id, self.until, problem, clock.now()) == 1:
                fields = ("state", "problem")
                await audit.record(SYSTEM, "enterprises.import_failed", table=TABLE, row_id=self.job.id, fields=fields)


async def work_off_next() -> UUID | None:
    """Bring the next uploaded file in, or go on with one, to its end; None when nothing waits or another is at it."""
    held = await _claim()
    if held is None:
        return None
    with bound_contextvars(job="import_registry", job_id=str(held.job.id)):
        await _hold(held)
    return held.job.id


async def _claim() -> _Held | None:
    moment = clock.now()
    async with db.transaction():
        if not await db.fetch_value(_TURN):
            return None
        import_id = await db.fetch_value(_CLAIM, moment, moment + LEASE)
    if import_id is None:
        return None
    return _Held(await RegistryImport.get(id=import_id), moment + LEASE)


async def _hold(held: _Held) -> None:
    """Import as long as the lease is ours; when this worker is told to end, the next one goes on at once."""
    running = asyncio.create_task(_run(held))
    beating = asyncio.create_task(_beat(held))
    try:
        await asyncio.wait({running, beating}, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        await _end(running, beating)
        await run_to_end(held.release(uncounted=True))
        raise
    await _end(running, beating)


async def _end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            log.warning("import.lease_not_renewed", error=type(result).__name__)


async def _beat(held: _Held) -> None:
    """Renew the lease until it is lost or the import was cancelled."""
    while await held.renew():  # noqa: ASYNC110  the row is asked, not a flag of this process
        await asyncio.sleep(BEAT)
    log.info("import.stopped")


async def _run(held: _Held) -> None:
    if held.job.attempts > TRIES:
        await held.fail(_GAVE_UP)
        return
    try:
        done = await _import(held.job)
    except ImportRunning:
        log.info("import.stopped")
    except FileRefused as refusal:
        await held.fail(refusal.detail)
    except (NotFound, FileNotFoundError):
        await held.fail(_LOST)
    except Exception:
        log.exception("import.interrupted", attempts=held.job.attempts)
        await held.release(AGAIN)
    else:
        log.info("import.done", rows=done.rows, new=done.new, changed=done.changed, bad=done.bad)


async def _import(job: RegistryImport) -> imports.ImportResult:
    """What lands is the act of whoever uploaded the file."""
    file = await files.get(SYSTEM, await db.fetch_value(_FILE, job.id))
    actor = Actor(ActorKind(job.actor_kind), job.actor_id)
    async with files.at_hand(file) as path:
        return await imports.go_on(job, path, actor=actor)
