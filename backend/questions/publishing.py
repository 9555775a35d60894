"""Staff publish an answered question in wording that names nobody: one writes it, another lets it out."""

from typing import Any, Final
from uuid import UUID

from asyncpg import Record, UniqueViolationError

from backend import audit
from backend.access import Actor, Condition
from backend.access.listing import newest
from backend.cases.visibility import visible_to as cases_visible_to
from backend.eligibility import promises
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Invalid
from backend.foundation.ids import new_id
from backend.questions import following, notices, similar
from backend.questions.errors import AlreadyProposed, NotAnswered, PublicationUnknown, QuestionUnknown, SamePerson
from backend.questions.queries import NAME
from backend.questions.similar import Text
from backend.questions.states import PUBLICATION, PublicationState

PERMISSION: Final = "questions.publish"
LONGEST_REASON: Final = 300
_TABLE: Final = "question_publications"

_ANSWERED: Final = """
SELECT q.id, c.answered_at FROM questions q JOIN cases c ON c.origin = 'questions' AND c.origin_id = q.id
WHERE q.id = $1 AND {} FOR UPDATE OF q
"""
_PROPOSE: Final = """
INSERT INTO question_publications (id, question_id, edition, title, asked, answered, author_id, created_at)
SELECT $1, $2, coalesce(max(edition), 0) + 1, $3, $4, $5, $6, $7 FROM question_publications WHERE question_id = $2
"""
_LOCKED: Final = """
SELECT p.id, p.question_id, p.state, p.author_id, p.title, p.asked, p.answered, q.number, c.district
FROM question_publications p JOIN questions q ON q.id = p.question_id
JOIN cases c ON c.origin = 'questions' AND c.origin_id = q.id
WHERE p.id = $1 AND {} FOR UPDATE OF p
"""
_LOCK_QUESTION: Final = """
SELECT FROM questions WHERE id = (SELECT question_id FROM question_publications WHERE id = $1) FOR UPDATE
"""
_SUPERSEDE: Final = """
UPDATE question_publications SET state = 'superseded', ended_at = $2 WHERE question_id = $1 AND state = 'published'
"""
_RELEASE: Final = """
UPDATE question_publications SET state = 'published', reviewer_id = $2, published_at = $3 WHERE id = $1
"""
_END: Final = "UPDATE question_publications SET state = $2, reason = $3, ended_at = $4 WHERE id = $1"
_ITEM: Final = """
p.id, p.question_id, p.edition, p.state, p.title, p.asked, p.answered, p.reason, p.created_at, p.published_at,
p.ended_at, p.author_id, q.number, q.category, c.id AS case_id,
(SELECT s.name FROM staff s WHERE s.id = p.author_id) AS author,
(SELECT s.name FROM staff s WHERE s.id = p.reviewer_id) AS reviewer
"""
_SOURCE: Final = """
question_publications p JOIN questions q ON q.id = p.question_id
JOIN cases c ON c.origin = 'questions' AND c.origin_id = q.id
"""


async def propose(question_id: UUID, title: str, asked: str, answered: str, *, actor: Actor) -> UUID:
    """Write a public wording of an answered question, or another one in the place of the public one; returns its id.

    Raises Invalid for words that promise, QuestionUnknown, NotAnswered, AlreadyProposed.
    """
    actor.require(PERMISSION)
    promises.refuse(title=title, answered=answered)
    visible, made = _seen(actor), new_id()
    async with db.transaction():
        row = await db.fetch_one(_ANSWERED.format(visible.render(2)), question_id, *visible.params)
        if row is None:
            raise QuestionUnknown
        if row["answered_at"] is None:
            raise NotAnswered
        try:
            async with db.savepoint():
                await db.execute(_PROPOSE, made, question_id, title, asked, answered, actor.id, clock.now())
        except UniqueViolationError:
            raise AlreadyProposed from None
        await notices.publication_wanted(made, title, actor)
        await audit.record(actor, "questions.publication_proposed", table=_TABLE, row_id=made, fields=("answered",))
    return made


def _seen(actor: Actor) -> Condition:
    """Cases that he reads and where he may also publish: the one may reach further than the other."""
    return cases_visible_to(actor) & cases_visible_to(actor, PERMISSION)


