"""What somebody may do with a broadcast at this moment, so that nobody is offered what would be refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from backend.access import Actor, ActorKind
from backend.foundation import clock
from backend.notifications.broadcasts.resending import is_too_soon
from backend.notifications.broadcasts.rows import READ, RELEASE, STOP, WRITE
from backend.notifications.broadcasts.states import BROADCAST, ENDED, BroadcastState

S = BroadcastState


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a broadcast decides that."""

    state: BroadcastState
    is_recurring: bool
    not_after: datetime | None
    makers: Sequence[UUID]
    has_list: bool
    resumed_at: datetime | None = None

    def is_over(self) -> bool:
        return self.not_after is not None and self.not_after <= clock.now()

    def can_be_released(self, actor: Actor) -> bool:
        """A long list wants somebody who had no hand in it, and only a recurring one is released without a list."""
        if self.is_over() or self.state is S.PAUSED or not BROADCAST.allows(self.state, S.RELEASED):
            return False
        if self.state is S.DRAFT:
            return self.is_recurring
        return self.state is not S.RELEASE_WANTED or actor.id not in self.makers

    def can_be_resent(self) -> bool:
        if self.is_recurring or self.is_over() or is_too_soon(self.resumed_at):
            return False
        return self.state in (S.SENDING, S.DONE)


_ACTS: Final[tuple[tuple[str, str, Callable[[Standing, Actor], bool]], ...]] = (
    ("freeze", WRITE, lambda one, _: BROADCAST.allows(one.state, S.FROZEN) and not one.is_recurring),
    ("test", WRITE, lambda one, _: one.state not in ENDED),
    ("release", RELEASE, Standing.can_be_released),
    ("pause", STOP, lambda one, _: BROADCAST.allows(one.state, S.PAUSED) and not one.is_recurring),
    ("resume", RELEASE, lambda one, _: one.state is S.PAUSED),
    ("cancel", STOP, lambda one, _: BROADCAST.allows(one.state, S.CANCELLED)),
    ("resend", RELEASE, lambda one, _: one.can_be_resent()),
    ("report", READ, lambda one, _: one.has_list),
)


def may(actor: Actor, one: Standing) -> list[str]:
    """Return the acts that would not be refused by what is known now; another may be quicker.

    Whether anybody is left to be resent to stands in no row of the broadcast: `resending.is_anybody_missed` knows.
    """
    return [act for act, permission, fits in _ACTS if _holds(actor, permission) and fits(one, actor)]


def _holds(actor: Actor, permission: str) -> bool:
    """As `rows.require`: a list names people of the whole city."""
    return actor.can(permission) and (actor.kind is ActorKind.SYSTEM or actor.districts(permission) is None)
