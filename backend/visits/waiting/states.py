"""The lifecycles of waiting for an earlier time and of what is offered to who waits."""

from enum import StrEnum
from typing import Final

from backend.foundation.states import Lifecycle


class WaitState(StrEnum):
    WAITING = "waiting"
    SERVED = "served"
    LEFT = "left"
    ENDED = "ended"


class OfferState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


WAIT_WORDS: Final = {
    WaitState.WAITING: "排队中",
    WaitState.SERVED: "已提前",
    WaitState.LEFT: "已退出",
    WaitState.ENDED: "已结束",
}
OFFER_WORDS: Final = {
    OfferState.OPEN: "待您决定",
    OfferState.ACCEPTED: "已接受",
    OfferState.DECLINED: "已放弃",
    OfferState.LAPSED: "已过时限",
    OfferState.WITHDRAWN: "已失效",
}
ENDED_WORDS: Final = {
    "used_up": "已提供过3次提前的时段，不再提供；需要改期请直接选择时段。",
    "over": "原走访已不再等待，候补随之结束。",
    "too_near": "距走访已不足24小时，不再提供提前的时段。",
    "closed": "该企业已注销或吊销，候补随之结束。",
    "erased": "账号已注销，候补随之结束。",
}

_W: Final = WaitState
# Whoever left, was served or ended may ask again; his offers stay counted.
WAITING: Final = Lifecycle(
    "visit wait",
    {
        _W.WAITING: frozenset({_W.SERVED, _W.LEFT, _W.ENDED}),
        _W.SERVED: frozenset({_W.WAITING}),
        _W.LEFT: frozenset({_W.WAITING}),
        _W.ENDED: frozenset({_W.WAITING}),
    },
    WAIT_WORDS,
)
OFFERING: Final = Lifecycle(
    "visit offer",
    {OfferState.OPEN: frozenset(OfferState) - {OfferState.OPEN}},
    OFFER_WORDS,
)
