"""What the knowledge base's endpoints take and give; an article's own fields are those of `knowledge.content`."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from miniprogram_api.schema import At, In, Line, Out, PageQuery, Query, Readable, Text

Words = Annotated[str, Field(min_length=1, max_length=100)]
Category = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$", description="事项类别的代码")]
EditionState = Literal["draft", "in_review", "published", "superseded", "withdrawn"]
Act = Literal["edit", "begin_edition", "submit", "publish", "send_back", "withdraw"]
Change = Literal["superseded", "corrected", "withdrawn", "expired"]
MOST_AT_ONCE = 100


class ArticlesQuery(PageQuery):
    q: Words | None = Field(None, description="检索词或一句问题；有检索词时按相似程度排列，只有一页")
    category: Category | None = None


class SimilarQuery(Query):
    text: Annotated[Readable, Field(min_length=1, max_length=2_000)] = Field(description="准备提的问题")
    limit: Annotated[int, Field(ge=1, le=10, description="最多几条")] = 3


class SimilarOut(Out):
    source: str = Field(description="knowledge 知识条目，questions 已答复的问题")
    id: UUID
    title: str
    excerpt: str = Field(description="答案的开头")
    published_at: At


class SimilarsOut(Out):
    items: list[SimilarOut]


class ArticleCardOut(Out):
    id: UUID
    number: str
    title: str
    category: str
    category_title: str
    excerpt: str = Field(description="正文的开头")
    published_at: At
    notice: str | None = Field(description="依据已变更、正在核对时的一句提示")


class ArticleCitationOut(Out):
    source: Literal["policies", "law"]
    version_id: UUID | None = Field(None, description="引用的政策版本")
    policy_id: UUID | None = Field(None, description="引用的政策")
    number: str | None = Field(None, description="引用的政策编号")
    edition: int | None = None
    title: str | None = Field(None, description="引用的政策标题")
    words: str | None = Field(None, description="引用的内容")
    document: str | None = Field(None, description="引用的文件")
    article: str | None = None
    sentence: str | None = None


class ArticleOut(Out):
    id: UUID
    number: str
    title: str
    category: str
    category_title: str
    body: str = Field(description="正文，Markdown")
    citations: list[ArticleCitationOut] = Field(description="依据")
    edition: int
    published_at: At
    notice: str | None = Field(description="依据已变更、正在核对时的一句提示")


class Vote(In):
    helped: bool = Field(description="这篇内容是否有用")


class StaffArticlesQuery(PageQuery):
    q: Words | None = Field(None, description="编号、标题和正文中的字")
    state: EditionState | None = None
    audience: Literal["public", "internal"] | None = None
    category: Category | None = None
    outdated: bool = Field(default=False, description="只看依据已变更、待核对的")


class StaffArticleOut(Out):
    id: UUID
    number: str
    version: int
    edition: int
    state: EditionState
    audience: Literal["public", "internal"]
    title: str
    category: str
    edited_at: At
    sent_back: str = Field(description="退回的理由")
    published_edition: int | None
    is_outdated: bool = Field(description="发布中的版本依据已变更，待核对")


class ArticleEditionOut(Out):
    id: UUID
    edition: int
    state: EditionState
    audience: Literal["public", "internal"]
    title: str
    body: str = Field(description="正文，Markdown")
    category: str
    asked_as: list[str] = Field(description="常见问法和关键词")
    citations: list[ArticleCitationOut] = Field(description="依据")
    sent_back: str = Field(description="退回的理由")
    author: str | None
    editor: str | None
    reviewer: str | None
    created_at: At
    edited_at: At
    submitted_at: At | None
    published_at: At | None
    ended_at: At | None
    end_reason: str = Field(description="撤下的原因")
    helped: int = Field(description="多少人说有用")
    did_not: int = Field(description="多少人说没用")
    to_correct: int = Field(description="有几处依据已变更待核对")


class ArticleDetailOut(Out):
    id: UUID
    number: str
    version: int
    editions: list[ArticleEditionOut]
    may: list[Act]


class ArticleHandledOut(Out):
    id: UUID
    number: str
    version: int
    edition: int
    state: EditionState


class ArticleReason(In):
    reason: Annotated[Text, Field(max_length=500)]


class CorrectionsQuery(PageQuery):
    state: Literal["open", "corrected", "unaffected"] | None = None
    kind: Literal["article", "answer"] | None = Field(None, description="article 知识条目，answer 答复")


class CorrectionOut(Out):
    id: UUID
    kind: Literal["article", "answer"]
    source: str = Field(description="引用的是什么：policies 政策，knowledge 知识条目")
    ref_id: UUID = Field(description="变更的版本")
    change: Change
    words: str = Field(description="变更的情况")
    said: str = Field(description="当时引用的内容")
    state: Literal["open", "corrected", "unaffected"]
    reason: str
    opened_at: At
    settled_at: At | None
    settled_by: str | None
    told_at: At | None = Field(description="告知提问人的时间")
    article_id: UUID | None
    article_number: str | None
    article_title: str | None
    edition: int | None
    case_id: UUID | None
    case_number: str | None
    seq: int | None = Field(description="答复在事项记录中的序号")
    has_account: bool = Field(description="提问人有账号，可以在线告知")
    publication_id: UUID | None = Field(description="该答复的公开稿，核对后应一并更正或撤下；没有公开稿为空")


def _each_once(ids: list[UUID]) -> list[UUID]:
    if len(set(ids)) < len(ids):
        raise ValueError("同一条只能列一次")
    return ids


Ids = Annotated[list[UUID], Field(min_length=1, max_length=MOST_AT_ONCE), AfterValidator(_each_once)]


class SettleCorrections(In):
    ids: Ids
    state: Literal["corrected", "unaffected"]
    reason: Annotated[Readable, Field(max_length=500)] = ""


class TellAskers(In):
    ids: Ids
    note: Annotated[Line, Field(max_length=100)] = Field(description="给提问人的一句说明")


class CorrectionOutcome(Out):
    id: UUID
    outcome: Literal["settled", "told", "already", "unknown", "needs_edition", "no_account"]


class CorrectionOutcomes(Out):
    items: list[CorrectionOutcome]


class GapExampleOut(Out):
    case_id: UUID
    number: str
    text: str = Field(description="问题原文，电话和证件号码已遮挡")


class GapOut(Out):
    id: UUID
    category: str
    category_title: str
    size: int = Field(description="这一组有多少个问题")
    shared: list[str] = Field(description="多数问题共有的字词")
    examples: list[GapExampleOut]
    asked_as: list[str] = Field(description="可用作条目常见问法的原文")


class GapCategoryOut(Out):
    category: str
    category_title: str
    questions: int


class GapReportOut(Out):
    made_at: At
    since: At
    questions: int = Field(description="这段时间没有引用知识条目的问题数")
    is_cut: bool = Field(description="问题太多，只看了最近的一部分")
    categories: list[GapCategoryOut]
    items: list[GapOut]


class GapsOut(Out):
    report: GapReportOut | None = Field(description="还没有生成过报告时为空")


class ArticleCategoryOut(Out):
    key: str = Field(description="类别的代码")
    title: str = Field(description="类别名称")
    hint: str = Field(description="包括什么")


class ArticleCategoriesOut(Out):
    items: list[ArticleCategoryOut]
