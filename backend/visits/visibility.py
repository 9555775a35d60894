"""Which visits an actor can see, and on which he may act: every read and command starts here."""

from typing import Final

from backend.access import Actor, ActorKind, Condition, granted
from backend.access.visibility import EVERYTHING, NOTHING
from backend.foundation import clock

READ: Final = "visits.read"
NAME: Final = "visits"
"""The capability's name: a clerk's scope, the origin of its cases."""

# He who booked it; whoever runs the enterprise; a clerk who was given visits.
_SEATS: Final = """
(p.person_id = {} OR EXISTS (
    SELECT FROM bindings b WHERE b.enterprise_id = p.enterprise_id AND b.person_id = {}
    AND b.state IN ('active', 'read_only') AND (b.until IS NULL OR b.until > {})
    AND (b.role <> 'clerk' OR 'visits' = ANY (b.scope))))
"""
_OWNERS: Final = f"EXISTS (SELECT FROM visit_parties p WHERE p.visit_id = v.id AND {_SEATS})"
_GOES: Final = "EXISTS (SELECT FROM staff_time t WHERE t.visit_id = v.id AND t.staff_id = {})"


def visible_to(actor: Actor, permission: str = READ, *, by_going: bool = True) -> Condition:
    """Return the condition over `visits v`: staff by place and unit, and wherever they go; owners their own.

    With another permission than reading: the visits to which that one extends; not `by_going`: by place and unit alone.
    """
    if actor.kind is ActorKind.OWNER:
        return Condition(_OWNERS, (actor.id, actor.id, clock.now()))
    if actor.kind not in {ActorKind.STAFF, ActorKind.SYSTEM} or not actor.can(permission):
        return NOTHING
    by_grant = granted(actor, permission, district="v.district", unit="v.unit_id")
    return by_grant if by_grant == EVERYTHING or not by_going else by_grant | Condition(_GOES, (actor.id,))


def seats_of(actor: Actor) -> Condition:
    """Return the condition over `visit_parties p` of a visit that he sees: an owner knows his own seats alone."""
    if actor.kind is not ActorKind.OWNER:
        return EVERYTHING
    return Condition(_SEATS, (actor.id, actor.id, clock.now()))
