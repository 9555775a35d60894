"""How a case ends: its owner confirms or refuses, or a superior decides. Closure is a claim until then."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Literal
from uuid import UUID

from backend.access import Actor
from backend.cases import handling, messages, notices, owning, writing
from backend.cases.ending import rating, reaching
from backend.cases.ending.inviting import invite_at
from backend.cases.ending.rating import Rating
from backend.cases.errors import HasAccount, NeedsDecision, NeedsOther, NothingToDecide, OwnersTurn, TooLateToReopen
from backend.cases.events import Kind, NewEvent
from backend.cases.intake import attaching
from backend.cases.linked import merging
from backend.cases.models import Case
from backend.cases.owning import REOPENS_WITHIN, owned
from backend.cases.states import CLOSED, LIFECYCLE, NO_SILENCE, CaseState
from backend.eligibility import promises
from backend.foundation import clock
from backend.foundation.states import WrongState
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders

DECIDE: Final = "cases.decide"
HANDLE: Final = "cases.handle"
UNTIL_SUPERIOR: Final = 2
"""The second refusal goes to the superior, who decides with a reason."""


async def confirm(case_id: UUID, *, actor: Actor, rated: Rating | None = None) -> Case:
    """End a case by its owner's word, and take his rating with it if he gives one; again changes nothing."""
    async with owned(case_id, actor) as (case, acting):
        is_again = case.state is CaseState.CLOSED_CONFIRMED
        if not is_again:
            await _confirm(case, acting, NewEvent(Kind.CONFIRMED))
        if rated is not None and not (is_again and await rating.is_rated(case.id)):
            await rating.note_or_add(case, rated, acting)
        return case


async def _confirm(case: Case, actor: Actor, happened: NewEvent) -> None:
    await merging.check_answered(case)
    ended = {**NO_SILENCE, "invite_at": invite_at(), "merged_into": None}
    await writing.write(case, actor, "cases.confirmed", happened, state=CaseState.CLOSED_CONFIRMED, **ended)
    await notices.ended(case.id)


async def write_back(
    case_id: UUID, words: str, files: Sequence[UUID], *, actor: Actor, is_unsolved: bool | None = None
) -> Case:
    """Take what an owner writes in his case: an objection if he says that it isn't solved, else a word to its handler.

    Raises WordWanted where it could be either and he has not said which, so that no objection is left without a clock.
    """
    if is_unsolved:
        return await refuse(case_id, words, actor=actor, files=files)
    return await owning.reply(case_id, words, files, actor=actor, is_remark=is_unsolved is not None)


async def refuse(case_id: UUID, words: str, *, actor: Actor, files: Sequence[UUID] = ()) -> Case:
    """Say that an answer solves nothing: it is opened again on the same clock.

    What was declined, and what was refused for the second time, waits for a superior. A case that closed in silence is
    opened within REOPENS_WITHIN; raises TooLateToReopen afterwards. One that was merged goes its own way with this.
    """
    async with owned(case_id, actor) as (case, acting):
        await _refuse(case, acting, NewEvent(Kind.REFUSED, words, files=await attaching.his(acting, files)))
        return case


async def _refuse(case: Case, actor: Actor, happened: NewEvent) -> None:
    if case.closed_at is not None and clock.now() > case.closed_at + REOPENS_WITHIN:
        raise TooLateToReopen
    alone = await merging.parting(case)
    refusals = case.refusals + 1
    to_superior = refusals >= UNTIL_SUPERIOR or case.state is CaseState.DECLINED
    changed = {**NO_SILENCE, "refusals": refusals, "awaits_decision": to_superior, "invite_at": None}
    changed |= alone.columns
    await writing.write(case, actor, "cases.refused", *alone.events, happened, state=CaseState.REOPENED, **changed)
    await _tell_refused(case, to_superior=to_superior)


