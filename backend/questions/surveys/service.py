"""Commands: a survey's way from draft over review to its release and its end.

Whoever wrote a survey or touched it last never releases it; what is released is exactly what the reviewer read, because
any edit takes it out of review and he names the version he saw. A released one is never edited: `copy` begins another.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from backend import audit, notifications, outbox
from backend.access import SYSTEM, Actor
from backend.enterprises.rules import parse_stored
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.numbers import public_number
from backend.foundation.states import WrongState
from backend.questions.surveys import notices, submitting
from backend.questions.surveys.content import SurveyContent
from backend.questions.surveys.errors import SameAuthor, SurveyChanged, SurveyPast, SurveyUnknown
from backend.questions.surveys.models import Survey
from backend.questions.surveys.states import LIFECYCLE, OPEN, SurveyState

PREFIX: Final = "DC"
TABLE: Final = "surveys"
WRITE: Final = "surveys.write"
RELEASE: Final = "surveys.release"

RELEASED: Final = "surveys.released"
"""Outbox topic: a survey's first day has come, write down whom it is for and tell them; payload {survey_id}."""
REMIND: Final = "surveys.remind"
"""Outbox topic: a survey ends soon, tell who has not answered; payload {survey_id, after?: the last person told}."""
TOPICS: Final = (RELEASED, REMIND)

_MORNING: Final = time(9)
_REMINDED_BEFORE: Final = timedelta(days=2)
_TO_REMIND: Final = timedelta(days=4)
"""A shorter survey is not asked for twice."""

_TOUCH: Final = "UPDATE surveys SET version = version + 1 WHERE id = $1 RETURNING version"
_OVER: Final = """
UPDATE surveys SET state = 'closed', ended_at = $1, version = version + 1
WHERE id = ANY (ARRAY(
    SELECT id FROM surveys WHERE state = ANY ($2) AND closes_on < $3 ORDER BY id FOR NO KEY UPDATE
))
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Handled:
    """Where a survey stands after a command; `version` is what the next If-Match names."""

    id: UUID
    number: str
    version: int
    state: SurveyState


async def draft(content: SurveyContent, *, actor: Actor, follows: UUID | None = None) -> Handled:
    """Write a new survey; raises RuleInvalid with every wrong place."""
    actor.require(WRITE)
    return await _begin(content.columns(), actor, follows)


async def copy(survey_id: UUID, *, actor: Actor) -> Handled:
    """Begin another round with the text of a survey, from today on for as many days."""
    actor.require(WRITE)
    before = await Survey.get_or_none(id=survey_id)
    if before is None:
        raise SurveyUnknown
    today = clock.today()
    kept = ("title", "intro", "reason", "rule", "questions")
    columns = {name: getattr(before, name) for name in kept}
    window = {"opens_on": today, "closes_on": today + (before.closes_on - before.opens_on)}
    return await _begin({**columns, **window}, actor, survey_id)


async def edit(survey_id: UUID, content: SurveyContent, *, actor: Actor, version: int) -> Handled:
    """Rewrite a survey that is not out yet, taking it out of review; raises WrongState for another."""
    actor.require(WRITE)
    columns = content.columns()
    async with db.transaction():
        one = await locked(survey_id, version)
        if one.state not in OPEN:
            raise WrongState(LIFECYCLE, one.state, SurveyState.DRAFT)
        changed = sorted(name for name, value in columns.items() if getattr(one, name) != value)
        if one.state is SurveyState.IN_REVIEW:
            columns["state"] = LIFECYCLE.check(one.state, SurveyState.DRAFT)
            await notices.reviewed(one.id)
        one.update_from_dict({**columns, "edited_by": actor.id, "edited_at": clock.now(), "sent_back": ""})
        await one.save_only(*columns, "edited_by", "edited_at", "sent_back")
        await audit.record(actor, "surveys.edited", table=TABLE, row_id=one.id, fields=changed)
        return await _handled(one)


async def submit(survey_id: UUID, *, actor: Actor, version: int) -> Handled:
    """Hand a draft to a reviewer; raises NotReady with whatever promises, or can't be asked any more."""
    actor.require(WRITE)
    async with db.transaction():
        one = await locked(survey_id, version)
        LIFECYCLE.check(one.state, SurveyState.IN_REVIEW)
        submitting.check(one)
        await move(one, SurveyState.IN_REVIEW, actor, "surveys.submitted", submitted_at=clock.now(), sent_back="")
        await notices.review_wanted(one)
        return await _handled(one)


async def send_back(survey_id: UUID, reason: str, *, actor: Actor, version: int) -> Handled:
    """Return a survey to its author with the reason."""
    actor.require(RELEASE)
    async with db.transaction():
        one = await locked(survey_id, version)
        LIFECYCLE.check(one.state, SurveyState.DRAFT)
        await move(one, SurveyState.DRAFT, actor, "surveys.sent_back", sent_back=reason)
        await notices.reviewed(one.id)
        await notices.sent_back(one, reason)
        return await _handled(one)


