"""Several cases about one matter become one: one answer for all who asked, reversible, never a chain.

While a case is merged it stands still: its clocks don't run, nobody works on it, its owner reads the target where he
may see it, and what he writes goes there (`tell_home`). So nothing is merged into what is due later. What the target
comes to is carried on by the outbox: its answer goes into the log of each, and what is the same person's or
enterprise's ends with it. Whoever merges matters of different people vouches, with a reason, that one answer fits them
all; with it each of them goes on by himself, for nobody's word or silence ends what another asked. A target that ends
without an answer lets theirs go.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import outbox
from backend.access import Actor
from backend.cases import messages, writing
from backend.cases.assignment.candidates import accept_by
from backend.cases.deadlines.readings import Readings
from backend.cases.errors import (
    HasMerged,
    MergeOtherWay,
    MergeTargetOver,
    NeedsDecision,
    NotMerged,
    NotSameMatter,
    NotYetAnswered,
)
from backend.cases.events import Kind, NewEvent
from backend.cases.intake.opening import ASSIGN as WANTS_HANDLER
from backend.cases.models import Case
from backend.cases.states import CLOSED, LIFECYCLE, NO_SILENCE, CaseState
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.foundation.ids import new_id
from backend.foundation.states import WrongState
from backend.notifications import staff_notices

ASSIGN: Final = "cases.assign"
MOST: Final = 200
"""Cases that one target can hold: what becomes of it is carried on to all of them at once."""
_OFFERED: Final = (CaseState.ASSIGNED, CaseState.TRANSFERRED)
"""Somebody was asked to take it: after a merge he is asked anew."""
_SILENCED: Final = ("case_due_soon", "case_overdue", "case_supervised", "case_replied", "case_refused", "assignment")

_INTO: Final = "SELECT merged_into FROM cases WHERE id = $1"
_HELD: Final = "SELECT count(*) FROM cases WHERE merged_into = $1"
_NOTE: Final = """
INSERT INTO case_notes (id, case_id, staff_id, at, kind, body) VALUES ($1, $2, $3, $4, 'merged', $5)
"""
# Words of an owner among staff: they go with him (`personal.py`).
_SAID: Final = """
INSERT INTO case_notes (id, case_id, at, kind, body, data)
VALUES ($1, $2, $3, 'said', $4, jsonb_build_object('said_by', $5::text))
"""
# How a case stood when it was merged, and what was carried on to it since.
_SINCE: Final = """
SELECT CASE WHEN m.data->>'was' = 'waiting_for_owner' AND NOT EXISTS (
        SELECT FROM case_requests r WHERE r.case_id = m.case_id AND r.supplied_at IS NULL AND r.taken_back_at IS NULL)
    THEN 'in_progress' ELSE m.data->>'was' END AS was, (m.data->>'into_id')::uuid AS into_id,
    ARRAY(SELECT a.seq FROM case_events a WHERE a.case_id = m.case_id AND a.seq > m.seq AND a.kind = 'answered'
          ORDER BY a.seq) AS answers,
    (SELECT max(a.at) FROM case_events a WHERE a.case_id = m.case_id AND a.seq < m.seq
     AND a.kind IN ('answered', 'declined')) AS answered_before
