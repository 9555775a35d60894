"""Takes files in and gives them out: received to disk first, then a row; a file without a row is swept away."""

import asyncio
import hashlib
import os
import re
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from backend.access import Actor, ActorKind, Condition
from backend.access.visibility import EVERYTHING
from backend.files import disk, photos, sniffing, storage
from backend.files.errors import Empty, NotStored, TooBig, TooManyFiles
from backend.files.purposes import PURPOSES, Purpose
from backend.foundation import clock, db
from backend.foundation.errors import NotFound
from backend.foundation.ids import new_id
from backend.foundation.logging import get_logger
from backend.gateways.objects import ObjectsAway

log = get_logger(__name__)

ORPHAN_AGE: Final = timedelta(hours=24)
A_DAY: Final = 60
"""How many files one owner may upload within 24 hours."""
_PHOTOS: Final = asyncio.Semaphore(2)
_NAME_LENGTH: Final = 120
# Separators, control characters, and the marks that turn the reading direction (which can hide an extension).
_BAD: Final = re.compile(r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff/\\:*?"<>|]')
_COLUMNS: Final = "id, owner_kind, owner_id, purpose, name, media_type, size, sha256, path, created_at"
_INSERT: Final = f"""
INSERT INTO files ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_RECENT: Final = "SELECT count(*) FROM files WHERE owner_kind = $1 AND owner_id = $2 AND created_at > $3"
_DELETE: Final = """
UPDATE files SET state = 'deleted', deleted_at = $2, name = ''
WHERE id = ANY ($1::uuid[]) AND state = 'stored' RETURNING path
"""


Inspector = Callable[[Path], tuple[sniffing.Kind, int, bytes]]
"""Looks at a received file on the disk, in a thread, and returns its kind, size and SHA-256; raises for one that is not
wanted. For files too large to be held in memory, which our own inspection does."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One kept file; `media_type` is what its bytes are, `name` is safe to show and to save under."""

    id: UUID
    owner_kind: str
    owner_id: UUID | None
    purpose: str
    name: str
    media_type: str
    size: int
    sha256: bytes
    path: str
    created_at: datetime


def visible_to(actor: Actor) -> Condition:
    """Who uploaded a file sees it; everyone else sees it through what it is attached to, by a signed link."""
    if actor.kind is ActorKind.SYSTEM:
        return EVERYTHING
    return Condition("owner_kind = {} AND owner_id = {}", (actor.kind.value, actor.id))


@dataclass(frozen=True, slots=True)
class Kept:
    """What was received and lies in its place, but has no row yet: without one it is swept away after a day."""

    purpose: str
    kind: sniffing.Kind
    size: int
    sha256: bytes
    place: str


async def store(
    actor: Actor,
    purpose: str,
    name: str,
    body: bytes | AsyncIterable[bytes],
    *,
    max_bytes: int | None = None,
    inspect: Inspector | None = None,
) -> StoredFile:
    """Receive, check and keep a file, before the command's transaction: `receive` and `enter` in one."""
    return await enter(actor, name, await receive(actor, purpose, body, max_bytes=max_bytes, inspect=inspect))


async def receive(
    actor: Actor,
    purpose: str,
    body: bytes | AsyncIterable[bytes],
    *,
    max_bytes: int | None = None,
    inspect: Inspector | None = None,
) -> Kept:
    """Take a file in and keep its bytes; what is not entered in a row afterwards is swept away.

    `max_bytes` takes the place of the purpose's own limit, `inspect` that of our look at the whole content. What is
    still to be received, and whatever goes to a store over the network, is taken in outside any transaction; bytes at
    hand may go to the disk inside one. Raises TooManyFiles, TooBig as soon as the limit is passed, Empty, WrongKind,
    Damaged, TooManyPixels, or NotStored for a disk or store that takes nothing.
    """
    if not isinstance(body, bytes):
        db.refuse_in_transaction()
    await _check_share(actor)
    rules = PURPOSES[purpose] if max_bytes is None else replace(PURPOSES[purpose], max_bytes=max_bytes)
    try:
        kind, size, digest, place = await _keep(rules, body, inspect)
    except (OSError, ObjectsAway) as error:
        log.exception("files.not_written")
        raise NotStored from error
    return Kept(purpose, kind, size, digest, place)


async def enter(actor: Actor, name: str, kept: Kept) -> StoredFile:
    """Give what was received its row, in the transaction around this if there is one."""
    file = StoredFile(
        new_id(), actor.kind.value, actor.id, kept.purpose, clean_name(name, kept.kind.extension), kept.kind.media_type,
        kept.size, kept.sha256, kept.place, clock.now(),
    )  # fmt: skip
    await db.execute(_INSERT, *(getattr(file, column.strip()) for column in _COLUMNS.split(",")))
    return file


async def _keep(
    rules: Purpose, body: bytes | AsyncIterable[bytes], inspect: Inspector | None
) -> tuple[sniffing.Kind, int, bytes, str]:
    """Return kind, size, digest and place of what was received; nothing stays of what is refused."""
    draft = await asyncio.to_thread(disk.new_draft)
    try:
        await _receive(draft, rules, body)
        kind, size, digest = await _inspected(draft, rules, inspect)
        return kind, size, digest, await storage.current().keep(draft)
    finally:
        draft.unlink(missing_ok=True)


async def _inspected(draft: Path, rules: Purpose, inspect: Inspector | None) -> tuple[sniffing.Kind, int, bytes]:
    """Look at a draft in a thread; few photos at a time, for each takes memory for all its pixels."""
    if inspect is not None:
        return await asyncio.to_thread(inspect, draft)
    if rules.is_photo:
        async with _PHOTOS:
            return await asyncio.to_thread(photos.clean, draft, rules)
    return await asyncio.to_thread(_inspect, draft, rules)


async def _check_share(actor: Actor) -> None:
    """Keep one owner from filling the disk."""
    if actor.kind is ActorKind.OWNER:
        day_ago = clock.now() - timedelta(days=1)
        if await db.fetch_value(_RECENT, actor.kind.value, actor.id, day_ago) >= A_DAY:
            raise TooManyFiles


async def _receive(draft: Path, rules: Purpose, body: bytes | AsyncIterable[bytes]) -> None:
    received = 0
    async for piece in _pieces(body):
        received += len(piece)
        if received > rules.max_bytes:
            raise TooBig(rules.max_bytes)
        await asyncio.to_thread(disk.append, draft, piece)
    if not received:
        raise Empty


async def _pieces(body: bytes | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(body, bytes):
        yield body
        return
    async for piece in body:
        yield piece


def _inspect(draft: Path, rules: Purpose) -> tuple[sniffing.Kind, int, bytes]:
    """Return kind, size and digest of what is to be kept, and cut the draft to that."""
    data = draft.read_bytes()
    kind, length = sniffing.sniff(data, rules.kinds)
    os.truncate(draft, length)
    return kind, length, hashlib.sha256(memoryview(data)[:length]).digest()


def clean_name(name: str, extension: str) -> str:
    """Return a name that is safe in a header and on any disk, ending as the file's kind demands."""
    base = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode()).replace("\\", "/").rsplit("/", 1)[-1]
    stem, dot, given = _BAD.sub("", base).rpartition(".")
    stem = (stem if dot else given).strip(". ")[:_NAME_LENGTH] or "file"
    ending = "csv" if extension == "txt" and given.lower() == "csv" else extension
    return f"{stem}.{ending}"


async def get(actor: Actor, file_id: UUID) -> StoredFile:
    """Return a file that the actor uploaded (the system sees all); raises NotFound."""
    return await _one(Condition("id = {}", (file_id,)) & visible_to(actor))


async def _one(condition: Condition) -> StoredFile:
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} FROM files WHERE state = 'stored' AND {condition.render()}", *condition.params
    )
    if row is None:
        raise NotFound
    return StoredFile(*row.values())


