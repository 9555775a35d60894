"""What an owner reads of his questions, and anybody of those that were published."""

from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import cases, files
from backend.access import Actor, ActorKind, Condition
from backend.access.visibility import NOTHING
from backend.cases import CaseState, Standing
from backend.foundation import clock, db
from backend.foundation.paging import cut, decode_cursor, encode_cursor
from backend.questions.errors import QuestionUnknown
from backend.questions.knowledge.queries import CHECKING
from backend.questions.states import LIFECYCLE, QuestionState, followed, sentence

NAME: Final = "questions"
"""By which cases, moderation and clerks' scopes know this capability."""

_COLUMNS: Final = """
q.id, q.number, q.person_id, q.enterprise_id, q.category, q.text, q.is_followable, q.state, q.reason, q.asked_at,
(SELECT c.title FROM case_categories c WHERE c.key = q.category) AS category_title,
(SELECT e.name FROM enterprises e WHERE e.id = q.enterprise_id) AS enterprise,
(SELECT count(*)::int FROM question_photos p WHERE p.question_id = q.id) AS photos,
EXISTS (SELECT FROM question_publications p WHERE p.question_id = q.id AND p.state = 'published') AS is_public
"""
_PHOTOS: Final = """
SELECT p.file_id FROM question_photos p JOIN files f ON f.id = p.file_id AND f.state = 'stored'
WHERE p.question_id = $1 ORDER BY p.position
"""
# He who asked; whoever runs the enterprise; a clerk who was given questions.
_OWNERS: Final = """
(q.person_id = {} OR EXISTS (
    SELECT FROM bindings b WHERE b.enterprise_id = q.enterprise_id AND b.person_id = {}
    AND b.state IN ('active', 'read_only') AND (b.until IS NULL OR b.until > {})
    AND (b.role <> 'clerk' OR 'questions' = ANY (b.scope))))
"""
_PUBLIC: Final = f"""
SELECT p.id, q.id AS question_id, q.number, q.category, p.title, p.asked, p.answered, p.edition, p.published_at,
       (SELECT c.title FROM case_categories c WHERE c.key = q.category) AS category_title,
       EXISTS (SELECT FROM question_follows f WHERE f.question_id = q.id AND f.person_id = $1) AS is_followed,
       CASE WHEN EXISTS (
           SELECT FROM knowledge_corrections o JOIN cases c ON c.id = o.case_id
           WHERE c.origin = 'questions' AND c.origin_id = q.id AND o.state = 'open') THEN '{CHECKING}' END AS notice
FROM question_publications p JOIN questions q ON q.id = p.question_id
"""
_OPEN: Final = """
SELECT q.id AS question_id, q.number, q.category, q.asked_at,
       (SELECT c.title FROM case_categories c WHERE c.key = q.category) AS category_title,
       EXISTS (SELECT FROM question_follows f WHERE f.question_id = q.id AND f.person_id = $2) AS is_followed
FROM questions q WHERE q.id = $1 AND q.state = 'received' AND q.is_followable
"""
# What can be asked: open to owners, and nothing below it.
_CATEGORIES: Final = """
SELECT c.key, c.title, c.hint, a.title AS under FROM case_categories c LEFT JOIN case_categories a ON a.key = c.parent
WHERE c.is_for_owners AND c.closed_at IS NULL AND NOT EXISTS (SELECT FROM case_categories b WHERE b.parent = c.key)
ORDER BY a.position, a.key, c.position, c.key
"""
_EXCERPT: Final = 120


def visible_to(actor: Actor) -> Condition:
    """Return the condition over `questions q`: an owner's own and his enterprises'; staff read the cases instead."""
    if actor.kind is not ActorKind.OWNER:
        return NOTHING
    return Condition(_OWNERS, (actor.id, actor.id, clock.now()))


async def mine(
    actor: Actor, *, enterprise_id: UUID | None = None, cursor: str | None = None, limit: int = 20
) -> dict[str, Any]:
    """Return one page, the newest first, each with the sentence of where it stands."""
    wanted = visible_to(actor)
    if enterprise_id is not None:
        wanted = wanted & Condition("q.enterprise_id = {}::uuid", (enterprise_id,))
    if after := decode_cursor(cursor, UUID):
        wanted = wanted & Condition("q.id < {}::uuid", after)
    sql = f"SELECT {_COLUMNS} FROM questions q WHERE {wanted.render(2)} ORDER BY q.id DESC LIMIT $1"
    found = await db.fetch(sql, limit + 1, *wanted.params)
    rows, following = cut(found, limit, lambda row: encode_cursor(row["id"]))
    standings = await cases.of(NAME, [row["id"] for row in rows], actor.id)
    return {"items": [_card(row, standings.get(row["id"]), actor) for row in rows], "next": following}


