"""Asks the enterprises of running campaigns, slice by slice, each slice in the transaction that removes its note.

The campaign's row is locked while a slice is told, so a pause comes before it or after it, and a worker that dies
leaves its slice untold, to be told by the next one. Whoever reached the ceiling or was visited since the list was
frozen is left out here as he would have been there.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import notifications, outbox
from backend.consents import NOT_REFUSED
from backend.enterprises import audience
from backend.foundation import clock, db
from backend.notifications import Message
from backend.outbox import Handler, NewItem, OutboxItem
from backend.visits.campaigns import messages
from backend.visits.campaigns.freezing import LEFT_OUT, YEARS, bounds
from backend.visits.campaigns.releasing import CANCEL, PROPOSE, put_propose
from backend.visits.campaigns.rows import Campaign, lock
from backend.visits.campaigns.states import CampaignState

CHUNK: Final = 500
SECONDS: Final = 3.0

_NEXT: Final = f"""
WITH due AS MATERIALIZED (
    SELECT t.id, t.enterprise_id FROM visit_campaign_targets t
    WHERE t.campaign_id = $8 AND t.state = 'waiting' AND t.week <= $9::date
    ORDER BY t.week, t.enterprise_id LIMIT $10 FOR NO KEY UPDATE
)
SELECT d.id, {LEFT_OUT} AS left_out FROM due d JOIN enterprises e ON e.id = d.enterprise_id {YEARS}
"""
_LEAVE: Final = """
UPDATE visit_campaign_targets t SET state = 'left_out', left_out = n.why
FROM unnest($1::uuid[], $2::text[]) AS n (id, why) WHERE t.id = n.id
"""
_ASK: Final = """
UPDATE visit_campaign_targets SET state = 'proposed', proposed_at = $2, expires_on = $3 WHERE id = ANY ($1::uuid[])
"""
_PEOPLE: Final = f"""
SELECT t.id, t.week, e.id AS enterprise_id, e.name, b.person_id,
    CASE s.state WHEN 'active' THEN s.name ELSE '走访人员' END AS visitor FROM visit_campaign_targets t
JOIN enterprises e ON e.id = t.enterprise_id JOIN bindings b ON b.enterprise_id = e.id
JOIN staff s ON s.id = t.staff_id
WHERE {audience.REPRESENTING} AND {NOT_REFUSED.format(person="b.person_id")} AND t.id = ANY ($2::uuid[])
ORDER BY b.person_id, e.name, e.id
"""
_DUE: Final = """
SELECT DISTINCT c.id FROM visit_campaigns c JOIN visit_campaign_targets t ON t.campaign_id = c.id
WHERE c.state = 'running' AND t.state = 'waiting' AND t.week <= $1::date + c.lead_days
"""
_SILENT: Final = "UPDATE visit_campaign_targets SET state = 'silent' WHERE state = 'proposed' AND expires_on < $1::date"
_OVER: Final = """
SELECT c.id FROM visit_campaigns c WHERE c.state = 'running' AND c.first_on + 7 * c.weeks <= $1::date ORDER BY c.id
"""
# Whoever never came to his turn is asked no more.
_END: Final = """
WITH ended AS (
    UPDATE visit_campaigns SET state = 'done', ended_at = $2, version = version + 1
    WHERE id = $1 AND state = 'running' RETURNING id
)
UPDATE visit_campaign_targets t SET state = 'cancelled' FROM ended e WHERE t.campaign_id = e.id AND t.state = 'waiting'
"""
_UNTOLD: Final = """
SELECT id FROM visit_campaign_targets
WHERE campaign_id = $1 AND state IN ('waiting', 'proposed', 'silent') ORDER BY enterprise_id LIMIT $2 FOR NO KEY UPDATE
"""
_CANCELLED: Final = """
UPDATE visit_campaign_targets SET state = 'cancelled', told_cancelled = proposed_at IS NOT NULL
WHERE id = ANY ($1::uuid[]) RETURNING id, told_cancelled
"""


async def propose(items: Sequence[OutboxItem]) -> None:
    """Outbox handler: ask whoever is due, one campaign after the other; what there is no time for comes again."""
    await _each(items, PROPOSE, _ask_next)


async def call_off(items: Sequence[OutboxItem]) -> None:
    """Outbox handler: tell who was asked that the campaign is cancelled, each once."""
    await _each(items, CANCEL, _cancel_next)


HANDLERS: Final[Mapping[str, Handler]] = {PROPOSE: propose, CANCEL: call_off}


async def sweep() -> int:
    """Note what has come due, count who stayed silent, end what is over; returns how many campaigns go on."""
    today = clock.today()
    await db.execute(_SILENT, today)
    for row in await db.fetch(_OVER, today):
        await db.execute(_END, row["id"], clock.now())
    due = await db.fetch(_DUE, today)
    for row in due:
        async with db.transaction():
            await put_propose(row["id"])
    return len(due)


async def _each(items: Sequence[OutboxItem], topic: str, step: Callable[[Campaign], Awaitable[bool]]) -> None:
    end = time.monotonic() + SECONDS
    wanted = sorted({UUID(item.payload["campaign_id"]) for item in items})
    while wanted and time.monotonic() < end:
        one = wanted.pop(0)
        if await step(await lock(one)):
            wanted.append(one)
    await outbox.put_many([NewItem(topic, {"campaign_id": str(one)}, str(one)) for one in wanted])


async def _ask_next(one: Campaign) -> bool:
    """Ask the next slice; tells whether more may be due."""
    if one.state is not CampaignState.RUNNING:
        return False
    until = clock.today() + timedelta(days=one.lead_days)
    rows = await db.fetch(_NEXT, *await bounds(one), one.id, until, CHUNK)
    out = [row for row in rows if row["left_out"] is not None]
    if out:
        await db.execute(_LEAVE, [row["id"] for row in out], [row["left_out"] for row in out])
    asked = [row["id"] for row in rows if row["left_out"] is None]
    if asked:
        expires = clock.today() + timedelta(days=one.answer_days)
        await db.execute(_ASK, asked, clock.now(), expires)
        people = await db.fetch(_PEOPLE, clock.now(), asked)
        await _tell([messages.proposed(one, his, expires) for his in _by_person(people)])
    return len(rows) == CHUNK


async def _cancel_next(one: Campaign) -> bool:
    if one.state is not CampaignState.CANCELLED:
        return False
    rows = await db.fetch(_UNTOLD, one.id, CHUNK)
    ended = await db.fetch(_CANCELLED, [row["id"] for row in rows])
    told = [row["id"] for row in ended if row["told_cancelled"]]
    if told:
        people = await db.fetch(_PEOPLE, clock.now(), told)
        await _tell([messages.cancelled(one, his) for his in _by_person(people)])
    return len(rows) == CHUNK


async def _tell(told: Sequence[Message]) -> None:
    if told:
        await notifications.tell(told)


def _by_person(rows: Sequence[Record]) -> list[list[Record]]:
    """Return what concerns each person, for each is told once whatever the number of his enterprises."""
    found: dict[UUID, list[Record]] = {}
    for row in rows:
        found.setdefault(row["person_id"], []).append(row)
    return list(found.values())
