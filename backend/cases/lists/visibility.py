"""Which lists an actor can see, and on which he may act."""

from typing import Final

from backend.access import Actor, ActorKind, Condition, granted
from backend.access.visibility import EVERYTHING, NOTHING

READ: Final = "cases.read"


def visible_to(actor: Actor, permission: str = READ) -> Condition:
    """Return the condition over `problem_lists l`: by place and unit, and whatever one answers for."""
    if actor.kind not in {ActorKind.STAFF, ActorKind.SYSTEM} or not actor.can(permission):
        return NOTHING
    by_grant = granted(actor, permission, district="l.district", unit="l.unit_id")
    if by_grant == EVERYTHING:
        return EVERYTHING
    mine = "EXISTS (SELECT FROM problems r WHERE r.list_id = l.id AND r.responsible_id = {})"
    return by_grant | Condition(mine, (actor.id,))
