"""What the endpoints of the ledger of contacts take and give."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from backend.enterprises.contacts.figures import By
from backend.enterprises.contacts.states import Side
from miniprogram_api.schema import At, CountedPage, In, Line, Out, PageQuery, Query, Text

Year = Annotated[int, Field(ge=2000, le=2199, description="年度，按中国日历")]
Words = Annotated[Text, Field(max_length=500, description="理由或说明")]
SIDE = "service 服务，inspection 检查"


class OwnContactsQuery(PageQuery):
    year: Year | None = Field(None, description="只看一个年度；不填看全部，次数按本年度")


class CameOut(Out):
    name: str = Field(description="姓名", examples=["张演示"])
    unit: str | None = Field(description="单位", examples=["吴兴分局"])


class CameInFullOut(CameOut):
    id: UUID
    unit_id: UUID | None


class OwnContactOut(Out):
    id: UUID
    side: Side = Field(description=SIDE)
    side_word: str = Field(description="服务或检查", examples=["服务"])
    kind: str = Field(description="方式代码", examples=["visit"])
    kind_word: str = Field(description="方式", examples=["上门走访"])
    on_day: date = Field(description="日期")
    at: At | None = Field(description="时间，检查只有日期")
    reason: str = Field(description="事由", examples=["困难帮扶"])
    legal_basis: str = Field(description="依据")
    outcome: str = Field(description="检查结果，服务为空")
    is_counted: bool = Field(description="是否计入年度次数的方式")
    is_wished: bool = Field(description="是否应企业要求；应要求的不占用年度次数")
    is_late: bool = Field(description="是否超过规定天数才登记")
    struck_at: At | None = Field(description="更正时间，未更正为空")
    strike_reason: str = Field(description="更正理由")
    objected_at: At | None = Field(description="企业提出异议的时间")
    people: list[CameOut] = Field(description="到访人员，第一位牵头")


class YearOut(Out):
    used: int = Field(description="已有次数")
    planned: int = Field(description="已计划次数")


class YearInFullOut(YearOut):
    ceiling: int | None = Field(description="年度上限，空为不限")


class SidesOut(Out):
    service: YearOut = Field(description="服务")
    inspection: YearOut = Field(description="检查")


class SidesInFullOut(Out):
    service: YearInFullOut = Field(description="服务")
    inspection: YearInFullOut = Field(description="检查")


class OwnContactsOut(CountedPage[OwnContactOut]):
    year: int = Field(description="次数所属年度")
    figures: SidesOut = Field(description="本年度次数")


class ObjectToContact(In):
    words: Annotated[Text, Field(max_length=1000, description="哪里与事实不符", examples=["没有来过"])]


class ObjectedOut(Out):
    case_id: UUID = Field(description="办理异议的事项")
    number: str = Field(description="事项编号", examples=["WW-20261123-0001"])


class ContactOut(OwnContactOut):
    enterprise_id: UUID
    enterprise: str = Field(description="企业名称")
    district: str | None
    unit_id: UUID | None = Field(description="牵头单位")
    replaces: UUID | None = Field(description="更正的是哪一条")
    noted_at: At = Field(description="登记时间")
    origin_id: UUID | None = Field(description="走访编号（内部），检查为空")
    version: int
    people: list[CameInFullOut] = Field(description="到访人员，第一位牵头")  # type: ignore[assignment]


class EnterpriseContactsOut(CountedPage[ContactOut]):
    year: int = Field(description="次数所属年度")
    figures: SidesInFullOut = Field(description="本年度次数和上限")


class ContactFilter(Query):
    year: Year | None = Field(None, description="年度")
    first: date | None = Field(None, description="从哪一天起")
    last: date | None = Field(None, description="到哪一天")
    side: Side | None = Field(None, description=SIDE)
    kind: Annotated[Line, Field(max_length=41)] | None = Field(None, description="方式代码")
    district: Annotated[Line, Field(max_length=12)] | None = None
    unit_id: UUID | None = Field(None, description="只看一个单位的")
    enterprise_id: UUID | None = Field(None, description="只看一家企业的")
    staff_id: UUID | None = Field(None, description="只看一个人的")
    is_late: bool | None = Field(None, description="只看补录的")
    is_struck: bool | None = Field(None, description="只看已更正的，或只看未更正的")
    is_objected: bool | None = Field(None, description="只看企业有异议的")


class ContactsQuery(ContactFilter, PageQuery):
    pass


class ContactsExportQuery(ContactFilter):
    format: Literal["csv", "xlsx"] = Field("xlsx", description="文件格式")


class YearQuery(Query):
    year: Year
    by: By = Field("district", description="district 按属地，unit 按牵头单位")


class YearExportQuery(YearQuery):
    format: Literal["csv", "xlsx"] = Field("xlsx", description="文件格式")


class FormulaOut(Out):
    name: str = Field(description="指标代码", examples=["contacts"])
    word: str = Field(description="指标", examples=["入企合计"])
    formula: str = Field(description="计算口径")


class YearRowOut(Out):
    key: str | None = Field(description="属地代码或单位编号，合计为空")
    word: str = Field(description="属地或单位", examples=["吴兴区"])
    is_total: bool = Field(description="是否合计")
    enterprises: int = Field(description="涉及企业")
    contacts: int = Field(description="入企合计")
    services: int = Field(description="计次服务")
    wished: int = Field(description="应企业要求")
    listed: int = Field(description="只列示")
    inspections: int = Field(description="检查")
    joint: int = Field(description="联合入企")
    late: int = Field(description="补录")
    struck: int = Field(description="已更正")
    objected: int = Field(description="企业有异议")


class YearFiguresOut(Out):
    year: int = Field(description="年度")
    by: By = Field(description="统计口径")
    formulas: list[FormulaOut] = Field(description="各指标的计算口径")
    items: list[YearRowOut]


class OverQuery(PageQuery):
    year: Year
    side: Side = Field(Side.SERVICE, description=SIDE)


class OverOut(Out):
    id: UUID = Field(description="企业编号")
    name: str = Field(description="企业名称")
    uscc: str
    district: str | None
    used: int = Field(description="已有次数")
    planned: int = Field(description="已计划次数")
    ceiling: int = Field(description="年度上限")


class StrikeContact(In):
    reason: Words


class StruckOut(Out):
    id: UUID
    version: int
