"""The life of a delivery: what isn't listed cannot happen; the statements of this capability follow it."""

from enum import StrEnum
from typing import Final

from backend.foundation.states import Lifecycle


class DeliveryState(StrEnum):
    """Where one try to reach a person stands."""

    PENDING = "pending"
    CLAIMED = "claimed"  # a worker holds it; after a crash it simply comes again
    SENDING = "sending"  # the call is under way; after a crash nobody knows whether it happened
    SENT = "sent"
    REFUSED = "refused"  # by WeChat, for this person
    FAILED = "failed"  # by WeChat or by our mistake, for this message
    UNKNOWN = "unknown"  # no answer came; WeChat's event may still tell, it is never sent again
    UNKNOWN_FINAL = "unknown_final"
    DEFERRED = "deferred"
    SUPPRESSED = "suppressed"  # there is no way to this person
    CANCELLED = "cancelled"
    EXPIRED = "expired"


S = DeliveryState
_WAITING: Final = frozenset({S.CLAIMED, S.DEFERRED, S.SUPPRESSED, S.CANCELLED, S.EXPIRED})
_ANSWERS: Final = frozenset({S.SENT, S.REFUSED, S.FAILED, S.DEFERRED})

WORDS: Final = {
    S.PENDING: "等待发送",
    S.CLAIMED: "等待发送",
    S.SENDING: "正在发送",
    S.SENT: "已送达微信或运营商",
    S.REFUSED: "被拒绝",
    S.FAILED: "发送失败",
    S.UNKNOWN: "结果待确认",
    S.UNKNOWN_FINAL: "结果无法确认",
    S.DEFERRED: "延后发送",
    S.SUPPRESSED: "仅站内消息",
    S.CANCELLED: "已取消",
    S.EXPIRED: "已过期未发送",
}
DELIVERY: Final = Lifecycle(
    "delivery",
    {
        S.PENDING: _WAITING,
        S.DEFERRED: _WAITING,
        S.CLAIMED: frozenset({S.SENDING, S.PENDING, S.CANCELLED, S.SUPPRESSED}),
        S.SENDING: _ANSWERS | {S.UNKNOWN},
        S.UNKNOWN: _ANSWERS | {S.UNKNOWN_FINAL},
        S.UNKNOWN_FINAL: frozenset({S.SENT, S.REFUSED}),
        S.SENT: frozenset({S.REFUSED}),
        S.FAILED: frozenset({S.PENDING}),  # by an operator, once the mistake is mended
    },
    WORDS,
)
