"""The knowledge base: anybody reads what is public, an owner what is like his question, staff write and review."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.assembly import CITABLES
from backend.foundation.states import WrongState
from backend.questions import similar as similars
from backend.questions.knowledge import corrections as correcting
from backend.questions.knowledge import errors, queries, service, votes
from backend.questions.knowledge import gaps as gap_report
from backend.questions.knowledge.content import ArticleContent
from backend.questions.knowledge.states import CorrectionState
from backend.questions.knowledge.versions import Handled
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.questions.knowledge_schemas import (
    ArticleCardOut,
    ArticleCategoriesOut,
    ArticleDetailOut,
    ArticleHandledOut,
    ArticleOut,
    ArticleReason,
    ArticlesQuery,
    CorrectionOut,
    CorrectionOutcomes,
    CorrectionsQuery,
    GapOut,
    GapsOut,
    SettleCorrections,
    SimilarQuery,
    SimilarsOut,
    StaffArticleOut,
    StaffArticlesQuery,
    TellAskers,
    Vote,
)
from miniprogram_api.reply import Reply
from miniprogram_api.schema import CountedPage, Page

_READ = queries.READ
_WRITE = service.WRITE
_REVIEW = service.REVIEW
_CHANGING = (errors.ArticleUnknown, errors.ArticleChanged)


def _done(handled: Handled) -> Reply:
    """Answer a command: how the article stands, and what the next If-Match names."""
    return Reply(ArticleHandledOut.model_validate(handled), headers={"ETag": f'"{handled.version}"'})


@endpoint(auth=Auth.PUBLIC, query=ArticlesQuery, returns=Page[ArticleCardOut], summary="公开的知识条目")
async def public_listing(request: Request, *, query: ArticlesQuery) -> dict[str, Any]:  # noqa: ARG001
    if query.q is not None:
        return await queries.search(query.q, query.category, query.limit)
    return await queries.public_page(query.category, query.cursor, query.limit)


@endpoint(auth=Auth.PUBLIC, returns=ArticleOut, errors=(errors.ArticleUnknown,), summary="一个知识条目")
async def public_detail(request: Request, article_id: UUID) -> dict[str, Any]:  # noqa: ARG001
    return await queries.public_detail(article_id)


@endpoint(
    auth=Auth.PUBLIC,
    body=Vote,
    errors=(errors.ArticleUnknown,),
    summary="这篇内容有没有用；只按天计数，不记录是谁",
)
async def vote(request: Request, article_id: UUID, *, body: Vote) -> None:  # noqa: ARG001
    await votes.count(article_id, helped=body.helped)


@endpoint(auth=Auth.OWNER, query=SimilarQuery, returns=SimilarsOut, summary="提问前看看相似的知识条目和已答复的问题")
async def similar(request: Request, *, actor: Actor, query: SimilarQuery) -> dict[str, Any]:  # noqa: ARG001
    found = await similars.similar(query.text, limit=query.limit, holds=True)
    return {
        "items": [
            {
                "source": one.source,
                "id": one.ref_id,
                "title": one.title,
                "excerpt": one.excerpt,
                "published_at": one.published_at,
            }
            for one in found
        ]
    }


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=StaffArticlesQuery,
    returns=CountedPage[StaffArticleOut],
    summary="知识库，含草稿和内部条目",
)
async def listing(request: Request, *, actor: Actor, query: StaffArticlesQuery) -> dict[str, Any]:  # noqa: ARG001
    filters = query.model_dump(include={"state", "audience", "category"})
    return await queries.staff_page(
        actor, words=query.q, is_outdated=query.outdated, cursor=query.cursor, limit=query.limit, **filters
    )


@endpoint(auth=Auth.STAFF, permission=_READ, returns=ArticleCategoriesOut, summary="知识条目可选的类别")
async def categories(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await queries.categories()}


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    returns=ArticleDetailOut,
    errors=(errors.ArticleUnknown,),
    summary="一个知识条目的全部版本",
)
async def detail(request: Request, article_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    told, version = await queries.staff_detail(actor, article_id)
    return Reply(told, headers={"ETag": f'"{version}"'})


@endpoint(
    auth=Auth.STAFF,
    permission=_WRITE,
    body=ArticleContent,
    returns=ArticleHandledOut,
    status=201,
    errors=(errors.CategoryUnknown, errors.SourceUnknown),
    summary="起草知识条目",
)
async def draft(request: Request, *, actor: Actor, body: ArticleContent) -> Reply:  # noqa: ARG001
    return _done(await service.draft(body, CITABLES, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_WRITE,
    body=ArticleContent,
    returns=ArticleHandledOut,
    errors=(*_CHANGING, errors.CategoryUnknown, errors.SourceUnknown),
    summary="修改草稿；已发布的条目由此形成下一版草稿",
)
async def edit(request: Request, article_id: UUID, *, actor: Actor, body: ArticleContent, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.edit(article_id, body, CITABLES, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_WRITE,
    returns=ArticleHandledOut,
    errors=(*_CHANGING, errors.NothingOpen, errors.NotReady, WrongState),
    summary="提交审核；If-Match 为提交时所看的版本",
)
async def submit(request: Request, article_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.submit(article_id, CITABLES, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_REVIEW,
    body=ArticleReason,
    returns=ArticleHandledOut,
    errors=(*_CHANGING, errors.NothingOpen, WrongState),
    summary="退回修改，写明理由",
)
async def send_back(request: Request, article_id: UUID, *, actor: Actor, body: ArticleReason, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.send_back(article_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_REVIEW,
    returns=ArticleHandledOut,
    errors=(*_CHANGING, errors.NothingOpen, errors.SameAuthor, errors.NotReady, WrongState),
    summary="审核并发布；If-Match 为审核时所看的版本",
)
async def publish(request: Request, article_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.publish(article_id, CITABLES, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_REVIEW,
    body=ArticleReason,
    returns=ArticleHandledOut,
    errors=(*_CHANGING, errors.NotPublished),
    summary="撤下发布中的条目；引用它的答复列入订正",
)
async def withdraw(request: Request, article_id: UUID, *, actor: Actor, body: ArticleReason, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.withdraw(article_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=CorrectionsQuery,
    returns=CountedPage[CorrectionOut],
    summary="依据变更后待订正的条目和答复",
)
async def corrections(request: Request, *, actor: Actor, query: CorrectionsQuery) -> dict[str, Any]:  # noqa: ARG001
    return await correcting.page(actor, state=query.state, kind=query.kind, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.STAFF,
    permission=_WRITE,
    body=SettleCorrections,
    returns=CorrectionOutcomes,
    summary="办结订正：已订正，或写明为何不受影响；逐条返回结果",
)
async def settle(request: Request, *, actor: Actor, body: SettleCorrections) -> dict[str, Any]:  # noqa: ARG001
    items = await correcting.settle(body.ids, CorrectionState(body.state), body.reason, actor=actor)
    return {"items": items}


@endpoint(
    auth=Auth.STAFF,
    permission=_WRITE,
    body=TellAskers,
    returns=CorrectionOutcomes,
    summary="告知提问人答复的依据有变化，每人每事一次；逐条返回结果",
)
async def tell(request: Request, *, actor: Actor, body: TellAskers) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await correcting.tell(body.ids, body.note, actor=actor)}


@endpoint(auth=Auth.STAFF, permission=_READ, returns=GapsOut, summary="缺口报告：问得多而没有条目的问题")
async def gaps(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"report": await gap_report.newest(actor)}


@endpoint(
    auth=Auth.STAFF, permission=_READ, returns=GapOut, errors=(errors.GapUnknown,), summary="缺口报告中的一组问题"
)
async def gap(request: Request, gap_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await gap_report.one(gap_id, actor)
