"""The demo's articles: real matters, each resting on the real policies that were published before them."""

import json
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from backend.access import Actor
from backend.assembly import CITABLES
from backend.foundation import db
from backend.questions.knowledge import service
from backend.questions.knowledge.content import ArticleContent
from backend.questions.knowledge.states import EditionState

_FILE: Final = Path(__file__).parent / "demo_articles.json"
_LIVE: Final = """
SELECT v.id FROM policy_versions v JOIN policies p ON p.id = v.policy_id WHERE p.number = $1 AND v.state = 'published'
"""
_NEWEST: Final = """
SELECT a.id, a.version, v.state FROM knowledge_versions v JOIN knowledge_articles a ON a.id = v.article_id
WHERE v.title = $1 ORDER BY v.edition DESC LIMIT 1
"""


async def seed_articles(author: Actor, reviewer: Actor) -> None:
    """Write and publish what is missing; an article whose policies aren't out stays out as well."""
    for entry in json.loads(_FILE.read_text(encoding="utf-8")):
        content = await _content(entry)
        if content is not None:
            await _publish(content, author, reviewer)


async def _content(entry: dict[str, Any]) -> ArticleContent | None:
    given = {name: value for name, value in entry.items() if name not in ("cites", "law")}
    citations = [{"source": "law", **one} for one in entry.get("law", [])]
    for one in entry.get("cites", []):
        version: UUID | None = await db.fetch_value(_LIVE, one["number"])
        if version is None:
            return None
        citations.append({"source": "policies", "version_id": str(version), "words": one["words"]})
    return ArticleContent.model_validate({"audience": "public", **given, "citations": citations})


async def _publish(content: ArticleContent, author: Actor, reviewer: Actor) -> None:
    """Take an article as far as it has still to go: a seed that was cut off goes on."""
    found = await db.fetch_one(_NEWEST, content.title)
    if found is None:
        made = await service.draft(content, CITABLES, actor=author)
        article_id, version, state = made.id, made.version, made.state
    else:
        article_id, version, state = found["id"], found["version"], EditionState(found["state"])
    if state is EditionState.DRAFT:
        handed = await service.submit(article_id, CITABLES, actor=author, version=version)
        version, state = handed.version, handed.state
    if state is EditionState.IN_REVIEW:
        await service.publish(article_id, CITABLES, actor=reviewer, version=version)
