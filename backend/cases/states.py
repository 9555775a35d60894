"""The lifecycle of a case, what staff call each state and what its owner reads."""

from enum import StrEnum
from typing import Any, Final

from backend.foundation.states import Lifecycle


class CaseState(StrEnum):
    RECEIVED = "received"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    WAITING_FOR_OWNER = "waiting_for_owner"
    ANSWERED = "answered"
    REOPENED = "reopened"
    TRANSFERRED = "transferred"
    MERGED = "merged"
    DECLINED = "declined"
    CLOSED_CONFIRMED = "closed_confirmed"
    CLOSED_BY_SILENCE = "closed_by_silence"
    CLOSED_BY_DECISION = "closed_by_decision"


_S: Final = CaseState
CLOSED: Final = (_S.DECLINED, _S.CLOSED_CONFIRMED, _S.CLOSED_BY_SILENCE, _S.CLOSED_BY_DECISION)
"""Nothing is to be done any more; a refusal may still open some of them again."""
NO_SILENCE: Final[dict[str, Any]] = {"reached_at": None, "remind_at": None, "silence_at": None}
"""Columns of a case whose silence counts no more."""
PROMISES_IN: Final = (_S.IN_PROGRESS, _S.WAITING_FOR_OWNER, _S.REOPENED)
"""Somebody works on it and may name a day."""
SPLIT_FROM: Final = (_S.RECEIVED, _S.ASSIGNED, _S.IN_PROGRESS, _S.TRANSFERRED)
"""Nobody has answered it or waits for it: matters may be taken out of it."""

WORDS: Final = {
    _S.RECEIVED: "待分派",
    _S.ASSIGNED: "待接办",
    _S.IN_PROGRESS: "办理中",
    _S.WAITING_FOR_OWNER: "等待补充材料",
    _S.ANSWERED: "已答复，待确认",
    _S.REOPENED: "退回重办",
    _S.TRANSFERRED: "已转办，待接办",
    _S.MERGED: "已并入其他事项",
    _S.DECLINED: "不予办理",
    _S.CLOSED_CONFIRMED: "已办结（本人确认）",
    _S.CLOSED_BY_SILENCE: "已办结（逾期未确认）",
    _S.CLOSED_BY_DECISION: "已办结（决定）",
}

# What the owner reads: where it stands and what comes next. {due}: the day by which we act, {silence}: the day on which
# silence counts as consent, {pause}: whether the clocks rest, {next}: who has what was refused; a sentence that lacks
# one is told without that clause.
SENTENCES: Final = {
    _S.RECEIVED: "已收到，正在安排经办人{due}。",
    _S.ASSIGNED: "已分派经办人，等待接办{due}。",
    _S.IN_PROGRESS: "经办人正在办理{due}。",
    _S.WAITING_FOR_OWNER: "需要您补充材料，补齐后继续办理{pause}。",
    _S.ANSWERED: "已答复，请您确认是否解决{silence}。",
    _S.REOPENED: "您反映未解决{next}。",
    _S.TRANSFERRED: "已转交承办单位，等待接办{due}；未接办前由首接人负责到底。",
    _S.MERGED: "已并入另一事项一并办理。",
    _S.DECLINED: "不予办理，理由和依据见答复；如不认可，可以申请复核。",
    _S.CLOSED_CONFIRMED: "您已确认办结，感谢反馈。",
    _S.CLOSED_BY_SILENCE: "答复送达后未收到您的意见，已办结；如未解决，可以继续反映。",
    _S.CLOSED_BY_DECISION: "已由上级决定办结，理由见答复。",
}

_LEAVE: Final = frozenset({_S.TRANSFERRED, _S.MERGED, _S.DECLINED, _S.CLOSED_BY_DECISION})
LIFECYCLE: Final = Lifecycle(
    "case",
    {
        _S.RECEIVED: frozenset({_S.ASSIGNED, _S.IN_PROGRESS}) | _LEAVE,
        _S.ASSIGNED: frozenset({_S.IN_PROGRESS, _S.RECEIVED}) | _LEAVE,
        _S.IN_PROGRESS: frozenset({_S.WAITING_FOR_OWNER, _S.ANSWERED, _S.ASSIGNED, _S.RECEIVED}) | _LEAVE,
        _S.WAITING_FOR_OWNER: frozenset({_S.IN_PROGRESS, _S.ANSWERED, _S.ASSIGNED, _S.RECEIVED}) | _LEAVE,
        # Closure is a claim: only the owner's word, his proven silence or a superior's decision ends it.
        _S.ANSWERED: frozenset({_S.CLOSED_CONFIRMED, _S.CLOSED_BY_SILENCE, _S.CLOSED_BY_DECISION, _S.REOPENED}),
        _S.REOPENED: frozenset({_S.IN_PROGRESS, _S.WAITING_FOR_OWNER, _S.ANSWERED, _S.ASSIGNED, _S.RECEIVED}) | _LEAVE,
        _S.TRANSFERRED: frozenset({_S.ASSIGNED, _S.IN_PROGRESS, _S.RECEIVED}) | _LEAVE,
        # A merge is taken back to where the case stood, ends as the other case does, or with an answer of its own.
        _S.MERGED: frozenset(
            {
                *(_S.RECEIVED, _S.ASSIGNED, _S.IN_PROGRESS, _S.WAITING_FOR_OWNER, _S.REOPENED, _S.TRANSFERRED),
                *(_S.ANSWERED, *CLOSED),
            }
        ),
        _S.DECLINED: frozenset({_S.REOPENED, _S.CLOSED_BY_DECISION}),
        _S.CLOSED_BY_SILENCE: frozenset({_S.REOPENED}),
        # Only for whoever did not confirm it himself: his case ended with the one that it was merged into.
        _S.CLOSED_CONFIRMED: frozenset({_S.REOPENED}),
    },
    WORDS,
)
