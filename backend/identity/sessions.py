"""Owners' sessions: rows, 30 days sliding; Redis holds who a token belongs to for at most a minute.

Ending a session puts a tombstone over its cached entry, and readers fill the cache only where nothing is: one that read
the row before it ended cannot bring it back. Without Redis every request reads the row.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import audit, runtime
from backend.access import Actor, ActorKind
from backend.foundation import clock, db
from backend.foundation.db import after_commit, transaction
from backend.foundation.errors import NotFound
from backend.foundation.ids import new_id, of_bytes
from backend.foundation.secrets import hash_token
from backend.gateways.redis import fail_open, patient
from backend.identity import single_flight
from backend.identity.errors import SessionEnded
from backend.staff import by_token as staff_by_token

__all__ = [
    "Device",
    "devices",
    "end",
    "end_all",
    "open_session",
    "owner_by_token",
    "staff_by_token",
    "token_of",
]

LIFE: Final = timedelta(days=30)
TOUCH_EVERY: Final = timedelta(hours=1)
MOST: Final = 20  # devices of one person; the oldest makes room
CACHED: Final = 60
BURIED: Final = 120
TOMBSTONE: Final = b"-"

_LIVE = """
SELECT s.id, s.person_id, s.seen_at FROM owner_sessions s JOIN persons p ON p.id = s.person_id AND p.state = 'active'
WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2
"""
_OPEN = """
INSERT INTO owner_sessions (id, person_id, account_id, token_hash, client, created_at, seen_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
"""
_END = "UPDATE owner_sessions SET ended_at = $2 WHERE ended_at IS NULL AND {} RETURNING id, token_hash"
_SURPLUS = """
id IN (SELECT id FROM owner_sessions WHERE person_id = $1 AND ended_at IS NULL ORDER BY id DESC OFFSET $3)
"""


@dataclass(frozen=True, slots=True)
class Device:
    """One of a person's live sessions, as he sees it."""

    id: UUID
    client: str
    created_at: datetime
    seen_at: datetime
    is_current: bool


def token_of(session_id: UUID, login_code: str) -> str:
    """Return a session's token: 256 bits that only who holds the login code and our key can make.

    So a request that brings the same code again gets the same token, and none is ever stored.
    """
    return runtime.current().vault.sign(f"owner-session:{session_id}:{login_code}")


async def open_session(person_id: UUID, account_id: UUID, *, login_code: str, client: str) -> UUID:
    now, session_id = clock.now(), new_id()
    hashed = hash_token(token_of(session_id, login_code))
    await db.execute(_OPEN, session_id, person_id, account_id, hashed, client[:200], now, now + LIFE)
    await _bury(await db.fetch(_END.format(_SURPLUS), person_id, now, MOST))
    return session_id


async def owner_by_token(token: str) -> Actor:
    """Return the owner whose session this is; raises SessionEnded."""
    hashed = hash_token(token)
    redis, key = runtime.current().redis, _key(hashed)
    cached = await fail_open(redis.get(key), None, doing="owner session")
    if cached is None:
        row = await _live(hashed)
        entry = row["id"].bytes + row["person_id"].bytes
        await fail_open(redis.set(key, entry, ex=CACHED, nx=True), None, doing="owner session")
        return _actor(row["person_id"], row["id"])
    if cached == TOMBSTONE:
        raise SessionEnded
    return _actor(of_bytes(cached[16:]), of_bytes(cached[:16]))


def _key(token_hash: bytes) -> str:
    return f"wuwei:owner:{token_hash.hex()}"


def _actor(person_id: UUID, session_id: UUID) -> Actor:
    return Actor(ActorKind.OWNER, person_id, session_id=session_id)


async def _live(token_hash: bytes) -> Record:
    now = clock.now()
    row = await db.fetch_one(_LIVE, token_hash, now)
    if row is None:
        raise SessionEnded
    if now - row["seen_at"] >= TOUCH_EVERY:
        sql = "UPDATE owner_sessions SET seen_at = $2, expires_at = $3 WHERE id = $1 AND ended_at IS NULL"
        await db.execute(sql, row["id"], now, now + LIFE)
    return row


async def devices(actor: Actor) -> list[Device]:
    """Return the actor's live sessions, the latest first."""
    rows = await db.fetch(
        "SELECT id, client, created_at, seen_at FROM owner_sessions "
        "WHERE person_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY id DESC",
        actor.id,
        clock.now(),
    )
    return [Device(**row, is_current=row["id"] == actor.session_id) for row in rows]


async def end(actor: Actor, session_id: UUID) -> None:
    """Sign one of the actor's own devices out; raises NotFound when it isn't his or has ended."""
    async with transaction():
        ended = await db.fetch(_END.format("person_id = $1 AND id = $3"), actor.id, clock.now(), session_id)
        if not ended:
            raise NotFound
        await _bury(ended)
        await audit.record(actor, "identity.signed_out", table="owner_sessions", row_id=session_id)


async def end_all(person_id: UUID) -> int:
    """Sign a person out everywhere; part of erasing him."""
    async with transaction():
        ended = await db.fetch(_END.format("person_id = $1"), person_id, clock.now())
        await _bury(ended)
    return len(ended)


async def _bury(ended: list[Record]) -> None:
    """Forget the codes of ended sessions, and once it is committed what Redis knows of them."""
    if not ended:
        return
    await single_flight.forget([row["id"] for row in ended])
    redis = runtime.current().redis

    async def entomb() -> None:
        async with redis.pipeline(transaction=False) as pipe:
            for row in ended:
                pipe.set(_key(row["token_hash"]), TOMBSTONE, ex=BURIED)
            await fail_open(patient(pipe.execute()), None, doing="end of an owner session")

    after_commit(entomb)
