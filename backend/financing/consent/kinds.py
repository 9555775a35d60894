"""What an owner can let a bank read: kinds of data, field by field, and which need a consent of their own.

Where a field tells of a person the law wants that consent apart from the rest (个人信息保护法 arts. 23, 29).
What only the bureau may know (the risk class) is no field here, whatever an owner would sign.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from backend.enterprises.catalogue import CATALOGUE, INTERNAL

DESK: Final = "desk"
INTERFACE: Final = "interface"
METHODS: Final = {DESK: "对接人员在线查看", INTERFACE: "对接人员在线查看，也可由该机构的系统通过接口查看"}
EVIDENCE: Final = "evidence"
EVIDENCE_FILES: Final = "evidence_files"


@dataclass(frozen=True, slots=True)
class DataKind:
    """One box an owner ticks; `is_separate`: under the text for what concerns a person; `why`: its necessity."""

    key: str
    title: str
    fields: tuple[str, ...]
    why: str
    is_separate: bool = False
    is_needed: bool = False


KINDS: Final = {
    kind.key: kind
    for kind in (
        DataKind(
            "need",
            "融资需求和自查",
            ("amount_wan", "months", "purpose", "collateral", "repayment", "standards"),
            "银行据此判断能否办理",
            is_needed=True,
        ),
        DataKind(
            "registration",
            "登记信息",
            ("name", "uscc", "entity_type", "status", "founded_on", "industry", "district", "town", "address"),
            "银行据此核实是哪一家企业",
            is_needed=True,
        ),
        DataKind("scale", "经营规模", ("statistical_size", "employees", "revenue_wan", "assets_wan"), "用于核定额度"),
        DataKind("tax", "纳税情况", ("taxable_income_wan", "vat_payer_kind", "monthly_sales_wan"), "用于税银产品"),
        DataKind("insurance", "社保缴纳", ("social_insurance_paid",), "用于稳岗类产品"),
        DataKind(
            "qualifications", "资质和知识产权", ("qualifications", "has_ip", "rd_expense_wan"), "用于科技和质押类产品"
        ),
        DataKind(
            "compliance",
            "守法情况",
            ("penalised_unrepaired", "major_violation", "environment_violation"),
            "用于判断合规持续经营",
        ),
        DataKind(
            "contact",
            "法定代表人姓名和联系电话",
            ("representative", "phone"),
            "没有联系方式银行无法与您对接",
            is_separate=True,
        ),
        DataKind(
            EVIDENCE,
            "五项标准自查的证明材料",
            (EVIDENCE_FILES,),
            "用于核实自查的依据；材料中可能有个人信息",
            is_separate=True,
        ),
        DataKind(
            "personal_credit",
            "经营者是否为失信被执行人",
            ("owner_dishonest_debtor",),
            "银行须核实经营者信用；不提供可能影响办理，但不影响您在本平台的其他服务",
            is_separate=True,
        ),
    )
}
OWN: Final = {
    "amount_wan": "融资金额（万元）",
    "months": "期限（个月）",
    "purpose": "用途",
    "collateral": "可提供的担保",
    "repayment": "希望的还款方式",
    "standards": "五项标准自查",
    "name": "企业名称",
    "uscc": "统一社会信用代码",
    "address": "住所",
    "representative": "法定代表人（经营者）",
    "phone": "联系电话",
    EVIDENCE_FILES: "证明材料",
}
"""Fields that are no facts of the catalogue."""
NEEDED: Final = frozenset(key for key, kind in KINDS.items() if kind.is_needed)


def title(field: str) -> str:
    return OWN[field] if field in OWN else CATALOGUE[field].title


def fields_of(kinds: Iterable[str], *, separate: bool) -> list[str]:
    """Return the fields of kinds, in the order in which they are shown."""
    wanted = set(kinds)
    return [
        field for key, kind in KINDS.items() if key in wanted and kind.is_separate is separate for field in kind.fields
    ]


_every: Final = {field for kind in KINDS.values() for field in kind.fields}
if wrong := {field for field in _every - set(OWN) if field not in CATALOGUE or field in INTERNAL}:
    raise RuntimeError(f"no fields that a bank could be shown: {sorted(wrong)}")
