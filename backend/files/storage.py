"""Where the bytes of files are kept for good: the data directory, or an S3-compatible store when one is set.

A file is received and looked at as a draft on the local disk in either case; only then it is kept. Its place, the name
under which it is found again, is the same in both, so that an installation can move from one to the other by copying.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from backend import runtime
from backend.files import disk
from backend.gateways.objects import ObjectStore

PREFIX: Final = "files/"
_PIECE: Final = 64 * 1024
_SHARDS: Final = 256


class Storage(Protocol):
    """Keeps files under their places."""

    async def keep(self, draft: Path) -> str:
        """Keep a whole draft and return its place; the draft is gone then, or its owner removes it."""

    def read(self, place: str) -> AsyncGenerator[bytes, None]:
        """Yield a file's bytes; raises FileNotFoundError before the first piece."""

    def at_hand(self, place: str) -> AbstractAsyncContextManager[Path]:
        """Give the file on the local disk for as long as the block runs; raises FileNotFoundError."""

    async def remove(self, places: Sequence[str]) -> None:
        """Remove files; one that is gone is no error."""

    def old(self, part: int, of: int, before: datetime) -> AsyncIterator[list[str]]:
        """Yield the places, in one of `of` equal parts, that were written before a moment."""


class OnDisk:
    """The data directory; several processes of one host share it, several hosts need a common one."""

    async def keep(self, draft: Path) -> str:
        return await asyncio.to_thread(disk.keep, draft)

    async def read(self, place: str) -> AsyncGenerator[bytes, None]:
        opened = await asyncio.to_thread(disk.opened, place)
        try:
            while piece := await asyncio.to_thread(opened.read, _PIECE):
                yield piece
        finally:
            opened.close()

    @asynccontextmanager
    async def at_hand(self, place: str) -> AsyncIterator[Path]:
        yield disk.resolve(place)

    async def remove(self, places: Sequence[str]) -> None:
        for place in places:
            await asyncio.to_thread(disk.remove, place)

    async def old(self, part: int, of: int, before: datetime) -> AsyncIterator[list[str]]:
        for shard in (await asyncio.to_thread(disk.shards))[part::of]:
            yield await asyncio.to_thread(disk.old_places, shard, before.timestamp())


class InObjects:
    """An S3-compatible store; the keys are the places below `files/`."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    async def keep(self, draft: Path) -> str:
        place = disk.place_of(draft)
        await self._objects.put(PREFIX + place, draft)
        return place

    async def read(self, place: str) -> AsyncGenerator[bytes, None]:
        async for piece in self._objects.get(PREFIX + disk.checked(place)):
            yield piece

    @asynccontextmanager
    async def at_hand(self, place: str) -> AsyncIterator[Path]:
        draft = await asyncio.to_thread(disk.new_draft)
        try:
            async for piece in self.read(place):
                await asyncio.to_thread(disk.append, draft, piece)
            yield draft
        finally:
            await asyncio.to_thread(draft.unlink, missing_ok=True)

    async def remove(self, places: Sequence[str]) -> None:
        await self._objects.delete([PREFIX + disk.checked(place) for place in places])

    async def old(self, part: int, of: int, before: datetime) -> AsyncIterator[list[str]]:
        shards = [""] if of == 1 else [f"{shard:02x}/" for shard in range(part, _SHARDS, of)]
        for shard in shards:
            async for page in self._objects.listed(PREFIX + shard):
                names = [one.key.removeprefix(PREFIX) for one in page if one.written_at < before]
                yield [name for name in names if disk.is_place(name)]


def current() -> Storage:
    """Return where this installation keeps its files."""
    objects = runtime.current().objects
    return OnDisk() if objects is None else InObjects(objects)
