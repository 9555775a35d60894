"""What can happen to a visit: the kinds of its log in the words that both sides read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Kind(StrEnum):
    HELD = "held"
    REQUESTED = "requested"
    PROPOSED = "proposed"
    JOINED = "joined"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    MOVED = "moved"
    REASSIGNED = "reassigned"
    CANCELLED = "cancelled"
    LEFT = "left"
    EXPIRED = "expired"
    NO_SHOW = "no_show"
    MERGED = "merged"
    CONTESTED = "contested"
    CONTEST_DECIDED = "contest_decided"


WORDS: Final[Mapping[Kind, str]] = {
    Kind.HELD: "预留时段",
    Kind.REQUESTED: "提交预约",
    Kind.PROPOSED: "走访方建议时间",
    Kind.JOINED: "加入场次",
    Kind.CONFIRMED: "确认预约",
    Kind.ACCEPTED: "企业接受",
    Kind.DECLINED: "未能安排",
    Kind.MOVED: "改期",
    Kind.REASSIGNED: "更换走访人员",
    Kind.CANCELLED: "取消",
    Kind.LEFT: "退出场次",
    Kind.EXPIRED: "逾期",
    Kind.NO_SHOW: "登记未到",
    Kind.MERGED: "合并走访",
    Kind.CONTESTED: "提出异议",
    Kind.CONTEST_DECIDED: "决定异议",
}


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One thing that happens: words of whoever does it, and what a program reads of it."""

    kind: Kind
    body: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
