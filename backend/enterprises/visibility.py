"""Which enterprises an actor can see: every read of them starts here."""

from backend.access import Actor, ActorKind, Condition
from backend.access.visibility import EVERYTHING, NOTHING
from backend.foundation import clock

READ = "enterprises.read"

_BOUND = """
{alias}.id IN (SELECT b.enterprise_id FROM bindings b WHERE b.person_id = {{}} AND b.state IN ('active', 'read_only')
               AND (b.until IS NULL OR b.until > {{}}))
"""


def visible_to(actor: Actor, alias: str = "e") -> Condition:
    """A condition on the table of enterprises: staff by the districts of their grants, owners by their bindings.

    An enterprise whose district is unknown is seen only by whoever is granted the whole city.
    """
    if actor.kind is ActorKind.SYSTEM:
        return EVERYTHING
    if actor.kind is ActorKind.OWNER:
        return Condition(_BOUND.format(alias=alias), (actor.id, clock.now()))
    if actor.kind is not ActorKind.STAFF or not actor.can(READ):
        return NOTHING
    districts = actor.districts(READ)
    return EVERYTHING if districts is None else Condition(f"{alias}.district = ANY({{}})", (list(districts),))
