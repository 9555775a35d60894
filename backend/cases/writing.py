"""The one way a case changes: locked, checked, written to its log, its clocks read anew, all in one transaction."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend import audit, outbox, worktime
from backend.access import Actor
from backend.cases.assignment import ledger
from backend.cases.deadlines import clocks
from backend.cases.deadlines.readings import Mark, Readings, Terms
from backend.cases.errors import CaseChanged, CaseUnknown, Change
from backend.cases.events import WORDS, Kind, NewEvent
from backend.cases.models import Case
from backend.cases.states import CLOSED, LIFECYCLE, CaseState
from backend.cases.visibility import visible_to
from backend.foundation import clock, db
from backend.foundation.errors import Forbidden
from backend.foundation.states import WrongState
from backend.worktime import Calendar

TABLE: Final = "cases"
SUPERVISED_AFTER: Final = 2
"""Working days after the end of its term at which an unsolved case is put on the list by itself (挂牌督办)."""
MOVED: Final = "cases.moved"
"""Outbox topic: a case moved; payload {case_id, origin, origin_id, before: state or null, after, seq, at}."""

_EVENTS: Final = """
INSERT INTO case_events (case_id, seq, at, kind, actor_kind, actor_id, body, data, version)
SELECT n.case_id, n.seq, n.at, n.kind, $1, $2, n.body, n.data::jsonb, n.version
FROM unnest($3::uuid[], $4::int[], $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::bigint[])
    AS n (case_id, seq, at, kind, body, data, version)
"""
_CITATIONS: Final = """
INSERT INTO case_citations (case_id, seq, position, source, ref_id, ref_version, words)
SELECT n.* FROM unnest($1::uuid[], $2::int[], $3::int[], $4::text[], $5::uuid[], $6::uuid[], $7::text[]) AS n
"""
_FILES: Final = """
INSERT INTO case_files (case_id, seq, file_id)
SELECT n.* FROM unnest($1::uuid[], $2::int[], $3::uuid[]) AS n ON CONFLICT (case_id, file_id) DO NOTHING
"""
_SINCE: Final = """
SELECT e.at, e.kind, CASE e.actor_kind WHEN 'staff' THEN (SELECT s.name FROM staff s WHERE s.id = e.actor_id)
    WHEN 'owner' THEN '经营者' ELSE '系统' END AS who
FROM case_events e WHERE e.case_id = $1 AND e.version > $2 ORDER BY e.seq LIMIT 20
"""
_LOG: Final = (
    "SELECT case_id, seq, at, kind, data FROM case_events WHERE case_id = ANY ($1::uuid[]) ORDER BY case_id, seq"
)
_REFRESH: Final = """
UPDATE cases c SET accept_due_at = n.accept_due_at, answer_due_at = n.answer_due_at, due_at = n.due_at,
    solution_due_at = n.solution_due_at, statutory_due_at = n.statutory_due_at, alarm_at = n.alarm_at,
    is_paused = n.is_paused, is_provisional = n.is_provisional, alarm_level = n.alarm_level,
    version = c.version + CASE WHEN
        (c.accept_due_at, c.answer_due_at, c.solution_due_at, c.statutory_due_at, c.is_provisional) IS DISTINCT FROM
        (n.accept_due_at, n.answer_due_at, n.solution_due_at, n.statutory_due_at, n.is_provisional) THEN 1 ELSE 0 END
FROM jsonb_populate_recordset(NULL::cases, $1::jsonb) AS n
WHERE c.id = n.id AND
    (c.accept_due_at, c.answer_due_at, c.solution_due_at, c.statutory_due_at, c.alarm_at, c.is_provisional)
    IS DISTINCT FROM
    (n.accept_due_at, n.answer_due_at, n.solution_due_at, n.statutory_due_at, n.alarm_at, n.is_provisional)
