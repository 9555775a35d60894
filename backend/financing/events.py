"""What can happen to an application and its referrals, in the words that everybody reads who may see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import UUID


class Kind(StrEnum):
    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    REMATCHED = "rematched"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REOPENED = "reopened"
    CHOSEN_AGAIN = "chosen_again"
    CLOSED = "closed"
    CEASED = "ceased"
    SIGNALLED = "signalled"
    CONSENTED = "consented"
    ROUTED = "routed"
    REVOKED = "revoked"
    CONSENT_ENDED = "consent_ended"
    ACCEPTED = "accepted"
    CONTACTED = "contacted"
    INVESTIGATED = "investigated"
    APPROVED = "approved"
    REJECTED = "rejected"
    GIVEN_UP = "given_up"
    EVIDENCE_ADDED = "evidence_added"
    EVIDENCE_REMOVED = "evidence_removed"
    OVERDUE = "overdue"
    RELEASED = "released"
    HANDED_OVER = "handed_over"
    SECOND_LOOK = "second_look"
    MEDIATED = "mediated"
    SECOND_ANSWER = "second_answer"
    LOOK_ENDED = "look_ended"
    DIFFERENCES_AGREED = "differences_agreed"
    DRAWING_NOTED = "drawing_noted"
    DRAWING_CONTESTED = "drawing_contested"
    DRAWING_DROPPED = "drawing_dropped"
    DRAWN = "drawn"
    RENEWED = "renewed"


WORDS: Final[Mapping[Kind, str]] = {
    Kind.DRAFTED: "填写融资需求",
    Kind.SUBMITTED: "提交融资需求",
    Kind.REMATCHED: "产品有变化，重新匹配",
    Kind.WITHDRAWN: "撤回融资需求",
    Kind.EXPIRED: "融资需求到期",
    Kind.REOPENED: "可另选银行",
    Kind.CHOSEN_AGAIN: "银行恢复办理",
    Kind.CLOSED: "办结",
    Kind.CEASED: "企业注销或吊销，融资需求终止",
    Kind.SIGNALLED: "银行表达意向",
    Kind.CONSENTED: "授权银行查看",
    Kind.ROUTED: "推送银行",
    Kind.REVOKED: "撤回授权",
    Kind.CONSENT_ENDED: "授权终止",
    Kind.ACCEPTED: "银行受理",
    Kind.CONTACTED: "银行对接",
    Kind.INVESTIGATED: "尽职调查",
    Kind.APPROVED: "授信",
    Kind.REJECTED: "未通过",
    Kind.GIVEN_UP: "企业放弃",
    Kind.EVIDENCE_ADDED: "补充证明材料",
    Kind.EVIDENCE_REMOVED: "移除证明材料",
    Kind.OVERDUE: "银行逾期未响应",
    Kind.RELEASED: "机构停止对接",
    Kind.HANDED_OVER: "转至该机构另一对接岗",
    Kind.SECOND_LOOK: "要求二次对接",
    Kind.MEDIATED: "工作人员协调",
    Kind.SECOND_ANSWER: "银行答复二次对接",
    Kind.LOOK_ENDED: "二次对接终止",
    Kind.DIFFERENCES_AGREED: "企业确认新报价的差别",
    Kind.DRAWING_NOTED: "银行登记放款",
    Kind.DRAWING_CONTESTED: "企业否认放款",
    Kind.DRAWING_DROPPED: "登记的放款未获确认",
    Kind.DRAWN: "放款确认",
    Kind.RENEWED: "续贷",
}


_NAMED: Final = {kind.value: told for kind, told in WORDS.items()}


def word(kind: str) -> str:
    """Return what happened in words; where a newer version is rolled out it may have written what this can't name."""
    return _NAMED.get(kind, "有新的进展")


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One thing that happens, to the whole or to one referral: words of whoever does it, and what a program reads."""

    kind: Kind
    referral_id: UUID | None = None
    body: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
