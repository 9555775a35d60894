"""Tells origins of the moves of their cases, and carries ends on to merged ones, by the outbox."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from backend.cases.linked import carrying
from backend.cases.origin import Moved, Origins
from backend.cases.states import CaseState
from backend.cases.writing import MOVED
from backend.outbox import Handler, OutboxItem

TOPICS: Final = (MOVED,)


def handlers(origins: Origins) -> Mapping[str, Handler]:
    """Return the outbox handlers; the assembly knows the origins."""
    return {MOVED: partial(_tell, origins)}


async def _tell(origins: Origins, items: Sequence[OutboxItem]) -> None:
    moves: dict[str, list[Moved]] = {}
    for item in items:
        moves.setdefault(item.payload["origin"], []).append(_read(item))
    for name, told in moves.items():
        await origins[name].on_moved(told)
    await carrying.carry(move.case_id for told in moves.values() for move in told if move.after in carrying.CARRIED)


def _read(item: OutboxItem) -> Moved:
    told = item.payload
    before = CaseState(told["before"]) if told["before"] else None
    at = datetime.fromisoformat(told["at"])
    return Moved(UUID(told["case_id"]), UUID(told["origin_id"]), before, CaseState(told["after"]), at)
