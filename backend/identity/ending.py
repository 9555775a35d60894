"""How a binding is called into question or ends: by a colleague's objection, by leaving, by being removed."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from backend import audit
from backend.access import Actor
from backend.enterprises.models import Binding, BindingRole, BindingState
from backend.foundation import clock, db
from backend.foundation.db import transaction
from backend.foundation.ids import new_id
from backend.identity import messages, notices
from backend.identity.errors import BindingNotFound, CannotObject, NotManaging
from backend.identity.states import BINDING
from backend.notifications import tell

OBJECTION_WINDOW: Final = timedelta(days=30)

_OBJECTABLE = """
SELECT b.id, b.person_id, b.state, b.role, b.created_at, b.enterprise_id, e.name, e.uscc,
       EXISTS (SELECT FROM bindings mine WHERE mine.enterprise_id = b.enterprise_id AND mine.person_id = $2
               AND mine.state IN ('active', 'read_only') AND (mine.until IS NULL OR mine.until > $3)) AS is_colleague,
       EXISTS (SELECT FROM bindings mine WHERE mine.enterprise_id = b.enterprise_id AND mine.person_id = $2
               AND mine.state IN ('active', 'read_only') AND mine.created_at < b.created_at) AS was_first
FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id WHERE b.id = $1 FOR UPDATE OF b
"""
_OBJECTION = """
INSERT INTO binding_reviews (id, kind, state, person_id, uscc, role, binding_id, objector_id, created_at)
VALUES ($1, 'objection', 'pending', $2, $3, $4, $5, $6, $7)
"""


async def object_to(actor: Actor, binding_id: UUID) -> UUID:
    """Suspend a newer binding until staff have looked, and return the review's id; one tap, no reason asked.

    Whoever was bound before and still is may object, for 30 days; also read-only, for whoever takes over somebody's
    phone number makes him read-only by it. Raises BindingNotFound, CannotObject, WrongState.
    """
    async with transaction():
        now = clock.now()
        row = await db.fetch_one(_OBJECTABLE, binding_id, actor.id, now)
        if row is None or not row["is_colleague"]:
            raise BindingNotFound
        is_late = now - row["created_at"] > OBJECTION_WINDOW
        if row["person_id"] == actor.id or not row["was_first"] or is_late or row["role"] == BindingRole.CLERK:
            raise CannotObject
        BINDING.check(BindingState(row["state"]), BindingState.PENDING)
        await db.execute("UPDATE bindings SET state = 'pending' WHERE id = $1", binding_id)
        review_id = new_id()
        columns = (review_id, row["person_id"], row["uscc"], row["role"], binding_id, actor.id, now)
        await db.execute(_OBJECTION, *columns)
        await notices.review_wanted(review_id, row["uscc"], "绑定异议")
        await audit.record(actor, "identity.objected", table="bindings", row_id=binding_id, fields=("state",))
        await tell([messages.suspended(binding_id, review_id, row["person_id"], enterprise=row["name"], at=now)])
    return review_id


_END = """
UPDATE bindings SET state = 'ended', ended_at = $2 WHERE id = $1 AND state IN ('pending', 'active', 'read_only')
"""


async def leave(actor: Actor, binding_id: UUID) -> None:
    """Give one's own binding up; raises BindingNotFound when it isn't one's own or has ended."""
    async with transaction():
        binding = await Binding.select_for_update().get_or_none(id=binding_id, person_id=actor.id)
        if binding is None or not await db.execute(_END, binding_id, clock.now()):
            raise BindingNotFound
        await audit.record(actor, "identity.left", table="bindings", row_id=binding_id, fields=("state",))


_COLLEAGUE = """
SELECT b.id, b.person_id, b.role, e.name,
       (SELECT mine.role FROM bindings mine WHERE mine.enterprise_id = b.enterprise_id AND mine.person_id = $2
        AND mine.state = 'active' AND (mine.until IS NULL OR mine.until > $3)) AS my_role
FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
WHERE b.id = $1 AND b.person_id <> $2 AND b.state IN ('pending', 'active', 'read_only') FOR UPDATE OF b
"""
_RANK: Final = {BindingRole.REPRESENTATIVE: 2, BindingRole.MANAGER: 1, BindingRole.CLERK: 0}


async def remove(actor: Actor, binding_id: UUID) -> None:
    """End the binding of somebody below: the representative removes managers and clerks, a manager clerks."""
    async with transaction():
        now = clock.now()
        row = await db.fetch_one(_COLLEAGUE, binding_id, actor.id, now)
        if row is None or row["my_role"] is None:
            raise BindingNotFound
        if _RANK[row["my_role"]] <= _RANK[row["role"]]:
            raise NotManaging
        await db.execute(_END, binding_id, now)
        await audit.record(actor, "identity.binding_removed", table="bindings", row_id=binding_id, fields=("state",))
        await tell([messages.removed(binding_id, row["person_id"], enterprise=row["name"], at=now)])
