"""What goes in and out of lists of problems."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.cases.schemas import CaseFileOut, Reason
from miniprogram_api.schema import At, In, Line, Out, PageQuery, Readable, Text

Long = Annotated[Readable, Field(max_length=2000)]
Day = Annotated[date, Field(strict=False)]


class ProblemIn(In):
    title: Annotated[Line, Field(max_length=200, description="问题")]
    responsible_id: UUID = Field(description="整改责任人")
    days: Annotated[int, Field(ge=1, le=180)] | None = Field(None, description="整改期限，工作日；与日期填一项")
    due_on: Day | None = Field(None, description="整改截止日期；与工作日数填一项")
    measures: Long = Field("", description="整改措施")
    case_id: UUID | None = Field(None, description="关联的事项")


Problems = Annotated[list[ProblemIn], Field(min_length=1, max_length=100, description="各个问题")]


class WriteList(In):
    title: Annotated[Line, Field(max_length=60, description="清单名称")]
    enterprise_id: UUID | None = Field(None, description="涉及的企业")
    unit_id: UUID | None = Field(None, description="所属单位")
    case_id: UUID | None = Field(None, description="由哪个事项（如差评）引出；企业和单位随之确定")
    problems: Problems


class AddProblems(In):
    problems: Problems


class ChangeProblem(In):
    reason: Reason = Field(description="调整理由")
    responsible_id: UUID | None = Field(None, description="新的整改责任人")
    days: Annotated[int, Field(ge=1, le=180)] | None = Field(None, description="从现在起的工作日数")
    due_on: Day | None = Field(None, description="新的截止日期")
    measures: Long | None = Field(None, description="新的整改措施")


class FinishProblem(In):
    result: Annotated[Text, Field(max_length=2000, description="整改情况")]
    files: Annotated[list[UUID], Field(max_length=9, description="先上传的佐证材料；关联事项已办结的可不附")] = Field(
        default_factory=list
    )


class StrikeOff(In):
    words: Annotated[Readable, Field(max_length=500, description="核实情况")] = ""


class ReturnProblem(In):
    reason: Reason = Field(description="退回理由")


class LinkProblem(In):
    case_id: UUID | None = Field(description="关联的事项，取消关联为空")


class ListsQuery(PageQuery):
    origin: Annotated[str | None, Field(max_length=40, description="来自哪个业务，如 visits、cases、problem_lists")] = (
        None
    )
    enterprise_id: UUID | None = Field(None, description="涉及的企业")
    unit_id: UUID | None = Field(None, description="所属单位")
    is_open: bool | None = Field(None, description="true 只看未全部销号的，false 只看已全部销号的")


class ProblemsQuery(PageQuery):
    state: Literal["open", "done", "struck_off"] | None = Field(
        None, description="open 整改中，done 待销号，struck_off 已销号"
    )
    mine: bool = Field(default=False, description="只看由我负责的")
    overdue: bool = Field(default=False, description="只看超期未整改的")
    responsible_id: UUID | None = Field(None, description="整改责任人")
    case_id: UUID | None = Field(None, description="关联的事项")


class ListOpenedOut(Out):
    id: UUID = Field(description="清单编号")
    is_new: bool = Field(description="是否新建；事项已有清单的为否，所填问题并入该清单")
    added: int = Field(description="写入清单的问题数；清单中已有、尚未销号的相同问题不重复写入")


class ProblemsAddedOut(Out):
    last: int = Field(description="最后一个问题的序号")


class ProblemMovedOut(Out):
    id: UUID = Field(description="问题编号")
    state: str = Field(description="状态")
    version: int = Field(description="新的版本号")


class ProblemListOut(Out):
    id: UUID = Field(description="清单编号")
    origin: str = Field(description="来自哪个业务")
    origin_id: UUID = Field(description="来源的编号")
    title: str = Field(description="清单名称")
    enterprise_id: UUID | None = Field(description="涉及的企业编号")
    enterprise: str | None = Field(description="涉及的企业")
    unit_id: UUID | None = Field(description="所属单位编号")
    unit: str | None = Field(description="所属单位")
    district: str | None = Field(description="属地代码")
    opened_at: At = Field(description="建立时间")
    open: int = Field(description="整改中的问题数")
    done: int = Field(description="待销号的问题数")
    struck_off: int = Field(description="已销号的问题数")
    overdue: int = Field(description="超期未整改的问题数")


class ProblemOut(Out):
    id: UUID = Field(description="问题编号")
    list_id: UUID = Field(description="清单编号")
    nr: int = Field(description="清单内的序号")
    title: str = Field(description="问题")
    measures: str = Field(description="整改措施")
    responsible_id: UUID = Field(description="整改责任人编号")
    responsible: str | None = Field(description="整改责任人")
    days: int | None = Field(description="整改期限，工作日；直接指定日期的为空")
    due_at: At = Field(description="整改期限")
    is_provisional: bool = Field(description="期限跨入尚未公布工作日历的年份，届时重算")
    is_overdue: bool = Field(description="是否超期未整改")
    state: str = Field(description="状态")
    state_word: str = Field(description="状态名称")
    case_id: UUID | None = Field(description="关联的事项编号")
    case_number: str | None = Field(description="关联事项的受理编号")
    result: str = Field(description="整改情况")
    done_by: str | None = Field(description="报告完成的人")
    done_at: At | None = Field(description="报告完成的时间")
    struck_by: str | None = Field(description="销号的人")
    struck_at: At | None = Field(description="销号时间")
    returns: int = Field(description="被退回的次数")
    version: int = Field(description="If-Match 所用的版本号")


class ListedProblemOut(ProblemOut):
    list_title: str = Field(description="清单名称")


class ProblemMoveOut(Out):
    seq: int = Field(description="次序")
    at: At = Field(description="时间")
    kind: str = Field(description="发生了什么的代码")
    word: str = Field(description="发生了什么")
    who: str | None = Field(description="办理人")
    words: str = Field(description="说明")
    files: list[CaseFileOut] = Field(description="佐证材料")


class ProblemDetailOut(ProblemOut):
    moves: list[ProblemMoveOut] = Field(description="经过")


class ProblemListDetailOut(ProblemListOut):
    problems: list[ProblemDetailOut] = Field(description="各个问题")
