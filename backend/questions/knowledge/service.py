"""Commands on articles: draft → in review → published → superseded or withdrawn, by two people."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from backend import audit
from backend.access import Actor
from backend.eligibility.promises import in_text
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.foundation.ids import new_id
from backend.foundation.numbers import public_number
from backend.questions import similar
from backend.questions.knowledge import citing, notices, outdating, versions
from backend.questions.knowledge.citing import Citables
from backend.questions.knowledge.content import ArticleContent
from backend.questions.knowledge.errors import CategoryUnknown, NotPublished, NotReady, SameAuthor
from backend.questions.knowledge.models import Article, Edition
from backend.questions.knowledge.states import EditionState
from backend.questions.knowledge.versions import TABLE, Handled

PREFIX: Final = "ZS"
SOURCE: Final = "knowledge"
"""How articles are called among what is similar, and among what answers cite."""

WRITE: Final = "knowledge.write"
REVIEW: Final = "knowledge.review"

_CATEGORY = "SELECT EXISTS (SELECT FROM case_categories WHERE key = $1 AND closed_at IS NULL)"


async def draft(content: ArticleContent, citables: Citables, *, actor: Actor) -> Handled:
    """Write the first edition of a new article; raises CategoryUnknown and SourceUnknown."""
    actor.require(WRITE)
    columns = await _columns(content, citables)
    async with db.transaction():
        article = await Article.create(number=await public_number(PREFIX), created_at=clock.now())
        made = await _new_edition(article.id, 1, columns, actor)
    return Handled(article.id, article.number, 1, made.edition, made.state)


async def edit(article_id: UUID, content: ArticleContent, citables: Citables, *, actor: Actor, version: int) -> Handled:
    """Rewrite the open edition, taking it out of review, or begin the one after what is published."""
    actor.require(WRITE)
    columns = await _columns(content, citables)
    async with db.transaction():
        article = await versions.locked(article_id, version)
        current = await versions.open_edition(article_id)
        if current is None:
            editions = await Edition.filter(article_id=article_id).count()
            current = await _new_edition(article_id, editions + 1, columns, actor)
        else:
            await _rewrite(current, columns, actor)
        return await versions.handled(article, current)


async def submit(article_id: UUID, citables: Citables, *, actor: Actor, version: int) -> Handled:
    """Hand the draft to a reviewer; raises NotReady when it promises, cites what is over, or, being public, nothing."""
    actor.require(WRITE)
    async with db.transaction():
        article = await versions.locked(article_id, version)
        current = await versions.open_or_refuse(article_id)
        versions.expect(current, EditionState.DRAFT, EditionState.IN_REVIEW)
        await _check(current, citables)
        noted = {"submitted_at": clock.now(), "sent_back": ""}
        await versions.move(current, EditionState.IN_REVIEW, actor, "knowledge.submitted", **noted)
        await notices.settled(current.id)
        await notices.review_wanted(article, current)
        return await versions.handled(article, current)


async def send_back(article_id: UUID, reason: str, *, actor: Actor, version: int) -> Handled:
    """Give what is in review back to who wrote it, with the reason."""
    actor.require(REVIEW)
    async with db.transaction():
        article = await versions.locked(article_id, version)
        current = await versions.open_or_refuse(article_id)
        versions.expect(current, EditionState.IN_REVIEW, EditionState.DRAFT)
        await versions.move(current, EditionState.DRAFT, actor, "knowledge.sent_back", sent_back=reason)
        await notices.settled(current.id)
        await notices.sent_back(article, current, reason)
        return await versions.handled(article, current)


async def publish(article_id: UUID, citables: Citables, *, actor: Actor, version: int) -> Handled:
    """Release what is in review; what was to be corrected in the edition before it is done with that.

    Raises SameAuthor, NotReady, WrongState, and ArticleChanged when it isn't what the reviewer read. The rules it cites
    can't end before this commits, so that one ending at the same moment finds the article published.
    """
    actor.require(REVIEW)
    async with db.transaction():
        article = await versions.locked(article_id, version)
        current = await versions.open_or_refuse(article_id)
        versions.expect(current, EditionState.IN_REVIEW, EditionState.PUBLISHED)
        if actor.id in (current.author_id, current.edited_by):
            raise SameAuthor
        await _check(current, citables)
        await _supersede(article_id, current, actor)
        noted: dict[str, Any] = {"published_at": clock.now(), "reviewer_id": actor.id}
        await versions.move(current, EditionState.PUBLISHED, actor, "knowledge.published", **noted)
        await notices.settled(current.id)
        await _show(current)
        return await versions.handled(article, current)


async def withdraw(article_id: UUID, reason: str, *, actor: Actor, version: int) -> Handled:
    """Take the published edition back; the answers that cite it come on the correction list."""
    actor.require(REVIEW)
    async with db.transaction():
        article = await versions.locked(article_id, version)
        live = await versions.live_edition(article_id)
        if live is None:
            raise NotPublished
        ended = {"ended_at": clock.now(), "end_reason": reason}
        await versions.move(live, EditionState.WITHDRAWN, actor, "knowledge.withdrawn", **ended)
        await similar.drop(SOURCE, [article_id])
        await outdating.done_with([live.id], actor, "条目已撤下")
        await outdating.note(SOURCE, [outdating.Withdrawn(live.id, f"知识条目《{live.title}》已撤下：{reason}")])
        return await versions.handled(article, live)


async def _columns(content: ArticleContent, citables: Citables) -> dict[str, Any]:
    if not await db.fetch_value(_CATEGORY, content.category):
        sentence = CategoryUnknown.sentence
        raise CategoryUnknown(fields=(FieldError("category", "category_unknown", sentence),))
    return {**content.plain(), "citations": await citing.kept(content, citables)}


async def _check(current: Edition, citables: Citables) -> None:
    wrong = await citing.over(current.citations, citables)
    if current.audience == "public" and not current.citations:
        wrong.append(FieldError("citations", "citation_missing", "公开的条目至少要写明一处依据。"))
    texts = (("title", current.title), ("body", current.body))
    wrong += [FieldError(one.path, one.code, one.sentence) for name, text in texts for one in in_text(name, text)]
    if wrong:
        raise NotReady(fields=tuple(wrong))


async def _new_edition(article_id: UUID, edition: int, columns: Mapping[str, Any], actor: Actor) -> Edition:
    moment = clock.now()
    made = await Edition.create(
        id=new_id(),
        article_id=article_id,
        edition=edition,
        author_id=actor.id,
        edited_by=actor.id,
        created_at=moment,
        edited_at=moment,
        **columns,
    )
    await audit.record(actor, "knowledge.drafted", table=TABLE, row_id=made.id, fields=sorted(columns))
    return made


async def _rewrite(current: Edition, columns: Mapping[str, Any], actor: Actor) -> None:
    changed = sorted(name for name, value in columns.items() if getattr(current, name) != value)
    current.update_from_dict(dict(columns))
    await versions.touch(current, actor)
    await current.save_only(*columns)
    await notices.settled(current.id)
    await audit.record(actor, "knowledge.edited", table=TABLE, row_id=current.id, fields=changed)


async def _supersede(article_id: UUID, following: Edition, actor: Actor) -> None:
    before = await versions.live_edition(article_id)
    if before is not None:
        await versions.move(before, EditionState.SUPERSEDED, actor, "knowledge.superseded", ended_at=clock.now())
        await outdating.done_with([before.id], actor, f"第{following.edition}版已发布")


async def _show(current: Edition) -> None:
    """Let a public edition be found by whoever asks something similar; of an internal one nothing is kept there."""
    if current.audience == "public":
        asked = " ".join([current.title, *current.asked_as])
        text = similar.Text(SOURCE, current.article_id, current.title, asked, current.body, clock.now())
        await similar.put([text])
    else:
        await similar.drop(SOURCE, [current.article_id])
