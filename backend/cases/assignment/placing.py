"""Writes down where many locked cases go, as one set: for moves between people, which no clock hears of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import orjson

from backend import audit, outbox
from backend.access import Actor
from backend.cases import writing
from backend.cases.assignment import ledger
from backend.cases.events import NewEvent
from backend.cases.states import LIFECYCLE, CaseState
from backend.foundation import clock, db
from backend.foundation.ids import new_id

NOTE: Final = "assignment"
"""The kind of those internal notes that say why a case went to whom."""

_COLUMNS: Final = ("state", "handler_id", "answerable_id", "offered_to", "accept_by", "passed_on", "unassigned_at")
_PLACE: Final = f"""
UPDATE cases c SET {", ".join(f"{name} = n.{name}" for name in _COLUMNS)}, version = c.version + 1,
    moved_at = CASE WHEN c.state <> n.state THEN $2 ELSE c.moved_at END
FROM jsonb_populate_recordset(NULL::cases, $1::jsonb) AS n WHERE c.id = n.id
"""
_NOTES: Final = """
INSERT INTO case_notes (id, case_id, staff_id, at, kind, body, data)
SELECT n.id, n.case_id, $4, $5, $6, n.body, n.data::jsonb
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $7::text[]) AS n (id, case_id, body, data)
"""

_SHOWN: Final = ("id", "number", "title", "origin", "origin_id", "version", "district", "unit_id")
STANDS: Final = ", ".join(f"c.{name}" for name in (*_SHOWN, *_COLUMNS))
"""The columns of `cases c` that a `Placed` wants of its case."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One locked case with what becomes of it: the columns that change, and what happened."""

    case: Mapping[str, Any]
    event: NewEvent | None
    columns: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        found: UUID = self.case["id"]
        return found

    @property
    def before(self) -> CaseState:
        return CaseState(self.case["state"])

    @property
    def after(self) -> CaseState:
        return CaseState(self.columns.get("state", self.before))

    def row(self) -> dict[str, Any]:
        return {"id": self.id, **{name: self.case[name] for name in _COLUMNS}, **self.columns}


@dataclass(frozen=True, slots=True)
class Why:
    """Why a case went where it went: a sentence for staff, and the data behind it."""

    case_id: UUID
    words: str
    data: Mapping[str, Any] = field(default_factory=dict)


async def write_down(placed: Sequence[Placed], actor: Actor, action: str) -> None:
    """Move the cases, in a fixed number of statements; raises WrongState for a move that the lifecycle doesn't know."""
    if not placed:
        return
    for one in placed:
        if one.after is not one.before:
            LIFECYCLE.check(one.before, one.after)
    told = [(one.id, one.event, one.case["version"] + 1) for one in placed if one.event is not None]
    seqs = await writing.append([(case_id, event) for case_id, event, _ in told], actor, version=[n for *_, n in told])
    rows = orjson.dumps([one.row() for one in placed], default=str).decode()
    await db.execute(_PLACE, rows, clock.now())
    changed = [audit.Entry(action, writing.TABLE, one.id, sorted(one.columns)) for one in placed]
    await audit.record_many(actor, changed)
    await ledger.keep({one.id: one.columns["handler_id"] for one in placed if "handler_id" in one.columns})
    numbers = dict(zip((case_id for case_id, *_ in told), seqs, strict=True))
    moves = [_moved(one, numbers.get(one.id)) for one in placed if one.after is not one.before]
    if moves:
        await outbox.put_many(moves)


def _moved(one: Placed, seq: int | None) -> outbox.NewItem:
    payload = {
        "case_id": str(one.id),
        "origin": one.case["origin"],
        "origin_id": str(one.case["origin_id"]),
        "before": one.before,
        "after": one.after,
        "seq": seq,
        "at": clock.now().isoformat(),
    }
    return outbox.NewItem(writing.MOVED, payload, str(one.id))


async def note(whys: Sequence[Why], actor: Actor) -> None:
    """Note among staff why cases went where they went; owners never read it."""
    if whys:
        told = [orjson.dumps(dict(one.data), default=str).decode() for one in whys]
        ids, cases = [new_id() for _ in whys], [one.case_id for one in whys]
        staff_id = actor.id
        await db.execute(_NOTES, ids, cases, [one.words for one in whys], staff_id, clock.now(), NOTE, told)
