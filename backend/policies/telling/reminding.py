"""Keeps what owners asked to be reminded of: moves it with a new edition, tells it once when it is due, or drops it.

Chunk by chunk, each in one transaction with its messages: however often a worker dies, or two run at once, nobody is
told twice, and days on which no worker ran are made up by the next run.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import notifications
from backend.consents import NOT_REFUSED
from backend.eligibility import Rule, Verdict, facts_from_row, first_day
from backend.eligibility.evaluate import Facts, evaluate
from backend.foundation import clock, db
from backend.policies import messages, rules
from backend.policies.queries import LIVE
from backend.policies.scope import IN_SCOPE
from backend.policies.telling.reminders import closing_day

CHUNK: Final = 1_000
_OF_VERSION: Final = ("policy_id", "title", "effective_to", "apply_until")

# $1 now, $2 today.
_ACTS: Final = f"""
EXISTS (SELECT FROM bindings b JOIN enterprises o ON o.id = b.enterprise_id
        WHERE b.person_id = r.person_id AND b.enterprise_id = r.enterprise_id AND o.closed_at IS NULL
          AND b.state IN ('active', 'read_only') AND (b.until IS NULL OR b.until > $1)
          AND {IN_SCOPE})
"""
# What was asked about a version that is no longer the live one; the live one, if any, beside it.
_MOVED: Final = f"""
SELECT r.id, r.kind, r.enterprise_id, r.days_before, gone.id AS gone_id, gone.state, v.id AS version_id, v.rule_hash,
       v.last_on AS until
FROM policy_versions gone JOIN policy_reminders r ON r.version_id = gone.id AND r.state = 'waiting'
LEFT JOIN policy_versions v ON v.policy_id = r.policy_id AND {LIVE.format(day="$1::date")}
WHERE gone.state <> 'published' ORDER BY r.id LIMIT $2 FOR NO KEY UPDATE OF r SKIP LOCKED
"""
# A day of fitting is held back while the version's pushes pause: it would be one of them.
_DUE: Final = f"""
SELECT r.id, r.kind, r.person_id, r.enterprise_id, r.due_on, e.name,
       v.id AS version_id, v.policy_id, v.title, v.rule_hash, v.effective_to, v.apply_until,
       v.last_on AS until,
       EXISTS (SELECT FROM policy_recipients t WHERE t.version_id = v.id AND t.person_id = r.person_id
               AND t.enterprise_id = r.enterprise_id AND t.told_at >= r.asked_at) AS is_told,
       CASE WHEN NOT {_ACTS} THEN 'not_acting'
            WHEN v.last_on < $2::date THEN 'over'
            WHEN r.kind = 'reached' AND NOT {NOT_REFUSED.format(person="r.person_id")} THEN 'profiling_refused'
            ELSE '' END AS obstacle
FROM policy_reminders r JOIN policy_versions v ON v.id = r.version_id JOIN enterprises e ON e.id = r.enterprise_id
WHERE r.state = 'waiting' AND r.due_on <= $2::date AND v.state = 'published'
  AND (r.kind = 'closing' OR v.pushes_paused_at IS NULL)
ORDER BY r.due_on, r.id LIMIT $3 FOR NO KEY UPDATE OF r SKIP LOCKED
"""
_SETTLE: Final = """
UPDATE policy_reminders r SET state = n.state, reason = n.reason, due_on = coalesce(n.due_on, r.due_on),
    version_id = n.version_id, settled_at = CASE WHEN n.state <> 'waiting' THEN $1::timestamptz END
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::date[], $6::uuid[]) AS n (id, state, reason, due_on, version_id)
WHERE r.id = n.id
"""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What becomes of one reminder: told, dropped for a reason, or waiting for a day."""

    id: UUID
    state: str
    version_id: UUID
    reason: str = ""
    due_on: date | None = None


async def remind() -> int:
    """Move, tell or drop everything that is due; returns how many reminders were told. For the clock, at any time."""
    await _drain(_move)
    return await _drain(_tell)


async def _drain(step: Callable[[], Awaitable[tuple[int, int]]]) -> int:
    """Take chunks until one comes out smaller than it may be."""
    done = 0
    while True:
        async with db.transaction():
            taken, told = await step()
        done += told
        if taken < CHUNK:
            return done


