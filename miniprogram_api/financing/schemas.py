"""What owners' endpoints of financing take, and what they tell of a need."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.financing.consent_schemas import ConsentOut
from miniprogram_api.financing.evidence_schemas import OwnPaperOut
from miniprogram_api.financing.money import Wan
from miniprogram_api.financing.referral_schemas import EventOut, ReferralOut
from miniprogram_api.schema import At, In, Line, Out, Readable

Collateral = Literal[
    "credit", "mortgage", "patent_pledge", "trademark_pledge", "equity_pledge", "receivables", "guarantee"
]
Repayment = Literal["equal_instalment", "equal_principal", "interest_first", "bullet", "revolving"]
Months = Annotated[int, Field(ge=1, le=360, description="期限（个月）", examples=[12])]
Day = Annotated[date, Field(strict=False)]
Reason = Annotated[Readable, Field(max_length=500, description="说明，可不填")]


class StandardIn(In):
    is_met: bool | None = Field(description="是否符合；不确定时为空")
    evidence: Annotated[Readable, Field(max_length=500, description="依据", examples=["2019年成立，正常经营"])] = ""


class StandardsIn(In):
    operating: StandardIn | None = Field(None, description="合规持续经营")
    premises: StandardIn | None = Field(None, description="固定经营场所")
    need: StandardIn | None = Field(None, description="真实融资需求")
    credit: StandardIn | None = Field(None, description="信用状况良好")
    lawful_use: StandardIn | None = Field(None, description="贷款用途依法合规")


class NeedIn(In):
    amount_wan: Wan = Field(description="需要的金额（万元）")
    months: Months
    purpose: Annotated[Line, Field(max_length=41, description="用途代码", examples=["materials"])]
    collateral: Annotated[list[Collateral], Field(min_length=1, max_length=7, description="可以提供的担保方式")]
    repayment: Repayment | None = Field(None, description="希望的还款方式，不限时为空")
    is_listed: bool = Field(True, description="是否让银行看到不能识别企业的概要，以便表达意向")
    standards: StandardsIn = Field(default_factory=StandardsIn, description="五项标准自查")


class AskFinancing(NeedIn):
    enterprise_id: UUID = Field(description="为哪一家企业")


class GiveReason(In):
    reason: Reason = ""


class AskAgain(In):
    words: Annotated[Readable, Field(min_length=1, max_length=1000, description="为什么要求二次对接，银行可见")]


class ContestDrawing(In):
    words: Annotated[Readable, Field(min_length=1, max_length=1000, description="为什么否认放款，银行和主管部门可见")]


class SignConsent(In):
    version_id: UUID = Field(description="匹配结果中的产品版本编号")
    kinds: Annotated[list[Line], Field(min_length=1, max_length=10, description="勾选的数据种类")]
    text_version: Annotated[Line, Field(max_length=20, description="读到的告知文本版本", examples=["2026-11"])]
    separate_version: Annotated[Line, Field(max_length=20)] | None = Field(
        None, description="读到的单独同意文本版本；没有勾选个人信息时为空", examples=["2026-11"]
    )
    expires_on: Day = Field(description="授权到哪一天，含当天", examples=["2026-12-31"])
    method: Literal["desk", "interface"] = Field(
        "desk", description="desk 只由对接人员在线查看，interface 也可由该机构的系统通过接口查看"
    )


class HandledOut(Out):
    id: UUID
    number: str = Field(description="编号", examples=["RZ-20261123-0001"])
    state: str = Field(description="状态代码")
    state_word: str = Field(description="状态")
    version: int = Field(description="版本，修改时放在 If-Match 中")


class CardOut(Out):
    id: UUID
    number: str = Field(description="编号")
    enterprise_id: UUID
    enterprise: str = Field(description="企业名称")
    state: str = Field(description="状态代码")
    state_word: str = Field(description="状态")
    sentence: str = Field(description="现在到哪一步、下一步是什么")
    amount_wan: str = Field(description="金额（万元）")
    months: int = Field(description="期限（个月）")
    purpose: str = Field(description="用途代码")
    purpose_word: str = Field(description="用途")
    collateral: list[str] = Field(description="担保方式代码")
    collateral_words: list[str] = Field(description="担保方式")
    repayment: str | None = Field(description="希望的还款方式")
    is_listed: bool = Field(description="是否匿名展示")
    district: str | None = Field(description="区县代码")
    created_at: At
    submitted_at: At | None = Field(description="提交时间")
    expires_at: At | None = Field(description="有效期至")
    ended_at: At | None = Field(description="结束时间")
    end_reason: str = Field(description="结束的说明")
    version: int = Field(description="版本，修改时放在 If-Match 中")


class StandardOut(Out):
    key: str = Field(description="代码")
    title: str = Field(description="标准")
    is_answered: bool = Field(description="是否已作答")
    is_met: bool | None = Field(description="是否符合；不确定时为空")
    evidence: str = Field(description="依据")


class WhyOut(Out):
    holds: bool | None = Field(description="是否成立；未掌握时为空")
    words: str = Field(description="说明")
    citation: dict[str, str] | None = Field(description="出处：文件、条款、原文")


class MatchOut(Out):
    position: int = Field(description="排在第几位")
    version_id: UUID = Field(description="产品版本编号，授权时使用")
    institution_id: UUID
    institution: str = Field(description="机构")
    institution_kind: str = Field(description="机构种类")
    product_id: UUID
    name: str = Field(description="产品名称")
    summary: str = Field(description="一句话介绍")
    rate_kind: str = Field(description="利率种类：range 区间，lpr 浮动")
    rate_min_percent: str | None = Field(description="年利率下限（%）")
    rate_max_percent: str | None = Field(description="年利率上限（%）")
    lpr_tenor: str | None = Field(description="LPR期限")
    bp_min: int | None = Field(description="点差下限（基点）")
    bp_max: int | None = Field(description="点差上限（基点）")
    amount_min_wan: str = Field(description="额度下限（万元）")
    amount_max_wan: str = Field(description="额度上限（万元）")
    months_min: int = Field(description="期限下限（个月）")
    months_max: int = Field(description="期限上限（个月）")
    collateral: list[str] = Field(description="担保方式代码")
    repayments: list[str] = Field(description="还款方式代码")
    materials: list[str] = Field(description="所需材料")
    source: str = Field(description="出处")
    answer: Literal["yes", "maybe", "no"] = Field(description="是否符合：yes 可能符合，maybe 待核实，no 不符合")
    why: list[WhyOut] = Field(description="逐条说明，不符合的在前")
    is_live: bool = Field(description="产品现在是否仍可申请")


class SignalOut(Out):
    id: UUID
    institution_id: UUID
    institution: str = Field(description="机构")
    amount_wan: str = Field(description="意向金额（万元）")
    months: int = Field(description="意向期限（个月）")
    rate_min_percent: str = Field(description="意向年利率下限（%）")
    rate_max_percent: str = Field(description="意向年利率上限（%）")
    apr_min_percent: str = Field(description="按下限计的年化成本（%），不含费用")
    apr_max_percent: str = Field(description="按上限计的年化成本（%），不含费用")
    repayment: str = Field(description="还款方式代码")
    repayment_word: str = Field(description="还款方式")
    made_at: At = Field(description="表达意向的时间")


class ApplicationOut(CardOut):
    standards: list[StandardOut] = Field(description="五项标准自查")
    matches: list[MatchOut] = Field(description="匹配的产品，按公开的抽签顺序")
    evidence: list[OwnPaperOut] = Field(description="自查的证明材料")
    signals: list[SignalOut] = Field(description="银行表达的意向")
    consents: list[ConsentOut] = Field(description="授权")
    referrals: list[ReferralOut] = Field(description="各家银行的对接")
    events: list[EventOut] = Field(description="经过")


class LotOut(Out):
    position: int = Field(description="排在第几位")
    institution_id: UUID
    institution: str = Field(description="机构")
    product_id: UUID
    product: str = Field(description="产品")
    answer: str = Field(description="是否符合")
    lot: str = Field(description="机构的签，64位十六进制")
    product_lot: str = Field(description="产品的签，64位十六进制")


class OrderOut(Out):
    seed: str = Field(description="抽签的种子，填写需求时生成")
    method: str = Field(description="算法：符合程度、机构的签、产品的签依次从小到大", examples=["sha256(seed:id)"])
    items: list[LotOut] = Field(description="按展示的顺序")
