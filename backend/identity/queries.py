"""Reads: a person's own bindings and claims, and what waits for staff."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import runtime
from backend.access import Actor, ActorKind, Condition, granted
from backend.foundation import clock, db
from backend.foundation.paging import cut, decode_cursor, encode_cursor
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
_REVIEWS = """
SELECT r.id, r.kind, r.state, r.uscc, r.role, r.representative_sealed, r.licence_file_id, r.binding_id, r.reason,
       r.created_at, r.decided_at, p.phone_sealed, p.id AS person_id, e.name AS enterprise, e.id AS registered_id,
       e.representative_sealed AS registered_sealed, e.id AS enterprise_id
FROM binding_reviews r JOIN persons p ON p.id = r.person_id LEFT JOIN enterprises e ON e.uscc = r.uscc
WHERE r.state = $1 AND ($2::uuid IS NULL OR r.id > $2) AND {} ORDER BY r.id LIMIT $3
"""


_SHOWN: Final = (
    "id",
    "kind",
    "state",
    "uscc",
    "role",
    "licence_file_id",
    "binding_id",
    "reason",
    "created_at",
    "decided_at",
)


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


async def review_list(actor: Actor, *, state: str, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return one page of reviews, the oldest first; who judges sees the name that was written and the registry's."""
    after = decode_cursor(cursor, UUID)
    visible = reviews_visible_to(actor)
    rows = await db.fetch(
        _REVIEWS.format(visible.render(4)), state, after[0] if after else None, limit + 1, *visible.params
    )
    page, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    return {"items": [_review(row) for row in page], "next": following}


def _review(row: Record) -> dict[str, Any]:
    return {
        **{name: row[name] for name in _SHOWN},
        "enterprise": row["enterprise"],
        "representative_written": _opened(row["representative_sealed"], "binding_reviews", row["id"]),
        "representative_registered": _opened(row["registered_sealed"], "enterprises", row["enterprise_id"]),
        "phone": _phone(row["phone_sealed"], row["person_id"]),
    }


def _opened(sealed: bytes | None, table: str, row: UUID | None) -> str | None:
    if sealed is None:
        return None
    return runtime.current().vault.decrypt(sealed, table=table, column="representative_sealed", row=row)


async def expected(person_id: UUID) -> Mapping[str, int]:
    """Return how many messages may come to a person about his bindings: one for each claim that waits."""
    return {"binding_result": await db.fetch_value(_WAITING, person_id)}
