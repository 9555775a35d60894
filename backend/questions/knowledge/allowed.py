"""What somebody may do with an article at this moment, so that nobody is offered what would be refused."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.access import Actor
from backend.questions.knowledge.states import EditionState


@dataclass(frozen=True, slots=True)
class Standing:
    """What of an article decides that: its open edition, whoever had a hand in it, and whether one is published."""

    open_state: EditionState | None
    author_id: UUID | None
    edited_by: UUID | None
    is_live: bool

    def is_of(self, actor: Actor) -> bool:
        return actor.id in (self.author_id, self.edited_by)


def _in_review(one: Standing) -> bool:
    return one.open_state is EditionState.IN_REVIEW


_ACTS: Final[tuple[tuple[str, str, Callable[[Standing, Actor], bool]], ...]] = (
    ("edit", "knowledge.write", lambda one, _: one.open_state is not None),
    ("begin_edition", "knowledge.write", lambda one, _: one.open_state is None),
    ("submit", "knowledge.write", lambda one, _: one.open_state is EditionState.DRAFT),
    ("publish", "knowledge.review", lambda one, actor: _in_review(one) and not one.is_of(actor)),
    ("send_back", "knowledge.review", lambda one, _: _in_review(one)),
    ("withdraw", "knowledge.review", lambda one, _: one.is_live),
)


def may(actor: Actor, one: Standing) -> list[str]:
    """Return the acts that would not be refused by what is known now; another may be quicker."""
    return [act for act, permission, fits in _ACTS if actor.can(permission) and fits(one, actor)]
