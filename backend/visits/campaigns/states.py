"""The lives of a campaign and of one enterprise's place in it, and why somebody is left out."""

from enum import StrEnum
from typing import Final

from backend.foundation.states import Lifecycle


class CampaignState(StrEnum):
    DRAFT = "draft"
    FROZEN = "frozen"  # the list stands and is signed; whoever may release it can
    RELEASE_WANTED = "release_wanted"  # the list is long: only somebody who had no hand in it can
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class TargetState(StrEnum):
    LEFT_OUT = "left_out"
    WAITING = "waiting"  # its week is still far
    PROPOSED = "proposed"
    PICKED = "picked"
    DECLINED = "declined"
    SILENT = "silent"
    CANCELLED = "cancelled"


S = CampaignState
T = TargetState
EDITABLE: Final = (S.DRAFT, S.FROZEN, S.RELEASE_WANTED)
"""It does not run yet."""
CAMPAIGN: Final = Lifecycle(
    "visit_campaign",
    {
        # Frozen again after an edit: what is released is exactly what was frozen last.
        S.DRAFT: frozenset({S.FROZEN, S.CANCELLED}),
        S.FROZEN: frozenset({S.DRAFT, S.RELEASE_WANTED, S.RUNNING, S.CANCELLED}),
        S.RELEASE_WANTED: frozenset({S.DRAFT, S.RUNNING, S.CANCELLED}),
        S.RUNNING: frozenset({S.PAUSED, S.DONE, S.CANCELLED}),
        S.PAUSED: frozenset({S.RUNNING, S.CANCELLED}),
    },
    {
        S.DRAFT: "草稿",
        S.FROZEN: "名单已冻结",
        S.RELEASE_WANTED: "待另一人放行",
        S.RUNNING: "进行中",
        S.PAUSED: "已暂停",
        S.DONE: "已结束",
        S.CANCELLED: "已取消",
    },
)
TARGET: Final = Lifecycle(
    "visit_campaign_target",
    {
        T.WAITING: frozenset({T.PROPOSED, T.LEFT_OUT, T.CANCELLED}),
        T.PROPOSED: frozenset({T.PICKED, T.DECLINED, T.SILENT, T.CANCELLED}),
        # Who was silent may still answer while the round goes on.
        T.SILENT: frozenset({T.PICKED, T.DECLINED, T.CANCELLED}),
    },
    {
        T.LEFT_OUT: "未列入",
        T.WAITING: "待发出",
        T.PROPOSED: "待答复",
        T.PICKED: "已选时间",
        T.DECLINED: "不需要",
        T.SILENT: "未答复",
        T.CANCELLED: "已取消",
    },
)
LEFT_OUT: Final = {
    "ceiling": "本年度走访次数已达上限",
    "recent": "近期已有入企或已有入企计划",
    "nobody": "没有可在小程序中答复的负责人，或其不接受按画像推送",
    "elsewhere": "所选走访人员不负责该区域，或没有所需专长",
    "full": "所选人员和周数已排满",
    "closed": "企业已注销或吊销",
}
