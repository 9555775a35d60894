"""What the bureau oversees by: clocks of referrals, the lot, keys, assessments, the cost of a typical loan."""

from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field
from sanic import Request

from backend.access import Actor
from backend.financing import errors, queries
from backend.financing.banks import clients, institutions
from backend.financing.referrals import offers, overseeing
from backend.financing.referrals.offers import Offer
from backend.financing.referrals.overseeing import Wanted
from backend.foundation import clock
from backend.foundation.paging import WrongCursor
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.financing.money import Percent, Wan
from miniprogram_api.financing.partner_schemas import ReckonedOut
from miniprogram_api.financing.schemas import Months, OrderOut, Repayment
from miniprogram_api.financing.staff import MANAGE, READ
from miniprogram_api.financing.staff_schemas import DayCount, District, FeeIn, Points, Tenor
from miniprogram_api.schema import At, CountedPage, In, Out, PageQuery

Attention = Literal[
    "running", "due_soon", "lapsed", "not_drawn", "drawing", "contested", "look_open", "look_late", "look_done"
]
State = Literal[
    "consented", "routed", "accepted", "contacted", "due_diligence", "approved", "rejected", "drawing", "drawn",
    "renewed", "given_up", "unknown",
]  # fmt: skip
_UNKNOWN: Final = (errors.ApplicationUnknown,)
_COST: Final = (errors.ContentWrong, errors.TermsWrong, errors.NoRate, errors.NoLpr)


class OverseenQuery(PageQuery):
    application_id: UUID | None = Field(None, description="融资需求编号")
    institution_id: UUID | None = Field(None, description="机构编号")
    district: District | None = None
    state: State | None = Field(None, description="对接状态")
    attention: Attention | None = Field(None, description="需要关注的情形")


class LookOut(Out):
    asked_at: At = Field(description="要求二次对接的时间")
    contact_by: At = Field(description="工作人员最迟何时联系")
    contacted_at: At | None = Field(description="工作人员联系的时间")
    mediator: str | None = Field(description="协调人")
    bank_by: At = Field(description="银行最迟何时答复")
    answered_at: At | None = Field(description="答复时间")
    outcome: Literal["overturned", "upheld", "ended"] | None = Field(description="结果")
    case_id: UUID = Field(description="协调事项编号")


class OverseenOut(Out):
    id: UUID
    number: str = Field(description="对接编号")
    application_id: UUID = Field(description="融资需求编号")
    application: str = Field(description="融资需求的编号")
    enterprise_id: UUID
    enterprise: str = Field(description="企业名称")
    district: str | None = Field(description="区县代码")
    institution_id: UUID
    institution: str = Field(description="机构")
    product_id: UUID
    product: str = Field(description="产品")
    position: int = Field(description="企业选定的第几家")
    state: State = Field(description="状态代码")
    state_word: str = Field(description="状态")
    refusal_code: str | None = Field(description="未通过的原因代码")
    refusal_word: str | None = Field(description="未通过的原因")
    created_at: At
    routed_at: At | None = Field(description="推送时间")
    accept_by: At | None = Field(description="受理截止时间")
    accepted_at: At | None = Field(description="受理时间")
    decide_by: At | None = Field(description="决定截止时间")
    decided_at: At | None = Field(description="决定时间")
    draw_by: At | None = Field(description="授信后最迟何时登记放款")
    noted_at: At | None = Field(description="银行登记放款的时间")
    confirm_by: At | None = Field(description="企业最迟何时确认或否认放款")
    contested_at: At | None = Field(description="企业上次否认放款的时间")
    ended_at: At | None = Field(description="结束时间")
    end_reason: str = Field(description="结束的说明")
    second_look: LookOut | None = Field(description="二次对接")
    may: list[Literal["mediate"]] = Field(description="现在可以办理的操作")
    version: int = Field(description="版本，修改时放在 If-Match 中")


