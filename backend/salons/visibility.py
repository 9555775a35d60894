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

# He who signed up; whoever runs the enterprise; a clerk who was given salons. Found from the person, not by looking at
# each sign-up there is.
_SEATS: Final = """
g.id = ANY (ARRAY(
    SELECT o.id FROM salon_signups o WHERE o.person_id = {}
    UNION SELECT o.id FROM bindings b JOIN salon_signups o ON o.enterprise_id = b.enterprise_id
    WHERE b.person_id = {} AND b.state IN ('active', 'read_only') AND (b.until IS NULL OR b.until > {})
    AND (b.role <> 'clerk' OR 'salons' = ANY (b.scope))))
"""
# Whoever has to prove his binding anew reads what his colleagues have, and changes nothing of it.
_ACTS: Final = _SEATS.replace("b.state IN ('active', 'read_only')", "b.state = 'active'")


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


def signups_changed_by(actor: Actor, permission: str | None = None) -> Condition:
    """Return the condition over `salon_signups g` and its `salons s`: on which of those he sees somebody may act."""
    if actor.kind is ActorKind.OWNER:
        return Condition(_ACTS, (actor.id, actor.id, clock.now()))
    return signups_visible_to(actor, permission or READ)
