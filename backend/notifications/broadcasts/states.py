"""The life of a broadcast: what isn't listed cannot happen."""

from enum import StrEnum
from typing import Final

from backend.foundation.states import Lifecycle


class BroadcastState(StrEnum):
    """Where a broadcast stands."""

    DRAFT = "draft"
    FROZEN = "frozen"  # the list stands and is signed; whoever may release it can
    RELEASE_WANTED = "release_wanted"  # the list is long: only somebody who had no hand in it can
    RELEASED = "released"  # waits for its time; a recurring one for the next of its times
    SENDING = "sending"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


S = BroadcastState
ENDED: Final = (S.DONE, S.CANCELLED)

WORDS: Final = {
    S.DRAFT: "草稿",
    S.FROZEN: "名单已冻结",
    S.RELEASE_WANTED: "待另一人放行",
    S.RELEASED: "已放行，等待发送",
    S.SENDING: "正在发送",
    S.PAUSED: "已暂停",
    S.DONE: "已完成",
    S.CANCELLED: "已取消",
}
BROADCAST: Final = Lifecycle(
    "broadcast",
    {
        # A recurring one has no list of its own: it is released as it was written.
        S.DRAFT: frozenset({S.FROZEN, S.RELEASED, S.CANCELLED}),
        S.FROZEN: frozenset({S.RELEASE_WANTED, S.RELEASED, S.CANCELLED}),
        S.RELEASE_WANTED: frozenset({S.RELEASED, S.CANCELLED}),
        S.RELEASED: frozenset({S.SENDING, S.PAUSED, S.DONE, S.CANCELLED}),
        S.SENDING: frozenset({S.PAUSED, S.DONE, S.CANCELLED}),
        # Back to waiting, when its time has not come yet.
        S.PAUSED: frozenset({S.RELEASED, S.SENDING, S.CANCELLED}),
        S.DONE: frozenset({S.SENDING}),  # whoever was not reached is tried again
    },
    WORDS,
)
