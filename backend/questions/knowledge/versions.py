"""What every command on an article shares: its lock, its open edition, the move of one, how it stands after."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.states import WrongState
from backend.questions.knowledge.errors import ArticleChanged, ArticleUnknown, NothingOpen
from backend.questions.knowledge.models import Article, Edition
from backend.questions.knowledge.states import LIFECYCLE, OPEN, EditionState

TABLE: Final = "knowledge_versions"

_TOUCH = "UPDATE knowledge_articles SET version = version + 1 WHERE id = $1 RETURNING version"


@dataclass(frozen=True, slots=True)
class Handled:
    """Where an article stands after a command; `version` is what the next If-Match names."""

    id: UUID
    number: str
    version: int
    edition: int
    state: EditionState


async def locked(article_id: UUID, version: int | None = None) -> Article:
    """Lock an article against other commands; raises ArticleUnknown, ArticleChanged when `version` is not its own."""
    article = await Article.filter(id=article_id).select_for_update().get_or_none()
    if article is None:
        raise ArticleUnknown
    if version is not None and version != article.version:
        raise ArticleChanged
    return article


async def handled(article: Article, current: Edition) -> Handled:
    """Count the change of an article and return how it stands."""
    version = await db.fetch_value(_TOUCH, article.id)
    return Handled(article.id, article.number, version, current.edition, current.state)


async def open_edition(article_id: UUID) -> Edition | None:
    return await Edition.get_or_none(article_id=article_id, state__in=OPEN)


async def open_or_refuse(article_id: UUID) -> Edition:
    current = await open_edition(article_id)
    if current is None:
        raise NothingOpen
    return current


async def live_edition(article_id: UUID) -> Edition | None:
    return await Edition.get_or_none(article_id=article_id, state=EditionState.PUBLISHED)


def expect(current: Edition, state: EditionState, wanted: EditionState) -> None:
    """Raise WrongState unless an edition stands where this command takes it from."""
    if current.state is not state:
        raise WrongState(LIFECYCLE, current.state, wanted)


async def move(current: Edition, state: EditionState, actor: Actor, action: str, **noted: Any) -> None:
    """Move an edition on and write it down; the article is locked, so nobody is faster."""
    current.update_from_dict({**noted, "state": LIFECYCLE.check(current.state, state)})
    await current.save_only("state", *noted)
    await audit.record(actor, action, table=TABLE, row_id=current.id, fields=("state", *noted))


async def touch(current: Edition, actor: Actor) -> None:
    """Note who changed an open edition last, and take it out of review."""
    current.update_from_dict({"edited_by": actor.id, "edited_at": clock.now()})
    if current.state is not EditionState.DRAFT:
        current.state = LIFECYCLE.check(current.state, EditionState.DRAFT)
    await current.save_only("edited_by", "edited_at", "state")
