"""An owner asks, and takes his question back; what the check of its words and photos comes to makes it a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import audit, cases, files, moderation, runtime
from backend.access import SYSTEM, Actor, ActorKind
from backend.cases import CategoryUnknown, Channel, Opening
from backend.foundation import clock, db
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from backend.foundation.logging import get_logger
from backend.foundation.numbers import public_number
from backend.moderation import Content, Outcome, SubjectState
from backend.notifications import held_notices, tell
from backend.questions import barring, messages
from backend.questions.errors import AlreadyAnswered, PhotoUnknown, QuestionUnknown, TooManyQuestions
from backend.questions.queries import NAME, visible_to
from backend.questions.states import LIFECYCLE, QuestionState

log = get_logger(__name__)

PURPOSE: Final = "question_photo"
PREFIX: Final = "WW"
LONGEST: Final = 2000
MOST_PHOTOS: Final = 9
UNUSED_FOR: Final = timedelta(days=1)
KEPT_FOR: Final = timedelta(days=30)
"""For how long the words of a question that never became a case are kept."""
_TABLE: Final = "questions"
_TITLE: Final = 60
_AT_ONCE: Final = 500

# The person's row is the lock under which his questions of the day are counted.
_LOCK_PERSON: Final = "SELECT FROM persons WHERE id = $1 FOR NO KEY UPDATE"
_TODAY: Final = "SELECT count(*) FROM questions WHERE person_id = $1 AND asked_at >= $2"
_IS_OPEN: Final = """
SELECT EXISTS (SELECT FROM case_categories c WHERE c.key = $1 AND c.is_for_owners AND c.closed_at IS NULL
               AND NOT EXISTS (SELECT FROM case_categories below WHERE below.parent = c.key))
"""
# Where the enterprise is for which he asks, or else one for which he may act.
_DISTRICT: Final = """
SELECT e.district FROM enterprises e LEFT JOIN bindings b ON b.enterprise_id = e.id AND b.person_id = $2
WHERE e.id = $1 OR ($1 IS NULL AND b.state = 'active')
ORDER BY b.created_at DESC LIMIT 1
"""
_PHOTOS: Final = """
SELECT f.id FROM files f
WHERE f.id = ANY ($1::uuid[]) AND f.owner_kind = 'owner' AND f.owner_id = $2 AND f.purpose = $3 AND f.state = 'stored'
  AND NOT EXISTS (SELECT FROM question_photos p WHERE p.file_id = f.id)
