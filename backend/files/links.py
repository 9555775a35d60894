"""Links to files that anyone may follow until they expire: signed, and good for one file only."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from backend import runtime
from backend.access import SYSTEM
from backend.files.errors import LinkExpired
from backend.files.storing import StoredFile, get
from backend.foundation import clock

VALID: Final = timedelta(minutes=10)
OPENED_AT: Final = "/api/public/v1/files/"


def link(file_id: UUID, *, valid: timedelta = VALID) -> str:
    """Return the query string that opens a file; whoever may see what it is attached to is given one."""
    expires = int((clock.now() + valid).timestamp())
    return f"expires={expires}&signature={runtime.current().vault.sign(_message(file_id, expires))}"


def address(file_id: UUID) -> str:
    """Return the path at our own door that opens a file while its link is valid."""
    return f"{OPENED_AT}{file_id}?{link(file_id)}"


async def follow(file_id: UUID, expires: int, signature: str) -> StoredFile:
    """Return the file of a link; raises LinkExpired for one that is over or was tampered with, NotFound if it went."""
    is_ours = runtime.current().vault.is_signed(_message(file_id, expires), signature)
    if not is_ours or expires < clock.now().timestamp():
        raise LinkExpired
    return await get(SYSTEM, file_id)


def _message(file_id: UUID, expires: int) -> str:
    return f"file:{file_id}:{expires}"
