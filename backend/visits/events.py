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
    ARRIVED = "arrived"
    ARRIVAL_OBJECTED = "arrival_objected"
    ARRIVAL_DECIDED = "arrival_decided"
    REPORTED = "reported"
    AMENDED = "amended"
    MINUTES_REACHED = "minutes_reached"
    MINUTES_CONFIRMED = "minutes_confirmed"
    MINUTES_OBJECTED = "minutes_objected"
    MINUTES_DECIDED = "minutes_decided"
    MINUTES_SILENT = "minutes_silent"
    CLOSED = "closed"
    RATED = "rated"
    PROMISE_KEPT = "promise_kept"
    PROMISE_REOPENED = "promise_reopened"
    PROMISE_ENDED = "promise_ended"


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
    Kind.ARRIVED: "登记到访",
    Kind.ARRIVAL_OBJECTED: "对到访登记提出异议",
    Kind.ARRIVAL_DECIDED: "决定到访异议",
    Kind.REPORTED: "填写走访记录",
    Kind.AMENDED: "更正走访记录",
    Kind.MINUTES_REACHED: "已知悉走访记录",
    Kind.MINUTES_CONFIRMED: "确认走访记录",
    Kind.MINUTES_OBJECTED: "对走访记录提出异议",
    Kind.MINUTES_DECIDED: "决定走访记录的异议",
    Kind.MINUTES_SILENT: "逾期未提出异议",
    Kind.CLOSED: "完成走访",
    Kind.RATED: "评价",
    Kind.PROMISE_KEPT: "承诺已办结",
    Kind.PROMISE_REOPENED: "承诺重新办理",
    Kind.PROMISE_ENDED: "承诺未办成，事项已结束",
}


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One thing that happens: words of whoever does it, and what a program reads of it."""

    kind: Kind
    body: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
