"""One case with several matters becomes several: each with its own number, all with the clocks of the first receipt.

The first matter stays with the case and its origin; a part is a case and nothing else. A part begins where the case
stands: taken by the same handler, who then hands it on, and with the pauses that its owner was told of. What was
answered once isn't split any more: a new matter is a new case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from backend.access import Actor, ActorKind
from backend.cases import messages, notices, writing
from backend.cases.assignment.candidates import accept_by
from backend.cases.deadlines.readings import Mark, PauseReason
from backend.cases.errors import FileUnknown, NeedsDecision, NotSplit, NotSplittable, PartsTouched
from backend.cases.events import Kind, NewEvent
from backend.cases.intake.opening import Channel, Opening, Urgency, open_many
from backend.cases.intake.registering import ORIGIN
from backend.cases.models import Case
from backend.cases.states import SPLIT_FROM, CaseState
from backend.foundation import clock, db
from backend.foundation.ids import new_id

ASSIGN: Final = "cases.assign"
MOST: Final = 10

_HELD: Final = "SELECT EXISTS (SELECT FROM cases WHERE merged_into = $1)"
_FILES: Final = "SELECT file_id FROM case_files WHERE case_id = $1 AND file_id = ANY ($2::uuid[])"
_LINK: Final = """
INSERT INTO case_splits (part_id, case_id, seq, part_version, split_at)
SELECT c.id, $1, $2, c.version, $3 FROM cases c WHERE c.id = ANY ($4::uuid[])
"""
_LAST: Final = """
SELECT s.part_id, s.seq FROM case_splits s WHERE s.case_id = $1 AND s.undone_at IS NULL
AND s.seq = (SELECT max(l.seq) FROM case_splits l WHERE l.case_id = $1 AND l.undone_at IS NULL) ORDER BY s.part_id
"""
# Finding a handler by itself is nobody's touch.
_TOUCHED: Final = """
SELECT EXISTS (
    SELECT FROM case_splits s JOIN case_events e ON e.case_id = s.part_id AND e.version > s.part_version
    WHERE s.part_id = ANY ($1::uuid[]) AND e.actor_kind <> 'system'
) OR EXISTS (
    SELECT FROM case_notes n WHERE n.case_id = ANY ($1::uuid[])
) OR EXISTS (
    SELECT FROM cases c WHERE c.merged_into = ANY ($1::uuid[])
)
"""
_DID: Final = "SELECT seq, actor_kind, actor_id FROM case_events WHERE case_id = $1"
_UNDONE: Final = "UPDATE case_splits SET undone_at = $2 WHERE part_id = ANY ($1::uuid[])"


@dataclass(frozen=True, slots=True)
class Part:
    """A matter that becomes a case of its own; `files` are some of those that came with the case."""

    category: str
    title: str
    body: str
    urgency: str = Urgency.NORMAL
    files: tuple[UUID, ...] = ()


async def split(
    case_id: UUID, parts: Sequence[Part], reason: str, *, actor: Actor, version: int | None = None
) -> list[Case]:
    """Take matters out of a case that nobody has answered; returns the parts in the order given.

    `reason` is for the owner too. Raises NotSplittable, CategoryUnknown, FileUnknown.
    """
    async with writing.changing(case_id, actor, permission=ASSIGN, version=version) as case:
        await _check(case, parts)
        opened = await open_many([_opening(case, part) for part in parts], actor=actor)
        made = {one.id: one for one in await Case.filter(id__in=[one.id for one in opened])}
        cases = [made[one.id] for one in opened]
        marks = (await writing.log_of([case.id]))[case.id]
        for part in cases:
            await _begin(part, case, reason, marks, actor)
        told = {"number": "、".join(one.number for one in cases), "parts": [str(one.id) for one in cases]}
        (seq,) = await writing.write(case, actor, "cases.split", NewEvent(Kind.SPLIT, reason, told))
        await db.execute(_LINK, case.id, seq, clock.now(), [one.id for one in cases])
        await messages.was_split(case, len(cases))
        return cases


async def unsplit(case_id: UUID, reason: str, *, actor: Actor, version: int | None = None) -> Case:
    """Take the last split back while nobody has touched its parts: they end, the case is one again.

    Raises NotSplit, PartsTouched.
    """
    async with db.transaction():
        ids = [row["part_id"] for row in await db.fetch(_LAST, case_id)]
        locked = {}
        for one in sorted([case_id, *ids]):
            wanted = version if one == case_id else None
            locked[one] = await writing.locked(one, actor, permission=ASSIGN, version=wanted)
        rows = await db.fetch(_LAST, case_id)
        if not rows:
            raise NotSplit
        if [row["part_id"] for row in rows] != ids or await db.fetch_value(_TOUCHED, ids):
            raise PartsTouched
        for part_id in ids:
            await _end(locked[part_id], reason, actor)
        case = locked[case_id]
        happened = NewEvent(Kind.TAKEN_BACK, reason, {"seqs": [rows[0]["seq"]]})
        await writing.write(case, actor, "cases.split_undone", happened)
        await db.execute(_UNDONE, ids, clock.now())
        await messages.split_undone(case)
        return case


async def can_be_undone(case_id: UUID) -> bool:
    """Tell whether `unsplit` would find a split whose parts nobody has touched."""
    ids = [row["part_id"] for row in await db.fetch(_LAST, case_id)]
    return bool(ids) and not await db.fetch_value(_TOUCHED, ids)


async def _check(case: Case, parts: Sequence[Part]) -> None:
    if case.awaits_decision:
        raise NeedsDecision
    if case.state not in SPLIT_FROM or case.answered_at is not None or await db.fetch_value(_HELD, case.id):
        raise NotSplittable
    wanted = {file for part in parts for file in part.files}
    known = {row["file_id"] for row in await db.fetch(_FILES, case.id, sorted(wanted))} if wanted else set()
    if wanted - known:
        raise FileUnknown


def _opening(case: Case, part: Part) -> Opening:
    return Opening(
        ORIGIN,
        new_id(),
        part.category,
        part.title,
        part.body,
        Channel(case.channel),
        case.person_id,
        case.enterprise_id,
        case.district,
        Urgency(part.urgency),
        received_at=case.received_at,
        unit_id=case.unit_id if case.handler_id else None,
        handler_id=case.handler_id,
        files=part.files,
        part_of=case.number,
    )


async def _begin(part: Case, case: Case, reason: str, marks: Sequence[Mark], actor: Actor) -> None:
    """Put a part where the case stands: the same handler, the same clocks, linked by its number."""
    linked = NewEvent(Kind.SPLIT, reason, {"number": case.number, "from": str(case.id)})
    await _take_over(part, case, marks)
    changed: dict[str, Any] = {"answerable_id": case.answerable_id, "accept_by": None}
    if part.state is CaseState.ASSIGNED and case.state is CaseState.ASSIGNED:
        changed |= {"accept_by": accept_by(await writing.calendar(), part.accept_due_at, case.accepted_at)}
    if case.state is CaseState.IN_PROGRESS:
        changed |= {"state": CaseState.IN_PROGRESS, "accepted_at": case.accepted_at}
    await writing.write(part, actor, "cases.split_off", linked, **changed)


async def _take_over(part: Case, case: Case, marks: Sequence[Mark]) -> None:
    """Write down what happened before the split as what it is: done in the other case, by whoever did it there."""
    did = {row["seq"]: row for row in await db.fetch(_DID, case.id)}
    for seq, event in _shared(marks, case.number):
        who = Actor(ActorKind(did[seq]["actor_kind"]), did[seq]["actor_id"], "", ())
        await writing.append([(part.id, event)], who, version=part.version + 1)


def _shared(marks: Sequence[Mark], number: str) -> list[tuple[int, NewEvent]]:
    """Return what a part's clocks know of the time before: who was given or took the case, and when it stood still.

    Each with its number in the log of the case, whose own number it names.
    """
    undone = {seq for mark in marks if mark.kind is Kind.TAKEN_BACK for seq in mark.data["seqs"]}
    kept = {
        Kind.ASSIGNED: Kind.ASSIGNED,
        Kind.ACCEPTED: Kind.ACCEPTED,
        Kind.PAUSED: Kind.PAUSED,
        Kind.RESUMED: Kind.RESUMED,
        Kind.MERGED: Kind.MERGED,
        Kind.UNMERGED: Kind.UNMERGED,
        Kind.ASKED: Kind.PAUSED,
        Kind.SUPPLIED: Kind.RESUMED,
    }
    return [
        (mark.seq, NewEvent(kept[mark.kind], data={**_known(mark, kept[mark.kind]), "taken_over": number}, at=mark.at))
        for mark in marks
        if mark.kind in kept and mark.seq not in undone and (mark.kind is not Kind.ASSIGNED or mark.data.get("opens"))
    ]


def _known(mark: Mark, kind: Kind) -> Mapping[str, Any]:
    return mark.data if mark.kind is kind else {"reason": PauseReason.WAITING_FOR_OWNER}


async def _end(part: Case, reason: str, actor: Actor) -> None:
    happened = NewEvent(Kind.DECIDED, reason, {"because": "taken_back", "split": True})
    await writing.write(part, actor, "cases.dropped", happened, state=CaseState.CLOSED_BY_DECISION)
    await notices.ended(part.id)