FROM case_events m WHERE m.case_id = $1 AND m.kind = 'merged' ORDER BY m.seq DESC LIMIT 1
"""
_BY_ANOTHER: Final = """
SELECT e.data->>'because' = 'merged' FROM case_events e WHERE e.case_id = $1 AND e.kind = 'confirmed'
ORDER BY e.seq DESC LIMIT 1
"""
_ANSWERER: Final = "SELECT handler_id FROM cases WHERE id = $1"


@dataclass(frozen=True, slots=True)
class Parting:
    """With which events and columns a merged case goes its own way; empty for any other."""

    events: tuple[NewEvent, ...] = ()
    columns: dict[str, Any] = field(default_factory=dict)


async def merge(case_id: UUID, into: UUID, *, reason: str = "", actor: Actor, version: int | None = None) -> Case:
    """Merge a case into another one that is still worked on; `version` is the merged one's.

    Of different people's matters only with a reason, which staff alone read. Raises NotSameMatter, MergeTargetOver for
    a target that is answered, over or merged itself, HasMerged for a case that holds others, MergeOtherWay for a target
    that is due later.
    """
    if case_id == into:
        raise NotSameMatter(fields=(FieldError("into", "same", "不能并入事项本身。"),))
    async with db.transaction():
        case, target = await _both(case_id, into, actor, version)
        await _check(case, target, reason)
        data = {"into": target.number, "into_id": str(target.id), "was": case.state}
        happened = NewEvent(Kind.MERGED, data=data)
        held = {"merged_into": target.id, "invite_at": None, "accept_by": None, "unassigned_at": None}
        await writing.write(case, actor, "cases.merged", happened, state=CaseState.MERGED, **held)
        absorbed = NewEvent(Kind.ABSORBED, data={"number": case.number, "case_id": str(case.id)})
        await writing.write(target, actor, "cases.absorbed", absorbed)
        await note(case.id, reason, actor)
        await _tell_merged(case, target, actor)
        return case


async def unmerge(case_id: UUID, *, reason: str = "", actor: Actor, version: int | None = None) -> Case:
    """Let a merged case go on by itself, where it stood; an answer that was meant for the other counts as none.

    Raises NotMerged.
    """
    async with db.transaction():
        into = await db.fetch_value(_INTO, case_id)
        case, target = await _both(case_id, into or case_id, actor, version)
        if into is None or case.merged_into != into:
            raise NotMerged
        await let_go(case, actor)
        await writing.write(target, actor, "cases.unmerged", NewEvent(Kind.UNMERGED, data={"number": case.number}))
        await note(case.id, reason, actor)
        return case


async def let_go(case: Case, actor: Actor) -> None:
    """Put a locked, merged case back to where it stood, and tell its owner and whoever works on it."""
    since = await _since(case)
    events = [NewEvent(Kind.UNMERGED)]
    if since["answers"]:
        events.append(NewEvent(Kind.TAKEN_BACK, data={"seqs": list(since["answers"])}))
    was = CaseState(since["was"])
    stood = {"merged_into": None, "answered_at": since["answered_before"]}
    if was in _OFFERED or case.offered_to is not None:
        stood["accept_by"] = accept_by(await writing.calendar(), None, case.accepted_at)
    await writing.write(case, actor, "cases.unmerged", *events, state=was, **stood)
    if case.handler_id is None:
        await outbox.put(WANTS_HANDLER, {"case_id": str(case.id)}, key=str(case.id))
    else:
        await _tell_staff("case_unmerged", case, [case.handler_id], actor, what="已撤销并案，请继续办理")
    await messages.unmerged(case)


async def parting(case: Case) -> Parting:
    """Return how a case leaves the one it was merged into because its owner refuses the answer.

    Whoever answered for both goes on with it, unless it had a handler. Raises NotYetAnswered before there is an answer,
    and WrongState for a case that its owner confirmed himself.
    """
    if case.state is CaseState.CLOSED_CONFIRMED and not await db.fetch_value(_BY_ANOTHER, case.id):
        raise WrongState(LIFECYCLE, case.state, CaseState.REOPENED)
    if case.state is not CaseState.MERGED:
        return Parting()
    since = await _since(case)
    if not since["answers"]:
        raise NotYetAnswered
    columns: dict[str, Any] = {"merged_into": None}
    if case.handler_id is None:
        answerer = await db.fetch_value(_ANSWERER, since["into_id"])
        columns |= {"handler_id": answerer, "answerable_id": answerer}
    return Parting((NewEvent(Kind.UNMERGED),), columns)


async def check_answered(case: Case) -> None:
    """Raise NotYetAnswered for a merged case to which no answer was carried on: there is nothing to confirm."""
    if case.state is CaseState.MERGED and not (await _since(case))["answers"]:
        raise NotYetAnswered


async def note(case_id: UUID, words: str, actor: Actor) -> None:
    """Note the reason among staff: it may name the other's matter."""
    if words:
        await db.execute(_NOTE, new_id(), case_id, actor.id, clock.now(), words)


