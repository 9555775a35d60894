"""Bindings whose proof has changed: read-only for 30 days, then over; and what the end of an enterprise does."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import SYSTEM, Actor
from backend.audit import Entry
from backend.enterprises import binding_order
from backend.enterprises.models import CONTACT_CHANGED, PHONE_MOVED, PHONE_REPLACED
from backend.foundation import clock, db
from backend.foundation.db import transaction
from backend.identity import messages
from backend.notifications import Message, tell
from backend.outbox import OutboxItem

TO_PROVE: Final = timedelta(days=30)
BATCH: Final = 1000
AGENT: Final = 3
"""A phone that stands with more enterprises than this is an agent's and proves nothing."""

# `{}` picks which of those that are locked; what staff reviewed or colleagues invited does not rest on the registry's
# contacts.
_SUSPEND = """
UPDATE bindings b SET state = 'read_only', prove_by = $2, reason = $3 FROM enterprises e
WHERE b.id = ANY ($1::uuid[]) AND b.rests_on_contact AND e.id = b.enterprise_id AND {}
RETURNING b.id, b.person_id, e.name
"""
_IN_FORCE = "b.state = 'active'"
# Also what waits for its holder's own phone alone: that phone proves no more what the registry says by now.
_IN_FORCE_BUT_FOR_A_PHONE = f"(b.state = 'active' OR (b.state = 'read_only' AND b.reason = '{PHONE_MOVED}'))"
# A manager was bound by the registered number, a representative by staff, who saw him with the number he had then.
_RESTORE = f"""
UPDATE bindings b SET state = 'active', prove_by = NULL, reason = NULL FROM enterprises e
WHERE b.person_id = $1 AND b.state = 'read_only' AND b.reason = '{PHONE_MOVED}' AND e.id = b.enterprise_id
  AND ((b.role = 'representative' AND $3) OR (e.phone_index = ANY ($2::bytea[]) AND {AGENT} >= (
      SELECT count(*) FROM (SELECT FROM enterprises o WHERE o.phone_index = ANY ($2::bytea[]) LIMIT {AGENT + 1}) AS a)))
RETURNING b.id
"""
# From now on the number last verified is not the one that staff saw: verified once more, it must not pass for that.
_REPLACE = f"""
UPDATE bindings SET reason = '{PHONE_REPLACED}'
WHERE person_id = $1 AND state = 'read_only' AND reason = '{PHONE_MOVED}' AND role = 'representative'
"""
_TO_PROVE = """
SELECT b.id, b.person_id, b.prove_by, e.name FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
WHERE b.enterprise_id = ANY ($1::uuid[]) AND b.state = 'read_only' AND b.rests_on_contact
"""
_LAPSE = """
UPDATE bindings b SET state = 'ended', ended_at = $1, reason = 'not_proved' FROM enterprises e
WHERE b.id IN (SELECT id FROM bindings WHERE state = 'read_only' AND prove_by <= $1 ORDER BY prove_by LIMIT $2
               FOR UPDATE SKIP LOCKED) AND e.id = b.enterprise_id
RETURNING b.id, b.person_id, e.name
"""
_RUN_OUT = """
UPDATE bindings SET state = 'ended', ended_at = $1, reason = 'until'
WHERE id IN (SELECT id FROM bindings WHERE until <= $1 AND state IN ('active', 'read_only') ORDER BY until LIMIT $2
             FOR UPDATE SKIP LOCKED)
RETURNING id
"""
_CLOSE_INVITATIONS = """
UPDATE binding_invitations SET expires_at = $2
WHERE enterprise_id = ANY ($1::uuid[]) AND used_at IS NULL AND expires_at > $2
"""


async def reprove(enterprise_ids: Sequence[UUID]) -> int:
    """Make read-only what rested on a representative or phone that has changed, and tell; returns how many."""
    async with transaction():
        locked = await binding_order.lock_of_enterprises(enterprise_ids)
        return await _suspend(locked, _IN_FORCE_BUT_FOR_A_PHONE, CONTACT_CHANGED, messages.prove_again)


async def suspend_of_persons(person_ids: Sequence[UUID]) -> int:
    """Do the same for persons who no longer hold the phone they had verified, and tell them that it is for this.

    What is under objection stays so: staff let it stand only once its holder has verified a number again.
    """
    if not person_ids:
        return 0
    async with transaction():
        locked = await binding_order.lock_of_persons(person_ids)
        return await _suspend(locked, _IN_FORCE, PHONE_MOVED, messages.phone_went)


async def phone_is_back(actor: Actor, phone_indexes: Sequence[bytes], *, is_the_same: bool) -> int:
    """Take back into force what an owner lost with the number that he has just verified; returns how many.

    `is_the_same`: the number is the one that he had verified before. What the registry has called into question
    meanwhile stays read-only, for the phone alone does not prove it; so does what staff gave to a representative who
    verifies another number than the one they saw him with, and what rested on a number that is an agent's by now, until
    they look again.
    """
    rows = await db.fetch(_RESTORE, actor.id, list(phone_indexes), is_the_same)
    if not is_the_same:
        await db.execute(_REPLACE, actor.id)
    await audit.record_many(actor, _entries("identity.binding_proved", rows))
    return len(rows)


async def _suspend(locked: Sequence[UUID], which: str, reason: str, say: Callable[..., Message]) -> int:
    now = clock.now()
    by = now + TO_PROVE
    rows = await db.fetch(_SUSPEND.format(which), locked, by, reason)
    await audit.record_many(SYSTEM, _entries("identity.binding_suspended", rows))
    await tell([say(row["id"], row["person_id"], enterprise=row["name"], by=by, at=now) for row in rows])
    return len(rows)


async def contacts_changed(items: Sequence[OutboxItem]) -> None:
    """Carry out `enterprises.contact_changed`: the import made bindings read-only, here their holders are told."""
    rows = await db.fetch(_TO_PROVE, [UUID(item.payload["enterprise_id"]) for item in items])
    now = clock.now()
    await tell(
        [
            messages.prove_again(row["id"], row["person_id"], enterprise=row["name"], by=row["prove_by"], at=now)
            for row in rows
        ]
    )


def _entries(action: str, rows: Sequence[Record]) -> list[Entry]:
    return [Entry(action, "bindings", row["id"], ("state",)) for row in rows]


async def restore(binding_id: UUID) -> None:
    """Take a read-only binding back into force; the caller has proved it and writes it down."""
    sql = "UPDATE bindings SET state = 'active', prove_by = NULL, reason = NULL WHERE id = $1 AND state = 'read_only'"
    await db.execute(sql, binding_id)


async def end_lapsed() -> int:
    """End what was not proved in time and what ran to its end date; a nightly job, in batches."""
    total = 0
    while True:
        async with transaction():
            now = clock.now()
            lapsed = await db.fetch(_LAPSE, now, BATCH)
            run_out = await db.fetch(_RUN_OUT, now, BATCH)
            await audit.record_many(SYSTEM, _entries("identity.binding_lapsed", [*lapsed, *run_out]))
            await tell(
                [messages.removed(row["id"], row["person_id"], enterprise=row["name"], at=now) for row in lapsed]
            )
        total += len(lapsed) + len(run_out)
        if len(lapsed) < BATCH and len(run_out) < BATCH:
            return total


async def enterprises_closed(enterprise_ids: Sequence[UUID]) -> int:
    """After 注销 or 吊销 nobody new comes in; who is bound stays, so that open cases can be followed to their end.

    Returns how many open invitations ended. Claims go to review of themselves once `closed_at` is set.
    """
    return await db.execute(_CLOSE_INVITATIONS, list(enterprise_ids), clock.now())
