"""The two sides of the ledger, and the lives of plans, second signatures and proposals to come together."""

from enum import StrEnum
from typing import Final

from backend.foundation.states import Lifecycle


class Side(StrEnum):
    """A service is never an inspection: whatever names a kind names its side with it."""

    SERVICE = "service"
    INSPECTION = "inspection"


class ServiceKind(StrEnum):
    """What a module may write; inspections have kinds of their own."""

    VISIT = "visit"
    POLICY_TALK = "policy_talk"
    OFFICE = "office"
    PHONE = "phone"
    VIDEO = "video"


class InspectionKind(StrEnum):
    """What staff enter by hand; no module writes them."""

    ROUTINE = "routine"
    RANDOM = "random"
    SPECIAL = "special"
    COMPLAINT = "complaint"
    FOLLOW_UP = "follow_up"


class PlanState(StrEnum):
    PLANNED = "planned"
    DONE = "done"
    MERGED = "merged"
    GONE = "gone"


class ApprovalState(StrEnum):
    ASKED = "asked"
    SIGNED = "signed"
    REFUSED = "refused"
    USED = "used"
    LAPSED = "lapsed"


class MergeState(StrEnum):
    PROPOSED = "proposed"
    MERGED = "merged"
    DECLINED = "declined"
    OVER = "over"


SIDES: Final = {Side.SERVICE: "服务", Side.INSPECTION: "检查"}
_P: Final = PlanState
_A: Final = ApprovalState
_M: Final = MergeState

PLAN: Final = Lifecycle(
    "contact_plan",
    {_P.PLANNED: frozenset({_P.DONE, _P.MERGED, _P.GONE})},
    {_P.PLANNED: "计划中", _P.DONE: "已完成", _P.MERGED: "已合并", _P.GONE: "已取消"},
)
APPROVAL: Final = Lifecycle(
    "contact_approval",
    {
        _A.ASKED: frozenset({_A.SIGNED, _A.REFUSED, _A.LAPSED}),
        _A.SIGNED: frozenset({_A.USED, _A.LAPSED}),
    },
    {_A.ASKED: "待签字", _A.SIGNED: "已签字", _A.REFUSED: "未同意", _A.USED: "已使用", _A.LAPSED: "已失效"},
)
MERGE: Final = Lifecycle(
    "contact_merge",
    {_M.PROPOSED: frozenset({_M.MERGED, _M.DECLINED, _M.OVER})},
    # It is over where one of the two plans no longer stands before both have answered.
    {_M.PROPOSED: "待双方答复", _M.MERGED: "已合并", _M.DECLINED: "分别前往", _M.OVER: "已无需合并"},
)
