"""Which applications and referrals an actor can see: every read and command starts here."""

from typing import Final

from backend.access import Actor, ActorKind, Condition, granted
from backend.access.visibility import EVERYTHING, NOTHING
from backend.foundation import clock

READ: Final = "financing.read"
NAME: Final = "financing"
"""The capability's name: a clerk's scope, the origin of its cases."""

# He who runs the enterprise; a clerk who was given financing.
_BOUND: Final = """
EXISTS (SELECT FROM bindings b WHERE b.enterprise_id = a.enterprise_id AND b.person_id = {}
        AND b.state IN ('active', 'read_only') AND (b.until IS NULL OR b.until > {})
        AND (b.role <> 'clerk' OR 'financing' = ANY (b.scope)))
"""
# Whoever works at the very desk to which it was sent, once its turn has come.
_DESK: Final = """
(r.routed_at IS NOT NULL AND EXISTS (
    SELECT FROM financing_desk_people p JOIN financing_desks d ON d.id = p.desk_id
    WHERE p.desk_id = r.desk_id AND p.staff_id = {} AND p.ended_at IS NULL AND d.closed_at IS NULL))
"""


def visible_to(actor: Actor, permission: str = READ) -> Condition:
    """Return the condition over `financing_applications a`: staff by district, owners their enterprises'.

    A partner sees no application at all: what he may read of one comes by its referral, under its consent.
    """
    if actor.kind is ActorKind.SYSTEM:
        return EVERYTHING
    if actor.kind is ActorKind.OWNER:
        return Condition(_BOUND, (actor.id, clock.now()))
    if actor.kind is not ActorKind.STAFF or not actor.can(permission):
        return NOTHING
    return granted(actor, permission, district="a.district")


def referrals_visible_to(actor: Actor, permission: str = READ) -> Condition:
    """Return the condition over `financing_referrals r JOIN financing_applications a`: a partner his desk's."""
    if actor.kind is ActorKind.PARTNER:
        return Condition(_DESK, (actor.id,))
    return visible_to(actor, permission)
