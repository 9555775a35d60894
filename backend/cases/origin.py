"""What a module that opens cases hands in, so that it learns of their moves; cases know it by name alone."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.cases.states import CaseState


@dataclass(frozen=True, slots=True)
class Moved:
    """One move of one case; `before` is None when it was opened."""

    case_id: UUID
    origin_id: UUID
    before: CaseState | None
    after: CaseState
    at: datetime


OnMoved = Callable[[Sequence[Moved]], Awaitable[None]]
"""Called in the transaction that removes the moves from the outbox: it touches the database only, each move once.

Moves of one case come in their order within a call; a later call may bring an older move (a retry), so that whoever
mirrors a state looks at `of` for how things stand.
"""


@dataclass(frozen=True, slots=True)
class Origin:
    """A module whose things become cases: what staff call such a thing, and who hears of the case's moves."""

    word: str
    on_moved: OnMoved


Origins = Mapping[str, Origin]


async def unheard(moves: Sequence[Moved]) -> None:
    """For an origin that has nothing of its own to keep in step: its cases tell their owners themselves."""
    del moves
