"""What owners' endpoints of financing take and give."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.financing.evidence_schemas import OwnPaperOut
from miniprogram_api.financing.money import Wan
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


class ConsentOut(Out):
    id: UUID
    referral_id: UUID
    recipient: str = Field(description="接收方")
    contact: str = Field(description="接收方联系方式")
    purpose: str = Field(description="目的")
    kinds: list[str] = Field(description="数据种类代码")
    kind_titles: list[str] = Field(description="数据种类")
    fields: list[str] = Field(description="数据项代码")
    sensitive_fields: list[str] = Field(description="须单独同意的数据项代码")
    method: str = Field(description="方式：desk 对接岗在线查看，interface 接口")
    text_version: str = Field(description="告知文本版本")
    sensitive_version: str | None = Field(description="单独同意文本版本")
    signed_as: str = Field(description="以何种身份签署")
    signed_at: At = Field(description="签署时间")
    expires_at: At = Field(description="失效时间")
    revoked_at: At | None = Field(description="撤回时间")
    reads_before_revoke: int | None = Field(description="撤回前被查看的次数")
    reads: int = Field(description="被查看的次数")
    is_live: bool = Field(description="现在是否有效")


class SecondLookOut(Out):
    words: str = Field(description="企业的说明")
    asked_at: At = Field(description="要求二次对接的时间")
    contact_by: At = Field(description="工作人员最迟何时联系")
    bank_by: At = Field(description="银行最迟何时答复")
    contacted_at: At | None = Field(description="工作人员联系的时间")
    outcome: Literal["overturned", "upheld", "ended"] | None = Field(
        description="结果：overturned 改变决定，upheld 维持，ended 已终止"
    )
    answer: str = Field(description="银行的答复")
    answered_at: At | None = Field(description="答复时间")


class ReferralOut(Out):
    id: UUID
    number: str = Field(description="编号")
    institution_id: UUID
    institution: str = Field(description="机构")
    version_id: UUID = Field(description="产品版本编号")
    product: str = Field(description="产品")
    consent_id: UUID
    state: str = Field(description="状态代码")
    state_word: str = Field(description="状态")
    sentence: str = Field(description="现在到哪一步、下一步是什么")
    position: int | None = Field(description="企业选定的第几家；银行看不到")
    routed_at: At | None = Field(description="推送时间")
    accept_by: At | None = Field(description="受理截止时间")
    accepted_at: At | None = Field(description="受理时间")
    decide_by: At | None = Field(description="决定截止时间")
    contacted_at: At | None = Field(description="对接时间")
    decided_at: At | None = Field(description="决定时间")
    draw_by: At | None = Field(description="授信后最迟何时放款；逾期没有登记的按结果未知办结")
    refusal_code: str | None = Field(description="未通过的原因代码")
    refusal_word: str | None = Field(description="未通过的原因")
    refusal_words: str = Field(description="未通过的理由")
    refusal_remedy: str = Field(description="怎样可以改变结果")
    end_reason: str = Field(description="结束的说明")
    drawn_on: date | None = Field(description="放款日期；状态为 drawing 时是银行登记、尚待企业确认的")
    drawn_wan: str | None = Field(description="放款金额（万元）")
    due_on: date | None = Field(description="到期日")
    noted_at: At | None = Field(description="银行登记放款的时间；没有登记或企业否认的为空")
    confirm_by: At | None = Field(description="企业最迟何时确认或否认；期满没有否认的计为已放款")
    contested_at: At | None = Field(description="企业上次否认放款的时间")
    ended_at: At | None = Field(description="结束时间")
    consent_until: At = Field(description="授权至")
    revoked_at: At | None = Field(description="授权撤回时间")
    second_look: SecondLookOut | None = Field(description="二次对接")
    version: int = Field(description="版本，修改时放在 If-Match 中")


class EventOut(Out):
    seq: int = Field(description="顺序")
    referral_id: UUID | None
    at: At
    kind: str = Field(description="代码")
    word: str = Field(description="发生了什么")
    by: str = Field(description="由谁：owner、staff、partner、system")
    body: str = Field(description="说明")
    data: dict[str, Any] = Field(description="其他")


class ApplicationOut(CardOut):
    standards: list[StandardOut] = Field(description="五项标准自查")
    matches: list[MatchOut] = Field(description="匹配的产品，按公开的抽签顺序")
    evidence: list[OwnPaperOut] = Field(description="自查的证明材料")
    signals: list[SignalOut] = Field(description="银行表达的意向")
    consents: list[ConsentOut] = Field(description="授权")
    referrals: list[ReferralOut] = Field(description="各家银行的对接")
    events: list[EventOut] = Field(description="经过")


class ReadOut(Out):
    id: UUID
    consent_id: UUID
    at: At = Field(description="查看时间")
    method: str = Field(description="方式")
    institution: str | None = Field(description="机构")
    desk: str | None = Field(description="对接岗")
    reader: str | None = Field(description="查看人")
    fields: list[str] = Field(description="数据项代码")
    titles: list[str] = Field(description="看了哪几项")
    paper: str | None = Field(description="打开了哪一份证明材料；看的是数据项时为空")


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


class FiguresOut(Out):
    apr_percent: str = Field(description="年化成本（%）")
    received_yuan: str = Field(description="到手金额（元）")
    interest_yuan: str = Field(description="利息合计（元）")
    fees_yuan: str = Field(description="费用合计（元）")
    cost_yuan: str = Field(description="全部成本（元）")
    first_payment_yuan: str = Field(description="首期还款（元）")
    largest_payment_yuan: str = Field(description="最大一期还款（元）")


class OfferOut(Out):
    referral_id: UUID
    number: str = Field(description="对接编号")
    state: str = Field(description="对接状态")
    institution: str = Field(description="机构")
    product: str = Field(description="产品")
    edition: int = Field(description="第几版报价")
    amount_wan: str = Field(description="金额（万元）")
    months: int = Field(description="期限（个月）")
    rate_percent: str = Field(description="年利率（%），浮动的按报价当日")
    lpr_tenor: str | None = Field(description="LPR期限")
    bp: int | None = Field(description="点差（基点）")
    repayment: str = Field(description="还款方式代码")
    repayment_word: str = Field(description="还款方式")
    day_count: str = Field(description="计息方式代码")
    fees: list[dict[str, Any]] = Field(description="费用")
    collateral: str = Field(description="担保方式代码")
    collateral_word: str = Field(description="担保方式")
    valid_until: date = Field(description="报价有效期至")
    method: str = Field(description="年化成本的算法代号")
    cost: FiguresOut = Field(description="按约定履行时")
    worst: FiguresOut = Field(description="最坏情形")
    worst_rate_percent: str = Field(description="最坏情形的年利率（%）")
    payments_yuan: list[str] = Field(description="按约定履行时各月末支付的金额（元），自放款后第一个月起")
    deviations: list[str] = Field(description="与该产品公布的条件相比不利或不同之处；没有时为空")
    made_at: At = Field(description="报价时间")
    is_comparable: bool = Field(description="是否按现行算法计算，可以相互比较")
    is_valid: bool = Field(description="报价现在是否有效")


class OffersOut(Out):
    method: str = Field(description="年化成本的算法代号")
    items: list[OfferOut] = Field(description="各家最新的报价，年化成本低的在前")
    cheapest: UUID | None = Field(description="按约定履行时最低的一家")
    cheapest_at_worst: UUID | None = Field(description="最坏情形下最低的一家")
    rests_on_unverified_lpr: bool = Field(description="浮动利率的报价所依的LPR是否有未与公告核对的，须提示以公告为准")


class DataKindOut(Out):
    key: str = Field(description="代码")
    title: str = Field(description="数据种类")
    fields: list[str] = Field(description="包含的数据项")
    why: str = Field(description="为什么需要")
    is_separate: bool = Field(description="是否须单独同意")
    is_needed: bool = Field(description="是否对接所必需")


class ChoicesOut(Out):
    purposes: dict[str, str] = Field(description="用途")
    collateral: dict[str, str] = Field(description="担保方式")
    repayments: dict[str, str] = Field(description="还款方式")
    standards: dict[str, str] = Field(description="五项标准")
    kinds: list[DataKindOut] = Field(description="可以授权的数据种类")
    methods: dict[str, str] = Field(description="可以同意的查看方式")
    text_version: str = Field(description="告知文本的现行版本")
    separate_version: str = Field(description="单独同意文本的现行版本")
    consent_days: int = Field(description="授权最长多少天")


class ProofOut(Out):
    payload: dict[str, Any] = Field(description="证明的内容")
    algorithm: str = Field(description="签名算法", examples=["Ed25519"])
    public_key: str = Field(description="验证签名的公钥（base64）")
    signature: str = Field(description="对内容规范形式的签名（base64）")
