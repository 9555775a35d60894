"""The list of who would like an earlier time: owners join it, leave it, and see where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.identity import acting_for
from backend.visits import reasons, writing
from backend.visits.availability import finding
from backend.visits.bookings import changing, occupying
from backend.visits.models import Visit
from backend.visits.reasons import PLACES
from backend.visits.states import VisitState
from backend.visits.visibility import NAME
from backend.visits.waiting import offers
from backend.visits.waiting.errors import NoWaiting, WaitTooLate, WaitUnknown, WaitUsedUp
from backend.visits.waiting.states import ENDED_WORDS, OFFER_WORDS, WAIT_WORDS, WAITING, OfferState, WaitState

TABLE: Final = "visit_waits"
FORGOTTEN: Final = timedelta(days=30)
"""Who has no visit and asks again within so many days asks for the same thing: his offers stay counted."""

_OF_VISIT: Final = "SELECT id, state FROM visit_waits WHERE visit_id = $1 FOR UPDATE"
_WITHOUT: Final = """
SELECT id, state FROM visit_waits WHERE visit_id IS NULL AND enterprise_id = $1 AND reason = $2 AND state <> 'served'
  AND (ended_at IS NULL OR ended_at > $3) ORDER BY ended_at DESC NULLS FIRST LIMIT 1 FOR UPDATE
