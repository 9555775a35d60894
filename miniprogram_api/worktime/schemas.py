"""What goes in and out of the working calendar."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from backend.worktime.checking import LONGEST, MOST_DAYS
from backend.worktime.queries import DaySource, YearState
from miniprogram_api.schema import At, In, Line, Out, Query

Reason = Annotated[Line, Field(max_length=LONGEST)]
Year = Annotated[int, Field(ge=1, le=9999, description="年份", examples=[2027])]
Day = Annotated[date, Field(strict=False)]
Time = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["08:30"])]


class YearQuery(Query):
    year: Annotated[int | None, Field(ge=1, le=9999, description="年份，不填为今年")] = None


class DayIn(In):
    day: Day = Field(description="日期", examples=["2027-02-06"])
    is_workday: bool = Field(description="是否上班")


class SetDays(In):
    year: Year
    days: list[DayIn] = Field(min_length=1, max_length=MOST_DAYS, description="要调整的日期，均须在这一年之内")
    reason: Reason = Field(description="调整理由", examples=["台风停工一天"])
    citation: Reason | None = Field(None, description="依据的文件", examples=["国务院办公厅关于部分节假日安排的通知"])


class RemoveDays(In):
    year: Year
    days: list[Day] = Field(min_length=1, max_length=MOST_DAYS, description="不再单独调整的日期")
    reason: Reason = Field(description="理由")


class SettleYear(In):
    year: Year
    citation: Reason = Field(description="放假安排的文件名称和文号")


class UnsettleYear(In):
    year: Year
    reason: Reason = Field(description="撤销理由")


class SpanIn(In):
    begins: Time = Field(description="上班时间", examples=["08:30"])
    ends: Time = Field(description="下班时间", examples=["12:00"])


class WeekdayIn(In):
    weekday: Annotated[int, Field(ge=1, le=7)] = Field(description="星期几，1 为星期一", examples=[5])
    spans: list[SpanIn] = Field(min_length=1, max_length=8, description="这一天的办公时段")


class ChangeHours(In):
    valid_from: Day = Field(description="从哪一天起执行", examples=["2027-06-01"])
    spans: list[SpanIn] = Field(min_length=1, max_length=8, description="每个工作日的办公时段，含调休上班的周末")
    weekdays: list[WeekdayIn] = Field(default_factory=list, max_length=7, description="与其他日子不同的星期几")
    reason: Reason = Field(description="调整理由")


class WithdrawHours(In):
    reason: Reason = Field(description="撤回理由")


class DayOut(Out):
    day: date = Field(description="日期")
    is_workday: bool = Field(description="是否上班")
    source: DaySource = Field(description="依据哪里确定")
    holiday: str = Field(description="所属节日，平日为空", examples=["春节"])
    usual: bool | None = Field(description="如不单独调整，这一天是否上班；未调整的为空")
    note: str | None = Field(description="调整理由")
    citation: str | None = Field(description="依据的文件")
    set_by: UUID | None = Field(description="调整人编号")
    set_by_name: str | None = Field(description="调整人姓名")
    set_at: At | None = Field(description="调整时间")


class YearOut(Out):
    year: int = Field(description="年份")
    version: int = Field(description="If-Match 所用的版本号")
    state: YearState = Field(description="日历是否已经确定")
    workdays: int = Field(description="全年工作日数")
    days_set: int = Field(description="单独调整的日期数")
    citation: str | None = Field(description="确认所依据的文件")
    settled_by: UUID | None = Field(description="确认人编号")
    settled_by_name: str | None = Field(description="确认人姓名")
    settled_at: At | None = Field(description="确认时间")
    may: list[str] = Field(description="现在可以做什么")


class CalendarOut(YearOut):
    days: list[DayOut] = Field(description="全年每一天")


class YearsOut(Out):
    items: list[YearOut] = Field(description="可以查看和调整的年份；尚未公布的，期限均为暂定")


class ChangedOut(Out):
    version: int = Field(description="新的版本号，下次 If-Match 用它")


class WeekOut(Out):
    id: UUID | None = Field(description="编号；随软件提供的默认办公时间为空")
    valid_from: date = Field(description="从哪一天起执行")
    week: list[list[tuple[str, str]]] = Field(description="星期一至星期日的办公时段")
    is_current: bool = Field(description="今天是否按此执行")
    note: str | None = Field(description="调整理由")
    set_by: UUID | None = Field(description="调整人编号")
    set_by_name: str | None = Field(description="调整人姓名")
    set_at: At | None = Field(description="调整时间")
    may: list[str] = Field(description="现在可以做什么")


class HoursOut(Out):
    version: int = Field(description="If-Match 所用的版本号")
    items: list[WeekOut] = Field(description="历次办公时间，最早的在前")
    may: list[str] = Field(description="现在可以做什么")
