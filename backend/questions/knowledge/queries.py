"""What the public and staff read of articles; everything begins with `visible_to`, which hides the internal ones."""

from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.access import EVERYTHING, Actor, Condition, listing
from backend.foundation import db
from backend.foundation.paging import cut, decode_cursor, encode_cursor
from backend.questions import similar
from backend.questions.knowledge import allowed
from backend.questions.knowledge.errors import ArticleUnknown
from backend.questions.knowledge.service import SOURCE
from backend.questions.knowledge.states import EditionState

READ: Final = "knowledge.read"
CHECKING: Final = "依据已变更，正在核对"
"""What readers see beside an article whose ground has moved, until staff have looked at it."""

SHOWN: Final = Condition("v.state = 'published' AND v.audience = 'public'")
"""What anybody may read. Internal editions are no part of it, nor what was superseded or withdrawn."""

_MOST_WORDS: Final = 8
_IS_OUTDATED: Final = "EXISTS (SELECT FROM knowledge_corrections c WHERE c.version_id = v.id AND c.state = 'open')"
_NOTICE: Final = f"CASE WHEN {_IS_OUTDATED} THEN '{CHECKING}' END AS notice"
_CARD: Final = f"""
SELECT a.id, a.number, v.title, v.category, (SELECT k.title FROM case_categories k WHERE k.key = v.category) AS
       category_title, left(v.body, 400) AS body, v.published_at, {_NOTICE}
"""
_WHOLE: Final = f"""
SELECT a.id, a.number, v.title, v.category, (SELECT k.title FROM case_categories k WHERE k.key = v.category) AS
       category_title, v.body, v.citations, v.edition, v.published_at, {_NOTICE}
"""
_FROM: Final = "knowledge_articles a JOIN knowledge_versions v ON v.article_id = a.id"
_STAFF_ITEM: Final = """
SELECT a.id, a.number, a.version, v.edition, v.state, v.audience, v.title, v.category, v.edited_at, v.sent_back,
       (SELECT o.edition FROM knowledge_versions o WHERE o.article_id = a.id AND o.state = 'published')
           AS published_edition,
       EXISTS (SELECT FROM knowledge_corrections c JOIN knowledge_versions o ON o.id = c.version_id
               WHERE o.article_id = a.id AND o.state = 'published' AND c.state = 'open') AS is_outdated
"""
_EDITIONS: Final = """
SELECT a.number, a.version AS article_version, v.*,
       (SELECT s.name FROM staff s WHERE s.id = v.author_id) AS author,
       (SELECT s.name FROM staff s WHERE s.id = v.edited_by) AS editor,
       (SELECT s.name FROM staff s WHERE s.id = v.reviewer_id) AS reviewer,
       (SELECT coalesce(sum(o.helped), 0) FROM knowledge_votes o WHERE o.version_id = v.id) AS helped,
       (SELECT coalesce(sum(o.did_not), 0) FROM knowledge_votes o WHERE o.version_id = v.id) AS did_not,
       (SELECT count(*) FROM knowledge_corrections c WHERE c.version_id = v.id AND c.state = 'open') AS to_correct
"""
_TOLD: Final = (
    "id", "edition", "state", "audience", "title", "body", "category", "asked_as", "citations", "sent_back", "author",
    "editor", "reviewer", "created_at", "edited_at", "submitted_at", "published_at", "ended_at", "end_reason", "helped",
    "did_not", "to_correct",
)  # fmt: skip
_CATEGORIES: Final = """
SELECT key, title, hint FROM case_categories WHERE closed_at IS NULL AND parent IS NOT NULL ORDER BY position, key
"""


def visible_to(actor: Actor | None) -> Condition:
    """Return the condition over `knowledge_versions v`: staff who may read it see all of it, others what is shown."""
    if actor is not None and actor.can(READ):
        return EVERYTHING
    return SHOWN


