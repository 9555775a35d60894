"""Somebody of a round visits no more: whom he was to visit and who has not picked yet is given to the round's others.

Whoever reaches the place and has the least in that week takes it over, in the week planned. Where nobody of the round
does, an enterprise that was not asked yet is left out and listed as such; one that was asked keeps its answer.
"""

import hashlib
from collections import Counter
from collections.abc import Collection
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import SYSTEM
from backend.foundation import db
from backend.notifications import staff_notices
from backend.visits import reasons
from backend.visits.availability.visitors import crew, visiting
from backend.visits.campaigns.releasing import GIVEN, about
from backend.visits.campaigns.rows import TABLE, Campaign, lock
from backend.visits.campaigns.states import TARGET, CampaignState, TargetState

_GOING: Final = """
SELECT v.campaign_id, v.staff_id FROM visit_campaign_visitors v JOIN visit_campaigns c ON c.id = v.campaign_id
WHERE c.state IN ('running', 'paused') ORDER BY v.campaign_id, v.staff_id
"""
_HAVING: Final = """
SELECT id, district, week, state FROM visit_campaign_targets
WHERE campaign_id = $1 AND staff_id = ANY ($2::uuid[]) AND state IN ('waiting', 'proposed', 'silent')
ORDER BY week, enterprise_id FOR NO KEY UPDATE
"""
_LOADS: Final = """
SELECT staff_id, week, count(*) AS targets FROM visit_campaign_targets
WHERE campaign_id = $1 AND state IN ('waiting', 'proposed', 'silent', 'picked') GROUP BY 1, 2
"""
_GIVE: Final = """
UPDATE visit_campaign_targets t SET staff_id = s.id, unit_id = s.unit_id
FROM unnest($1::uuid[], $2::uuid[]) AS n (id, staff_id) JOIN staff s ON s.id = n.staff_id WHERE t.id = n.id
"""
_LEAVE: Final = (
    "UPDATE visit_campaign_targets SET state = 'left_out', left_out = 'elsewhere' WHERE id = ANY ($1::uuid[])"
)


async def sweep() -> int:
    """Give on what nobody makes any more; returns how many enterprises have another visitor now."""
    going: dict[UUID, list[UUID]] = {}
    for row in await db.fetch(_GOING):
        going.setdefault(row["campaign_id"], []).append(row["staff_id"])
    here = set(await visiting({one for people in going.values() for one in people}))
    given = 0
    for campaign_id, people in going.items():
        gone = [one for one in people if one not in here]
        if gone:
            async with db.transaction():
                given += await _give_on(await lock(campaign_id), gone, [one for one in people if one in here])
    return given


async def _give_on(one: Campaign, gone: Collection[UUID], left: Collection[UUID]) -> int:
    rows = await db.fetch(_HAVING, one.id, list(gone))
    if not rows or one.state not in (CampaignState.RUNNING, CampaignState.PAUSED):
        return 0
    given = await _shared_out(one, rows, left)
    if given:
        await db.execute(_GIVE, list(given), list(given.values()))
        people = sorted(set(given.values()))
        once = f"campaign-given-on:{one.id}:{rows[0]['id']}"
        await staff_notices.tell(GIVEN, people, fields=about(one), once=once, subject=one.id)
    await _leave_out([row for row in rows if row["id"] not in given])
    await audit.record(SYSTEM, "campaigns.given_on", table=TABLE, row_id=one.id, fields=("staff_id",))
    return len(given)


async def _shared_out(one: Campaign, rows: list[Record], left: Collection[UUID]) -> dict[UUID, UUID]:
    """Return who takes over what, by target: of those who reach it whoever has the least in its week."""
    skill = (await reasons.known(one.reason)).skill
    reach = {
        district: [person.id for person in (await crew(district, skill, only=left)).visitors]
        for district in {row["district"] for row in rows}
    }
    loads = Counter({(row["staff_id"], row["week"]): row["targets"] for row in await db.fetch(_LOADS, one.id)})
    given: dict[UUID, UUID] = {}
    for row in rows:
        week, able = row["week"], reach[row["district"]]
        if able:
            staff = min((loads[person, week], _lot(one.seed, person), person) for person in able)[-1]
            given[row["id"]] = staff
            loads[staff, week] += 1
    return given


async def _leave_out(rows: list[Record]) -> None:
    unasked = [row["id"] for row in rows if TARGET.allows(TargetState(row["state"]), TargetState.LEFT_OUT)]
    if unasked:
        await db.execute(_LEAVE, unasked)


def _lot(seed: str, staff: UUID) -> str:
    return hashlib.sha256(f"{seed}:{staff}".encode()).hexdigest()