"""
_LOCK_OPEN: Final = """
SELECT id, state, terms, supervised_at FROM cases WHERE id > $1 AND closed_at IS NULL AND merged_into IS NULL
ORDER BY id LIMIT $2 FOR NO KEY UPDATE
"""


@asynccontextmanager
async def changing(
    case_id: UUID, actor: Actor, *, permission: str | None = None, version: int | None = None
) -> AsyncIterator[Case]:
    """Lock a case for a command, as one transaction.

    Raises CaseUnknown for one the actor does not see, Forbidden where his permission does not extend to it, CaseChanged
    when `version` (what he saw) is not how it stands.
    """
    async with db.transaction():
        yield await locked(case_id, actor, permission=permission, version=version)


async def locked(case_id: UUID, actor: Actor, *, permission: str | None = None, version: int | None = None) -> Case:
    """Lock a case in the caller's transaction; raises as `changing` does."""
    visible = visible_to(actor)
    sql = f"SELECT c.id FROM cases c WHERE c.id = $1 AND {visible.render(2)} FOR NO KEY UPDATE OF c"
    if await db.fetch_value(sql, case_id, *visible.params) is None:
        raise CaseUnknown
    if permission is not None:
        allowed = visible_to(actor, permission)
        sql = f"SELECT FROM cases c WHERE c.id = $1 AND {allowed.render(2)}"
        if await db.fetch_one(sql, case_id, *allowed.params) is None:
            raise Forbidden(permission)
    case = await Case.get(id=case_id)
    if version is not None and version != case.version:
        raise CaseChanged(await _since(case_id, version))
    return case


async def _since(case_id: UUID, version: int) -> tuple[Change, ...]:
    rows = await db.fetch(_SINCE, case_id, version)
    return tuple(Change(row["at"], WORDS[Kind(row["kind"])], row["who"]) for row in rows)


async def write(
    case: Case, actor: Actor, action: str, *events: NewEvent, state: CaseState | None = None, **columns: Any
) -> list[int]:
    """Write down what happened to a locked case, move it, and read its clocks anew; returns the events' numbers.

    `action` is the one of the trail (`cases.answered`); `columns` what else changes. Raises WrongState for a move
    that the lifecycle does not know.
    """
    before, carrier, moment = case.state, _carrier(case), clock.now()
    if state is not None:
        _check_merged(before, state, columns)
        columns |= {"state": LIFECYCLE.check(before, state), "moved_at": moment}
        columns["closed_at"] = moment if state in CLOSED else None
    numbers = await append([(case.id, event) for event in events], actor, version=case.version + 1)
    terms, days = terms_of(columns.get("terms", case.terms)), await calendar()
    read = clocks.read(await _marks(case.id), terms, days, moment)
    is_supervised = columns.get("supervised_at", case.supervised_at) is not None
    columns |= due_columns(read, columns.get("state", before), days, is_supervised=is_supervised)
    columns |= {"version": case.version + 1}
    case.update_from_dict(columns)
    await case.save_only(*columns)
    if _carrier(case) != carrier:
        await ledger.keep({case.id: _carrier(case)})
    changed = sorted(set(columns) - {"version", "moved_at"})
    await audit.record(actor, action, table=TABLE, row_id=case.id, fields=changed)
    if case.state is not before:
        await outbox.put(MOVED, moved(case, before, numbers[-1] if numbers else None), key=str(case.id))
    return numbers


def _check_merged(before: CaseState, state: CaseState, columns: Mapping[str, Any]) -> None:
    """What is merged is worked on over there: only what also says where it belongs from now on can move it."""
    if before is CaseState.MERGED and "merged_into" not in columns:
        raise WrongState(LIFECYCLE, before, state)


def _carrier(case: Case) -> UUID | None:
    """Return who carries a case: its handler, until it has ended or is worked on elsewhere."""
    return case.handler_id if case.closed_at is None and case.merged_into is None else None


def moved(case: Case, before: CaseState | None, seq: int | None) -> dict[str, Any]:
    """Return the payload of MOVED."""
    return {
        "case_id": str(case.id),
        "origin": case.origin,
        "origin_id": str(case.origin_id),
        "before": before,
        "after": case.state,
        "seq": seq,
        "at": clock.now().isoformat(),
    }


async def append(
    happened: Sequence[tuple[UUID, NewEvent]], actor: Actor, *, version: int | Sequence[int] = 1
) -> list[int]:
    """Add events to the logs of locked cases; returns their numbers within each case.

    `version`: at which all of the cases stand then, or each event's one.
    """
    if not happened:
        return []
    moment, numbers = clock.now(), await _numbers([case_id for case_id, _ in happened])
    ids = [case_id for case_id, _ in happened]
    new = [event for _, event in happened]
    await db.execute(
        _EVENTS,
        actor.kind.value,
        actor.id,
        ids,
        numbers,
        [event.at or moment for event in new],
        [event.kind.value for event in new],
        [event.body for event in new],
        [orjson.dumps(dict(event.data)).decode() for event in new],
        [version] * len(new) if isinstance(version, int) else list(version),
    )
    placed = list(zip(ids, numbers, new, strict=True))
    cited = [(i, n, at, c) for i, n, event in placed for at, c in enumerate(event.citations, 1)]
    if cited:
        told = [(i, n, at, c.source, c.ref_id, c.ref_version, c.words) for i, n, at, c in cited]
        await db.execute(_CITATIONS, *(list(column) for column in zip(*told, strict=True)))
    brought = [(i, n, file) for i, n, event in placed for file in event.files]
    if brought:
        await db.execute(_FILES, *(list(column) for column in zip(*brought, strict=True)))
    return numbers