class AssessmentOut(Out):
    id: UUID
    purpose: str = Field(description="处理目的、方式是否合法、正当、必要")
    risks: str = Field(description="对个人权益的影响和安全风险")
    measures: str = Field(description="采取的保护措施")
    level: Literal["low", "middle", "high"] = Field(description="风险等级")
    made_at: At = Field(description="登记时间")
    made_by: str | None = Field(description="登记人")
    valid_until: date = Field(description="有效期至")


class AssessmentsOut(Out):
    items: list[AssessmentOut]


class ClientOut(Out):
    id: UUID
    name: str = Field(description="用途")
    staff_id: UUID = Field(description="对接岗账号编号，程序以该账号办理")
    person: str = Field(description="对接岗账号的姓名")
    desk_id: UUID | None = Field(description="对接岗编号；账号已移出对接岗的为空")
    desk: str | None = Field(description="对接岗")
    institution_id: UUID | None = Field(description="机构编号")
    institution: str | None = Field(description="机构")
    webhook_url: str | None = Field(description="有新情况时通知的地址")
    created_at: At
    revoked_at: At | None = Field(description="停用时间")
    used_at: At | None = Field(description="最近两天内最后一次使用的时间")


class ClientsOut(Out):
    items: list[ClientOut]


class TypicalLoan(In):
    amount_wan: Wan = Field(description="金额（万元）")
    months: Months
    repayment: Repayment = Field(description="还款方式")
    rate_percent: Percent | None = Field(None, description="固定年利率（%）；浮动的为空", examples=["3.45"])
    lpr_tenor: Tenor | None = Field(None, description="LPR期限；固定利率的为空", examples=[None])
    bp: Points | None = Field(None, description="点差（基点）", examples=[None])
    day_count: DayCount = Field("months", description="计息方式")
    fees: Annotated[list[FeeIn], Field(max_length=10, description="费用")] = Field(default_factory=list)


class TypicalCostOut(ReckonedOut):
    payments_yuan: list[str] = Field(description="按约定履行时各月末支付的金额（元），自放款后第一个月起")


@endpoint(
    auth=Auth.STAFF,
    permission=READ,
    query=OverseenQuery,
    returns=CountedPage[OverseenOut],
    errors=(WrongCursor,),
    summary="各家银行的对接、期限和二次对接",
)
async def referrals(request: Request, *, actor: Actor, query: OverseenQuery) -> dict[str, Any]:  # noqa: ARG001
    wanted = Wanted(query.application_id, query.institution_id, query.district, query.state, query.attention)
    return await overseeing.listed(actor, wanted, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.STAFF,
    permission=READ,
    returns=OrderOut,
    errors=_UNKNOWN,
    summary="银行排序的种子和各家的签，可重新抽签核对",
)
async def order(request: Request, application_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await queries.order(actor, application_id)


@endpoint(auth=Auth.STAFF, permission=READ, returns=AssessmentsOut, summary="一家机构的个人信息保护影响评估")
async def assessments(request: Request, institution_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await institutions.assessments(actor, institution_id)}


@endpoint(auth=Auth.STAFF, permission=MANAGE, returns=ClientsOut, summary="已发放的接口密钥，不含密钥本身")
async def keys(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await clients.listed(actor)}


@endpoint(
    auth=Auth.STAFF,
    permission=READ,
    body=TypicalLoan,
    returns=TypicalCostOut,
    errors=_COST,
    summary="试算一笔典型贷款的年化成本，不保存",
)
async def typical(request: Request, *, body: TypicalLoan) -> TypicalCostOut:  # noqa: ARG001
    today, fees = clock.today(), tuple(fee.model_dump() for fee in body.fees)
    rate = (body.rate_percent, body.lpr_tenor, body.bp, body.day_count, fees)
    one = Offer(body.amount_wan, body.months, body.repayment, "credit", today, *rate)
    made = await one.reckoned()
    payments = offers.payments(one.loan(made.rate_percent, today))
    return TypicalCostOut.model_validate({**made.told(), "payments_yuan": payments})
