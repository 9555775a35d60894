"""Reads: a person's own bindings and claims, and what waits for staff."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from backend import runtime
from backend.access import Actor, ActorKind, Condition, granted
from backend.foundation import clock, db
from backend.foundation.secrets import mask_phone
from backend.identity.errors import NotBound

PERMISSION: Final = "bindings.review"

# The place of an enterprise that the registry doesn't know is told by digits 3 to 8 of its code.
_DISTRICT: Final = "coalesce((SELECT e.district FROM enterprises e WHERE e.uscc = r.uscc), substr(r.uscc, 3, 6))"

_MINE = """
SELECT b.id, b.enterprise_id, e.name AS enterprise, e.uscc, b.role, b.state, b.scope, b.until, b.prove_by, b.created_at
FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
WHERE b.person_id = $1 AND b.state IN ('pending', 'active', 'read_only') AND (b.until IS NULL OR b.until > $2)
ORDER BY b.id DESC LIMIT 200
"""
_CLAIMS = """
SELECT id, uscc, role, state, reason, created_at, decided_at FROM binding_reviews
WHERE person_id = $1 AND kind = 'claim' AND state <> 'withdrawn' ORDER BY id DESC LIMIT 50
"""
_WAITING = """
SELECT count(*)::int FROM binding_reviews WHERE person_id = $1 AND kind = 'claim' AND state = 'pending'
"""
_COLLEAGUES = """
SELECT b.id, p.id AS person_id, p.phone_sealed, b.role, b.state, b.scope, b.until, b.created_at
FROM bindings b JOIN persons p ON p.id = b.person_id
WHERE b.enterprise_id = $1 AND b.state IN ('pending', 'active', 'read_only') AND (b.until IS NULL OR b.until > $2)
    AND EXISTS (SELECT FROM bindings mine WHERE mine.enterprise_id = $1 AND mine.person_id = $3
                AND mine.state IN ('active', 'read_only') AND (mine.until IS NULL OR mine.until > $2))
ORDER BY b.id
"""


def reviews_visible_to(actor: Actor) -> Condition:
    """Return the condition over `binding_reviews r`: a person's own, and staff's by the enterprise's district."""
    if actor.kind is ActorKind.OWNER:
        return Condition("r.person_id = {}::uuid", (actor.id,))
    return granted(actor, PERMISSION, district=_DISTRICT)


async def my_bindings(actor: Actor) -> dict[str, list[dict[str, Any]]]:
    """Return the actor's live bindings and his claims; a claim shows what he wrote and nothing of the registry's."""
    bindings = await db.fetch(_MINE, actor.id, clock.now())
    claims = await db.fetch(_CLAIMS, actor.id)
    return {"bindings": [dict(row) for row in bindings], "claims": [dict(row) for row in claims]}


async def colleagues(actor: Actor, enterprise_id: UUID) -> list[dict[str, Any]]:
    """Return who else acts for an enterprise, phones masked; raises NotBound for whoever doesn't."""
    rows = await db.fetch(_COLLEAGUES, enterprise_id, clock.now(), actor.id)
    if not rows:
        raise NotBound
    return [
        {
            "id": row["id"],
            "phone": _phone(row["phone_sealed"], row["person_id"]),
            "is_me": row["person_id"] == actor.id,
            **{name: row[name] for name in ("role", "state", "scope", "until", "created_at")},
        }
        for row in rows
    ]


def _phone(sealed: bytes | None, person_id: UUID) -> str | None:
    if sealed is None:
        return None
    vault = runtime.current().vault
    return mask_phone(vault.decrypt(sealed, table="persons", column="phone_sealed", row=person_id))


async def expected(person_id: UUID) -> Mapping[str, int]:
    """Return how many messages may come to a person about his bindings: one for each claim that waits."""
    return {"binding_result": await db.fetch_value(_WAITING, person_id)}