async def _numbers(ids: Sequence[UUID]) -> list[int]:
    sql = "SELECT case_id, max(seq) AS last FROM case_events WHERE case_id = ANY ($1::uuid[]) GROUP BY case_id"
    last = {row["case_id"]: row["last"] for row in await db.fetch(sql, list(set(ids)))}
    numbers = []
    for case_id in ids:
        last[case_id] = last.get(case_id, 0) + 1
        numbers.append(last[case_id])
    return numbers


async def refresh_open(after: UUID, limit: int) -> UUID | None:
    """Read the clocks of the next open cases anew, for the working calendar changed; returns the last id or None."""
    async with db.transaction():
        rows = await db.fetch(_LOCK_OPEN, after, limit)
        if not rows:
            return None
        logs = await log_of([row["id"] for row in rows])
        days, moment = await calendar(), clock.now()
        told = []
        for row in rows:
            read = clocks.read(logs[row["id"]], terms_of(orjson.loads(row["terms"])), days, moment)
            is_supervised = row["supervised_at"] is not None
            due = due_columns(read, CaseState(row["state"]), days, is_supervised=is_supervised)
            told.append({"id": row["id"], **due})
        await db.execute(_REFRESH, orjson.dumps(told, default=str).decode())
    last: UUID = rows[-1]["id"]
    return last if len(rows) == limit else None


async def readings(case: Case) -> Readings:
    """Read the clocks of a case as of now."""
    return clocks.read(await _marks(case.id), terms_of(case.terms), await calendar(), clock.now())


async def log_of(ids: Sequence[UUID]) -> dict[UUID, list[Mark]]:
    """Return what the clocks know of many cases."""
    logs: dict[UUID, list[Mark]] = {case_id: [] for case_id in ids}
    for row in await db.fetch(_LOG, list(ids)):
        logs[row["case_id"]].append(_mark(row))
    return logs


async def _marks(case_id: UUID) -> list[Mark]:
    return (await log_of([case_id]))[case_id]


def _mark(row: Record) -> Mark:
    return Mark(at=row["at"], seq=row["seq"], kind=Kind(row["kind"]), data=orjson.loads(row["data"]))


async def calendar() -> Calendar:
    """Return the working calendar that counts now."""
    return await worktime.current()


def terms_of(told: Mapping[str, Any]) -> Terms:
    """Return what a case was promised at its beginning, or by its newest category."""
    return Terms(**told)


def due_columns(
    read: Readings, state: CaseState, days: Calendar, *, is_supervised: bool = False, are_told: bool = False
) -> dict[str, Any]:
    """Return what lists and sweeps need of the clocks.

    `due_at`: the earliest moment by which staff must act, if any. `alarm_at`: when the sweep must look at the case
    next: for a level that a clock reaches, for the end of all pauses, or to list what is overdue for supervision; at
    once for levels that were reached before, unless they `are_told`.
    """
    is_over = state in CLOSED or state is CaseState.MERGED
    statutory = read.solution.statutory_due
    listed = None if is_supervised else supervise_at(read, days)
    missed = clock.now() if read.alarms and not are_told else None
    looks = [at for at in (read.next_alarm_at, read.paused_until, listed, missed) if at]
    return {
        "accept_due_at": read.accept.due.at,
        "answer_due_at": read.answer.due.at,
        "solution_due_at": read.solution.due.at,
        "statutory_due_at": statutory.at if statutory else None,
        "due_at": None if is_over or read.due is None else read.due.at,
        "alarm_at": None if is_over else min(looks, default=None),
        "is_paused": read.is_paused and not is_over,
        "is_provisional": read.is_provisional and not is_over,
        "alarm_level": 0 if is_over else max((alarm.level for alarm in read.alarms), default=0),
    }


def supervise_at(read: Readings, days: Calendar) -> datetime | None:
    """Return when a case that nobody solves is listed for supervision: so many working days after its term ended."""
    if read.is_merged or read.is_paused or read.solution.stopped_at is not None:
        return None
    return days.add_days(read.solution.due.at, SUPERVISED_AFTER).at
