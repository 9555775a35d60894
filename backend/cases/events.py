"""The log of a case: what can happen to it, in the words that owner and staff both read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID


class Kind(StrEnum):
    RECEIVED = "received"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    HANDED_OVER = "handed_over"
    OFFER_REFUSED = "offer_refused"
    TRANSFERRED = "transferred"
    SENT_BACK = "sent_back"
    HELPED = "helped"
    HELP_ENDED = "help_ended"
    ASKED = "asked"
    SUPPLIED = "supplied"
    PAUSED = "paused"
    RESUMED = "resumed"
    REPLIED = "replied"
    ANSWERED = "answered"
    PROMISED = "promised"
    EXTENDED = "extended"
    REACHED = "reached"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    DECIDED = "decided"
    CLOSED_BY_SILENCE = "closed_by_silence"
    DECLINED = "declined"
    MERGED = "merged"
    UNMERGED = "unmerged"
    ABSORBED = "absorbed"
    SPLIT = "split"
    CATEGORY_CHANGED = "category_changed"
    URGENCY_CHANGED = "urgency_changed"
    SUPERVISED = "supervised"
    TOLD = "told"
    RATED = "rated"
    CORRECTED = "corrected"
    TAKEN_BACK = "taken_back"


WORDS: Final[Mapping[Kind, str]] = {
    Kind.RECEIVED: "收到",
    Kind.ASSIGNED: "分派经办人",
    Kind.ACCEPTED: "接办",
    Kind.RETURNED: "退回重新分派",
    Kind.HANDED_OVER: "转交经办人",
    Kind.OFFER_REFUSED: "转交未被接受",
    Kind.TRANSFERRED: "转交承办单位",
    Kind.SENT_BACK: "承办单位退回",
    Kind.HELPED: "增加协办人",
    Kind.HELP_ENDED: "结束协办",
    Kind.ASKED: "一次性告知所缺材料",
    Kind.SUPPLIED: "补充材料",
    Kind.PAUSED: "暂停计时",
    Kind.RESUMED: "恢复计时",
    Kind.REPLIED: "回复",
    Kind.ANSWERED: "答复",
    Kind.PROMISED: "承诺办理日期",
    Kind.EXTENDED: "延长办理期限",
    Kind.REACHED: "答复已送达",
    Kind.CONFIRMED: "本人确认办结",
    Kind.REFUSED: "本人认为未解决",
    Kind.DECIDED: "上级决定",
    Kind.CLOSED_BY_SILENCE: "逾期未确认，办结",
    Kind.DECLINED: "不予办理",
    Kind.MERGED: "并入其他事项",
    Kind.UNMERGED: "撤销并案",
    Kind.ABSORBED: "并入了其他事项",
    Kind.SPLIT: "拆分事项",
    Kind.CATEGORY_CHANGED: "调整类别",
    Kind.URGENCY_CHANGED: "调整紧急程度",
    Kind.SUPERVISED: "挂牌督办",
    Kind.TOLD: "进展",
    Kind.RATED: "评价",
    Kind.CORRECTED: "更正",
    Kind.TAKEN_BACK: "撤销操作",
}

OWNERS_DATA: Final = frozenset(
    {"nr", "items", "reason", "days", "on", "into", "number", "level", "because", "taken_over"}
)
"""What of an event's data its owner reads too; the rest are names for our own people and clocks."""


@dataclass(frozen=True, slots=True)
class Citation:
    """What an answer rests on. `ref_id` names a policy or an article, `ref_version` its version; a law has neither."""

    source: str
    words: str
    ref_id: UUID | None = None
    ref_version: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Something that happened now (or `at`): `body` is what was said, `data` what a clock or a screen must know."""

    kind: Kind
    body: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    citations: tuple[Citation, ...] = ()
    files: tuple[UUID, ...] = ()
    at: datetime | None = None


def word(kind: Kind, data: Mapping[str, Any], by: str) -> str:
    """Return what an entry of the log is called; `by` is the kind of its actor.

    What was taken back is nobody's decision, and what a part began with happened in another case.
    """
    if kind is Kind.DECIDED and data.get("because") == "taken_back":
        return "撤销拆分" if "split" in data else "提问人撤回" if by == "owner" else "来源撤回"
    taken_over = data.get("taken_over")
    return f"{WORDS[kind]}（承自{taken_over}）" if taken_over else WORDS[kind]
