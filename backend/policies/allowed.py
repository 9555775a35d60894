"""What somebody may do with a policy at this moment, so that nobody is offered what would be refused."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.access import Actor
from backend.policies.states import VersionState


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a policy decides that: its open version, with whoever had a hand in it, and whether one is published."""

    open_state: VersionState | None
    author_id: UUID | None
    edited_by: UUID | None
    is_live: bool
    is_paused: bool

    def is_of(self, actor: Actor) -> bool:
        return actor.id in (self.author_id, self.edited_by)


_ACTS: Final[tuple[tuple[str, str, Callable[[Standing, Actor], bool]], ...]] = (
    ("edit", "policies.write", lambda one, _: one.open_state is not None),
    ("begin_edition", "policies.write", lambda one, _: one.open_state is None),
    ("attach", "policies.write", lambda one, _: one.open_state is not None),
    ("submit", "policies.write", lambda one, _: one.open_state is VersionState.DRAFT),
    ("publish", "policies.review", lambda one, actor: _in_review(one) and not one.is_of(actor)),
    ("unschedule", "policies.unschedule", lambda one, _: one.open_state is VersionState.SCHEDULED),
    ("withdraw", "policies.withdraw", lambda one, _: one.is_live),
    ("resume_pushes", "policies.review", lambda one, _: one.is_paused),
    ("broadcast", "broadcasts.write", lambda one, _: one.is_live and not one.is_paused),
)


def _in_review(one: Standing) -> bool:
    return one.open_state is VersionState.IN_REVIEW


def may(actor: Actor, one: Standing) -> list[str]:
    """Return the acts that would not be refused by what is known now; another may be quicker."""
    return [act for act, permission, fits in _ACTS if actor.can(permission) and fits(one, actor)]
