"""Staff sessions: rows read at every request, never cached, so that ending one ends it everywhere at once."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from backend import audit
from backend.access import Actor, ActorKind, Grant, Role
from backend.foundation import clock, db
from backend.foundation.ids import new_id, token
from backend.foundation.secrets import hash_token
from backend.staff.errors import CsrfMismatch, SeatUnknown, SessionEnded

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=8)
TOUCH_EVERY = timedelta(seconds=30)  # a console that polls must not write a row at every request

_ROLES = frozenset(Role)  # a role of an older release may still stand in a row

IS_PARTNER = """
EXISTS (SELECT FROM staff_grants g WHERE g.staff_id = {staff} AND g.role = 'partner' AND g.ended_at IS NULL
        AND (g.until_at IS NULL OR g.until_at > {now}))
"""
"""Who is of a bank, also before he has chosen his own password: no account is of both sides."""

# Grants of someone who still has to choose his own password are not in force.
_LIVE = f"""
SELECT s.id, s.staff_id, s.csrf_hash, s.seen_at, staff.name, (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
        'role', g.role, 'unit_id', g.unit_id, 'districts', g.districts,
        'capabilities', g.capabilities, 'until', g.until_at)), '[]')
    FROM staff_grants g
    WHERE g.staff_id = s.staff_id AND g.ended_at IS NULL AND (g.until_at IS NULL OR g.until_at > $2)
        AND NOT staff.must_change_password
) AS grants, staff.must_change_password, {IS_PARTNER.format(staff="s.staff_id", now="$2")} AS is_partner
FROM staff_sessions s JOIN staff ON staff.id = s.staff_id AND staff.state = 'active'
WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.seen_at > $3 AND s.created_at > $4
"""
_TOUCH = "UPDATE staff_sessions SET seen_at = $2 WHERE id = $1 AND ended_at IS NULL AND seen_at < $2"
_TIMES = "SELECT created_at, seen_at FROM staff_sessions WHERE id = $1 AND ended_at IS NULL"
_SEATS = """
SELECT id, client, created_at, seen_at FROM staff_sessions
WHERE staff_id = $1 AND ended_at IS NULL AND seen_at > $2 AND created_at > $3 ORDER BY seen_at DESC LIMIT 50
"""
_END_OWN = "UPDATE staff_sessions SET ended_at = $3 WHERE id = $1 AND staff_id = $2 AND ended_at IS NULL"
_OPEN = """
INSERT INTO staff_sessions (id, staff_id, token_hash, csrf_hash, created_at, seen_at, client)
VALUES ($1, $2, $3, $4, $5, $5, $6)
"""

MUST_CHANGE = "请先修改初始密码，再办理其他事项。"


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session; token and CSRF token are given out once and only their hashes are kept."""

    id: UUID
    staff_id: UUID
    token: str = field(repr=False)
    csrf: str = field(repr=False)
    ends_at: datetime


async def open_session(staff_id: UUID, *, client: str) -> Opened:
    now = clock.now()
    opened = Opened(new_id(), staff_id, token(), token(), now + LONGEST)
    hashes = hash_token(opened.token), hash_token(opened.csrf)
    await db.execute(_OPEN, opened.id, staff_id, *hashes, now, client[:200])
    return opened


@dataclass(frozen=True, slots=True)
class Ends:
    """Until when a session lasts: `idle_at` moves with every use, `ends_at` never does."""

    ends_at: datetime
    idle_at: datetime
    left: timedelta
    idle_left: timedelta


async def ends(session_id: UUID) -> Ends:
    """Tell when a session ends; raises SessionEnded. Looking is no use: only `by_token` counts that."""
    row = await db.fetch_one(_TIMES, session_id)
    if row is None:
        raise SessionEnded
    ends_at, idle_at, now = row["created_at"] + LONGEST, row["seen_at"] + IDLE, clock.now()
    return Ends(ends_at, idle_at, ends_at - now, idle_at - now)


async def by_token(given: str, csrf: str | None, *, changes: bool, is_use: bool = True) -> Actor:
    """Return who a session belongs to, with the grants in force now.

    What a console asks for by itself is no use of the session: it must not keep one alive that everybody has left.

    Raises SessionEnded, or CsrfMismatch when a request that changes something lacks the session's own CSRF token.
    """
    now = clock.now()
    row = await db.fetch_one(_LIVE, hash_token(given), now, now - IDLE, now - LONGEST)
    if row is None:
        raise SessionEnded
    if changes and not hmac.compare_digest(row["csrf_hash"], hash_token(csrf or "")):
        raise CsrfMismatch
    if is_use and now - row["seen_at"] >= TOUCH_EVERY:
        await db.execute(_TOUCH, row["id"], now)
    barred = MUST_CHANGE if row["must_change_password"] else None
    kind = ActorKind.PARTNER if row["is_partner"] else ActorKind.STAFF
    return Actor(kind, row["staff_id"], row["name"], _grants(row["grants"]), row["id"], barred=barred)


def _grants(text: str) -> tuple[Grant, ...]:
    return tuple(_grant(entry) for entry in orjson.loads(text) if entry["role"] in _ROLES)


def _grant(entry: dict[str, str | list[str] | None]) -> Grant:
    return Grant(
        role=Role(str(entry["role"])),
        unit_id=UUID(str(entry["unit_id"])) if entry["unit_id"] else None,
        districts=tuple(entry["districts"] or ()),
        capabilities=tuple(entry["capabilities"] or ()),
        until=datetime.fromisoformat(str(entry["until"])) if entry["until"] else None,
    )


@dataclass(frozen=True, slots=True)
class Seat:
    """One place where somebody is signed in."""

    id: UUID
    client: str
    created_at: datetime
    seen_at: datetime
    is_current: bool


async def seats(actor: Actor) -> list[Seat]:
    """Return where the actor is signed in at this moment, the last used first."""
    now = clock.now()
    rows = await db.fetch(_SEATS, actor.id, now - IDLE, now - LONGEST)
    return [Seat(**row, is_current=row["id"] == actor.session_id) for row in rows]


async def end_own(actor: Actor, session_id: UUID) -> None:
    """End one of the actor's own sessions; raises SeatUnknown for another's, and for none."""
    async with db.transaction():
        if not await db.execute(_END_OWN, session_id, actor.id, clock.now()):
            raise SeatUnknown
        await audit.record(actor, "staff.session_ended", table="staff_sessions", row_id=session_id)


async def end_others(actor: Actor) -> int:
    """End every session of the actor but this one, and return how many."""
    async with db.transaction():
        ended = await end_all(actor.id, but=actor.session_id) if actor.id else 0
        if ended:
            detail = {"sessions": ended}
            await audit.record(
                actor, "staff.session_ended", table="staff_sessions", row_id=actor.session_id, detail=detail
            )
    return ended


async def end(session_id: UUID) -> None:
    """Sign out; ending an ended session changes nothing."""
    sql = "UPDATE staff_sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL"
    await db.execute(sql, session_id, clock.now())


async def end_all(staff_id: UUID, *, but: UUID | None = None) -> int:
    sql = """
    UPDATE staff_sessions SET ended_at = $2
    WHERE staff_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $3
    """
    return await db.execute(sql, staff_id, clock.now(), but)
