"""Links to files that anyone may follow until they expire: signed, and good for one file only.

A link for readers opens only while what the file is attached to is shown; whoever attaches it answers for that, by a
function that the assembly hands in.
"""

from collections.abc import Awaitable, Callable, Mapping
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

IsShown = Callable[[UUID], Awaitable[bool]]
"""Tells whether readers may still open a file."""


def link(file_id: UUID, *, valid: timedelta = VALID, for_readers: bool = False) -> str:
    """Return the query string that opens a file; whoever may see what it is attached to is given one."""
    expires = int((clock.now() + valid).timestamp())
    message = _message(file_id, expires, for_readers=for_readers)
    return f"expires={expires}&signature={runtime.current().vault.sign(message)}"


def address(file_id: UUID, *, valid: timedelta = VALID, for_readers: bool = False) -> str:
    """Return the path at our own door that opens a file while its link is valid."""
    return f"{OPENED_AT}{file_id}?{link(file_id, valid=valid, for_readers=for_readers)}"


async def follow(file_id: UUID, expires: int, signature: str, shown: Mapping[str, IsShown]) -> StoredFile:
    """Return the file of a link; raises NotFound if it went, LinkExpired for a link that is over or was tampered with.

    A reader's link is over as well when the file is no longer shown; `shown` answers by purpose, and nobody's answer
    is no.
    """
    is_signed = runtime.current().vault.is_signed
    is_readers = is_signed(_message(file_id, expires, for_readers=True), signature)
    is_ours = is_readers or is_signed(_message(file_id, expires, for_readers=False), signature)
    if not is_ours or expires < clock.now().timestamp():
        raise LinkExpired
    file = await get(SYSTEM, file_id)
    if is_readers and not (file.purpose in shown and await shown[file.purpose](file_id)):
        raise LinkExpired
    return file


def _message(file_id: UUID, expires: int, *, for_readers: bool) -> str:
    return f"file:{file_id}:{expires}" + (":readers" if for_readers else "")
