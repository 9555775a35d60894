"""The policies that a person keeps: his own list, over policies and not editions, whatever becomes of them."""

from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend.access import Actor, ActorKind
from backend.foundation import clock, db
from backend.foundation.errors import Forbidden
from backend.foundation.paging import cut, decode_cursor, encode_cursor
from backend.policies.errors import FavouritesFull, PolicyUnknown
from backend.policies.queries import RELEASED, as_page
from backend.policies.reading import cards

MOST: Final = 500

# The person's row is the lock under which his favourites are counted.
_LOCK: Final = "SELECT FROM persons WHERE id = $1 FOR NO KEY UPDATE"
_STANDING: Final = f"""
SELECT (SELECT count(*) FROM policy_favourites WHERE person_id = $1) AS kept,
       EXISTS (SELECT FROM policy_favourites WHERE person_id = $1 AND policy_id = $2) AS is_kept,
       EXISTS (SELECT FROM policy_versions v WHERE v.policy_id = $2 AND {RELEASED.render()}) AS is_released
"""
_KEEP: Final = "INSERT INTO policy_favourites (person_id, policy_id, at) VALUES ($1, $2, $3)"
_DROP: Final = "DELETE FROM policy_favourites WHERE person_id = $1 AND policy_id = $2"
_STATE: Final = """',"state":"' || v.state || '"'"""
# $1 person, $2 today, $3 limit; what was kept last comes first.
_MINE: Final = f"""
SELECT f.at, f.policy_id, {cards.item(day="$2::date", more=_STATE)} AS item
FROM policy_favourites f CROSS JOIN LATERAL (
    SELECT v.* FROM policy_versions v WHERE v.policy_id = f.policy_id AND {RELEASED.render()}
    ORDER BY v.edition DESC LIMIT 1
) AS v
WHERE f.person_id = $1 {{after}} ORDER BY f.at DESC, f.policy_id DESC LIMIT $3 + 1
"""
_FIRST: Final = _MINE.replace("{after}", "")
_FURTHER: Final = _MINE.replace("{after}", "AND (f.at, f.policy_id) < ($4, $5)")


def _person(actor: Actor) -> UUID:
    if actor.kind is not ActorKind.OWNER or actor.id is None:
        raise Forbidden
    return actor.id


async def keep(actor: Actor, policy_id: UUID) -> None:
    """Keep a policy that was ever released; again changes nothing. Raises PolicyUnknown, FavouritesFull."""
    person = _person(actor)
    async with db.transaction():
        await db.execute(_LOCK, person)
        standing = await db.fetch_one(_STANDING, person, policy_id)
        assert standing is not None  # noqa: S101  a row of aggregates
        if not standing["is_released"]:
            raise PolicyUnknown
        if standing["is_kept"]:
            return
        if standing["kept"] >= MOST:
            raise FavouritesFull
        await db.execute(_KEEP, person, policy_id, clock.now())


async def drop(actor: Actor, policy_id: UUID) -> None:
    """Keep it no longer; of one that isn't kept, nothing changes."""
    await db.execute(_DROP, _person(actor), policy_id)


async def mine(actor: Actor, *, cursor: str | None = None, limit: int = 20) -> bytes:
    """Return one page of what the actor keeps, each by its newest released edition, which says when it is gone."""
    after = decode_cursor(cursor, datetime, UUID)
    found = await db.fetch(_FURTHER if after else _FIRST, _person(actor), clock.today(), limit, *(after or ()))
    rows, following = cut(found, limit, _cursor)
    return as_page([row["item"] for row in rows], following)


def _cursor(row: Record) -> str:
    return encode_cursor(row["at"], row["policy_id"])