FOR UPDATE
"""
_ASK: Final = """
INSERT INTO questions (id, number, person_id, enterprise_id, district, category, text, is_followable, asked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_ATTACH: Final = """
INSERT INTO question_photos (question_id, position, file_id)
SELECT $1, p.position, p.file_id FROM unnest($2::uuid[]) WITH ORDINALITY AS p (file_id, position)
"""
_LOCKED: Final = "SELECT q.id, q.state, q.person_id FROM questions q WHERE q.id = $1 AND {} FOR UPDATE"
_WITHDRAW: Final = "UPDATE questions SET state = 'withdrawn', ended_at = $2 WHERE id = $1"
_LOCK_CASE: Final = "SELECT answered_at FROM cases WHERE origin = $1 AND origin_id = $2 FOR UPDATE"
_CHECKED: Final = """
SELECT q.id, q.number, q.state, q.person_id, q.enterprise_id, q.district, q.text, q.asked_at,
       ARRAY(SELECT p.file_id FROM question_photos p WHERE p.question_id = q.id ORDER BY p.position) AS photos,
       CASE WHEN EXISTS (SELECT FROM case_categories c WHERE c.key = q.category AND c.closed_at IS NULL AND NOT EXISTS (
           SELECT FROM case_categories below WHERE below.parent = c.key)) THEN q.category ELSE $2 END AS category
FROM questions q WHERE q.id = ANY ($1::uuid[]) ORDER BY q.id FOR UPDATE OF q
"""
_MOVE: Final = """
UPDATE questions q SET state = t.state, reason = coalesce(t.reason, ''),
    received_at = CASE WHEN t.state = 'received' THEN $1::timestamptz END,
    ended_at = CASE WHEN t.state = 'refused' THEN $1::timestamptz END
FROM unnest($2::uuid[], $3::text[], $4::text[]) AS t (id, state, reason) WHERE q.id = t.id
"""
_UNUSED: Final = """
SELECT f.id FROM files f
WHERE f.purpose = $1 AND f.state = 'stored' AND f.created_at < $2
  AND NOT EXISTS (SELECT FROM question_photos p WHERE p.file_id = f.id)
ORDER BY f.created_at LIMIT $3 FOR UPDATE SKIP LOCKED
"""
_STILL_UNUSED: Final = """
SELECT id FROM unnest($1::uuid[]) AS f (id) WHERE NOT EXISTS (SELECT FROM question_photos p WHERE p.file_id = f.id)
"""
_FORGET: Final = """
UPDATE questions SET text = '' WHERE id IN (
    SELECT id FROM questions WHERE ended_at < $1 AND received_at IS NULL AND text <> ''
    ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED
) RETURNING id
"""
_PHOTOS_OF: Final = "DELETE FROM question_photos WHERE question_id = ANY ($1::uuid[]) RETURNING file_id"
_ELSEWHERE: Final = "help_other"
"""Where a question goes whose category was closed while it was checked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks; `photos` are files that he uploaded for it, in their order."""

    category: str
    text: str
    photos: Sequence[UUID] = ()
    is_followable: bool = False


async def ask(asked: Asked, *, actor: Actor) -> UUID:
    """Take a question in, to be checked before anybody else sees it; its clocks begin now. Returns its id.

    `actor` acts for the enterprise for which he asks, if for one. Raises Barred, TooManyQuestions, CategoryUnknown,
    PhotoUnknown.
    """
    person = _person(actor)
    question_id, moment = new_id(), clock.now()
    async with db.transaction():
        await db.execute(_LOCK_PERSON, person)
        await barring.refuse_barred(person)
        await _check_share(person)
        if not await db.fetch_value(_IS_OPEN, asked.category):
            raise CategoryUnknown
        photos = await _own_photos(asked.photos, person)
        district = await db.fetch_value(_DISTRICT, actor.enterprise_id, person)
        number = await public_number(PREFIX)
        await db.execute(
            _ASK, question_id, number, person, actor.enterprise_id, district, asked.category, asked.text,
            asked.is_followable, moment,
        )  # fmt: skip
        await db.execute(_ATTACH, question_id, photos)
        content = Content([asked.text], photos)
        await moderation.submit(NAME, question_id, content, person_id=person, district=district)
        await audit.record(actor, "questions.asked", table=_TABLE, row_id=question_id, fields=("text", "photos"))
    return question_id


def _person(actor: Actor) -> UUID:
    if actor.kind is not ActorKind.OWNER or actor.id is None:
        raise Forbidden
    return actor.id


async def _check_share(person: UUID) -> None:
    most = runtime.current().settings.questions_per_day
    today = clock.today()
    if await db.fetch_value(_TODAY, person, clock.day_start(today)) >= most:
        tomorrow = clock.day_start(today + timedelta(days=1))
        raise TooManyQuestions(most, max(1, int((tomorrow - clock.now()).total_seconds())))


async def _own_photos(wanted: Sequence[UUID], person: UUID) -> list[UUID]:
    found = {row["id"] for row in await db.fetch(_PHOTOS, list(wanted), person, PURPOSE)} if wanted else set()
    if len(found) != len(wanted) or len(wanted) > MOST_PHOTOS:
        raise PhotoUnknown
    return list(wanted)


async def withdraw(question_id: UUID, *, actor: Actor) -> None:
    """Take a question back that has no answer yet; raises QuestionUnknown, AlreadyAnswered, WrongState."""
    async with db.transaction():
        visible = visible_to(actor)
        row = await db.fetch_one(_LOCKED.format(visible.render(2)), question_id, *visible.params)
        if row is None or row["person_id"] != actor.id:
            raise QuestionUnknown
        LIFECYCLE.check(QuestionState(row["state"]), QuestionState.WITHDRAWN)
        if row["state"] == QuestionState.RECEIVED:
            await _drop(question_id, actor)
        else:
            await held_notices.over(await moderation.withdraw(NAME, [question_id]))
        await db.execute(_WITHDRAW, question_id, clock.now())
        await audit.record(actor, "questions.withdrawn", table=_TABLE, row_id=question_id, fields=("state",))


async def _drop(question_id: UUID, actor: Actor) -> None:
    """End the case; one that was ever answered stays, also while it is answered anew."""
    was_answered = await db.fetch_value(_LOCK_CASE, NAME, question_id) is not None
    if was_answered or not await cases.drop(NAME, question_id, "提问人撤回。", actor=actor):
        raise AlreadyAnswered


async def checked(outcomes: Sequence[Outcome]) -> None:
    """Take what the checks came to: a case for whatever may be shown, a sentence for the rest.

    In the transaction of the outbox. What was withdrawn meanwhile, or has gone further already, is left as it is.
    """
    by_id = {one.origin_id: one for one in sorted(outcomes, key=lambda one: one.state is not SubjectState.HELD)}
    rows = await db.fetch(_CHECKED, list(by_id), _ELSEWHERE)
    moves = [(row, _wanted(by_id[row["id"]]), by_id[row["id"]].reason) for row in rows]
    able = [one for one in moves if LIFECYCLE.allows(QuestionState(one[0]["state"]), one[1])]
    moment = clock.now()
    await db.execute(
        _MOVE,
        moment,
        [row["id"] for row, _, _ in able],
        [state.value for _, state, _ in able],
        [reason if state is QuestionState.REFUSED else None for _, state, reason in able],
    )
    await _receive([row for row, state, _ in able if state is QuestionState.RECEIVED])
    await _tell_refused([(row, reason) for row, state, reason in able if state is QuestionState.REFUSED], moment)


def _wanted(outcome: Outcome) -> QuestionState:
    if outcome.may_be_shown:
        return QuestionState.RECEIVED
    return QuestionState.HELD if outcome.state is SubjectState.HELD else QuestionState.REFUSED


async def _receive(rows: Sequence[Record]) -> None:
    """Open the cases: a set of statements for all of them."""
    if rows:
        opened = await cases.open_many([_opening(row) for row in rows], actor=SYSTEM)
        log.info("questions.received", questions=len(opened))


def _opening(row: Record) -> Opening:
    return Opening(
        NAME,
        row["id"],
        row["category"],
        messages.title_of(row["text"], _TITLE) or row["number"],
        row["text"],
        Channel.MINI_PROGRAM,
        person_id=row["person_id"],
        enterprise_id=row["enterprise_id"],
        district=row["district"],
        received_at=row["asked_at"],
        number=row["number"],
        files=tuple(row["photos"]),
    )


async def _tell_refused(refused: Sequence[tuple[Record, str | None]], at: datetime) -> None:
    told = [
        messages.refused(
            row["id"], row["person_id"], number=row["number"], text=row["text"], reason=reason or "", at=at,
            enterprise=row["enterprise_id"],
        )
        for row, reason in refused if row["person_id"] is not None
    ]  # fmt: skip
    if told:
        await tell(told)


async def forget() -> int:
    """Let go the words and photos of questions that were refused or taken back a month ago; returns how many."""
    async with db.transaction():
        gone = [row["id"] for row in await db.fetch(_FORGET, clock.now() - KEPT_FOR, _AT_ONCE)]
        photos = await db.fetch(_PHOTOS_OF, gone)
        await files.delete_all([row["file_id"] for row in photos])
    return len(gone)


async def sweep_photos() -> int:
    """Let go photos that were uploaded a day ago and stand with no question; returns how many."""
    async with db.transaction():
        old = await db.fetch(_UNUSED, PURPOSE, clock.now() - UNUSED_FOR, _AT_ONCE)
        # Looked at again under the lock: somebody may have used one just before it was taken.
        unused = await db.fetch(_STILL_UNUSED, [row["id"] for row in old])
        return await files.delete_all([row["id"] for row in unused])