async def tell_home(case: Case, home: Case, said: NewEvent, actor: Actor) -> bool:
    """Bring what the owner of a merged case said to where it is worked on; returns whether it stands in that log.

    Where the other's owner may not read it, it is noted among staff instead.
    """
    is_shared = is_read_by_same(case, home) and home.state not in (*CLOSED, CaseState.MERGED)
    if is_shared:
        told = NewEvent(said.kind, said.body, {"number": case.number}, files=said.files)
        is_brought = said.kind is Kind.SUPPLIED
        state = CaseState.IN_PROGRESS if is_brought and home.state is CaseState.WAITING_FOR_OWNER else None
        heard = NO_SILENCE if home.state is CaseState.ANSWERED else {}
        await writing.write(home, actor, f"cases.{said.kind}", told, state=state, **heard)
    else:
        brought = f"（另有附件{len(said.files)}个，见该事项）" if said.files else ""
        words = f"并入的{case.number}的经营者留言：{said.body}{brought}"
        await db.execute(_SAID, new_id(), home.id, clock.now(), words, str(actor.id))
    if home.handler_id is not None:
        fields = {
            "number": home.number,
            "title": home.title,
            "what": f"并入的{case.number}有新留言",
            "case_id": str(home.id),
        }
        once = f"case-replied:{home.id}:{case.id}:{case.version}"
        await staff_notices.tell("case_replied", [home.handler_id], fields=fields, once=once, subject=home.id)
    return is_shared


def is_read_by_same(case: Case, home: Case) -> bool:
    """Tell whether whoever reads the one may read the other: all of one enterprise, or one person without any."""
    if case.enterprise_id is not None:
        return case.enterprise_id == home.enterprise_id
    return home.enterprise_id is None and case.person_id is not None and case.person_id == home.person_id


async def _both(one: UUID, other: UUID, actor: Actor, version: int | None) -> tuple[Case, Case]:
    """Lock two cases in the order of their ids, so that no two commands wait for each other."""
    found = {}
    for case_id in sorted({one, other}):
        wanted = version if case_id == one else None
        found[case_id] = await writing.locked(case_id, actor, permission=ASSIGN, version=wanted)
    return found[one], found[other]


async def _check(case: Case, target: Case, reason: str) -> None:
    is_same = is_one_owner((case.person_id, case.enterprise_id), (target.person_id, target.enterprise_id))
    if not is_same and not reason:
        raise NotSameMatter(fields=(FieldError("reason", "required", NotSameMatter.sentence),))
    if target.state in (*CLOSED, CaseState.ANSWERED, CaseState.MERGED):
        raise MergeTargetOver
    if case.awaits_decision:
        raise NeedsDecision
    if await db.fetch_value(_HELD, case.id):
        raise HasMerged
    if await db.fetch_value(_HELD, target.id) >= MOST:
        raise MergeTargetOver(f"一个事项最多并入{MOST}件，请并入其他事项。")
    if is_put_off(await writing.readings(case), await writing.readings(target)):
        raise MergeOtherWay


def is_put_off(case: Readings, target: Readings) -> bool:
    """Tell whether anything that is still owed in a case would be due later in the target, which answers for both."""
    if _solved_by(target) > _solved_by(case):
        return True
    is_unanswered = case.answer.stopped_at is None
    answered_by = target.answer.due.at if target.answer.stopped_at is None else _solved_by(target)
    if is_unanswered and min(answered_by, _solved_by(target)) > case.answer.due.at:
        return True
    is_untaken = case.accept.stopped_at is None and target.accept.stopped_at is None
    return is_untaken and target.accept.due.at > case.accept.due.at


def _solved_by(read: Readings) -> datetime:
    """Return by when the next answer is owed: the term's end, or a promised day before it."""
    promised = [one.due.at for one in read.promises if one.reading.stopped_at is None]
    return min([read.solution.due.at, *promised])


def is_one_owner(one: Sequence[UUID | None], other: Sequence[UUID | None]) -> bool:
    """Tell whether two matters, each {person, enterprise}, are of the same person or the same enterprise."""
    return any(mine is not None and mine == his for mine, his in zip(one, other, strict=True))


async def _since(case: Case) -> Record:
    found = await db.fetch_one(_SINCE, case.id)
    if found is None:
        raise NotMerged
    return found


async def _tell_merged(case: Case, target: Case, actor: Actor) -> None:
    await staff_notices.settle([case.id], *_SILENCED)
    await messages.merged(case, target)
    workers = [one for one in (target.handler_id,) if one]
    await _tell_staff("case_merged", target, workers, actor, what=f"{case.number}已并入，答复将一并送达")


async def _tell_staff(kind: str, case: Case, staff: Sequence[UUID], actor: Actor, *, what: str) -> None:
    fields = {"number": case.number, "title": case.title, "what": what, "case_id": str(case.id)}
    once = f"{kind}:{case.id}:{case.version}"
    await staff_notices.tell(kind, staff, fields=fields, once=once, subject=case.id, but=[actor.id])
