"""Why a time is no slot: the rules by name, and in the sentence that an owner reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from backend.visits.availability.visitors import Crew


@dataclass(frozen=True, slots=True)
class Removal:
    """One rule with what it removed: `times` beginnings (days, of what concerns a whole day) of `people` visitors."""

    rule: str
    times: int
    people: int


# In the order in which they are told: what nobody can change first.
_SENTENCES: Final[Mapping[str, str]] = {
    "nobody": "目前没有承担走访的人员",
    "elsewhere": "{people}位走访人员不负责该区域",
    "unskilled": "{people}位走访人员没有该事由所需的专长",
    "day_off": "{people}位走访人员的{times}个工作班次遇休息日或节假日",
    "absent": "{people}位走访人员请假或外出，涉及{times}天",
    "no_plan": "{people}位走访人员有{times}天未安排走访",
    "exception": "{people}位走访人员有{times}天临时不接受预约",
    "place": "{people}位走访人员有{times}天不提供这种走访方式",
    "notice": "{times}个时段距现在太近，须提前预约",
    "horizon": "{times}个时段尚未开放预约",
    "peak": "{times}个时段在您填写的繁忙时间内",
    "enterprise": "{times}个时段您的企业已有其他走访",
    "taken": "{times}个时段已被约走",
    "way": "{times}个时段走访人员来不及从上一处赶到或赶往下一处",
    "cap": "{times}个时段因走访人员当日已排满",
    "teams": "{times}个时段凑不齐所需的部门",
}
RULES: Final = tuple(_SENTENCES)


def of_crew(crew: Crew) -> tuple[Removal, ...]:
    """Return whom the choice of people left out before any time was looked at."""
    told = [Removal("elsewhere", 0, crew.elsewhere), Removal("unskilled", 0, crew.unskilled)]
    if not (crew.visitors or crew.elsewhere or crew.unskilled):
        return (Removal("nobody", 0, 0),)
    return tuple(one for one in told if one.people)


def sentences(removals: Sequence[Removal]) -> list[str]:
    """Return the rules that removed something, each as one sentence with its counts."""
    known = {one.rule: one for one in removals}
    return [
        words.format(times=known[rule].times, people=known[rule].people) + "。"
        for rule, words in _SENTENCES.items()
        if rule in known
    ]
