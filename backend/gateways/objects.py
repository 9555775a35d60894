"""An S3-compatible store for files, over obstore; any provider that signs as S3 does.

The client is made once a process and opens no connection until it is used. Every call refuses to run in a transaction.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from backend.foundation.db import refuse_in_transaction
from backend.foundation.errors import Unavailable
from backend.foundation.logging import get_logger
from backend.foundation.settings import Settings

log = get_logger(__name__)

_PIECE: Final = 256 * 1024
_LISTED: Final = 1000


class ObjectsAway(Unavailable):
    """The store refused, broke off or did not answer; the message names no key and no secret."""

    code = "objects.away"
    title = "文件存储异常"
    sentence = "文件暂时无法存取，请稍后再试；急用请到窗口办理。"


@dataclass(frozen=True, slots=True)
class Listed:
    """One object by its key, and when it was written."""

    key: str
    written_at: datetime


class ObjectStore(Protocol):
    """Whole files under keys; every call raises ObjectsAway when the store does not do it."""

    async def put(self, key: str, file: Path) -> None:
        """Store a file; large ones in parts."""

    def get(self, key: str) -> AsyncGenerator[bytes, None]:
        """Yield an object's bytes; raises FileNotFoundError before the first piece."""

    async def delete(self, keys: Sequence[str]) -> None:
        """Remove objects; one that is not there is no error."""

    def listed(self, prefix: str) -> AsyncIterator[list[Listed]]:
        """Yield the objects below a prefix, some at a time."""


class S3:
    """The ObjectStore over HTTP."""

    def __init__(self, settings: Settings) -> None:
        self._store = S3Store(
            settings.s3_bucket,
            endpoint=settings.s3_endpoint,
            region=settings.s3_region,
            access_key_id=settings.s3_key_id,
            secret_access_key=settings.s3_key_secret.get_secret_value(),
            virtual_hosted_style_request=settings.s3_addressing == "virtual",
            client_options={
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(seconds=60),
                "allow_http": settings.s3_endpoint.startswith("http://"),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
        )

    async def put(self, key: str, file: Path) -> None:
        refuse_in_transaction()
        try:
            with _told():
                await obstore.put_async(self._store, key, file)
        except FileNotFoundError:  # the bucket
            raise ObjectsAway from None

    async def get(self, key: str) -> AsyncGenerator[bytes, None]:
        refuse_in_transaction()
        with _told():
            found = await obstore.get_async(self._store, key)
            async for piece in found.stream(min_chunk_size=_PIECE):
                yield bytes(piece)

    async def delete(self, keys: Sequence[str]) -> None:
        refuse_in_transaction()
        for key in keys:
            with _told():
                await self._remove(key)

    async def _remove(self, key: str) -> None:
        try:
            await obstore.delete_async(self._store, key)
        except (FileNotFoundError, NotFoundError):
            return

    async def listed(self, prefix: str) -> AsyncIterator[list[Listed]]:
        refuse_in_transaction()
        with _told():
            async for page in obstore.list(self._store, prefix, chunk_size=_LISTED):
                yield [Listed(one["path"], one["last_modified"]) for one in page]


@contextmanager
def _told() -> Iterator[None]:
    """Turn the library's failures into ours: its messages may hold the whole request."""
    try:
        yield
    except (FileNotFoundError, NotFoundError):
        raise FileNotFoundError("no such object") from None
    except (BaseError, OSError) as error:
        log.warning("objects.failed", error=type(error).__name__)
        raise ObjectsAway from None


def open_objects(settings: Settings) -> ObjectStore | None:
    """Return the store that the settings name, or None: files then lie in the data directory."""
    return S3(settings) if settings.s3_bucket else None
