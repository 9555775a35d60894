"""What goes in and out of questions."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from backend.questions.asking import LONGEST, MOST_PHOTOS
from miniprogram_api.schema import At, In, Line, Moment, Out, PageQuery, Readable


def _distinct(ids: list[UUID]) -> list[UUID]:
    if len(set(ids)) < len(ids):
        raise ValueError("照片不能重复")
    return ids


Category = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
Photos = Annotated[list[UUID], Field(max_length=MOST_PHOTOS), AfterValidator(_distinct)]
Reason = Annotated[Readable, StringConstraints(min_length=1, max_length=300)]


class AskQuestion(In):
    enterprise_id: UUID | None = Field(None, description="为哪家企业提问；不填为个人提问")
    category: Category = Field(description="事项类别，须是向经营者开放的末级类别")
    text: Annotated[Readable, StringConstraints(min_length=1, max_length=LONGEST)] = Field(description="问题")
    photos: Photos = Field(default=[], description="先上传（用途 question_photo）得到的编号，最多 9 张")
    is_followable: bool = Field(False, description="允许有同样问题的人关注进展；不公开您写的内容")


class QuestionCategoryOut(Out):
    key: str = Field(description="类别的代码，提问时填写")
    title: str = Field(description="类别名称")
    hint: str = Field(description="包括什么")
    under: str | None = Field(description="上级类别的名称")


class QuestionCategoriesOut(Out):
    items: list[QuestionCategoryOut]


class MyQuestionsQuery(PageQuery):
    enterprise_id: UUID | None = Field(None, description="只看为这家企业提的问题")


class MyQuestionOut(Out):
    id: UUID
    number: str = Field(description="编号，办理全程不变", examples=["WW-20261123-0007"])
    enterprise_id: UUID | None
    enterprise: str | None = Field(description="企业名称")
    category: str
    category_title: str | None = Field(description="类别名称")
    excerpt: str = Field(description="问题的开头")
    is_followable: bool = Field(description="是否允许关注进展")
    is_mine: bool = Field(description="是否本人所提")
    is_public: bool = Field(description="是否已公开答复")
    photos: int = Field(description="照片张数")
    asked_at: At = Field(description="提问时间，办理时限从此起算")
    state: str = Field(
        description="checking 正在检查，held 等待人工查看，received 已受理，refused 未予受理，withdrawn 已撤回"
    )
    sentence: str = Field(description="现在到哪一步、下一步是什么")
    reason: str | None = Field(description="未予受理的理由")
    case_id: UUID | None = Field(description="受理后的事项编号")
    case_state: str | None = Field(description="事项的状态")
    due_at: At | None = Field(description="下一步的期限")
    may: list[str] = Field(description="可以做的操作：withdraw 撤回")


class PhotoOut(Out):
    file_id: UUID
    link: str = Field(description="打开照片的地址，10 分钟内有效")


class MyQuestionDetailOut(MyQuestionOut):
    text: str = Field(description="问题全文；未予受理和撤回的 30 天后删除")
    photo_links: list[PhotoOut] = Field(description="照片；受理前只有提问人本人可见")


class QuestionAskedOut(Out):
    id: UUID
    number: str = Field(description="编号，办理全程不变")
    state: str
    sentence: str = Field(description="现在到哪一步、下一步是什么")


class PublishedQuery(PageQuery):
    category: Category | None = Field(None, description="只看这一类")


class PublishedOut(Out):
    question_id: UUID
    number: str = Field(description="问题编号")
    category: str
    category_title: str | None = Field(description="类别名称")
    title: str = Field(description="公开的标题")
    excerpt: str = Field(description="答复的开头")
    published_at: At = Field(description="公开时间")
    is_followed: bool = Field(description="本人是否关注；未登录时为否")
    notice: str | None = Field(description="依据已变更、正在核对时的一句提示")


class PublishedDetailOut(Out):
    id: UUID | None = Field(description="公开稿编号；尚未公开时为空")
    question_id: UUID
    number: str = Field(description="问题编号")
    category: str
    category_title: str | None = Field(description="类别名称")
    title: str | None = Field(description="公开的标题；尚未公开时为空")
    asked: str | None = Field(description="公开的问题，已隐去个人和企业信息")
    answered: str | None = Field(description="公开的答复")
    edition: int = Field(description="第几版公开稿，尚未公开为 0")
    is_correction: bool = Field(description="是否更正过")
    asked_at: At | None = Field(None, description="提问时间；只在尚未公开时给出")
    published_at: At | None = Field(description="公开时间")
    sentence: str = Field(description="现在到哪一步")
    is_followed: bool = Field(description="本人是否关注；未登录时为否")
    notice: str | None = Field(description="依据已变更、正在核对时的一句提示")


class FollowedOut(Out):
    question_id: UUID
    number: str = Field(description="问题编号")
    category: str
    category_title: str | None = Field(description="类别名称")
    title: str | None = Field(description="公开的标题；尚未公开时为空")
    published_at: At | None = Field(description="公开时间")
    at: At = Field(description="开始关注的时间")
    sentence: str = Field(description="现在到哪一步")


class MyBarOut(Out):
    id: UUID
    reason: str = Field(description="限制的理由")
    citation: str = Field(description="限制的依据")
    barred_at: At = Field(description="开始限制的时间")
    until_at: At = Field(description="限制到何时自动解除")
    ended_at: At | None = Field(description="提前解除的时间")
    appeal: str = Field(description="申诉的内容；未申诉为空")
    appealed_at: At | None = Field(description="申诉时间")
    is_upheld: bool | None = Field(description="申诉是否成立；未处理为空")
    decision: str = Field(description="处理申诉的理由")
    decided_at: At | None
    may: list[str] = Field(description="可以做的操作：appeal 申诉")


class StandingOut(Out):
    is_barred: bool = Field(description="现在是否暂停在线提问")
    bar: MyBarOut | None = Field(description="最近一次限制")


class Appeal(In):
    text: Annotated[Readable, StringConstraints(min_length=1, max_length=1000)] = Field(description="申诉的理由")


class Propose(In):
    title: Annotated[Line, Field(max_length=60)] = Field(description="公开的标题")
    asked: Annotated[Readable, StringConstraints(min_length=1, max_length=2000)] = Field(
        description="公开的问题，须隐去个人和企业信息"
    )
    answered: Annotated[Readable, StringConstraints(min_length=1, max_length=8000)] = Field(
        description="公开的答复，Markdown"
    )


class PublicationsQuery(PageQuery):
    state: Literal["proposed", "returned", "published", "superseded", "withdrawn"] | None = Field(
        None, description="只看这一状态的公开稿"
    )


class PublicationOut(Out):
    id: UUID
    question_id: UUID
    case_id: UUID = Field(description="事项编号，可据此核对原问题和答复")
    number: str = Field(description="问题编号")
    category: str
    edition: int
    state: str = Field(
        description="proposed 待另一人核对，returned 已退回，published 已公开，superseded 已被更正，withdrawn 已撤下"
    )
    title: str = Field(description="公开的标题")
    asked: str = Field(description="公开的问题")
    answered: str = Field(description="公开的答复")
    reason: str = Field(description="退回或撤下的理由")
    author: str | None = Field(description="起草人")
    reviewer: str | None = Field(description="核对人")
    created_at: At
    published_at: At | None = Field(description="公开时间")
    ended_at: At | None = Field(description="被更正或撤下的时间")
    may: list[str] = Field(description="可以做的操作：release 公开，send_back 退回，withdraw 撤下")


class GiveReason(In):
    reason: Reason = Field(description="理由")


class BarAsker(In):
    reason: Reason = Field(description="理由，提问人会看到")
    citation: Reason = Field(description="依据，提问人会看到")
    until: Moment = Field(description="到何时自动解除，最长 180 天")


class BarsQuery(PageQuery):
    only: Literal["live", "appealed"] | None = Field(None, description="只看限制中的，或申诉待处理的")


class BarOut(Out):
    id: UUID
    question_id: UUID | None
    number: str | None = Field(description="引起限制的问题编号")
    case_id: UUID | None = Field(description="该问题受理后的事项；尚未受理为空")
    district: str | None
    reason: str = Field(description="限制的理由")
    citation: str = Field(description="限制的依据")
    barred_by: str | None = Field(description="作出限制的人")
    barred_at: At = Field(description="开始限制的时间")
    until_at: At = Field(description="到何时自动解除")
    is_live: bool = Field(description="现在是否限制中")
    ended_at: At | None = Field(description="提前解除的时间")
    end_reason: str = Field(description="提前解除的理由")
    appeal: str = Field(description="申诉的内容；未申诉为空")
    appealed_at: At | None = Field(description="申诉时间")
    is_upheld: bool | None = Field(description="申诉是否成立；未处理为空")
    decided_by: str | None = Field(description="处理申诉的人")
    decided_at: At | None
    decision: str = Field(description="处理申诉的理由")
    may: list[str] = Field(description="可以做的操作：lift 解除，decide 处理申诉")


class DecideBarAppeal(In):
    is_upheld: bool = Field(description="申诉是否成立；成立即解除限制")
    reason: Reason = Field(description="理由，提问人会看到")
