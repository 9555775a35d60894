"""Who had a seat and did not come waits behind others for a published time; he is told, and can say why.

Nobody is barred from anything. Where hardly anybody was scanned (fewer than one in SEEN of those with a seat), the door
was kept by other means than scanners, and nobody is known to have been missing.
"""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import SYSTEM, Actor
from backend.foundation import clock, db
from backend.foundation.errors import Forbidden
from backend.foundation.logging import get_logger
from backend.salons import telling
from backend.salons.door import times
from backend.salons.errors import ExplainedBefore, NothingExplained, SignupUnknown
from backend.salons.seats import answering, moving, rooms, seating
from backend.salons.states import SignupState
from backend.salons.visibility import RUN, signups_visible_to

log = get_logger(__name__)

LOWERED_FOR: Final = timedelta(days=90)
SEEN: Final = 4
RULE: Final = (
    f"报名成功而未到场的，自登记之日起{LOWERED_FOR.days}天内候补次序排在其他人之后；"
    "不影响报名，也不会被禁止参加。报名成功后沙龙改了时间地点的、临近开始才通过审核的，不计。"
    "有特殊情况或记录有误的，可以在小程序说明，经采纳即恢复。"
)

_DUE: Final = f"""
SELECT s.id FROM salons s
WHERE s.state = 'held' AND s.ends_at <= $1 AND s.ends_at > $1::timestamptz - interval '30 days'
AND EXISTS (SELECT FROM salon_presences p WHERE p.salon_id = s.id)
AND EXISTS (SELECT FROM salon_signups g WHERE g.salon_id = s.id AND g.state = 'confirmed' AND g.way = 'hall')
AND (SELECT {SEEN} * count(*) FILTER (WHERE g.state = 'attended') >= count(*) FROM salon_signups g
     WHERE g.salon_id = s.id AND g.way = 'hall' AND g.state IN ('confirmed', 'attended', 'no_show'))
ORDER BY s.id LIMIT $2
"""
# It is not his doing where the salon was moved after he got his seat, or where he was told so late that he has one.
_MISSING: Final = """
SELECT g.id, g.salon_id, g.state, coalesce(g.confirmed_at < s.moved_at, FALSE)
    OR (g.asks_approval AND g.confirmed_at > s.starts_at - $2::interval) AS is_excused
FROM salon_signups g JOIN salons s ON s.id = g.salon_id
WHERE g.salon_id = $1 AND g.state = 'confirmed' AND g.way = 'hall' ORDER BY g.id LIMIT 1000
"""
_NOTE: Final = """
INSERT INTO salon_no_shows (signup_id, person_id, noted_at, lowers_until, is_excused, decided_at)
SELECT g.id, g.person_id, $2, $3, CASE WHEN $4 THEN TRUE END, CASE WHEN $4 THEN $2::timestamptz END
FROM salon_signups g WHERE g.id = ANY ($1::uuid[]) ON CONFLICT DO NOTHING
"""
_EXPLAIN: Final = """
UPDATE salon_no_shows SET explanation = $2, explained_at = $3 WHERE signup_id = $1 AND explained_at IS NULL
"""
_DECIDE: Final = """
UPDATE salon_no_shows SET is_excused = $2, decided_by = $3, decided_at = $4
WHERE signup_id = $1 AND explained_at IS NOT NULL AND decided_at IS NULL
"""
_MINE: Final = """
SELECT x.signup_id, s.title, s.starts_at, x.noted_at, x.lowers_until, x.explanation, x.explained_at, x.is_excused
FROM salon_no_shows x JOIN salon_signups g ON g.id = x.signup_id JOIN salons s ON s.id = g.salon_id
WHERE x.person_id = $1 ORDER BY x.noted_at DESC LIMIT 50
"""
_EXPLAINED: Final = """
SELECT x.signup_id, g.salon_id, s.title, s.starts_at, g.attendee, x.noted_at, x.explanation, x.explained_at,
    (SELECT e.name FROM enterprises e WHERE e.id = g.enterprise_id) AS enterprise
FROM salon_no_shows x JOIN salon_signups g ON g.id = x.signup_id JOIN salons s ON s.id = g.salon_id
WHERE x.explained_at IS NOT NULL AND x.decided_at IS NULL AND {visible} ORDER BY x.explained_at LIMIT 200
"""


async def note_missing(limit: int = 50) -> int:
    """Note who was not seen at salons that are over for a day; for the clock, at any time.

    A salon that fails is told in the log and tried again by the next round; it holds no other up.
    """
    done = 0
    for row in await db.fetch(_DUE, clock.now() - times.NO_SHOW_AFTER, limit):
        try:
            done += await _note(row["id"])
        except Exception:
            log.exception("salons.missing_not_noted", salon=str(row["id"]))
    return done


async def standing(actor: Actor) -> dict[str, Any]:
    """Return the published rule and how it stands with an owner: until when he waits behind others, and why."""
    rows = await db.fetch(_MINE, actor.id)
    lowering = [row["lowers_until"] for row in rows if row["is_excused"] is not True]
    until = max(lowering, default=None)
    is_lowered = until is not None and until > clock.now()
    items = [dict(row) for row in rows]
    return {"rule": RULE, "lowered_until": until if is_lowered else None, "items": items}


async def explain(signup_id: UUID, words: str, *, actor: Actor) -> None:
    """Say once why one did not come; raises SignupUnknown, ExplainedBefore."""
    async with moving.changing(signup_id, actor) as row:
        if row["state"] != SignupState.NO_SHOW:
            raise SignupUnknown
        if not await db.execute(_EXPLAIN, signup_id, words, clock.now()):
            raise ExplainedBefore
        acting, fields = answering.acting(actor, row), ("explanation",)
        await audit.record(acting, "salons.explained", table=moving.TABLE, row_id=signup_id, fields=fields)


async def decide(signup_id: UUID, *, is_excused: bool, actor: Actor) -> None:
    """Accept a reason or not, and tell him; who is excused waits as everybody else again. Raises NothingExplained."""
    async with moving.changing(signup_id, actor, RUN):
        if not await db.execute(_DECIDE, signup_id, is_excused, actor.id, clock.now()):
            raise NothingExplained
        action = "salons.excused" if is_excused else "salons.not_excused"
        await audit.record(actor, action, table=moving.TABLE, row_id=signup_id, fields=("is_excused",))
        await telling.judged(signup_id, is_excused=is_excused)


async def explained(actor: Actor) -> list[dict[str, Any]]:
    """Return the reasons that wait for a decision, the oldest first, of salons that the actor runs."""
    if not actor.can(RUN):
        raise Forbidden(RUN)
    visible = signups_visible_to(actor, RUN)
    return [dict(row) for row in await db.fetch(_EXPLAINED.format(visible=visible.render()), *visible.params)]


async def _note(salon_id: UUID) -> int:
    async with db.transaction():
        await rooms.lock([salon_id])
        rows: list[Record] = await db.fetch(_MISSING, salon_id, seating.DECIDED)
        for is_excused in (False, True):
            await _missed([row for row in rows if row["is_excused"] is is_excused], is_excused=is_excused)
    return len(rows)


async def _missed(rows: list[Record], *, is_excused: bool) -> None:
    """Note that some did not come; who is excused from the beginning is not put back and hears nothing of it."""
    if not rows:
        return
    now = clock.now()
    await moving.move(rows, SignupState.NO_SHOW, SYSTEM, "salons.not_come", is_told=not is_excused)
    await db.execute(_NOTE, [row["id"] for row in rows], now, now + LOWERED_FOR, is_excused)