"""
_INSERT: Final = """
INSERT INTO visit_waits (id, visit_id, enterprise_id, person_id, reason, place, district, note, not_before, state,
                         asked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', $10)
"""
_AGAIN: Final = """
UPDATE visit_waits SET state = 'waiting', end_reason = NULL, ended_at = NULL, asked_at = $7, person_id = $2, place = $3,
    district = $4, note = $5, not_before = $6
WHERE id = $1
"""
_COUNT: Final = "SELECT count(*) FROM visit_offers WHERE wait_id = $1"
_ONE: Final = "SELECT enterprise_id FROM visit_waits WHERE id = $1"
_LOCK: Final = "SELECT state FROM visit_waits WHERE id = $1 FOR UPDATE"
_LEAVE: Final = "UPDATE visit_waits SET state = 'left', ended_at = $2 WHERE id = $1"
_MINE: Final = """
SELECT w.id, w.visit_id, v.number, v.starts_at, w.enterprise_id, w.reason, r.title AS reason_title, w.place, w.state,
    w.end_reason, w.asked_at, w.not_before,
    CASE WHEN w.state = 'waiting' THEN 1 + (
        SELECT count(*) FROM visit_waits o WHERE o.state = 'waiting' AND o.district IS NOT DISTINCT FROM w.district
        AND (o.asked_at, o.id) < (w.asked_at, w.id)) END AS rank,
    coalesce((
        SELECT json_agg(json_build_object('id', o.id, 'number', o.number, 'state', o.state, 'starts_at', o.starts_at,
            'ends_at', o.ends_at, 'until_at', o.until_at, 'made_at', o.made_at, 'address', h.address,
            'visitors', (SELECT coalesce(json_agg(s.name ORDER BY t.is_lead DESC, s.id), '[]')
                         FROM staff_time t JOIN staff s ON s.id = t.staff_id
                         WHERE t.visit_id = o.hold_id AND o.state = 'open')) ORDER BY o.number)
        FROM visit_offers o LEFT JOIN visits h ON h.id = o.hold_id WHERE o.wait_id = w.id), '[]')::text AS offers
FROM visit_waits w JOIN visit_reasons r ON r.key = w.reason LEFT JOIN visits v ON v.id = w.visit_id
WHERE w.enterprise_id = $1 AND (w.state = 'waiting' OR w.ended_at > $2) ORDER BY w.asked_at DESC, w.id LIMIT 50
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody without a visit waits for; who has one waits for that."""

    reason: str
    place: str


async def join(
    enterprise_id: UUID, wanted: UUID | Asked, *, note: str = "", not_before: date | None = None, actor: Actor
) -> UUID:
    """Put an enterprise in line, at its end, for its visit or for a first one; who is in line already stays there.

    Raises NoWaiting for what several come to or what is no longer ahead, WaitTooLate, WaitUsedUp; NotBound, ReadOnly,
    OutOfScope, VisitUnknown, ReasonUnknown, PlaceNotOffered, NotForYou, EnterpriseClosed.
    """
    acted = await acting_for(actor, enterprise_id, scope=NAME)
    at = await finding.where(enterprise_id)
    async with db.transaction():
        await occupying.lock(occupying.enterprise(enterprise_id))
        if isinstance(wanted, UUID):
            visit = await _own(wanted, enterprise_id, acted)
            found, line = await db.fetch_one(_OF_VISIT, visit.id), Asked(visit.reason, visit.place)
        else:
            reason = await reasons.offered(wanted.reason, wanted.place, acted)
            if reason.capacity > 1:
                raise NoWaiting
            long_ago = clock.now() - FORGOTTEN
            found, line = await db.fetch_one(_WITHOUT, enterprise_id, wanted.reason, long_ago), wanted
        told = (line.place, at.district, note, not_before, clock.now())
        if found is not None:
            return await _again(found, acted, told)
        wait_id = new_id()
        visit_id = wanted if isinstance(wanted, UUID) else None
        await db.execute(_INSERT, wait_id, visit_id, enterprise_id, acted.id, line.reason, *told)
        await audit.record(acted, "visits.wait_joined", table=TABLE, row_id=wait_id, fields=("state",))
        return wait_id


async def leave(wait_id: UUID, *, actor: Actor) -> None:
    """Take an enterprise out of the line; what it was offered goes to the next one. Raises WaitUnknown, WrongState."""
    acted = await speaking(wait_id, actor)
    async with db.transaction():
        state = WaitState(await db.fetch_value(_LOCK, wait_id))
        WAITING.check(state, WaitState.LEFT)
        await offers.withdraw_open(wait_id)
        await db.execute(_LEAVE, wait_id, clock.now())
        await audit.record(acted, "visits.wait_left", table=TABLE, row_id=wait_id, fields=("state",))


async def speaking(wait_id: UUID, actor: Actor) -> Actor:
    """Return the actor as one who speaks for whoever waits; raises WaitUnknown, NotBound, ReadOnly, OutOfScope."""
    enterprise_id = await db.fetch_value(_ONE, wait_id)
    if enterprise_id is None:
        raise WaitUnknown
    return await acting_for(actor, enterprise_id, scope=NAME)


async def mine(enterprise_id: UUID, *, actor: Actor) -> list[dict[str, Any]]:
    """Return what an enterprise waits for, with its rank in its district's line and what it was offered."""
    await acting_for(actor, enterprise_id, scope=NAME, changes=False)
    return [_told(row) for row in await db.fetch(_MINE, enterprise_id, clock.now() - FORGOTTEN)]


async def _own(visit_id: UUID, enterprise_id: UUID, actor: Actor) -> Visit:
    visit = await writing.locked(visit_id, actor)
    is_alone = visit.capacity == 1 and enterprise_id in await changing.check_owner(visit, actor)
    # What staff proposed is first accepted or refused: nobody moves what he has not agreed to.
    if not is_alone or visit.awaits == "owner" or visit.state not in (VisitState.REQUESTED, VisitState.CONFIRMED):
        raise NoWaiting
    if visit.starts_at - clock.now() < offers.SOON:
        raise WaitTooLate
    return visit


async def _again(found: Record, actor: Actor, told: Sequence[Any]) -> UUID:
    wait_id: UUID = found["id"]
    if found["state"] == WaitState.WAITING:
        return wait_id
    if await db.fetch_value(_COUNT, wait_id) >= offers.MOST:
        raise WaitUsedUp
    WAITING.check(WaitState(found["state"]), WaitState.WAITING)
    await db.execute(_AGAIN, wait_id, actor.id, *told)
    await audit.record(actor, "visits.wait_joined", table=TABLE, row_id=wait_id, fields=("state",))
    return wait_id


def _told(row: Record) -> dict[str, Any]:
    state = WaitState(row["state"])
    given = [_offer(one) for one in orjson.loads(row["offers"])]
    return {
        **{name: row[name] for name in dict(row) if name not in ("offers", "end_reason")},
        "place_word": PLACES[row["place"]],
        "state_word": WAIT_WORDS[state],
        "sentence": _sentence(row, state, len(given)),
        "offers_left": offers.MOST - len(given),
        "offers": given,
    }


def _offer(told: dict[str, Any]) -> dict[str, Any]:
    moments = {name: datetime.fromisoformat(told[name]) for name in ("starts_at", "ends_at", "until_at", "made_at")}
    return {**told, **moments, "state_word": OFFER_WORDS[OfferState(told["state"])]}


def _sentence(row: Record, state: WaitState, given: int) -> str:
    if state is WaitState.ENDED:
        return ENDED_WORDS[row["end_reason"]]
    if state is WaitState.WAITING:
        left = offers.MOST - given
        return f"有人取消或改期时按登记先后提供，每次保留2小时，每天最多一次，还可提供{left}次。"
    return f"{WAIT_WORDS[state]}。"