async def release(survey_id: UUID, *, actor: Actor, version: int) -> Handled:
    """Freeze a reviewed survey and put it to whom it is for, from its first day on.

    Raises SameAuthor, SurveyPast, RuleInvalid. A long list waits, as any broadcast, for a second person.
    """
    actor.require(RELEASE)
    async with db.transaction():
        one = await locked(survey_id, version)
        LIFECYCLE.check(one.state, SurveyState.RELEASED)
        if actor.id in (one.author_id, one.edited_by):
            raise SameAuthor
        if one.closes_on < clock.today():
            raise SurveyPast
        parse_stored(one.rule)
        await move(one, SurveyState.RELEASED, actor, "surveys.released", reviewer_id=actor.id, released_at=clock.now())
        await notices.reviewed(one.id)
        await _plan(one)
        return await _handled(one)


async def withdraw(survey_id: UUID, reason: str, *, actor: Actor, version: int) -> Handled:
    """Take a released survey back: nobody else is told of it, nobody answers it any more; its answers stay."""
    actor.require(RELEASE)
    async with db.transaction():
        one = await locked(survey_id, version)
        await move(one, SurveyState.WITHDRAWN, actor, "surveys.withdrawn", **_ended(reason))
        return await _over(one, "withdrawn")


async def close(survey_id: UUID, reason: str, *, actor: Actor, version: int) -> Handled:
    """End a survey before its last day."""
    actor.require(RELEASE)
    async with db.transaction():
        one = await locked(survey_id, version)
        await move(one, SurveyState.CLOSED, actor, "surveys.closed", **_ended(reason))
        return await _over(one, "cancelled")


async def close_over() -> int:
    """End every survey whose last day is over; returns how many. For the clock, at any time."""
    sources = [str(state) for state in LIFECYCLE.sources(SurveyState.CLOSED)]
    async with db.transaction():
        ended = await db.fetch(_OVER, clock.now(), sources, clock.today())
        await audit.record_many(SYSTEM, [audit.Entry("surveys.closed", TABLE, row["id"], ("state",)) for row in ended])
    return len(ended)


async def locked(survey_id: UUID, version: int) -> Survey:
    """Lock a survey against other commands; raises SurveyUnknown, and SurveyChanged for another version."""
    one = await Survey.filter(id=survey_id).select_for_update(no_key=True).get_or_none()
    if one is None:
        raise SurveyUnknown
    if one.version != version:
        raise SurveyChanged
    return one


async def move(one: Survey, state: SurveyState, actor: Actor, action: str, **noted: Any) -> None:
    """Move a locked survey as its lifecycle allows, and write it down."""
    one.update_from_dict({**noted, "state": LIFECYCLE.check(one.state, state)})
    await one.save_only("state", *noted)
    reason = noted.get("sent_back") or noted.get("end_reason")
    detail = {"reason": reason} if reason else {}
    await audit.record(actor, action, table=TABLE, row_id=one.id, fields=("state", *noted), detail=detail)


async def _begin(columns: dict[str, Any], actor: Actor, follows: UUID | None) -> Handled:
    moment = clock.now()
    number = await public_number(PREFIX)
    by: dict[str, Any] = {"author_id": actor.id, "edited_by": actor.id, "created_at": moment, "edited_at": moment}
    async with db.transaction():
        one = await Survey.create(id=new_id(), number=number, follows=follows, **columns, **by)
        await audit.record(actor, "surveys.drafted", table=TABLE, row_id=one.id, fields=sorted(columns))
    return Handled(one.id, one.number, one.version, one.state)


def _ended(reason: str) -> dict[str, Any]:
    return {"end_reason": reason, "ended_at": clock.now()}


async def _over(one: Survey, because: Literal["withdrawn", "cancelled"]) -> Handled:
    """Tell nobody else of what has ended, neither whoever waits for his turn."""
    for topic in TOPICS:
        await outbox.cancel(topic, str(one.id))
    await notifications.call_off(one.id, because)
    return await _handled(one)


async def _plan(one: Survey) -> None:
    """Put down when it is told, and when whoever has not answered is told once more."""
    payload, key = {"survey_id": str(one.id)}, str(one.id)
    await outbox.put(RELEASED, payload, key=key, due=max(_morning(one.opens_on), clock.now()))
    if one.closes_on - max(one.opens_on, clock.today()) >= _TO_REMIND:
        await outbox.put(REMIND, payload, key=key, due=_morning(one.closes_on - _REMINDED_BEFORE))


def _morning(day: date) -> datetime:
    return datetime.combine(day, _MORNING, clock.SHANGHAI)


async def _handled(one: Survey) -> Handled:
    version = await db.fetch_value(_TOUCH, one.id)
    return Handled(one.id, one.number, version, one.state)
