"""Which cases an actor can see, and on which he may act: every read and command starts here."""

from functools import reduce
from operator import or_
from typing import Final

from backend.access import Actor, ActorKind, Condition, granted
from backend.access.visibility import EVERYTHING, NOTHING
from backend.foundation import clock

READ: Final = "cases.read"

_OF_WHO_WORKS_ON_IT: Final = frozenset({READ, "cases.handle", "cases.open"})
"""Whoever works on a case reads and handles it wherever it is; to assign or to decide wants the place."""

# He who asked; whoever runs the enterprise; a clerk who was given what it came from.
_OWNERS: Final = """
(c.person_id = {} OR EXISTS (
    SELECT FROM bindings b WHERE b.enterprise_id = c.enterprise_id AND b.person_id = {}
    AND b.state IN ('active', 'read_only') AND (b.until IS NULL OR b.until > {})
    AND (b.role <> 'clerk' OR 'cases' = ANY (b.scope) OR c.origin = ANY (b.scope))))
"""
# His few, found once: asked of each case anew, this is what a list of many would spend its time on.
_INVOLVED: Final = """
({} IN (c.handler_id, c.answerable_id, c.offered_to) OR c.id = ANY (ARRAY(
    SELECT h.case_id FROM case_helpers h WHERE h.staff_id = {} AND h.ended_at IS NULL)))
"""


def visible_to(actor: Actor, permission: str = READ) -> Condition:
    """Return the condition over `cases c`: staff by place and unit, and whatever they work on; owners their own.

    With another permission than reading: the cases to which that one extends.
    """
    if actor.kind is ActorKind.OWNER and permission == READ:
        return Condition(_OWNERS, (actor.id, actor.id, clock.now()))
    if actor.kind not in {ActorKind.STAFF, ActorKind.SYSTEM} or not actor.can(permission):
        return NOTHING
    return reduce(or_, _ways(actor, permission))


def parts_of(actor: Actor) -> tuple[Condition, ...]:
    """Return the cases that staff read in parts of which no two share one: each is counted by an index of its own."""
    if actor.kind not in {ActorKind.STAFF, ActorKind.SYSTEM} or not actor.can(READ):
        return (visible_to(actor),)
    by_grant, *others = _ways(actor, READ)
    rest = Condition(f"({by_grant.sql}) IS NOT TRUE", by_grant.params)
    return (by_grant, *(other & rest for other in others))


def _ways(actor: Actor, permission: str) -> tuple[Condition, ...]:
    by_grant = granted(actor, permission, district="c.district", unit="c.unit_id")
    if by_grant == EVERYTHING or permission not in _OF_WHO_WORKS_ON_IT:
        return (by_grant,)
    return (by_grant, Condition(_INVOLVED, (actor.id, actor.id)))
