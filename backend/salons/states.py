"""The lifecycles of a salon and of a sign-up, what staff call each state and what owners read."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from backend.foundation.states import Lifecycle


class SalonState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    OPEN = "open"
    CLOSED = "closed"
    HELD = "held"
    ARCHIVED = "archived"
    CANCELLED = "cancelled"


_S: Final = SalonState
COMING: Final = (_S.PUBLISHED, _S.OPEN, _S.CLOSED)
"""It is known to the public and has not taken place yet."""
TAKES: Final = (_S.PUBLISHED, _S.OPEN)
"""Whether one can sign up is then a matter of its times: the clock's move from one to the other may be late."""
EDITABLE: Final = (_S.DRAFT, *COMING)
WRITTEN_OF: Final = (_S.HELD, _S.ARCHIVED)
"""It has taken place: there may be minutes and materials."""

WORDS: Final = {
    _S.DRAFT: "草稿",
    _S.PUBLISHED: "已发布",
    _S.OPEN: "报名中",
    _S.CLOSED: "报名截止",
    _S.HELD: "已举办",
    _S.ARCHIVED: "已归档",
    _S.CANCELLED: "已取消",
}


def by_clock(state: SalonState, opens_at: datetime, closes_at: datetime, now: datetime) -> SalonState:
    """Return what its times make of a salon that is out: who writes that down may be late."""
    if state is SalonState.PUBLISHED and now >= opens_at:
        state = SalonState.OPEN
    return SalonState.CLOSED if state is SalonState.OPEN and now >= closes_at else state


LIFECYCLE: Final = Lifecycle(
    "salon",
    {
        _S.DRAFT: frozenset({_S.PUBLISHED, _S.CANCELLED}),
        _S.PUBLISHED: frozenset({_S.OPEN, _S.CLOSED, _S.CANCELLED}),
        # New times may lie ahead again.
        _S.OPEN: frozenset({_S.PUBLISHED, _S.CLOSED, _S.CANCELLED}),
        _S.CLOSED: frozenset({_S.PUBLISHED, _S.OPEN, _S.HELD, _S.CANCELLED}),
        _S.HELD: frozenset({_S.ARCHIVED}),
    },
    WORDS,
)


class SignupState(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    OFFERED = "offered"
    ATTENDED = "attended"
    NO_SHOW = "no_show"
    REFUSED = "refused"
    LEFT = "left"
    REMOVED = "removed"
    DECLINED = "declined"
    LAPSED = "lapsed"
    MISSED = "missed"
    CANCELLED = "cancelled"


_P: Final = SignupState
SEATED: Final = (_P.PENDING, _P.CONFIRMED, _P.OFFERED, _P.ATTENDED, _P.NO_SHOW)
"""A seat is given away; the migration's checks say the same."""
OPEN_ONES: Final = (_P.PENDING, _P.CONFIRMED, _P.WAITING, _P.OFFERED)
"""Something may still come of it before the salon."""

SIGNUP_WORDS: Final = {
    _P.PENDING: "待审核",
    _P.CONFIRMED: "报名成功",
    _P.WAITING: "候补中",
    _P.OFFERED: "候补待确认",
    _P.ATTENDED: "已到场",
    _P.NO_SHOW: "未到场",
    _P.REFUSED: "审核未通过",
    _P.LEFT: "已退出",
    _P.REMOVED: "主办方取消",
    _P.DECLINED: "已放弃候补席位",
    _P.LAPSED: "候补逾期未确认",
    _P.MISSED: "候补未成功",
    _P.CANCELLED: "沙龙已取消",
}
# What the owner reads: where it stands and what comes next.
SENTENCES: Final = {
    _P.PENDING: "席位已为您保留，{by}前答复您；逾期未答复视为通过。",
    _P.CONFIRMED: "报名成功，请按时到场；不能参加请尽早退出，把席位让给候补的企业。",
    _P.WAITING: "名额已满，您在候补名单中；有空席时会按顺序通知您确认。",
    _P.OFFERED: "有空席了，请在{by}前确认；逾期席位将让给下一位。",
    _P.ATTENDED: "您已到场，感谢参加。",
    _P.NO_SHOW: "本次报名后未到场。如与事实不符或有特殊情况，可以说明。",
    _P.REFUSED: "本次报名未通过审核，理由见下。",
    _P.LEFT: "您已退出本次报名，仍可重新报名。",
    _P.REMOVED: "主办方取消了本次报名，理由见下。",
    _P.DECLINED: "您已放弃候补席位。",
    _P.LAPSED: "候补席位逾期未确认，已让给下一位；您可以重新报名候补。",
    _P.MISSED: "本次沙龙未能为您安排席位，十分抱歉；会后可查看公开的资料。",
    _P.CANCELLED: "本次沙龙已取消，理由见下，给您带来不便，十分抱歉。",
}
# Of one who waits, once nothing more is offered (`seats.admitting.LAST`).
AT_THE_DOOR: Final = {
    "hall": "距开始不足1小时，不再逐个通知候补；可直接到现场，有空位的由工作人员安排入场。",
    "online": "沙龙已开始，线上席位不再递补，十分抱歉；会后可查看公开的资料。",
}

_ENDS: Final = frozenset({_P.LEFT, _P.REMOVED, _P.CANCELLED})
SIGNUP: Final = Lifecycle(
    "salon_signup",
    {
        _P.PENDING: frozenset({_P.CONFIRMED, _P.REFUSED}) | _ENDS,
        _P.CONFIRMED: frozenset({_P.ATTENDED, _P.NO_SHOW}) | _ENDS,
        _P.WAITING: frozenset({_P.OFFERED, _P.MISSED}) | _ENDS,
        _P.OFFERED: frozenset({_P.PENDING, _P.CONFIRMED, _P.DECLINED, _P.LAPSED}) | _ENDS,
        # A scan that was taken back; a note that was mistaken.
        _P.ATTENDED: frozenset({_P.CONFIRMED, _P.NO_SHOW}),
        _P.NO_SHOW: frozenset({_P.CONFIRMED, _P.ATTENDED}),
    },
    SIGNUP_WORDS,
)
