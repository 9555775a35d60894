"""On whose behalf: every act of an owner for an enterprise passes here and carries the enterprise from then on."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from backend.access import Actor, ActorKind
from backend.enterprises.models import BindingRole, BindingState
from backend.foundation import clock, db
from backend.foundation.errors import WuweiError
from backend.identity.errors import NotBound, NotManaging, OutOfScope, ReadOnly

_BINDING = """
SELECT role, state, scope FROM bindings
WHERE person_id = $1 AND enterprise_id = $2 AND state IN ('active', 'read_only') AND (until IS NULL OR until > $3)
"""
_BINDINGS = """
SELECT b.person_id, b.enterprise_id, b.role, b.state, b.scope
FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::uuid[])) AS w (person_id, enterprise_id)
JOIN bindings b USING (person_id, enterprise_id)
WHERE b.state IN ('active', 'read_only') AND (b.until IS NULL OR b.until > $3)
"""
_MANAGING = """
SELECT id FROM bindings
WHERE person_id = $1 AND enterprise_id = $2 AND state = 'active' AND role IN ('representative', 'manager')
"""


async def acting_for(actor: Actor, enterprise_id: UUID, *, scope: str | None = None, changes: bool = True) -> Actor:
    """Return the actor as one who acts for this enterprise; audit then records on whose behalf.

    `scope` names the capability, which a clerk must have been given. Raises NotBound (404), ReadOnly when something
    is to change while the proof is open, OutOfScope.
    """
    if actor.kind is not ActorKind.OWNER:
        raise NotBound
    row = await db.fetch_one(_BINDING, actor.id, enterprise_id, clock.now())
    return _acting(actor, enterprise_id, row, scope, changes=changes)


async def each_acting_for(
    asked: Sequence[tuple[Actor, UUID]], *, scope: str | None = None, changes: bool = True
) -> list[Actor | WuweiError]:
    """Return each actor as one who acts for his enterprise, or what `acting_for` raises for him; by one statement."""
    people, enterprises = [actor.id for actor, _ in asked], [enterprise for _, enterprise in asked]
    rows = await db.fetch(_BINDINGS, people, enterprises, clock.now())
    bound = {(row["person_id"], row["enterprise_id"]): row for row in rows}
    found: list[Actor | WuweiError] = []
    for actor, enterprise in asked:
        row = bound.get((actor.id, enterprise)) if actor.kind is ActorKind.OWNER else None
        try:
            found.append(_acting(actor, enterprise, row, scope, changes=changes))
        except WuweiError as refused:
            found.append(refused)
    return found


def _acting(actor: Actor, enterprise_id: UUID, row: Any, scope: str | None, *, changes: bool) -> Actor:
    if row is None:
        raise NotBound
    if row["role"] == BindingRole.CLERK and scope is not None and scope not in row["scope"]:
        raise OutOfScope
    if changes and row["state"] == BindingState.READ_ONLY:
        raise ReadOnly
    return replace(actor, enterprise_id=enterprise_id)


async def managing_binding(acted: Actor) -> UUID:
    """Return the binding by which an actor manages the enterprise he acts for; raises NotManaging."""
    found: UUID | None = await db.fetch_value(_MANAGING, acted.id, acted.enterprise_id)
    if found is None:
        raise NotManaging
    return found
