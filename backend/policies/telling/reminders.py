"""What an owner asks to be reminded of: that a policy's window closes, or the day on which time makes him fit.

Both are explicit wishes about one policy, so a closing reminder also holds for who refuses to be profiled; the day of
fitting rests on what is known of his enterprise and is not offered to him. `reminding.py` keeps what was asked.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend.access import Actor
from backend.consents import is_refused
from backend.eligibility import first_day
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.identity import acting_for
from backend.policies import rules
from backend.policies.errors import NoDeadline, NotByTime, PolicyOver, PolicyUnknown, ProfilingRefused, ReminderUnknown
from backend.policies.queries import LIVE, RELEASED
from backend.policies.reading.known import facts_for
from backend.policies.scope import SCOPE

USUAL_DAYS: Final = 7
MOST_DAYS: Final = 30


class Kind(StrEnum):
    """Closing: so many days before the last one. Reached: when time alone has brought the enterprise to fit."""

    CLOSING = "closing"
    REACHED = "reached"


@dataclass(frozen=True, slots=True)
class Reminder:
    """What was asked; told on `due_on`, or the next morning that a worker runs."""

    policy_id: UUID
    kind: Kind
    due_on: date
    days_before: int | None = None


_LIVE: Final = f"""
SELECT v.id, v.rule_hash, v.last_on AS until FROM policy_versions v
WHERE v.policy_id = $1 AND {LIVE.format(day="$2::date")}
"""
_RELEASED: Final = f"SELECT EXISTS (SELECT FROM policy_versions v WHERE v.policy_id = $1 AND {RELEASED.render()})"
_ASK: Final = """
INSERT INTO policy_reminders
    (id, person_id, enterprise_id, policy_id, kind, days_before, version_id, due_on, state, asked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', $9)
ON CONFLICT (person_id, enterprise_id, policy_id, kind) DO UPDATE
SET days_before = EXCLUDED.days_before, version_id = EXCLUDED.version_id, due_on = EXCLUDED.due_on, state = 'waiting',
    reason = '', asked_at = EXCLUDED.asked_at, settled_at = NULL
"""
_CANCEL: Final = """
UPDATE policy_reminders SET state = 'cancelled', reason = 'own_wish', settled_at = $5
WHERE person_id = $1 AND enterprise_id = $2 AND policy_id = $3 AND kind = $4 AND state = 'waiting'
"""
_MINE: Final = """
SELECT r.policy_id, v.title, r.kind, r.due_on, r.days_before
FROM policy_reminders r JOIN policy_versions v ON v.id = r.version_id
WHERE r.person_id = $1 AND r.enterprise_id = $2 AND r.state = 'waiting' ORDER BY r.due_on, r.id
"""


async def before_it_closes(
    actor: Actor, enterprise_id: UUID, policy_id: UUID, *, days_before: int = USUAL_DAYS
) -> Reminder:
    """Remind this person `days_before` (1 to 30) the policy's last day; asked again it replaces what was asked.

    When those days have begun he is told at once. Raises NoDeadline, PolicyUnknown, PolicyOver, NotBound, OutOfScope.
    """
    acted = await acting_for(actor, enterprise_id, scope=SCOPE, changes=False)
    version = await _live(policy_id)
    if version["until"] is None:
        raise NoDeadline
    due_on = max(closing_day(version["until"], days_before), clock.today())
    return await _ask(acted, version["id"], Reminder(policy_id, Kind.CLOSING, due_on, days_before))


async def when_reached(actor: Actor, enterprise_id: UUID, policy_id: UUID) -> Reminder:
    """Remind this person on the first day on which time alone makes his enterprise fit.

    Raises NotByTime when there is none before the policy ends, or it fits already; ProfilingRefused, PolicyUnknown,
    PolicyOver, NotBound, OutOfScope.
    """
    acted = await acting_for(actor, enterprise_id, scope=SCOPE, changes=False)
    assert acted.id is not None  # noqa: S101  an owner is a person
    if await is_refused(acted.id):
        raise ProfilingRefused
    version = await _live(policy_id)
    rule = (await rules.parsed({version["rule_hash"]})).get(version["rule_hash"])
    due_on = first_day(rule, await facts_for([rule], enterprise_id), clock.today()) if rule else None
    if due_on is None or (version["until"] is not None and due_on > version["until"]):
        raise NotByTime
    return await _ask(acted, version["id"], Reminder(policy_id, Kind.REACHED, due_on))


async def cancel(actor: Actor, enterprise_id: UUID, policy_id: UUID, kind: Kind) -> None:
    """Take a wish back, also for an enterprise one no longer acts for; raises ReminderUnknown."""
    if not await db.execute(_CANCEL, actor.id, enterprise_id, policy_id, kind, clock.now()):
        raise ReminderUnknown


async def mine(actor: Actor, enterprise_id: UUID) -> list[dict[str, Any]]:
    """Return what this person still waits for about an enterprise, the next one first."""
    await acting_for(actor, enterprise_id, scope=SCOPE, changes=False)
    return [dict(row) for row in await db.fetch(_MINE, actor.id, enterprise_id)]


def closing_day(until: date, days_before: int) -> date:
    """Return the day on which to tell that a window closes, the same for asking and for a new edition."""
    return until - timedelta(days=days_before)


async def _live(policy_id: UUID) -> Record:
    version = await db.fetch_one(_LIVE, policy_id, clock.today())
    if version is None:
        raise PolicyOver if await db.fetch_value(_RELEASED, policy_id) else PolicyUnknown
    return version


async def _ask(acted: Actor, version_id: UUID, wish: Reminder) -> Reminder:
    await db.execute(
        _ASK,
        new_id(),
        acted.id,
        acted.enterprise_id,
        wish.policy_id,
        wish.kind,
        wish.days_before,
        version_id,
        wish.due_on,
        clock.now(),
    )
    return wish
