"""Which lines of the ledger an actor can see: every read and command starts here."""

from typing import Final

from backend.access import Actor, ActorKind, Condition, granted
from backend.access.visibility import NOTHING
from backend.enterprises import visibility as enterprises

READ: Final = "visits.read"

_CAME: Final = "EXISTS (SELECT FROM contact_people p WHERE p.contact_id = c.id AND p.staff_id = {}::uuid)"


def visible_to(actor: Actor) -> Condition:
    """Return the condition over `contacts c`: staff by place, unit and where they came; owners their own."""
    if actor.kind is ActorKind.OWNER:
        return _within(actor)
    if actor.kind not in {ActorKind.STAFF, ActorKind.SYSTEM} or not actor.can(READ):
        return NOTHING
    return granted(actor, READ, district="c.district", unit="c.unit_id") | Condition(_CAME, (actor.id,))


def plans_of(actor: Actor, permission: str = READ) -> Condition:
    """Return the condition over `contact_plans p`: by place and unit, and one's own."""
    if actor.kind not in {ActorKind.STAFF, ActorKind.SYSTEM} or not actor.can(permission):
        return NOTHING
    by_grant = granted(actor, permission, district="p.district", unit="p.unit_id")
    return by_grant | Condition("p.staff_id = {}::uuid OR p.planned_by = {}::uuid", (actor.id, actor.id))


def _within(actor: Actor) -> Condition:
    own = enterprises.visible_to(actor)
    return Condition(f"EXISTS (SELECT FROM enterprises e WHERE e.id = c.enterprise_id AND {own.sql})", own.params)
