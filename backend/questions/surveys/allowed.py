"""What somebody may do with a survey at this moment, so that nobody is offered what would be refused."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from backend.access import Actor
from backend.foundation import clock
from backend.questions.surveys.states import OPEN, SurveyState

S = SurveyState
ACTS: Final = {
    "edit": "修改",
    "submit": "提交审核",
    "send_back": "退回修改",
    "release": "审核并发放",
    "close": "提前结束",
    "withdraw": "撤回",
    "copy": "再做一期",
    "broadcast": "补充通知",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a survey decides that."""

    state: SurveyState
    author_id: UUID | None
    edited_by: UUID | None
    opens_on: date
    closes_on: date

    def is_of(self, actor: Actor) -> bool:
        return actor.id in (self.author_id, self.edited_by)

    def is_running(self) -> bool:
        return self.state is S.RELEASED and self.opens_on <= clock.today() <= self.closes_on

    def can_be_released(self, actor: Actor) -> bool:
        return self.state is S.IN_REVIEW and not self.is_of(actor) and self.closes_on >= clock.today()


_ACTS: Final[tuple[tuple[str, str, Callable[[Standing, Actor], bool]], ...]] = (
    ("edit", "surveys.write", lambda one, _: one.state in OPEN),
    ("submit", "surveys.write", lambda one, _: one.state is S.DRAFT),
    ("send_back", "surveys.release", lambda one, _: one.state is S.IN_REVIEW),
    ("release", "surveys.release", Standing.can_be_released),
    ("close", "surveys.release", lambda one, _: one.state is S.RELEASED),
    ("withdraw", "surveys.release", lambda one, _: one.state is S.RELEASED),
    ("copy", "surveys.write", lambda _, __: True),
    ("broadcast", "broadcasts.write", lambda one, _: one.is_running()),
)


def may(actor: Actor, one: Standing) -> list[str]:
    """Return the acts that would not be refused by what is known now; another may be quicker."""
    return [act for act, permission, fits in _ACTS if actor.can(permission) and fits(one, actor)]
