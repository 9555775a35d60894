"""What is told of a referral: where it stands, its second look, what happened, and what was offered."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.schema import At, Out


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
    revoked_at: At | None = Field(description="授权撤回或终止的时间")
    ended_with_need: bool = Field(description="授权是否随需求结束而终止；企业单独撤回的为否")
    second_look: SecondLookOut | None = Field(description="二次对接")
    waits_for_owner: bool = Field(description="是否待企业确认新报价比原报价差在哪里；确认之前不能登记放款")
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
    differences: list[str] = Field(description="比原报价差在哪里；没有时为空")
    agreed_at: At | None = Field(description="企业确认上述差别的时间")
    waits_for_owner: bool = Field(description="是否待企业确认差别；确认之前不能登记放款")
    made_at: At = Field(description="报价时间")
    is_comparable: bool = Field(description="是否按现行算法计算，可以相互比较")
    is_valid: bool = Field(description="报价现在是否有效")


class OffersOut(Out):
    method: str = Field(description="年化成本的算法代号")
    items: list[OfferOut] = Field(description="各家最新的报价，年化成本低的在前")
    cheapest: UUID | None = Field(description="按约定履行时最低的一家")
    cheapest_at_worst: UUID | None = Field(description="最坏情形下最低的一家")
    rests_on_unverified_lpr: bool = Field(description="浮动利率的报价所依的LPR是否有未与公告核对的，须提示以公告为准")
