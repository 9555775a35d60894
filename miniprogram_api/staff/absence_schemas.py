"""What goes in and out of absences and skills."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from backend.staff.skills import MOST
from miniprogram_api.schema import At, In, Line, Out, Query

Day = Annotated[date, Field(strict=False)]


class TellAbsence(In):
    from_on: Day = Field(description="从哪一天起", examples=["2026-11-30"])
    until_on: Day = Field(description="到哪一天，含当天", examples=["2026-12-04"])
    kind: Literal["leave", "sick", "training", "trip", "other"] = Field(
        description="休假 leave、病假 sick、培训 training、出差 trip、其他 other"
    )
    stand_in: UUID | None = Field(None, description="代理人编号；尚未接办的事项先交给代理人")


class AbsenceToldOut(Out):
    id: UUID = Field(description="登记编号")


class AbsenceOut(Out):
    id: UUID = Field(description="登记编号")
    staff_id: UUID
    name: str = Field(description="姓名")
    from_on: date = Field(description="从哪一天起")
    until_on: date = Field(description="到哪一天，含当天")
    kind: str = Field(description="事由代码")
    stand_in: UUID | None = Field(description="代理人编号")
    stand_in_name: str | None = Field(description="代理人姓名")
    told_at: At = Field(description="登记时间")


class AbsencesOut(Out):
    items: list[AbsenceOut] = Field(description="不在岗登记，最早的在前")


class AbsencesQuery(Query):
    first: date = Field(description="从哪一天起", examples=["2026-11-23"])
    last: date = Field(description="到哪一天，含当天", examples=["2026-12-31"])
    staff_id: UUID | None = Field(None, description="只看一个人的")


class NoteSkills(In):
    skills: list[Annotated[Line, Field(max_length=41)]] = Field(
        max_length=MOST, description="全部专长的代码，未列出的即取消", examples=[["policy", "ip"]]
    )


class SkillsOut(Out):
    skills: list[str] = Field(description="专长代码")
