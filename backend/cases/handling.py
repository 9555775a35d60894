"""What the one who handles a case does with it: take it, reply, ask once for what is missing, answer or decline."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson

from backend import worktime
from backend.access import Actor, ActorKind
from backend.cases import messages, notices, writing
from backend.cases.assignment import naming
from backend.cases.deadlines.readings import PAUSE_WORDS, PAUSES, PauseReason
from backend.cases.ending.inviting import invite_at
from backend.cases.errors import (
    AlreadyTaken,
    AskedBefore,
    ExtendedBefore,
    NeedsDecision,
    NeedsOther,
    NoCitation,
    NotPausable,
    NotYours,
    OwnMatter,
    PromiseTooLate,
    TooManyPromises,
)
from backend.cases.events import Citation, Kind, NewEvent
from backend.cases.intake import attaching
from backend.cases.models import Case
from backend.cases.states import LIFECYCLE, NO_SILENCE, PROMISES_IN, CaseState
from backend.cases.visibility import visible_to
from backend.eligibility import promises
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Invalid
from backend.foundation.ids import new_id
from backend.foundation.states import WrongState

HANDLE: Final = "cases.handle"
DECIDE: Final = "cases.decide"
MOST_PROMISES: Final = 3
"""A promise that is changed all the time is none."""

_HELPS: Final = """
SELECT EXISTS (SELECT FROM case_helpers WHERE case_id = $1 AND staff_id = $2 AND ended_at IS NULL)
"""
ANSWERED_IT: Final = """
SELECT coalesce((SELECT actor_kind = 'staff' AND actor_id = $2 FROM case_events
                 WHERE case_id = $1 AND kind IN ('answered', 'declined') ORDER BY seq DESC LIMIT 1), FALSE)
"""
PROMISED: Final = "SELECT count(*) FROM case_events WHERE case_id = $1 AND kind = 'promised'"
OWN_MATTER: Final = """
SELECT EXISTS (SELECT FROM staff_phones p WHERE p.staff_id = {staff} AND p.ended_at IS NULL AND (
    p.person_id = {person} OR EXISTS (
        SELECT FROM bindings b WHERE b.person_id = p.person_id AND b.enterprise_id = {enterprise}
        AND b.state IN ('active', 'read_only'))))
