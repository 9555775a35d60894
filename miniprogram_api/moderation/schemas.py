"""What goes in and out of the queue of held contents."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from miniprogram_api.schema import At, In, Out, PageQuery, Readable

Reason = Annotated[Readable, StringConstraints(min_length=1, max_length=200)]


class HeldQuery(PageQuery):
    state: Literal["held", "released", "refused"] = Field("held", description="待查看、已放行、未予通过")


class HeldOut(Out):
    id: UUID
    origin: str = Field(description="来自哪个模块：questions 提问")
    origin_id: UUID = Field(description="在该模块中的编号")
    state: str = Field(description="待查看 held，已放行 released，未予通过 refused，已撤回 withdrawn")
    why: str | None = Field(description="转人工的原因代码")
    why_words: str | None = Field(description="转人工的原因")
    reason: str | None = Field(description="放行或不予通过的理由")
    district: str | None
    created_at: At
    held_at: At | None = Field(description="转人工的时间")
    decided_at: At | None
    decided_by: str | None = Field(description="处理人姓名")
    texts: int = Field(description="文字段数")
    pictures: int = Field(description="图片张数")


class HeldPartOut(Out):
    kind: str = Field(description="text 文字，media 图片")
    state: str = Field(description="这一部分的检查状态")
    text: str | None = Field(description="文字；通过或到期后已删除")
    verdict: str | None = Field(description="检测结果")
    label: str | None = Field(description="检测给出的类别")
    errcode: int | None = Field(description="微信的错误代码")
    link: str | None = Field(description="打开图片的地址，10 分钟内有效")


class HeldOutlinePartOut(Out):
    kind: str = Field(description="text 文字，media 图片")
    state: str = Field(description="这一部分的检查状态")
    state_word: str = Field(description="检查状态的说法")
    verdict: str | None = Field(description="检测结果")
    label: str | None = Field(description="检测给出的类别")
    errcode: int | None = Field(description="微信的错误代码")
    is_there: bool = Field(description="文字或图片仍在；通过或到期后删除")
    signs: int | None = Field(description="文字的字数")
    media_type: str | None = Field(description="图片的格式")
    size: int | None = Field(description="图片的字节数")


class HeldOutlineOut(HeldOut):
    may: list[str] = Field(description="可以做的操作：look 查看，release 放行，refuse 不予通过")
    parts: list[HeldOutlinePartOut] = Field(description="查看时会看到的各部分，不含内容")


class HeldDetailOut(HeldOut):
    may: list[str] = Field(description="可以做的操作：release 放行，refuse 不予通过")
    parts: list[HeldPartOut] = Field(description="各段文字和图片")


class Decide(In):
    reason: Reason = Field(description="理由；不予通过的理由提交人会看到")
