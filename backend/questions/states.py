"""What becomes of a question before it is a case, and of its public wording."""

from enum import StrEnum
from typing import Final

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


def sentence(state: QuestionState, reason: str) -> str:
    """Return what the asker reads; a reason that ends without a stop gets one."""
    told = reason if not reason or reason[-1] in "。！？.!?" else f"{reason}。"
    return SENTENCES[state].format(reason=told)