async def public_page(category: str | None, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return one page of the public articles, the newest first."""
    wanted = SHOWN & _narrowed(category=category)
    after = decode_cursor(cursor, UUID)
    if after:
        wanted = wanted & Condition("v.id < {}::uuid", after)
    sql = f"{_CARD}, v.id AS version_id FROM {_FROM} WHERE {wanted.render(2)} ORDER BY v.id DESC LIMIT $1"
    found = await db.fetch(sql, limit + 1, *wanted.params)
    rows, following = cut(found, limit, lambda row: encode_cursor(row["version_id"]))
    return {"items": [_card(row) for row in rows], "next": following}


async def search(asked: str, category: str | None, limit: int) -> dict[str, Any]:
    """Return the public articles that answer a question, best first, on one page."""
    found = await similar.similar(asked, limit=similar.MOST, source=SOURCE)
    place = {one.ref_id: number for number, one in enumerate(found)}
    wanted = SHOWN & _narrowed(category=category) & Condition("a.id = ANY ({}::uuid[])", (list(place),))
    rows = await db.fetch(f"{_CARD} FROM {_FROM} WHERE {wanted.render()}", *wanted.params)
    best = sorted(rows, key=lambda row: place[row["id"]])[:limit]
    return {"items": [_card(row) for row in best], "next": None}


async def public_detail(article_id: UUID) -> dict[str, Any]:
    """Return a public article as anybody may read it; raises ArticleUnknown, also for an internal one."""
    wanted = SHOWN & Condition("a.id = {}::uuid", (article_id,))
    row = await db.fetch_one(f"{_WHOLE} FROM {_FROM} WHERE {wanted.render()}", *wanted.params)
    if row is None:
        raise ArticleUnknown
    return {**dict(row), "citations": orjson.loads(row["citations"])}


async def staff_page(
    actor: Actor, *, words: str | None, is_outdated: bool, cursor: str | None, limit: int, **filters: str | None
) -> dict[str, Any]:
    """Return one page of all articles, each by its newest edition, with how many there are.

    `filters` are columns of that edition; `is_outdated`: only those whose ground has moved.
    """
    newest = Condition(
        "NOT EXISTS (SELECT FROM knowledge_versions n WHERE n.article_id = v.article_id AND n.edition > v.edition)"
    )
    wanted = visible_to(actor) & newest & _worded(words) & _narrowed(**filters)
    if is_outdated:
        wanted = wanted & Condition(
            "EXISTS (SELECT FROM knowledge_corrections c JOIN knowledge_versions o ON o.id = c.version_id"
            " WHERE o.article_id = a.id AND o.state = 'published' AND c.state = 'open')"
        )
    rows, rest = await listing.newest(_STAFF_ITEM, _FROM, wanted, of="v", cursor=cursor, limit=limit)
    return {"items": rows, **rest}


async def staff_detail(actor: Actor, article_id: UUID) -> tuple[dict[str, Any], int]:
    """Return an article with all its editions, newest first, what this actor may do with it now, and its version."""
    visible = visible_to(actor)
    sql = f"{_EDITIONS} FROM {_FROM} WHERE a.id = $1 AND {visible.render(2)} ORDER BY v.edition DESC"
    rows = await db.fetch(sql, article_id, *visible.params)
    if not rows:
        raise ArticleUnknown
    told = {
        "id": article_id,
        "number": rows[0]["number"],
        "version": rows[0]["article_version"],
        "editions": [_edition(row) for row in rows],
        "may": allowed.may(actor, _standing(rows)),
    }
    return told, rows[0]["article_version"]


async def categories() -> list[dict[str, Any]]:
    """Return the categories an article may stand in, in their order."""
    return [dict(row) for row in await db.fetch(_CATEGORIES)]


def _edition(row: Record) -> dict[str, Any]:
    written = {name: orjson.loads(row[name]) for name in ("asked_as", "citations")}
    return {**{name: row[name] for name in _TOLD}, **written}


def _standing(rows: list[Record]) -> allowed.Standing:
    newest = rows[0]
    state = EditionState(newest["state"])
    is_open = state in (EditionState.DRAFT, EditionState.IN_REVIEW)
    is_live = any(row["state"] == EditionState.PUBLISHED for row in rows)
    return allowed.Standing(state if is_open else None, newest["author_id"], newest["edited_by"], is_live)


def _card(row: Record) -> dict[str, Any]:
    named = ("id", "number", "title", "category", "category_title", "published_at", "notice")
    return {**{name: row[name] for name in named}, "excerpt": similar.excerpt(row["body"])}


def _narrowed(**filters: str | None) -> Condition:
    wanted = EVERYTHING
    for column, value in filters.items():
        if value is not None:
            wanted = wanted & Condition(f"v.{column} = {{}}::text", (value,))
    return wanted


def _worded(words: str | None) -> Condition:
    """Every word must stand in the number, the title or the body; the signs that LIKE knows are taken as written."""
    wanted = EVERYTHING
    for word in (words or "").split()[:_MOST_WORDS]:
        plain = word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        wanted = wanted & Condition("(a.number || ' ' || v.title || ' ' || v.body) ILIKE {}::text", (f"%{plain}%",))
    return wanted
