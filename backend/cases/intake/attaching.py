"""Files that come with what is said: uploaded before by whoever says it, and attached by their ids."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.access import Actor
from backend.cases.errors import FileUnknown
from backend.foundation import db
from backend.foundation.errors import FieldError

PURPOSE: Final = "attachment"
MOST: Final = 9

# Locked against the sweep: what is attached stays.
_HIS: Final = """
SELECT id FROM files WHERE id = ANY ($1::uuid[]) AND state = 'stored' AND purpose = $2
    AND owner_kind = $3 AND owner_id = $4 FOR SHARE
"""


async def his(actor: Actor, files: Sequence[UUID]) -> tuple[UUID, ...]:
    """Return the ids of files that this actor uploaded, for an event; raises FileUnknown for any other."""
    wanted = tuple(dict.fromkeys(files))
    found = {row["id"] for row in await db.fetch(_HIS, list(wanted), PURPOSE, actor.kind.value, actor.id)}
    wrong = [
        FieldError(f"files.{n}", "unknown", FileUnknown.sentence) for n, one in enumerate(wanted) if one not in found
    ]
    if wrong:
        raise FileUnknown(fields=tuple(wrong))
    return wanted
