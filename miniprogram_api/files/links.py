"""Where a file is opened: whoever answers with something that a file is attached to gives its link along."""

from typing import overload
from uuid import UUID

from backend import files


@overload
def link_for(file_id: UUID) -> str: ...
@overload
def link_for(file_id: None) -> None: ...
def link_for(file_id: UUID | None) -> str | None:
    """Return the path that opens a file for ten minutes; the caller has seen to it that the reader may see it."""
    return None if file_id is None else files.address(file_id)