async def detail(actor: Actor, question_id: UUID) -> dict[str, Any]:
    """Return one question whole; before they have passed, its photos are for him who took them. QuestionUnknown."""
    visible = visible_to(actor)
    sql = f"SELECT {_COLUMNS} FROM questions q WHERE q.id = $1 AND {visible.render(2)}"
    row = await db.fetch_one(sql, question_id, *visible.params)
    if row is None:
        raise QuestionUnknown
    standing = (await cases.of(NAME, [question_id], actor.id)).get(question_id)
    may_see = row["state"] == QuestionState.RECEIVED or row["person_id"] == actor.id
    shown = await db.fetch(_PHOTOS, question_id) if may_see else []
    photos = [{"file_id": one["file_id"], "link": files.address(one["file_id"])} for one in shown]
    return {**_card(row, standing, actor), "text": row["text"], "photo_links": photos}


def _card(row: Record, standing: Standing | None, actor: Actor) -> dict[str, Any]:
    state = QuestionState(row["state"])
    told = {
        name: row[name]
        for name in (
            "id", "number", "enterprise_id", "enterprise", "category", "category_title", "is_followable", "asked_at",
            "photos", "is_public",
        )
    }  # fmt: skip
    is_case = standing is not None and state is QuestionState.RECEIVED
    return {
        **told,
        "excerpt": _excerpt(row["text"]),
        "state": state.value,
        "sentence": standing.sentence if standing and is_case else sentence(state, row["reason"]),
        "reason": row["reason"] or None,
        "is_mine": row["person_id"] == actor.id,
        "case_id": standing.case_id if standing else None,
        "case_state": standing.state.value if standing else None,
        "due_at": standing.due_at if standing and is_case else None,
        "may": _may(row, standing, state, actor),
    }


def _may(row: Record, standing: Standing | None, state: QuestionState, actor: Actor) -> list[str]:
    is_open = LIFECYCLE.allows(state, QuestionState.WITHDRAWN)
    is_unanswered = standing is None or (standing.answered_at is None and standing.closed_at is None)
    return ["withdraw"] if row["person_id"] == actor.id and is_open and is_unanswered else []


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else f"{line[: _EXCERPT - 1]}…"


async def categories() -> list[dict[str, Any]]:
    """Return what a question can be about, in the order staff gave it."""
    return [dict(row) for row in await db.fetch(_CATEGORIES)]


async def published(
    *, category: str | None = None, cursor: str | None = None, limit: int = 20, person_id: UUID | None = None
) -> dict[str, Any]:
    """Return one page of what anybody may read, the newest first; with what he follows, for a person."""
    wanted = Condition("p.state = 'published'")
    if category is not None:
        wanted = wanted & Condition("q.category = {}::text", (category,))
    if after := decode_cursor(cursor, UUID):
        wanted = wanted & Condition(
            "(p.published_at, p.id) < (SELECT l.published_at, l.id FROM question_publications l WHERE l.id = {}::uuid)",
            after,
        )
    sql = f"{_PUBLIC} WHERE {wanted.render(3)} ORDER BY p.published_at DESC, p.id DESC LIMIT $2"
    found = await db.fetch(sql, person_id, limit + 1, *wanted.params)
    rows, following = cut(found, limit, lambda row: encode_cursor(row["id"]))
    return {"items": [_public_card(row) for row in rows], "next": following}


def _public_card(row: Record) -> dict[str, Any]:
    names = ("question_id", "number", "category", "category_title", "title", "published_at", "is_followed", "notice")
    return {**{name: row[name] for name in names}, "excerpt": _excerpt(row["answered"])}


async def public_detail(question_id: UUID, *, person_id: UUID | None = None) -> dict[str, Any]:
    """Return a published question; of one that is only open to be followed, its number and nothing of its words."""
    row = await db.fetch_one(f"{_PUBLIC} WHERE p.question_id = $2 AND p.state = 'published'", person_id, question_id)
    if row is not None:
        return {**dict(row), "is_correction": row["edition"] > 1, "sentence": "已公开答复。"}
    opened = await db.fetch_one(_OPEN, question_id, person_id)
    if opened is None:
        raise QuestionUnknown
    standing = (await cases.of(NAME, [question_id])).get(question_id)
    words = followed(standing.state if standing else CaseState.RECEIVED, is_followed=opened["is_followed"])
    nothing = dict.fromkeys(("id", "title", "asked", "answered", "published_at", "notice"))
    return {**dict(opened), **nothing, "edition": 0, "is_correction": False, "sentence": words}
