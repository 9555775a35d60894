"""What the endpoints of earlier times take and give."""

from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from miniprogram_api.schema import At, In, Line, Out, PageQuery, Query
from miniprogram_api.visits.schemas import PLACE, Key, Note, Place

_EXAMPLE: Final[JsonDict] = {
    "enterprise_id": "01a1b2c3-0000-7000-8000-000000000001",
    "visit_id": "01a1b2c3-0000-7000-8000-000000000002",
    "not_before": "2026-11-26",
    "note": "",
}


class JoinLine(In):
    """For a visit that is booked: `visit_id`; for a first one: reason and place."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    enterprise_id: UUID
    visit_id: UUID | None = Field(None, description="要提前的走访；还没有预约时不填")
    reason: Key | None = Field(None, description="走访事由的代码；填了 visit_id 时不填", examples=["policy_talk"])
    place: Annotated[Place | None, Field(description=PLACE)] = None
    not_before: Annotated[date, Field(strict=False, ge=date(2000, 1, 1), le=date(2199, 12, 31))] | None = Field(
        None, description="最早从哪一天起方便；不填为都可以", examples=["2026-11-26"]
    )
    note: Note = ""

    @model_validator(mode="after")
    def _one_of_two(self) -> "JoinLine":
        has_wish = self.reason is not None and self.place is not None
        has_part = self.reason is not None or self.place is not None
        if (self.visit_id is None and not has_wish) or (self.visit_id is not None and has_part):
            raise ValueError("请填写要提前的走访，或填写事由和走访方式，二者选一")
        return self


class LineQuery(Query):
    enterprise_id: UUID


class OfferOut(Out):
    id: UUID = Field(description="提供的编号，接受或放弃时使用")
    number: int = Field(description="第几次提供")
    state: str = Field(
        description="open 待决定，accepted 已接受，declined 已放弃，lapsed 已过时限，withdrawn 已失效",
        examples=["open"],
    )
    state_word: str = Field(description="状态", examples=["待您决定"])
    starts_at: At = Field(description="开始时间")
    ends_at: At = Field(description="结束时间")
    made_at: At = Field(description="提供时间")
    until_at: At = Field(description="保留到何时")
    address: str | None = Field(description="地点")
    visitors: list[str] = Field(description="走访人员，第一位牵头；已有结果的不再列出")


class WaitOut(Out):
    id: UUID = Field(description="候补编号")
    visit_id: UUID | None = Field(description="要提前的走访；还没有预约时为空")
    number: str | None = Field(description="走访编号", examples=["FW-20261123-0001"])
    starts_at: At | None = Field(description="该走访现在的开始时间")
    enterprise_id: UUID
    reason: str = Field(description="事由代码", examples=["policy_talk"])
    reason_title: str = Field(description="事由", examples=["政策讲解"])
    place: str = Field(description=PLACE, examples=["on_site"])
    place_word: str = Field(description="走访方式", examples=["上门"])
    state: str = Field(description="waiting 排队中，served 已提前，left 已退出，ended 已结束", examples=["waiting"])
    state_word: str = Field(description="状态", examples=["排队中"])
    sentence: str = Field(description="现在怎样、下一步是什么")
    rank: int | None = Field(description="在本区县排第几，不再排队时为空")
    asked_at: At = Field(description="登记时间")
    not_before: date | None = Field(description="最早从哪一天起方便")
    offers_left: int = Field(description="还可提供几次")
    offers: list[OfferOut] = Field(description="提供过的时段")


class LineOut(Out):
    items: list[WaitOut]


class WaitsQuery(PageQuery):
    state: Literal["waiting", "served", "left", "ended"] | None = Field(None, description="状态；不填为全部")
    district: Annotated[Line, Field(max_length=12, description="属地代码，含其下级")] | None = None


class OfferedOut(Out):
    id: UUID
    number: int = Field(description="第几次提供")
    state: str = Field(
        description="open 待企业决定，accepted 已接受，declined 已放弃，lapsed 已过时限，withdrawn 已失效"
    )
    state_word: str = Field(description="状态", examples=["待企业决定"])
    starts_at: At = Field(description="开始时间")
    ends_at: At = Field(description="结束时间")
    made_at: At = Field(description="提供时间")
    until_at: At = Field(description="保留到何时")


class WaitListedOut(Out):
    id: UUID = Field(description="候补编号")
    visit_id: UUID | None = Field(description="要提前的走访；还没有预约时为空")
    number: str | None = Field(description="走访编号", examples=["FW-20261123-0001"])
    starts_at: At | None = Field(description="该走访现在的开始时间")
    enterprise_id: UUID
    enterprise: str = Field(description="企业名称")
    district: str | None = Field(description="属地代码")
    district_word: str | None = Field(description="属地")
    reason_title: str = Field(description="事由", examples=["政策讲解"])
    place_word: str = Field(description="走访方式", examples=["上门"])
    state: str = Field(description="waiting 排队中，served 已提前，left 已退出，ended 已结束", examples=["waiting"])
    state_word: str = Field(description="状态", examples=["排队中"])
    why_ended: str | None = Field(description="为什么结束")
    asked_at: At = Field(description="登记时间")
    ended_at: At | None = Field(description="不再排队的时间")
    not_before: date | None = Field(description="最早从哪一天起方便")
    offers_left: int = Field(description="还可提供几次")
    offers: list[OfferedOut] = Field(description="提供过的时段")