async def release(publication_id: UUID, *, actor: Actor) -> None:
    """Let it out, in the place of an earlier one: found, followed and told of from now on; not by who wrote it.

    Raises PublicationUnknown, SamePerson, WrongState.
    """
    async with db.transaction():
        row = await _locked(publication_id, PublicationState.PUBLISHED, actor)
        if row["author_id"] == actor.id:
            raise SamePerson
        moment = clock.now()
        await db.execute(_SUPERSEDE, row["question_id"], moment)
        await db.execute(_RELEASE, publication_id, actor.id, moment)
        said = f"{row['title']}\n{row['asked']}"
        await similar.put([Text(NAME, row["question_id"], row["title"], said, row["answered"], moment)])
        await following.announce(publication_id)
        await notices.publication_decided(publication_id)
        await audit.record(actor, "questions.published", table=_TABLE, row_id=publication_id, fields=("state",))


async def send_back(publication_id: UUID, reason: str, *, actor: Actor) -> None:
    """Give a proposal back with what is to be changed; raises PublicationUnknown, WrongState."""
    await _end(publication_id, PublicationState.RETURNED, "questions.publication_returned", reason, actor)


async def withdraw(publication_id: UUID, reason: str, *, actor: Actor) -> None:
    """Take it from the public at once, by anyone who may publish; raises PublicationUnknown, WrongState."""
    await _end(publication_id, PublicationState.WITHDRAWN, "questions.unpublished", reason, actor)


async def _end(publication_id: UUID, state: PublicationState, act: str, reason: str, actor: Actor) -> None:
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid(fields=(FieldError("reason", "required", f"请写明理由，不超过 {LONGEST_REASON} 个字。"),))
    async with db.transaction():
        row = await _locked(publication_id, state, actor)
        is_withdrawn = state is PublicationState.WITHDRAWN
        await db.execute(_END, publication_id, state.value, reason, clock.now() if is_withdrawn else None)
        if is_withdrawn:
            await similar.drop(NAME, [row["question_id"]])
        await notices.publication_decided(publication_id)
        await audit.record(
            actor, act, table=_TABLE, row_id=publication_id, fields=("state",), detail={"reason": reason}
        )


async def _locked(publication_id: UUID, wanted: PublicationState, actor: Actor) -> Record:
    """Hold the question first, then the wording: two editions of one question must not come out side by side."""
    actor.require(PERMISSION)
    visible = _seen(actor)
    await db.execute(_LOCK_QUESTION, publication_id)
    row = await db.fetch_one(_LOCKED.format(visible.render(2)), publication_id, *visible.params)
    if row is None:
        raise PublicationUnknown
    PUBLICATION.check(PublicationState(row["state"]), wanted)
    return row


async def page(actor: Actor, *, state: str | None, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return one page for staff, the newest first; the wording of questions whose cases they see."""
    wanted = _seen(actor)
    if state is not None:
        wanted = wanted & Condition("p.state = {}::text", (state,))
    rows, rest = await newest(f"SELECT {_ITEM}", _SOURCE, wanted, of="p", cursor=cursor, limit=limit)
    return {"items": [_told(row, actor) for row in rows], **rest}


async def show(actor: Actor, publication_id: UUID) -> dict[str, Any]:
    """Return one wording, with what its reader may do with it; raises PublicationUnknown."""
    visible = _seen(actor)
    sql = f"SELECT {_ITEM} FROM {_SOURCE} WHERE p.id = $1 AND {visible.render(2)}"
    row = await db.fetch_one(sql, publication_id, *visible.params)
    if row is None:
        raise PublicationUnknown
    return _told(row, actor)


def _told(row: Record | dict[str, Any], actor: Actor) -> dict[str, Any]:
    state = PublicationState(row["state"])
    acts = {
        "release": state is PublicationState.PROPOSED and row["author_id"] != actor.id,
        "send_back": state is PublicationState.PROPOSED,
        "withdraw": state is PublicationState.PUBLISHED,
    }
    may = [act for act, fits in acts.items() if fits and actor.can(PERMISSION)]
    return {**{name: value for name, value in row.items() if name != "author_id"}, "may": may}
