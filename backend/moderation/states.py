"""How a thing goes through the check, and each of its pieces."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from backend.foundation.states import Lifecycle


class SubjectState(StrEnum):
    WAITING = "waiting"
    PASSED = "passed"
    HELD = "held"
    RELEASED = "released"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class PartState(StrEnum):
    WAITING = "waiting"
    ASKED = "asked"
    PASSED = "passed"
    HELD = "held"
    WITHDRAWN = "withdrawn"


WORDS: Final[Mapping[SubjectState, str]] = {
    SubjectState.WAITING: "正在检查",
    SubjectState.PASSED: "检查通过",
    SubjectState.HELD: "待人工查看",
    SubjectState.RELEASED: "人工放行",
    SubjectState.REFUSED: "未予通过",
    SubjectState.WITHDRAWN: "已撤回",
}
PART_WORDS: Final[Mapping[PartState, str]] = {
    PartState.WAITING: "待送检",
    PartState.ASKED: "等待检测结果",
    PartState.PASSED: "检测通过",
    PartState.HELD: "待人工查看",
    PartState.WITHDRAWN: "已撤回",
}

LIFECYCLE: Final = Lifecycle(
    "moderation",
    {
        SubjectState.WAITING: frozenset({SubjectState.PASSED, SubjectState.HELD, SubjectState.WITHDRAWN}),
        SubjectState.HELD: frozenset({SubjectState.RELEASED, SubjectState.REFUSED, SubjectState.WITHDRAWN}),
    },
    WORDS,
)
