"""What is asked, said, shown and handed out around a salon: questions, feedback, figures, files."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from backend.salons.board import PAGE
from miniprogram_api.salons.schemas import Day
from miniprogram_api.schema import At, In, Line, Out, Query, Readable, Text

_MATERIALS = [{"title": "讲义", "url": "https://example.com/slides.pdf"}]


class AskThere(In):
    body: Annotated[Text, Field(max_length=500, description="问题", examples=["首次违法怎么认定？"])]


class AskedOut(Out):
    id: UUID = Field(description="提问编号")


class AskedThereOut(Out):
    id: UUID
    phase: str = Field(description="before 会前，during 会中，after 会后")
    phase_word: str = Field(description="提问的时候")
    body: str = Field(description="问题")
    asked_at: At = Field(description="提问时间")
    spoken_answer: str = Field(description="现场的答复")
    is_answered: bool = Field(description="是否已答复")
    is_mine: bool = Field(description="是我提的")


class QuestionsQuery(Query):
    cursor: Annotated[str | None, Field(max_length=300, description="上一页返回的 next")] = None
    limit: Annotated[int, Field(ge=1, le=100, description="每页条数")] = PAGE


class AskedListOut(Out):
    asked: int = Field(description="已受理的提问总数，不限于本页")
    answered: int = Field(description="其中已答复的总数")
    items: list[AskedThereOut] = Field(description="一页提问，新的在前")
    next: str | None


class BoardItemOut(AskedThereOut):
    state: str = Field(description="checking 核对中，held 待人工核对，shown 已受理")
    enterprise: str
    case_number: str | None = Field(description="事项编号")


class BoardOut(Out):
    asked: int = Field(description="已受理的提问总数，不限于本页")
    answered: int = Field(description="其中已答复的总数")
    items: list[BoardItemOut] = Field(description="一页提问，新的在前")
    next: str | None


class AnswerThere(In):
    words: Annotated[Text, Field(max_length=1000, description="现场的答复，提问人可见")]


class WriteMinutes(In):
    minutes: Annotated[Text, Field(max_length=10_000, description="纪要，公开")]


class FeedbackTokenOut(Out):
    token: str = Field(description="匿名评价的凭证，只给一次，不与本人关联")


class GiveFeedback(In):
    token: Annotated[Line, Field(max_length=200, description="匿名评价的凭证")]
    rating: Annotated[int, Field(ge=1, le=5, description="评分，5 最好")]
    body: Annotated[Readable, Field(max_length=1000, description="想说的话，可不填；请勿写能认出您的内容")] = ""


class FeedbackOut(Out):
    count: int = Field(description="评价数；活动当天收到的，次日起计入")
    is_shown: bool = Field(description="份数够了，显示评分")
    ratings: dict[str, int] = Field(description="各评分的份数")
    words: list[str] = Field(description="文字评价，份数够了才显示，次序随机")
    shown_from: int = Field(description="满几份才显示评分")
    words_from: int = Field(description="满几份才显示文字")


class ExportSignups(Query):
    format: Literal["csv", "xlsx"] = Field("xlsx", description="文件格式")


class FiguresQuery(Query):
    first: Day = Field(description="从哪一天起", examples=["2026-01-01"])
    last: Day = Field(description="到哪一天，含当天", examples=["2026-12-31"])


class SalonFigureOut(Out):
    name: str = Field(description="主题或区县的代码；空即全市")
    word: str = Field(description="主题或区县")
    salons: int = Field(description="举办场数")
    seats: int = Field(description="席位数")
    signed_up: int = Field(description="报名成功人数")
    came: int = Field(description="到场人数")
    not_come: int = Field(description="未到场人数")
    waited_in_vain: int = Field(description="候补未成功人数")


class SalonFiguresOut(Out):
    topics: list[SalonFigureOut] = Field(description="按主题")
    districts: list[SalonFigureOut] = Field(description="按区县")


class MaterialIn(In):
    title: Annotated[Line, Field(max_length=60, description="名称", examples=["讲义"])]
    url: (
        Annotated[
            Line,
            Field(max_length=500, pattern="^https://", description="网址", examples=["https://example.com/slides.pdf"]),
        ]
        | None
    ) = None
    file_id: UUID | None = Field(None, description="上传文件后得到的编号；与网址二选一")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.url is None) is (self.file_id is None):
            raise ValueError("网址和文件须且只须填一个")
        return self


class SalonFileQuery(Query):
    what: Literal["poster", "material", "recording"] = Field(
        description="用途：poster 海报图片，material 资料（PDF、Office 文件或图片），recording 录音录像（MP4、M4A）"
    )
    name: Annotated[Line, Field(max_length=200, description="文件名", examples=["讲义.pdf"])]


class SalonFileOut(Out):
    file_id: UUID = Field(description="文件编号")
    name: str = Field(description="文件名")
    mime: str = Field(description="按文件内容判定，不是上传时声明的类型")
    size: int = Field(description="文件大小，字节")
    url: str = Field(description="打开文件的地址，10分钟内有效")


class PutUpPoster(In):
    file_id: UUID | None = Field(description="上传海报后得到的编号；空即取下海报")


class HandOut(In):
    materials: Annotated[
        list[MaterialIn], Field(max_length=20, description="资料和录像：链接或上传的文件", examples=[_MATERIALS])
    ]


class SayToAll(In):
    words: Annotated[Text, Field(max_length=200, description="告知所有报名和候补的人的话")]
