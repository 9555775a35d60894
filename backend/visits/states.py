"""The lifecycle of a visit, what staff call each state and what its owner reads."""

from enum import StrEnum
from typing import Final

from backend.foundation.states import Lifecycle


class VisitState(StrEnum):
    HELD = "held"
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    REPORTED = "reported"
    CLOSED = "closed"
    DECLINED = "declined"
    CANCELLED_BY_OWNER = "cancelled_by_owner"
    CANCELLED_BY_BUREAU = "cancelled_by_bureau"
    EXPIRED = "expired"
    NO_SHOW_OWNER = "no_show_owner"
    NO_SHOW_STAFF = "no_show_staff"


_S: Final = VisitState
COMING: Final = (_S.HELD, _S.REQUESTED, _S.CONFIRMED)
"""It has not taken place yet and still may."""
FREE: Final = (_S.DECLINED, _S.CANCELLED_BY_OWNER, _S.CANCELLED_BY_BUREAU, _S.EXPIRED)
"""Whoever was booked has his time back; in every other state it is, or was, taken."""
OVER: Final = (*FREE, _S.CLOSED, _S.NO_SHOW_OWNER, _S.NO_SHOW_STAFF)

WORDS: Final = {
    _S.HELD: "预留中",
    _S.REQUESTED: "待确认",
    _S.CONFIRMED: "已确认",
    _S.ARRIVED: "已到访",
    _S.REPORTED: "已填写记录",
    _S.CLOSED: "已完成",
    _S.DECLINED: "未能安排",
    _S.CANCELLED_BY_OWNER: "企业取消",
    _S.CANCELLED_BY_BUREAU: "走访方取消",
    _S.EXPIRED: "逾期未确认",
    _S.NO_SHOW_OWNER: "企业未到",
    _S.NO_SHOW_STAFF: "走访人员未到",
}
# What the owner reads: where it stands and what comes next.
SENTENCES: Final = {
    _S.HELD: "已为您预留，请在5分钟内提交预约。",
    _S.REQUESTED: "预约已提交，{by}前答复您；逾期未答复将自动取消并告知您其他时间。",
    _S.CONFIRMED: "已确认，走访人员将按时到访。需要改期或取消请尽早告知。",
    _S.ARRIVED: "已登记到访，走访记录填写后请您核对。",
    _S.REPORTED: "走访记录已填写，请您核对确认；与事实不符的，可以提出异议。",
    _S.CLOSED: "本次走访已完成。",
    _S.DECLINED: "本次预约未能安排，理由见下；您可以另选时间。",
    _S.CANCELLED_BY_OWNER: "企业一方取消，走访人员不再前往。",
    _S.CANCELLED_BY_BUREAU: "走访方取消了本次走访，理由见下，给您带来不便，十分抱歉。",
    _S.EXPIRED: "未能在规定时间内答复您，十分抱歉；请另选时间。",
    _S.NO_SHOW_OWNER: "走访人员到访时未见到您。如与事实不符，可以提出异议。",
    _S.NO_SHOW_STAFF: "走访人员未按时到访，十分抱歉；请另选时间，我们优先安排。",
}
PROPOSED: Final = "走访人员建议了这个时间，请您在{by}前确认或拒绝；不答复视为不需要。"

_CANCELS: Final = frozenset({_S.CANCELLED_BY_OWNER, _S.CANCELLED_BY_BUREAU})
LIFECYCLE: Final = Lifecycle(
    "visit",
    {
        _S.HELD: frozenset({_S.REQUESTED, _S.CANCELLED_BY_OWNER, _S.EXPIRED}),
        _S.REQUESTED: frozenset({_S.CONFIRMED, _S.DECLINED, _S.EXPIRED}) | _CANCELS,
        # Moved by its owner it waits for the visitor's word again.
        _S.CONFIRMED: frozenset({_S.REQUESTED, _S.ARRIVED, _S.NO_SHOW_OWNER, _S.NO_SHOW_STAFF}) | _CANCELS,
        # An objection may find that nobody came.
        _S.ARRIVED: frozenset({_S.REPORTED, _S.NO_SHOW_STAFF}),
        _S.REPORTED: frozenset({_S.CLOSED, _S.NO_SHOW_STAFF}),
        # What a contest may find: it took place, or it was the other side that was missing.
        _S.NO_SHOW_OWNER: frozenset({_S.ARRIVED, _S.NO_SHOW_STAFF}),
        _S.NO_SHOW_STAFF: frozenset({_S.ARRIVED, _S.NO_SHOW_OWNER}),
    },
    WORDS,
)
