"""What became of it all, in figures that tell of no few, and whether any bank is favoured."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field
from sanic import Request

from backend.access import Actor
from backend.financing import figures
from backend.financing.errors import ContentWrong
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.schema import Out, Query

READ: Final = "financing.read"


class FunnelQuery(Query):
    quarter: Annotated[str, Field(pattern=r"^20[0-9]{2}-Q[1-4]$")] = Field(
        description="哪一个自然季度，须已结束", examples=["2026-Q3"]
    )
    by: Literal["bank", "district", "size", "product"] = Field(description="按银行、区县、规模或产品")


class YearQuery(Query):
    year: int = Field(ge=2020, le=2100, description="年份", examples=[2026])


class OutcomeOut(Out):
    key: str = Field(description="结果代码，* 为合并")
    word: str = Field(description="结果")
    members: list[str] = Field(description="其中可能有哪些结果：合并的是没有单独列出的全部")


class GroupOut(Out):
    part: str = Field(description="分组")
    count: int = Field(description="对接数")
    cells: dict[str, int | None] = Field(description="各结果的数量；数量过少不显示的为空")
    accept_minutes: int | None = Field(description="推送到受理的办公分钟数（中位数），不足五件的为空")
    decide_minutes: int | None = Field(description="受理到决定的办公分钟数（中位数），不足五件的为空")


class GroundOut(Out):
    code: str = Field(description="代码，* 为合并")
    word: str = Field(description="原因或结果")
    count: int = Field(description="数量")


class FunnelOut(Out):
    dimension: str = Field(description="分组方式")
    total: int | None = Field(description="对接总数；过少不显示的为空")
    outcomes: list[OutcomeOut] = Field(description="有哪些结果")
    groups: list[GroupOut] = Field(description="各组")
    refusals: list[GroundOut] = Field(description="未通过的原因")
    needs: list[GroundOut] = Field(description="该季度提交的融资需求的结果，含未授权任何银行的")
    second_looks: list[GroundOut] = Field(description="二次对接的结果")


class NeutralOut(Out):
    bank: str = Field(description="银行")
    shown: int = Field(description="参加抽签的次数")
    first: int = Field(description="排在第一的次数")
    expected: str = Field(description="机会均等时应排在第一的次数")
    deviation: str | None = Field(description="相差几个标准差；超过正负3须查明原因")


class NeutralityOut(Out):
    items: list[NeutralOut]


class PledgedOut(Out):
    year: int = Field(description="年份")
    loans: int = Field(description="知识产权质押贷款笔数")
    drawn_wan: str = Field(description="知识产权质押放款金额（万元）")
    key: str = Field(description="指标代码")
    name: str = Field(description="指标")
    value: str = Field(description="指标值，单位见 unit")
    unit: str = Field(description="单位", examples=["亿元"])
    op: str = Field(description="与目标相比应当如何", examples=[">="])
    target: str = Field(description="目标值")
    target_year: int = Field(description="目标是哪一年的；其他年度没有公布的目标，仅供参照")
    reached_percent: str | None = Field(description="完成目标的百分之几；不是目标年度的为空")
    counts: str = Field(description="统计口径")
    leaves_out: str = Field(description="不包括什么")


@endpoint(
    auth=Auth.STAFF,
    permission=READ,
    query=FunnelQuery,
    returns=FunnelOut,
    errors=(ContentWrong,),
    summary="一个季度的融资对接的结果、时长和未通过原因，少于五件的不显示",
)
async def funnel(request: Request, *, actor: Actor, query: FunnelQuery) -> dict[str, Any]:  # noqa: ARG001
    return await figures.funnel(actor, query.by, query.quarter)


@endpoint(
    auth=Auth.STAFF,
    permission=READ,
    query=YearQuery,
    returns=NeutralityOut,
    errors=(ContentWrong,),
    summary="一年中已结束的季度里，各银行排在第一的次数与机会均等时相比",
)
async def neutrality(request: Request, *, actor: Actor, query: YearQuery) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await figures.neutrality(actor, query.year)}


@endpoint(
    auth=Auth.STAFF, permission=READ, query=YearQuery, returns=PledgedOut, summary="知识产权质押额：指标、目标和口径"
)
async def pledged(request: Request, *, actor: Actor, query: YearQuery) -> dict[str, Any]:  # noqa: ARG001
    return await figures.ip_pledged(actor, query.year)