"""
_OWN_MATTER: Final = OWN_MATTER.format(staff="$1", person="$2", enterprise="$3")
_NAME: Final = "SELECT name FROM staff WHERE id = $1"
_REQUESTS: Final = """
SELECT count(*) AS made, count(*) FILTER (WHERE taken_back_at IS NULL) AS standing FROM case_requests WHERE case_id = $1
"""
_REQUEST: Final = """
INSERT INTO case_requests (case_id, nr, items, reason, made_by, made_at) VALUES ($1, $2, $3::jsonb, $4, $5, $6)
"""
_NOTE: Final = "INSERT INTO case_notes (id, case_id, staff_id, at, body) VALUES ($1, $2, $3, $4, $5)"
_EXTENDED: Final = "SELECT EXISTS (SELECT FROM case_events WHERE case_id = $1 AND kind = 'extended')"
_TAKES_FROM: Final = (CaseState.RECEIVED, CaseState.ASSIGNED, CaseState.TRANSFERRED, CaseState.REOPENED)
_IN_HAND: Final = (CaseState.IN_PROGRESS, CaseState.WAITING_FOR_OWNER)
_TAKEN: Final = {"offered_to": None, "accept_by": None, "unassigned_at": None, "passed_on": 0}
"""Columns of a case that somebody has taken: nothing waits for that any more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing that is missing, why it is needed and by what; `words` is what the owner brings."""

    words: str
    why: str = ""
    citation: str = ""


async def accept(case_id: UUID, *, actor: Actor, version: int | None = None) -> Case:
    """Take a case over: whoever it was given or handed to, or anybody who may handle it while nobody has it.

    From now on he answers for it (首接负责 ends with this). What he works on or waits for stays as it is. Raises
    AlreadyTaken naming who has it.
    """
    async with writing.changing(case_id, actor, permission=HANDLE, version=version) as case:
        if case.state in _IN_HAND and case.handler_id == actor.id and case.offered_to is None:
            return case
        if case.awaits_decision:
            raise NeedsDecision
        await check_apart(case, actor)
        await _check_free(case, actor)
        took: dict[str, Any] = {**_TAKEN, "handler_id": actor.id, "answerable_id": actor.id}
        if case.accepted_at is None:
            took["accepted_at"] = clock.now()
        state, before = _taken_to(case, actor), case.handler_id
        happened = NewEvent(Kind.ACCEPTED, data={"staff_id": str(actor.id)})
        await writing.write(case, actor, "cases.accepted", happened, state=state, **took)
        await messages.taken(case)
        await notices.settle([case.id])
        if before not in (None, actor.id):
            await notices.offer_answered(naming.told(case), before, actor.name, "已接办")
        return case


def _taken_to(case: Case, actor: Actor) -> CaseState | None:
    """Return where taking a case moves it: what a colleague works on or waits for goes on as it is."""
    works = case.state in (CaseState.IN_PROGRESS, CaseState.WAITING_FOR_OWNER)
    return None if works and case.offered_to == actor.id else CaseState.IN_PROGRESS


async def _check_free(case: Case, actor: Actor) -> None:
    if actor.id in (case.offered_to, case.handler_id) and case.offered_to in (None, actor.id):
        return
    holder = case.offered_to or case.handler_id
    if case.state not in _TAKES_FROM and case.offered_to is None and holder is not None:
        raise AlreadyTaken(await db.fetch_value(_NAME, holder) or "")
    if holder not in (None, actor.id):
        raise AlreadyTaken(await db.fetch_value(_NAME, holder) or "")


async def reply(
    case_id: UUID, words: str, *, actor: Actor, files: Sequence[UUID] = (), template: str | None = None
) -> Case:
    """Say something to the owner; the case stays where it is.

    His silence over an answer then counts from when he has read this as well. `template`: what the words were
    before the case filled them in: the office's own, which promise nothing, or it raises Invalid.
    """
    promises.refuse(text=words if template is None else template)
    async with writing.changing(case_id, actor, permission=HANDLE) as case:
        check_talks(case)
        said = NewEvent(Kind.REPLIED, words, files=await attaching.his(actor, files))
        heard = NO_SILENCE if case.state is CaseState.ANSWERED else {}
        await writing.write(case, actor, "cases.replied", said, **heard)
        await notices.replied(case.id)
        await messages.replied(case)
        return case


def check_talks(case: Case) -> None:
    """Raise WrongState where nothing more is to be said."""
    if LIFECYCLE.is_final(case.state) or case.state in (CaseState.MERGED, CaseState.CLOSED_CONFIRMED):
        raise WrongState(LIFECYCLE, case.state, CaseState.IN_PROGRESS)


async def note(case_id: UUID, words: str, *, actor: Actor) -> None:
    """Note something among staff; the owner can never read it."""
    async with writing.changing(case_id, actor, permission=HANDLE) as case:
        await db.execute(_NOTE, new_id(), case.id, actor.id, clock.now(), words)


async def ask(
    case_id: UUID, wanted: Sequence[Wanted], *, actor: Actor, version: int | None = None, reason: str = ""
) -> Case:
    """Tell the owner at once of everything that is missing (一次性告知); the clocks rest until he brings it.

    Source: 行政许可法 art. 32(4). Raises AskedBefore for a second list without a reason.
    """
    async with own(case_id, actor, version) as case:
        made, standing = await db.fetch_one(_REQUESTS, case.id) or (0, 0)
        if standing and not reason:
            raise AskedBefore(fields=(FieldError("reason", "required", AskedBefore.sentence),))
        items = [{"words": one.words, "why": one.why, "citation": one.citation} for one in wanted]
        told = orjson.dumps(items).decode()
        await db.execute(_REQUEST, case.id, made + 1, told, reason, actor.id, clock.now())
        happened = NewEvent(Kind.ASKED, reason, {"nr": made + 1, "items": items})
        await writing.write(case, actor, "cases.asked", happened, state=CaseState.WAITING_FOR_OWNER)
        await messages.asked(case, [one.words for one in wanted])
        return case


async def answer(
    case_id: UUID,
    words: str,
    citations: Sequence[Citation] = (),
    *,
    actor: Actor,
    version: int | None = None,
    files: Sequence[UUID] = (),
) -> Case:
    """Answer a case; it is over only when its owner says so, keeps silent though reached, or a superior decides.

    Raises Invalid for words that promise what only the law can give.
    """
    promises.refuse(text=words, is_cited=bool(citations))
    async with own(case_id, actor, version) as case:
        happened = NewEvent(Kind.ANSWERED, words, citations=tuple(citations), files=await attaching.his(actor, files))
        answered = {"answered_at": clock.now()}
        await writing.write(case, actor, "cases.answered", happened, state=CaseState.ANSWERED, **answered)
        await notices.answered(case.id)
        await messages.answered(case)
        return case


async def decline(
    case_id: UUID, reason: str, citations: Sequence[Citation], *, actor: Actor, version: int | None = None
) -> Case:
    """Refuse a case with a reason and what it rests on; its owner may ask a superior to look at it again.

    Raises NoCitation, and Invalid for words that promise something else instead.
    """
    promises.refuse(reason=reason, is_cited=bool(citations))
    if not citations:
        raise NoCitation(fields=(FieldError("citations", "required", NoCitation.sentence),))
    async with own(case_id, actor, version) as case:
        happened = NewEvent(Kind.DECLINED, reason, citations=tuple(citations))
        answered = {"answered_at": clock.now(), "invite_at": invite_at()}
        await writing.write(case, actor, "cases.declined", happened, state=CaseState.DECLINED, **answered)
        await notices.ended(case.id)
        await messages.declined(case)
        return case


async def pause(
    case_id: UUID, reason: str, words: str, *, actor: Actor, version: int | None = None, template: str | None = None
) -> Case:
    """Let the clocks rest for a listed reason, which the owner reads; raises NotPausable once the cap is used up.

    `template` as in `reply`.
    """
    if reason not in PAUSES:
        raise Invalid(fields=(FieldError("reason", "unknown", "没有这种暂停理由；缺材料的，请用一次性告知列明。"),))
    promises.refuse(text=words if template is None else template)
    async with own(case_id, actor, version) as case:
        readings = await writing.readings(case)
        if case.is_paused or readings.pause_left <= 0 or case.state is not CaseState.IN_PROGRESS:
            raise NotPausable
        await writing.write(case, actor, "cases.paused", NewEvent(Kind.PAUSED, words, {"reason": reason}))
        await messages.paused(case, PAUSE_WORDS[PauseReason(reason)])
        return case


async def resume(case_id: UUID, *, actor: Actor, version: int | None = None) -> Case:
    """Let the clocks run on."""
    async with own(case_id, actor, version) as case:
        if not case.is_paused or case.state is not CaseState.IN_PROGRESS:
            raise NotPausable("该事项没有暂停计时，无需恢复。")
        await writing.write(case, actor, "cases.resumed", NewEvent(Kind.RESUMED))
        return case


async def promise(case_id: UUID, on: date, *, actor: Actor, version: int | None = None) -> Case:
    """Promise the owner a day: a working day to come, never behind the term. Whether it is kept is counted."""
    calendar = await worktime.current()
    async with own(case_id, actor, version) as case:
        if case.state not in PROMISES_IN:
            raise WrongState(LIFECYCLE, case.state, CaseState.IN_PROGRESS)
        if await db.fetch_value(PROMISED, case.id) >= MOST_PROMISES:
            raise TooManyPromises
        last = case.solution_due_at
        is_late = last is not None and on > last.astimezone(clock.SHANGHAI).date()
        if on < clock.today() or is_late or not calendar.is_workday(on):
            raise PromiseTooLate(fields=(FieldError("on", "out_of_range", PromiseTooLate.sentence),))
        happened = NewEvent(Kind.PROMISED, data={"on": on.isoformat()})
        await writing.write(case, actor, "cases.promised", happened, promised_on=on)
        await messages.promised(case)
        return case


async def extend(
    case_id: UUID, days: int, reason: str, *, actor: Actor, version: int | None = None, is_statutory: bool = False
) -> Case:
    """Give a case more working days, once, by a superior who hasn't got it himself, with a reason that the owner reads.

    `is_statutory`: the law's own term is extended as well, as that law allows (行政许可法 art. 42). Raises
    ExtendedBefore, OwnMatter, NeedsOther.
    """
    promises.refuse(reason=reason)
    async with writing.changing(case_id, actor, permission=DECIDE, version=version) as case:
        if await db.fetch_value(_EXTENDED, case.id):
            raise ExtendedBefore
        _check_open(case)
        await check_apart(case, actor)
        if case.handler_id == actor.id:
            raise NeedsOther("办理期限须由经办人以外的上级批准延长。")
        happened = NewEvent(Kind.EXTENDED, reason, {"days": days, "is_statutory": is_statutory})
        await writing.write(case, actor, "cases.extended", happened)
        await messages.extended(case, reason)
        return case


@asynccontextmanager
async def own(case_id: UUID, actor: Actor, version: int | None) -> AsyncIterator[Case]:
    """Lock a case for its handler, or for who works on it with him or above him; raises NotYours for others."""
    async with writing.changing(case_id, actor, permission=HANDLE, version=version) as case:
        await check_own(case, actor)
        yield case


async def check_own(case: Case, actor: Actor) -> None:
    """Raise NotYours for anybody but its handler, his helpers and superiors; NeedsDecision while a superior must."""
    if case.handler_id != actor.id and not await db.fetch_value(_HELPS, case.id, actor.id):
        above = visible_to(actor, DECIDE)
        sql = f"SELECT FROM cases c WHERE c.id = $1 AND {above.render(2)}"
        if await db.fetch_one(sql, case.id, *above.params) is None:
            raise NotYours
    if case.awaits_decision:
        raise NeedsDecision
    await check_apart(case, actor)


async def check_apart(case: Case, actor: Actor) -> None:
    """Raise OwnMatter for who is an owner of the matter himself, as his bound phone tells (公务员法 art. 76)."""
    if await db.fetch_value(_OWN_MATTER, actor.id, case.person_id, case.enterprise_id):
        raise OwnMatter


async def is_about(case: Case, actor: Actor) -> bool:
    """Tell whether somebody would judge his own work: he handles the case, or gave the answer that stands."""
    return case.handler_id == actor.id or bool(await db.fetch_value(ANSWERED_IT, case.id, actor.id))


async def tell_handler(case: Case, by: Actor, what: str) -> None:
    """Tell whoever handles a case that its owner has done something."""
    if by.kind is ActorKind.OWNER and case.handler_id is not None:
        once = f"case-replied:{case.id}:{case.version}"
        await notices.owner_wrote(naming.told(case), case.handler_id, what, once)


def _check_open(case: Case) -> None:
    if case.solution_due_at is None or case.due_at is None:
        raise WrongState(LIFECYCLE, case.state, CaseState.IN_PROGRESS)
