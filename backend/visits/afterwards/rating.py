"""好差评 of a visit: by each party, once, with one addition; a bad word opens a case with a call back, as for cases."""

from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import cases
from backend.access import Actor
from backend.cases.ending import rating as case_rating
from backend.cases.ending.rating import BAD, LEVEL_WORDS, Level, Rating
from backend.cases.models import Case
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.visits import speaking, writing
from backend.visits.afterwards.errors import AddedBefore, NotRateable, NotRated, RatedBefore
from backend.visits.events import Kind, NewEvent
from backend.visits.models import Visit
from backend.visits.visibility import NAME

CATEGORY: Final = "complaint_service"

_RATEABLE: Final = """
SELECT EXISTS (SELECT FROM visit_confirmations WHERE visit_id = $1 AND enterprise_id = $2
               AND state IN ('confirmed', 'silent', 'decided'))
"""
_RATE: Final = """
INSERT INTO visit_ratings (id, visit_id, enterprise_id, level, words, person_id, rated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (visit_id, enterprise_id) DO NOTHING
"""
_INVITED: Final = "UPDATE visit_confirmations SET invite_at = NULL WHERE visit_id = $1 AND enterprise_id = $2"
_ONE: Final = "SELECT * FROM visit_ratings WHERE visit_id = $1 AND enterprise_id = $2 FOR UPDATE"
_ADD: Final = "UPDATE visit_ratings SET later_level = $2, later_words = $3, added_at = $4 WHERE id = $1"
_IS_RATED: Final = "SELECT EXISTS (SELECT FROM visit_ratings WHERE visit_id = $1 AND enterprise_id = $2)"
_LEADS: Final = "SELECT staff_id FROM staff_time WHERE visit_id = $1 ORDER BY is_lead DESC, staff_id LIMIT 1"
_IS_HERE: Final = "SELECT EXISTS (SELECT FROM staff WHERE id = $1 AND state = 'active')"


async def rate(visit_id: UUID, enterprise_id: UUID | None, rated: Rating, *, actor: Actor) -> Visit:
    """Rate a visit whose minutes nobody waits for any more; raises NotRateable, RatedBefore, PartyUnknown."""
    async with writing.changing(visit_id, actor) as visit:
        party = await speaking.his_seat(visit, enterprise_id, actor)
        await note(visit, party, rated, actor)
        return visit


async def note(visit: Visit, party: UUID, rated: Rating, actor: Actor) -> None:
    """Write a rating down in the transaction of whoever holds the visit locked."""
    if not await db.fetch_value(_RATEABLE, visit.id, party):
        raise NotRateable
    made, level = new_id(), int(rated.level)
    if not await db.execute(_RATE, made, visit.id, party, level, rated.words, actor.id, clock.now()):
        raise RatedBefore
    await db.execute(_INVITED, visit.id, party)
    event = NewEvent(Kind.RATED, rated.words, {"enterprise_id": party, "level": level})
    await writing.write(visit, actor, "visits.rated", event)
    if rated.level in BAD:
        await _call_back(visit, await _rated(visit, party), rated, actor)


async def add(visit_id: UUID, enterprise_id: UUID | None, rated: Rating, *, actor: Actor) -> Visit:
    """Add to a rating, once (追评); the first one stays as it was given. Raises NotRated, AddedBefore."""
    async with writing.changing(visit_id, actor) as visit:
        party = await speaking.his_seat(visit, enterprise_id, actor)
        row = await _rated(visit, party)
        if row["added_at"] is not None:
            raise AddedBefore
        await db.execute(_ADD, row["id"], int(rated.level), rated.words, clock.now())
        data = {"enterprise_id": party, "level": int(rated.level), "is_addition": True}
        await writing.write(visit, actor, "visits.rated_again", NewEvent(Kind.RATED, rated.words, data))
        if rated.level in BAD:
            await _call_back(visit, row, rated, actor, 1)
        return visit


async def is_rated(visit: Visit, party: UUID) -> bool:
    return bool(await db.fetch_value(_IS_RATED, visit.id, party))


async def _rated(visit: Visit, party: UUID) -> Record:
    row = await db.fetch_one(_ONE, visit.id, party)
    if row is None:
        raise NotRated
    return row


async def _call_back(visit: Visit, row: Record, rated: Rating, actor: Actor, nr: int = 0) -> None:
    """Open the case of a bad rating, once: whoever led the visit puts it right, and somebody else calls back."""
    lead = await db.fetch_value(_LEADS, visit.id)
    opening = cases.Opening(
        NAME,
        row["id"],
        CATEGORY,
        f"走访差评：{visit.number}",
        rated.words or f"经营者评价为“{LEVEL_WORDS[Level(rated.level)]}”，未填写说明。",
        cases.Channel.MINI_PROGRAM,
        person_id=actor.id,
        enterprise_id=row["enterprise_id"],
        handler_id=lead if lead and await db.fetch_value(_IS_HERE, lead) else None,
    )
    opened = await cases.open_one(opening, actor=actor)
    await case_rating.open_tasks(await Case.get(id=opened.id), nr)
