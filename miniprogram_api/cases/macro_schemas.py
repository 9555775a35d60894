"""What goes in and out of macros."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.cases.schemas import WantedIn
from miniprogram_api.schema import At, In, Line, Out, Readable, Text

Filled = Annotated[
    Text, Field(max_length=2000, description="内容；可用 {编号}{标题}{企业}{经办人}{承办单位}{办理期限}{今天}")
]


class ReplyAct(In):
    act: Literal["reply"] = Field(description="回复经营者")
    text: Filled


class NoteAct(In):
    act: Literal["note"] = Field(description="内部备注")
    text: Filled


class AskAct(In):
    act: Literal["ask"] = Field(description="一次性告知所缺材料")
    items: Annotated[list[WantedIn], Field(min_length=1, max_length=20, description="所缺材料")]
    reason: Annotated[Readable, Field(max_length=500, description="再次要求补充时的理由")] = ""


class CategoryAct(In):
    act: Literal["category"] = Field(description="调整类别")
    category: Annotated[Line, Field(max_length=42, description="类别代码")]


class UrgencyAct(In):
    act: Literal["urgency"] = Field(description="调整紧急程度")
    urgency: Literal["normal", "urgent", "critical"] = Field(description="紧急程度")


class PromiseAct(In):
    act: Literal["promise"] = Field(description="承诺办理日期")
    days: Annotated[int, Field(ge=1, le=180, description="从使用之日起的工作日数")]


class PauseAct(In):
    act: Literal["pause"] = Field(description="暂停计时")
    reason: Annotated[Line, Field(max_length=40, description="暂停理由代码")]
    text: Filled


class ResumeAct(In):
    act: Literal["resume"] = Field(description="恢复计时")


class HelperAct(In):
    act: Literal["helper"] = Field(description="增加协办人")
    staff_id: UUID = Field(description="协办人编号")


ActIn = Annotated[
    ReplyAct | NoteAct | AskAct | CategoryAct | UrgencyAct | PromiseAct | PauseAct | ResumeAct | HelperAct,
    Field(discriminator="act"),
]
_SHOWN = [{"act": "reply", "text": "{企业}您好，{编号}由{经办人}办理。"}, {"act": "promise", "days": 3}]
Acts = Annotated[list[ActIn], Field(min_length=1, max_length=10, description="依次办理的步骤", examples=[_SHOWN])]


class WriteMacro(In):
    name: Annotated[Line, Field(max_length=40, description="模板名称")]
    unit_id: UUID | None = Field(None, description="所属单位，全市通用的不填")
    acts: Acts


class EditMacro(In):
    name: Annotated[Line, Field(max_length=40, description="模板名称")]
    acts: Acts


class PreviewMacro(In):
    case_ids: Annotated[list[UUID], Field(min_length=1, max_length=50, description="要办理的事项")]


class CaseAt(In):
    id: UUID = Field(description="事项编号")
    version: int | None = Field(None, description="所见的版本；填写时版本不符即不办理")


class ApplyMacro(In):
    version: int = Field(description="预览时的模板版本")
    cases: Annotated[list[CaseAt], Field(min_length=1, max_length=50, description="要办理的事项")]


class MacroMadeOut(Out):
    id: UUID = Field(description="模板编号")


class MacroVersionOut(Out):
    version: int = Field(description="版本号")
    name: str = Field(description="模板名称")
    acts: list[dict[str, Any]] = Field(description="依次办理的步骤")
    is_closed: bool = Field(description="是否已停用")
    changed_at: At = Field(description="修改时间")
    changed_by: str | None = Field(description="修改人")


class MacroVersionsOut(Out):
    items: list[MacroVersionOut] = Field(description="各版本，最新的在前")


class MacroOut(Out):
    id: UUID = Field(description="模板编号")
    unit_id: UUID | None = Field(description="所属单位编号，全市通用的为空")
    unit: str | None = Field(description="所属单位")
    name: str = Field(description="模板名称")
    acts: list[dict[str, Any]] = Field(description="依次办理的步骤")
    version: int = Field(description="版本号")
    closed_at: At | None = Field(description="停用时间")
    can_edit: bool = Field(description="现在能否修改")


class MacrosOut(Out):
    items: list[MacroOut] = Field(description="可用的模板")


class StepOut(Out):
    word: str = Field(description="步骤")
    text: str = Field(description="具体内容")
    refusal: str | None = Field(description="不能办理的原因")


class OutcomeOut(Out):
    case_id: UUID = Field(description="事项编号")
    number: str | None = Field(description="受理编号")
    run_id: UUID | None = Field(description="十分钟内撤销用的编号；未办理的为空")
    version: int | None = Field(description="办理后的版本")
    state: str | None = Field(description="办理后的状态")
    state_word: str | None = Field(description="办理后的状态名称")
    due_at: At | None = Field(description="办理后的下一期限")
    steps: list[StepOut] = Field(description="各步骤")
    code: str | None = Field(description="不能办理时的错误代码")
    refusal: str | None = Field(description="不能办理的原因；该事项一步都不办理")


class PreviewOut(Out):
    version: int = Field(description="模板版本，使用时带上")
    items: list[OutcomeOut] = Field(description="每个事项将会怎样")


class AppliedOut(Out):
    items: list[OutcomeOut] = Field(description="每个事项的结果")
