"""The fixed words of financing: purposes, collateral, bands, the five standards, why a bank may refuse."""

from typing import Final

PURPOSES: Final = {
    "working_capital": "日常周转",
    "materials": "采购原材料",
    "equipment": "购置设备",
    "expansion": "扩大经营",
    "research": "研发投入",
    "rent": "支付租金",
    "wages": "发放工资",
    "export": "外贸订单",
    "green": "节能环保改造",
    "renewal": "偿还到期贷款（续贷）",
}
COLLATERAL: Final = {
    "credit": "信用",
    "mortgage": "抵押",
    "patent_pledge": "专利权质押",
    "trademark_pledge": "商标权质押",
    "equity_pledge": "股权质押",
    "receivables": "应收账款质押",
    "guarantee": "担保",
}
IP_PLEDGES: Final = frozenset({"patent_pledge", "trademark_pledge"})
"""What counts into the target of loans against intellectual property."""
INSTITUTION_KINDS: Final = {"bank": "银行", "guarantor": "担保机构"}
TENORS: Final = {"one_year": "1年期LPR", "five_years": "5年期以上LPR"}
AMOUNT_BANDS: Final = {
    "to_10": "10万元及以下",
    "to_50": "10万至50万元",
    "to_100": "50万至100万元",
    "to_300": "100万至300万元",
    "to_1000": "300万至1000万元",
    "over_1000": "1000万元以上",
}
MONTHS_BANDS: Final = {"to_6": "6个月及以下", "to_12": "7至12个月", "to_36": "13至36个月", "over_36": "36个月以上"}
STANDARDS: Final = {
    "operating": "合规持续经营",
    "premises": "固定经营场所",
    "need": "真实融资需求",
    "credit": "信用状况良好",
    "lawful_use": "贷款用途依法合规",
}
"""Source: 支持小微企业融资协调工作机制, whose lists of recommended firms go by these five."""
REFUSALS: Final = {
    "credit_or_litigation": "信用不良或涉诉",
    "abnormal_listing": "列入经营异常名录",
    "too_young": "经营期限不足",
    "collateral_short": "抵质押不足",
    "too_indebted": "负债过高",
    "purpose_unfit": "用途不合规",
    "papers_missing": "资料不全",
    "product_unfit": "产品不匹配",
}
"""What a bank may refuse for. 企业放弃 and 银行未响应 are no refusals but states of a referral."""
ANSWERS: Final = {"yes": "可能符合", "maybe": "待核实", "no": "不符合"}
LOOK_OUTCOMES: Final = {"overturned": "银行改变决定", "upheld": "银行维持原决定", "ended": "已终止"}
RISK_LEVELS: Final = {"low": "低", "middle": "中", "high": "高"}
"""Of an impact assessment."""
ATTENTION: Final = {
    "running": "期限内办理中",
    "due_soon": "一天内到期",
    "lapsed": "银行未响应",
    "not_drawn": "授信后未登记放款",
    "drawing": "放款待企业确认",
    "contested": "企业否认放款",
    "look_open": "二次对接办理中",
    "look_late": "二次对接逾期",
    "look_done": "二次对接已有结果",
}
"""What the bureau looks for among referrals."""
