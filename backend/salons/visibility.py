"""Which salons and sign-ups an actor can see, and on which he may act: every read and command starts here."""

from typing import Final

from backend.access import Actor, ActorKind, Condition, granted
from backend.access.visibility import NOTHING
from backend.foundation import clock

READ: Final = "salons.read"
EDIT: Final = "salons.edit"
RUN: Final = "salons.run"
EXPORT: Final = "salons.export"
NAME: Final = "salons"
"""The capability's name: a clerk's scope, the origin of its cases and broadcasts."""

# He who signed up; whoever runs the enterprise; a clerk who was given salons.
_SEATS: Final = """
(g.person_id = {} OR EXISTS (
    SELECT FROM bindings b WHERE b.enterprise_id = g.enterprise_id AND b.person_id = {}
    AND b.state IN ('active', 'read_only') AND (b.until IS NULL OR b.until > {})
    AND (b.role <> 'clerk' OR 'salons' = ANY (b.scope))))
"""


def salons_visible_to(actor: Actor, permission: str = READ) -> Condition:
    """Return the condition over `salons s`: staff by place and unit; owners whatever was published."""
    if actor.kind is ActorKind.OWNER:
        return Condition("s.state <> 'draft' AND s.published_at IS NOT NULL")
    if actor.kind not in {ActorKind.STAFF, ActorKind.SYSTEM} or not actor.can(permission):
        return NOTHING
    return granted(actor, permission, district="s.district", unit="s.unit_id")


def signups_visible_to(actor: Actor, permission: str = READ) -> Condition:
    """Return the condition over `salon_signups g` and its `salons s`: an owner sees his own and his enterprises'."""
    if actor.kind is ActorKind.OWNER:
        return Condition(_SEATS, (actor.id, actor.id, clock.now()))
    return salons_visible_to(actor, permission)