async def read(file: StoredFile) -> AsyncGenerator[bytes, None]:
    """Yield a file's bytes in pieces; raises NotFound when the store has lost it, before the first piece."""
    try:
        async for piece in storage.current().read(file.path):
            yield piece
    except FileNotFoundError:
        log.exception("files.lost", file=str(file.id))
        raise NotFound from None


def at_hand(file: StoredFile) -> AbstractAsyncContextManager[Path]:
    """Give a file on the local disk while a block runs, wherever it is kept; raises FileNotFoundError."""
    return storage.current().at_hand(file.path)


async def delete(actor: Actor, file_id: UUID) -> None:
    """Let a file go: its row says so at once, its bytes go after the commit (or with the next sweep)."""
    async with db.transaction():
        await _delete([(await get(actor, file_id)).id])


async def delete_all(ids: list[UUID]) -> int:
    """Let many files go, in the caller's transaction, which knows that nothing refers to them; returns how many."""
    return await _delete(ids)


async def delete_of_owner(owner_kind: ActorKind, owner_id: UUID) -> int:
    """Let everything go that one owner uploaded."""
    rows = await db.fetch("SELECT id FROM files WHERE owner_kind = $1 AND owner_id = $2", owner_kind.value, owner_id)
    async with db.transaction():
        return await _delete([row["id"] for row in rows])


async def _delete(ids: list[UUID]) -> int:
    places = [row["path"] for row in await db.fetch(_DELETE, ids, clock.now())]
    db.after_commit(lambda: _remove(places))
    return len(places)


async def _remove(places: list[str]) -> None:
    await storage.current().remove(places)


async def sweep_orphans(part: int = 0, of: int = 1) -> int:
    """Remove what lies in the store without a live row for a day: broken uploads, and files whose removal failed.

    `part` of `of` equal parts of everything, so that a job need not walk a million files at a time.
    """
    before = clock.now() - ORPHAN_AGE
    removed = await asyncio.to_thread(_remove_old_drafts, before.timestamp())
    async for places in storage.current().old(part, of, before):
        rows = await db.fetch("SELECT path FROM files WHERE state = 'stored' AND path = ANY ($1::text[])", places)
        orphans = sorted(set(places) - {row["path"] for row in rows})
        await _remove(orphans)
        removed += len(orphans)
    if removed:
        log.info("files.orphans_removed", files=removed)
    return removed


def _remove_old_drafts(before: float) -> int:
    old = [draft for draft in disk.drafts() if disk.is_old(draft, before)]
    for draft in old:
        draft.unlink(missing_ok=True)
    return len(old)


async def owned_by(owner_kind: ActorKind, owner_id: UUID) -> list[dict[str, Any]]:
    """Return what the rows say of one owner's files, for his copy of his data."""
    rows = await db.fetch(
        "SELECT name, purpose, media_type, size, created_at FROM files "
        "WHERE owner_kind = $1 AND owner_id = $2 AND state = 'stored' ORDER BY id",
        owner_kind.value,
        owner_id,
    )
    return [dict(row) for row in rows]
