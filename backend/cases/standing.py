"""How cases stand, for the modules that opened them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from backend.cases.sentences import COLUMNS, told
from backend.cases.states import CaseState
from backend.foundation import db

_OF: Final = f"""
SELECT c.id, c.origin_id, c.number, c.closed_at, c.answered_at, {COLUMNS}
FROM cases c
WHERE c.origin = $1 AND c.origin_id = ANY ($2::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as its origin shows it; `sentence` is the owner's."""

    case_id: UUID
    number: str
    state: CaseState
    sentence: str
    due_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None


async def of(origin: str, origin_ids: Sequence[UUID], reader: UUID | None = None) -> Mapping[UUID, Standing]:
    """Return the cases of an origin's things by the thing's id; a thing without a case is not in it.

    For pages whose reader may see the thing: nothing is checked here. `reader` is the owner who reads the sentences.
    """
    rows = await db.fetch(_OF, origin, list(origin_ids))
    return {
        row["origin_id"]: Standing(
            row["id"],
            row["number"],
            CaseState(row["state"]),
            told({**row, "silence_at": None}, reader).sentence,
            row["due_at"],
            row["answered_at"],
            row["closed_at"],
        )
        for row in rows
    }