async def _move() -> tuple[int, int]:
    """Bring reminders from an edition that ended over to the one that is live now, or drop them with it."""
    today = clock.today()
    rows = await db.fetch(_MOVED, today, CHUNK)
    fitting = await _fitting([row for row in rows if row["version_id"] and row["kind"] == "reached"], today)
    await _settle([_moved(row, fitting, today) for row in rows])
    return len(rows), 0


async def _tell() -> tuple[int, int]:
    """Tell what is due, having looked once more whether an enterprise has come to fit."""
    today = clock.today()
    rows = await db.fetch(_DUE, clock.now(), today, CHUNK)
    fitting = await _fitting([row for row in rows if row["kind"] == "reached" and not row["obstacle"]], today)
    outcomes = [_due(row, fitting, today) for row in rows]
    told = {one.id for one in outcomes if one.state == "told"}
    await notifications.tell([_message(row) for row in rows if row["id"] in told and not _has_heard(row)])
    await _settle(outcomes)
    return len(rows), len(told)


def _moved(row: Record, fitting: Mapping[UUID, date | None], today: date) -> _Outcome:
    live: UUID | None = row["version_id"]
    if live is None:
        return _Outcome(row["id"], "cancelled", row["gone_id"], row["state"])
    if row["kind"] == "reached":
        return _waiting_for(row, fitting.get(row["id"]))
    if row["until"] is None:
        return _Outcome(row["id"], "cancelled", live, "no_deadline")
    return _Outcome(row["id"], "waiting", live, due_on=max(closing_day(row["until"], row["days_before"]), today))


def _due(row: Record, fitting: Mapping[UUID, date | None], today: date) -> _Outcome:
    if row["obstacle"]:
        return _Outcome(row["id"], "cancelled", row["version_id"], row["obstacle"])
    if row["kind"] == "reached" and fitting.get(row["id"]) != today:
        return _waiting_for(row, fitting.get(row["id"]))
    return _Outcome(row["id"], "told", row["version_id"])


def _waiting_for(row: Record, day: date | None) -> _Outcome:
    """Facts or rule changed since it was asked: another day, or none by time alone before the policy ends."""
    if day is None or (row["until"] is not None and day > row["until"]):
        return _Outcome(row["id"], "cancelled", row["version_id"], "not_by_time")
    return _Outcome(row["id"], "waiting", row["version_id"], due_on=day)


async def _fitting(rows: Sequence[Record], today: date) -> dict[UUID, date | None]:
    """The day on which each enterprise fits: today, a later one, or None; one read for all of them."""
    by_hash = await rules.parsed({row["rule_hash"] for row in rows})
    facts = rules.facts_of(by_hash.values())
    wide = await db.fetch(
        f"SELECT e.id{rules.column_list(facts, 'e')} FROM enterprises e WHERE e.id = ANY($1::uuid[])",
        [row["enterprise_id"] for row in rows],
    )
    known = {one["id"]: facts_from_row(dict(one), facts) for one in wide}
    return {
        row["id"]: _day(by_hash[row["rule_hash"]], known[row["enterprise_id"]], today)
        for row in rows
        if row["rule_hash"] in by_hash
    }


def _day(rule: Rule, facts: Facts, today: date) -> date | None:
    return today if evaluate(rule, facts, today) is Verdict.YES else first_day(rule, facts, today)


def _has_heard(row: Record) -> bool:
    """Last night's difference found the same enterprise first: he is not told the same thing twice in a day."""
    return row["kind"] == "reached" and bool(row["is_told"])


def _message(row: Record) -> notifications.Message:
    version = {"id": row["version_id"], **{name: row[name] for name in _OF_VERSION}}
    if row["kind"] == "reached":
        return messages.reached(version, row["person_id"], {"id": row["enterprise_id"], "name": row["name"]})
    told = messages.closing_soon(version, row["person_id"], row["enterprise_id"], row["until"])
    # who asks again for another day is told again
    return replace(told, once=f"{told.once}:{row['due_on']}")


async def _settle(outcomes: Iterable[_Outcome]) -> None:
    columns: list[tuple[Any, ...]] = [(one.id, one.state, one.reason, one.due_on, one.version_id) for one in outcomes]
    if columns:
        await db.execute(_SETTLE, clock.now(), *(list(column) for column in zip(*columns, strict=True)))
