"""The lifecycle of a problem: done by one person, struck off by another, or sent back."""

from enum import StrEnum
from typing import Final

from backend.foundation.states import Lifecycle


class ProblemState(StrEnum):
    OPEN = "open"
    DONE = "done"
    STRUCK_OFF = "struck_off"


WORDS: Final = {
    ProblemState.OPEN: "整改中",
    ProblemState.DONE: "待销号",
    ProblemState.STRUCK_OFF: "已销号",
}
LIFECYCLE: Final = Lifecycle(
    "problem",
    {
        ProblemState.OPEN: frozenset({ProblemState.DONE}),
        ProblemState.DONE: frozenset({ProblemState.OPEN, ProblemState.STRUCK_OFF}),
    },
    WORDS,
)
MOVES: Final = {
    "opened": "列入清单",
    "changed": "调整",
    "done": "报告完成",
    "returned": "退回",
    "struck_off": "销号",
    "linked": "关联事项",
}
"""What can happen to a problem, in the words of the console."""
