"""What becomes of a question before it is a case, and of its public wording."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from backend.cases import CaseState
from backend.foundation.states import Lifecycle


class QuestionState(StrEnum):
    CHECKING = "checking"
    HELD = "held"
    RECEIVED = "received"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class PublicationState(StrEnum):
    PROPOSED = "proposed"
    RETURNED = "returned"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


_Q: Final = QuestionState
_P: Final = PublicationState

WORDS: Final = {
    _Q.CHECKING: "正在检查内容",
    _Q.HELD: "等待人工查看",
    _Q.RECEIVED: "已受理",
    _Q.REFUSED: "未予受理",
    _Q.WITHDRAWN: "已撤回",
}
# What the asker reads while there is no case whose sentence he could read instead.
SENTENCES: Final = {
    _Q.CHECKING: "已收到，正在检查文字和图片，通常几分钟内完成；办理时限从您提交时起算。",
    _Q.HELD: "内容未能自动通过检查，正由工作人员查看；办理时限仍从您提交时起算。",
    _Q.RECEIVED: "已受理，正在安排经办人。",
    _Q.REFUSED: "内容未予受理：{reason}您可以修改后重新提问，也可以到窗口办理或拨打12345。",
    _Q.WITHDRAWN: "您已撤回这个问题。",
}
_HAS_ANSWER: Final = "已答复提问人，答复尚未公开"
_IS_OVER: Final = "已有办理结果，尚无公开的答复"
# What others read of a question that is not public: how far it is, and nothing that is asked of its asker or his alone
# to know: what he has to bring, whether he was content, why it was declined.
FOLLOWED: Final[Mapping[CaseState, str]] = {
    CaseState.RECEIVED: "已受理，正在安排经办人",
    CaseState.ASSIGNED: "已受理，正在安排经办人",
    CaseState.TRANSFERRED: "已受理，正在安排经办人",
    CaseState.IN_PROGRESS: "正在办理",
    CaseState.WAITING_FOR_OWNER: "正在办理",
    CaseState.REOPENED: "正在办理",
    CaseState.MERGED: "正在办理",
    CaseState.ANSWERED: _HAS_ANSWER,
    CaseState.CLOSED_CONFIRMED: _HAS_ANSWER,
    CaseState.CLOSED_BY_SILENCE: _HAS_ANSWER,
    CaseState.DECLINED: _IS_OVER,
    CaseState.CLOSED_BY_DECISION: _IS_OVER,
}
TAKEN_BACK: Final = "提问人已撤回，不会再有公开的答复。"
PUBLICATION_WORDS: Final = {
    _P.PROPOSED: "待另一人核对",
    _P.RETURNED: "已退回",
    _P.PUBLISHED: "已公开",
    _P.SUPERSEDED: "已被更正",
    _P.WITHDRAWN: "已撤下",
}

LIFECYCLE: Final = Lifecycle(
    "question",
    {
        _Q.CHECKING: frozenset({_Q.HELD, _Q.RECEIVED, _Q.REFUSED, _Q.WITHDRAWN}),
        _Q.HELD: frozenset({_Q.RECEIVED, _Q.REFUSED, _Q.WITHDRAWN}),
        _Q.RECEIVED: frozenset({_Q.WITHDRAWN}),
    },
    WORDS,
)
PUBLICATION: Final = Lifecycle(
    "question_publication",
    {
        _P.PROPOSED: frozenset({_P.RETURNED, _P.PUBLISHED}),
        _P.PUBLISHED: frozenset({_P.SUPERSEDED, _P.WITHDRAWN}),
    },
    PUBLICATION_WORDS,
)


def followed(state: CaseState, *, is_followed: bool) -> str:
    """Return what somebody else reads of a question that is not public, by where its case stands."""
    return f"{FOLLOWED[state]}；{'答复公开后会告诉您' if is_followed else '关注后，答复公开时会告诉您'}。"


def sentence(state: QuestionState, reason: str) -> str:
    """Return what the asker reads; a reason that ends without a stop gets one."""
    told = reason if not reason or reason[-1] in "。！？.!?" else f"{reason}。"
    return SENTENCES[state].format(reason=told)
