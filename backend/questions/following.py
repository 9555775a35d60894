"""Whoever has the same question follows it instead of asking again, and is told once when its answer can be read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import cases, outbox
from backend.access import Actor, ActorKind
from backend.cases import CaseState, Standing
from backend.foundation import clock, db
from backend.foundation.errors import Forbidden
from backend.foundation.paging import cut, decode_cursor, encode_cursor
from backend.notifications import tell
from backend.outbox import Handler, NewItem, OutboxItem
from backend.questions import messages
from backend.questions.errors import FollowsFull, NotFollowable
from backend.questions.queries import NAME
from backend.questions.states import TAKEN_BACK, QuestionState, followed

MOST: Final = 200
SLICE: Final = 500
TOPIC: Final = "questions.published"
TOPICS: Final = (TOPIC,)

# The person's row is the lock under which his questions are counted.
_LOCK: Final = "SELECT FROM persons WHERE id = $1 FOR NO KEY UPDATE"
_STANDING: Final = """
SELECT (SELECT count(*) FROM question_follows f WHERE f.person_id = $2) AS followed,
       EXISTS (SELECT FROM question_follows f WHERE f.person_id = $2 AND f.question_id = $1) AS is_followed,
       EXISTS (SELECT FROM questions q WHERE q.id = $1 AND q.person_id IS DISTINCT FROM $2 AND (
           (q.state = 'received' AND q.is_followable) OR EXISTS (
               SELECT FROM question_publications p WHERE p.question_id = q.id AND p.state = 'published'))) AS may
"""
_FOLLOW: Final = "INSERT INTO question_follows (question_id, person_id, at) VALUES ($1, $2, $3)"
_LEAVE: Final = "DELETE FROM question_follows WHERE question_id = $1 AND person_id = $2"
_MINE: Final = """
SELECT f.question_id, f.at, q.number, q.category, q.state, p.title, p.published_at,
       (SELECT c.title FROM case_categories c WHERE c.key = q.category) AS category_title
FROM question_follows f JOIN questions q ON q.id = f.question_id
LEFT JOIN question_publications p ON p.question_id = q.id AND p.state = 'published'
WHERE f.person_id = $1 {} ORDER BY f.at DESC, f.question_id DESC LIMIT $2
"""
_NEXT: Final = """
SELECT f.person_id FROM question_follows f
WHERE f.question_id = $1 AND f.person_id > $2 ORDER BY f.person_id LIMIT $3
"""
_PUBLICATION: Final = """
SELECT p.id, p.question_id, p.title, p.edition, p.published_at, q.number
FROM question_publications p JOIN questions q ON q.id = p.question_id WHERE p.id = $1 AND p.state = 'published'
"""
_EXPECTED: Final = """
SELECT (SELECT count(*)::int FROM question_follows f WHERE f.person_id = $1 AND NOT EXISTS (
            SELECT FROM question_publications p WHERE p.question_id = f.question_id AND p.state = 'published'))
           AS question_answered,
       (SELECT count(*)::int FROM questions q WHERE q.person_id = $1 AND q.state IN ('checking', 'held'))
           AS question_refused
"""
_FIRST: Final = UUID(int=0)


def _person(actor: Actor) -> UUID:
    if actor.kind is not ActorKind.OWNER or actor.id is None:
        raise Forbidden
    return actor.id


async def follow(question_id: UUID, *, actor: Actor) -> None:
    """Follow somebody else's question, published or opened to it by its asker; again changes nothing.

    Raises NotFollowable, FollowsFull.
    """
    person = _person(actor)
    async with db.transaction():
        await db.execute(_LOCK, person)
        standing = await db.fetch_one(_STANDING, question_id, person)
        assert standing is not None  # noqa: S101  a row of aggregates
        if standing["is_followed"]:
            return
        if not standing["may"]:
            raise NotFollowable
        if standing["followed"] >= MOST:
            raise FollowsFull
        await db.execute(_FOLLOW, question_id, person, clock.now())


async def leave(question_id: UUID, *, actor: Actor) -> None:
    """Follow it no longer; of one that isn't followed, nothing changes."""
    await db.execute(_LEAVE, question_id, _person(actor))


async def mine(actor: Actor, *, cursor: str | None = None, limit: int = 20) -> dict[str, Any]:
    """Return one page of what the actor follows, what he began to follow last first."""
    after = decode_cursor(cursor, datetime, UUID)
    sql = _MINE.format("AND (f.at, f.question_id) < ($3, $4)" if after else "")
    found = await db.fetch(sql, _person(actor), limit + 1, *(after or ()))
    rows, following = cut(found, limit, lambda row: encode_cursor(row["at"], row["question_id"]))
    standings = await cases.of(NAME, [row["question_id"] for row in rows if row["published_at"] is None])
    return {"items": [_card(row, standings.get(row["question_id"])) for row in rows], "next": following}


def _card(row: Record, standing: Standing | None) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name != "state"}
    return {**told, "sentence": _sentence(row, standing)}


def _sentence(row: Record, standing: Standing | None) -> str:
    if row["published_at"]:
        return "已公开答复，点击查看。"
    if row["state"] == QuestionState.WITHDRAWN:
        return TAKEN_BACK
    return followed(standing.state if standing else CaseState.RECEIVED, is_followed=True)


async def expected(person_id: UUID) -> Mapping[str, int]:
    """Return how many messages may come soon: of each question he follows, and of what of his is still checked."""
    row = await db.fetch_one(_EXPECTED, person_id)
    return {kind: count for kind, count in (row or {}).items() if count}


async def announce(publication_id: UUID) -> None:
    """Have everybody told who follows the question; in the transaction that publishes it."""
    await outbox.put_many([_slice(publication_id, _FIRST)])


def _slice(publication_id: UUID, after: UUID) -> NewItem:
    return NewItem(TOPIC, {"publication_id": str(publication_id), "after": str(after)}, str(publication_id))


async def _announced(items: Sequence[OutboxItem]) -> None:
    """Tell one slice of the followers of each, and put the next one in line."""
    for item in items:
        row = await db.fetch_one(_PUBLICATION, UUID(item.payload["publication_id"]))
        if row is not None:
            await _tell(row, UUID(item.payload["after"]))


async def _tell(row: Record, after: UUID) -> None:
    people = [one["person_id"] for one in await db.fetch(_NEXT, row["question_id"], after, SLICE)]
    if not people:
        return
    told = messages.published(
        row["id"], row["question_id"], people,
        number=row["number"], title=row["title"], is_correction=row["edition"] > 1, at=row["published_at"],
    )  # fmt: skip
    await tell(told)
    if len(people) == SLICE:
        await outbox.put_many([_slice(row["id"], people[-1])])


HANDLERS: Final[dict[str, Handler]] = {TOPIC: _announced}
