"""Claims addresses with something due and takes the next message of each, if it may go out now.

Locking the address first and deciding in a second statement makes the decision atomic: credit, cap and quiet hours
are read after the lock, and whoever changes a credit holds the same lock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import orjson

from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.settings import Settings
from backend.notifications.digesting import fold
from backend.notifications.hours import quiet_until, tomorrow
from backend.notifications.judging import JUDGE
from backend.notifications.kinds import CHANNELS, Channel, profiled
from backend.notifications.locking import LEAD
from backend.notifications.ways import open_here

LEASE: Final = timedelta(seconds=15)
"""How long claimed addresses belong to a worker: longer than a call may take; renewed with every slice."""

# Whoever has nothing but broadcasts waiting stands behind the rest; nobody waits for a row that another one holds.
# `lead` is the oldest address of the same person: its row counts his broadcasts of the day, whatever the channel.
_LOCK = f"""
SELECT id, {LEAD.format(person="a.person_id")} AS lead
FROM addresses a
WHERE state = 'live' AND claim IS NULL AND is_bulk = $3 AND next_due_at <= $1 AND channel = ANY($4::text[])
ORDER BY next_due_at, id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
"""
_LOCK_LEADS = "SELECT id FROM addresses WHERE id = ANY($1::uuid[]) FOR NO KEY UPDATE SKIP LOCKED"

_HOLD = "INSERT INTO delivery_claims (id, until_at) VALUES ($1, $2)"


@dataclass(frozen=True, slots=True)
class Claimed:
    """One message that may go out now, reserved and paid for."""

    id: UUID
    address_id: UUID
    person_id: UUID
    kind: str
    openid: str
    channel: Channel
    template_id: str
    data: Mapping[str, str]
    page: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What one claim took; `looked_at` is 0 when nothing was due that could be decided about."""

    claim: UUID
    messages: list[Claimed]
    looked_at: int


async def claim(limit: int, settings: Settings, channels: Sequence[Channel] = CHANNELS) -> Batch:
    """Lock up to `limit` addresses of these channels with something due and decide about the next message of each."""
    mine = new_id()
    moment = clock.now()
    async with db.transaction():
        await db.plan_once()
        locked = await _lock(moment, limit, channels)
        if locked:
            await fold(locked, moment)
        messages = await _judge(mine, moment, locked, settings) if locked else []
        if messages:
            await db.execute(_HOLD, mine, moment + LEASE)
    return Batch(mine, messages, len(locked))


async def _lock(moment: datetime, limit: int, channels: Sequence[Channel]) -> dict[UUID, UUID]:
    """Return locked addresses with the lead of each, one address a person."""
    rows = await db.fetch(_LOCK, moment, limit, False, list(channels))
    if len(rows) < limit:
        rows += await db.fetch(_LOCK, moment, limit - len(rows), True, list(channels))
    found = {row["lead"]: row["id"] for row in reversed(rows)}
    elsewhere = list(found.keys() - set(found.values()))
    held = {row["id"] for row in await db.fetch(_LOCK_LEADS, elsewhere)} if elsewhere else set()
    # Whose lead another worker holds is decided about there: his address comes again with the next claim.
    return {address: lead for lead, address in found.items() if lead == address or lead in held}


async def _judge(mine: UUID, moment: datetime, locked: Mapping[UUID, UUID], settings: Settings) -> list[Claimed]:
    rows = await db.fetch(
        JUDGE,
        moment,
        list(locked),
        mine,
        clock.today(),
        quiet_until(moment, settings),
        tomorrow(moment, settings),
        settings.broadcasts_per_day,
        list(locked.values()),
        profiled(),
        settings.long_term_per_day,
        open_here(),
    )
    return [Claimed(**{**row, "data": orjson.loads(row["data"])}) for row in rows]