async def hear(
    case_id: UUID,
    word: Literal["confirmed", "refused", "supplied"],
    how: Literal["call", "counter"],
    note: str,
    *,
    actor: Actor,
    version: int | None = None,
) -> Case:
    """Write down what somebody without an account said on the phone or at the counter; `note` is what he said.

    That it is solved is never heard by the one who answered. Raises HasAccount where the owner speaks for himself,
    OwnMatter, and NeedsOther.
    """
    async with writing.changing(case_id, actor, permission=HANDLE, version=version) as case:
        if case.person_id is not None:
            raise HasAccount
        await handling.check_apart(case, actor)
        if word == "confirmed" and await handling.is_about(case, actor):
            raise NeedsOther
        happened = NewEvent(Kind(word), note, {"how": how})
        await _HEARD[word](case, actor, happened)
        return case


_HEARD: Final[Mapping[str, Callable[[Case, Actor, NewEvent], Awaitable[None]]]] = {
    "confirmed": _confirm,
    "refused": _refuse,
    "supplied": owning.take_in,
}


async def decide(case_id: UUID, reason: str, *, ends: bool, actor: Actor, version: int | None = None) -> Case:
    """Decide as the superior what its owner does not accept: it ends with a reason, or is worked on again.

    Never by the one whose answer it is about. Raises NothingToDecide, NeedsOther, and Invalid for words that promise.
    """
    promises.refuse(reason=reason)
    async with writing.changing(case_id, actor, permission=DECIDE, version=version) as case:
        if not case.awaits_decision:
            raise NothingToDecide
        await handling.check_apart(case, actor)
        if await handling.is_about(case, actor):
            raise NeedsOther
        happened = NewEvent(Kind.DECIDED, reason, {"because": "upheld" if ends else "again"})
        changed: dict[str, Any] = {"awaits_decision": False}
        if ends:
            changed |= {"invite_at": invite_at()}
            await writing.write(case, actor, "cases.decided", happened, state=CaseState.CLOSED_BY_DECISION, **changed)
            await notices.ended(case.id)
        else:
            await writing.write(case, actor, "cases.decided", happened, **changed)
            await staff_notices.settle([case.id], "case_refused")
            await _tell_handler_again(case, reason)
        await messages.decided(case, ends=ends)
        return case


async def close_by_decision(case_id: UUID, reason: str, *, actor: Actor, version: int | None = None) -> Case:
    """End an open case by a superior's decision, with a reason that its owner reads; never one's own.

    What its owner did not accept is for `decide`: raises NeedsDecision. An answer is his to accept, unless it can't be
    brought to him: raises OwnersTurn. Raises NeedsOther.
    """
    promises.refuse(reason=reason)
    async with writing.changing(case_id, actor, permission=DECIDE, version=version) as case:
        if case.state in CLOSED:
            raise WrongState(LIFECYCLE, case.state, CaseState.CLOSED_BY_DECISION)
        if case.awaits_decision:
            raise NeedsDecision
        if case.state is CaseState.ANSWERED and await reaching.is_owners_turn(case):
            raise OwnersTurn
        await handling.check_apart(case, actor)
        if await handling.is_about(case, actor):
            raise NeedsOther
        happened = NewEvent(Kind.DECIDED, reason, {"because": "closed"})
        ended = {**NO_SILENCE, "awaits_decision": False, "invite_at": invite_at()}
        await writing.write(case, actor, "cases.decided", happened, state=CaseState.CLOSED_BY_DECISION, **ended)
        await notices.ended(case.id)
        await messages.decided(case, ends=True)
        return case


async def _tell_handler_again(case: Case, reason: str) -> None:
    if case.handler_id is not None:
        fields = {
            "number": case.number,
            "title": case.title,
            "what": f"上级决定重新办理：{reason}",
            "case_id": str(case.id),
        }
        once = f"case-again:{case.id}:{case.version}"
        await staff_notices.tell("case_refused", [case.handler_id], fields=fields, once=once, subject=case.id)


async def _tell_refused(case: Case, *, to_superior: bool) -> None:
    what = "等待上级决定" if to_superior else "已退回重办"
    fields = {"number": case.number, "title": case.title, "what": what, "case_id": str(case.id)}
    once = f"case-refused:{case.id}:{case.version}"
    await staff_notices.tell(
        "case_refused", [case.handler_id] if case.handler_id else [], fields=fields, once=once, subject=case.id
    )
    if to_superior or case.handler_id is None:
        superiors = Holders(DECIDE, case.district, case.unit_id)
        await staff_notices.tell("case_refused", superiors, fields=fields, once=once, subject=case.id)
