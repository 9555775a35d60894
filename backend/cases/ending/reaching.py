"""Proof that an answer reached its owner, and what his silence means from then on.

Silence counts only from an answer that he opened, a recorded call or a hand-over at the counter. Until then the case
stays answered, in the list of those not reached. Whoever writes back is not silent.
"""

from typing import Any, Final, Literal
from uuid import UUID

from backend.access import SYSTEM, Actor, ActorKind
from backend.cases import handling, messages, notices, sweeping, writing
from backend.cases.ending import rating
from backend.cases.ending.inviting import invite_at
from backend.cases.errors import Unanswered
from backend.cases.events import Kind, NewEvent
from backend.cases.models import Case
from backend.cases.states import LIFECYCLE, CaseState
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.states import WrongState

SILENT_FOR: Final = 5
"""Working days of silence after which an answer counts as accepted."""
REMINDED_ON: Final = 3
"""The working day on which he is asked once more."""
HANDLE: Final = "cases.handle"

_WAITS: Final = """
SELECT EXISTS (SELECT FROM cases WHERE id = $1 AND state = 'answered' AND reached_at IS NULL AND person_id = $2)
"""
_REACHED: Final = "INSERT INTO case_reaches (id, case_id, how, at, staff_id, note) VALUES ($1, $2, $3, $4, $5, $6)"
# An answer to which the owner has written back is reached anew by what staff said after that.
LAST_WORD: Final = """
SELECT actor_kind FROM case_events
WHERE case_id = $1 AND kind IN ('answered', 'replied', 'supplied', 'told', 'corrected') ORDER BY seq DESC LIMIT 1
"""
_DUE: Final = """
SELECT id FROM cases WHERE {column} <= $1 AND id <> ALL ($2::uuid[]) ORDER BY {column} LIMIT 1
FOR NO KEY UPDATE SKIP LOCKED
"""


async def opened(case_id: UUID, *, actor: Actor) -> bool:
    """Note that the one who asked has opened his answered case; tells whether that was the first time it counted."""
    if actor.kind is not ActorKind.OWNER or not await db.fetch_value(_WAITS, case_id, actor.id):
        return False
    async with writing.changing(case_id, actor) as case:
        if case.state is not CaseState.ANSWERED or case.reached_at is not None or case.person_id != actor.id:
            return False
        if await db.fetch_value(LAST_WORD, case.id) == ActorKind.OWNER.value:
            return False
        await _note(case, "opened", "", actor)
        return True


async def is_owners_turn(case: Case) -> bool:
    """Tell whether an answered case waits for its owner: he was reached, has written back, or may still be reached."""
    if case.answered_at is None or case.reached_at is not None:
        return True
    if (await writing.calendar()).add_days(case.answered_at, SILENT_FOR).at > clock.now():
        return True
    return bool(await db.fetch_value(LAST_WORD, case.id) == ActorKind.OWNER.value)


async def record(
    case_id: UUID, how: Literal["call", "counter"], note: str, *, actor: Actor, version: int | None = None
) -> Case:
    """Note a call or a hand-over at the counter in which the answer was told, with what was said.

    Raises OwnMatter, and Unanswered while the last word is the owner's: he is not silent.
    """
    async with writing.changing(case_id, actor, permission=HANDLE, version=version) as case:
        await handling.check_apart(case, actor)
        if case.state is not CaseState.ANSWERED:
            raise WrongState(LIFECYCLE, case.state, CaseState.ANSWERED)
        if await db.fetch_value(LAST_WORD, case.id) == ActorKind.OWNER.value:
            raise Unanswered
        await _note(case, how, note, actor)
        return case


async def _note(case: Case, how: str, note: str, actor: Actor) -> None:
    moment, days = clock.now(), await writing.calendar()
    staff_id = None if how == "opened" else actor.id
    await db.execute(_REACHED, new_id(), case.id, how, moment, staff_id, note)
    reached: dict[str, Any] = {
        "reached_at": moment,
        "remind_at": days.add_days(moment, REMINDED_ON).at if case.person_id else None,
        "silence_at": days.add_days(moment, SILENT_FOR).at,
    }
    await writing.write(case, actor, "cases.reached", NewEvent(Kind.REACHED, data={"how": how}), **reached)


async def sweep(limit: int = 500) -> int:
    """Remind whoever was reached and is silent, and close what stayed silent; returns how many were looked at."""
    done = 0
    for column, act in (("silence_at", _close), ("remind_at", _remind), ("invite_at", _invite)):
        done += await sweeping.each(_DUE.format(column=column), act, limit - done)
    return done


async def _close(case: Case) -> None:
    ended = {"remind_at": None, "silence_at": None, "invite_at": invite_at()}
    happened = NewEvent(Kind.CLOSED_BY_SILENCE)
    await writing.write(case, SYSTEM, "cases.closed_by_silence", happened, state=CaseState.CLOSED_BY_SILENCE, **ended)
    await notices.ended(case.id)
    await messages.closed_by_silence(case)


async def _remind(case: Case) -> None:
    await Case.filter(id=case.id).update(remind_at=None)
    if case.silence_at is not None:
        await messages.closing(case, case.silence_at)


async def _invite(case: Case) -> None:
    await Case.filter(id=case.id).update(invite_at=None)
    if not await rating.is_rated(case.id):
        await messages.rating_wanted(case)
