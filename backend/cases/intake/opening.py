"""Opens cases for whatever module asks: many by one set of statements, each origin once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import orjson

from backend import audit, outbox, worktime
from backend.access import SYSTEM, Actor, ActorKind
from backend.cases import notices, writing
from backend.cases.assignment import ledger
from backend.cases.deadlines import clocks
from backend.cases.deadlines.readings import Mark
from backend.cases.errors import CategoryUnknown
from backend.cases.events import Kind, NewEvent
from backend.cases.states import CaseState
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.numbers import public_numbers

PREFIX: Final = "WW"
ASSIGN: Final = "cases.assign"
"""Outbox topic: a case wants a handler; payload {case_id}."""

_TERMS: Final = ("accept_days", "answer_days", "solution_days", "statutory_days", "pause_days")
_CATEGORIES: Final = f"""
SELECT key, {", ".join(_TERMS)} FROM case_categories c
WHERE key = ANY ($1::text[]) AND closed_at IS NULL AND NOT EXISTS (SELECT FROM case_categories p WHERE p.parent = c.key)
"""
_DISTRICTS: Final = "SELECT id, district FROM enterprises WHERE id = ANY ($1::uuid[])"
_ROUTES: Final = """
SELECT DISTINCT ON (w.category, w.district) w.category, w.district, r.unit_id
FROM unnest($1::text[], $2::text[]) AS w (category, district) JOIN case_routes r ON r.category = w.category
    AND starts_with(coalesce(w.district, ''), r.district)
JOIN units u ON u.id = r.unit_id AND u.closed_at IS NULL
ORDER BY w.category, w.district, length(r.district) DESC
"""
_COLUMNS: Final = (
    "id", "number", "origin", "origin_id", "category", "channel", "title", "body", "person_id", "enterprise_id",
    "district", "urgency", "state", "unit_id", "handler_id", "answerable_id", "hand_overs", "refusals", "terms",
    "received_at", "promised_on", "accept_due_at", "answer_due_at", "solution_due_at", "statutory_due_at", "due_at",
    "alarm_at", "accept_by", "is_paused", "is_provisional", "moved_at", "opened_by_kind", "opened_by", "version",
)  # fmt: skip
_INSERT: Final = f"""
INSERT INTO cases ({", ".join(_COLUMNS)})
SELECT {", ".join(_COLUMNS)} FROM jsonb_populate_recordset(NULL::cases, $1::jsonb)
ON CONFLICT (origin, origin_id) DO NOTHING RETURNING id
"""
_STANDING: Final = """
SELECT c.id, c.number, c.state, c.origin, c.origin_id FROM cases c
JOIN unnest($1::text[], $2::uuid[]) AS o (origin, origin_id) USING (origin, origin_id)
"""


class Channel(StrEnum):
    MINI_PROGRAM = "mini_program"
    COUNTER = "counter"
    PHONE = "phone"
    VISIT = "visit"
    STAFF = "staff"
    SYSTEM = "system"


class Urgency(StrEnum):
    NORMAL = "normal"
    URGENT = "urgent"
    CRITICAL = "critical"


_TAKEN_DOWN: Final = (Channel.COUNTER, Channel.PHONE, Channel.VISIT, Channel.STAFF)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a module asks to be looked after. Clocks start at `received_at` (now, unless it was asked before).

    `number` is one that was handed out before; `unit_id` or `handler_id` name who is to do it, where the origin knows.
    A handler has his term for taking it from now on; of a matter that he has already (`part_of`) from its receipt on.
    Without `district` the enterprise's own counts.
    """

    origin: str
    origin_id: UUID
    category: str
    title: str
    body: str
    channel: Channel
    person_id: UUID | None = None
    enterprise_id: UUID | None = None
    district: str | None = None
    urgency: Urgency = Urgency.NORMAL
    received_at: datetime | None = None
    number: str | None = None
    unit_id: UUID | None = None
    handler_id: UUID | None = None
    promised_on: date | None = None
    files: tuple[UUID, ...] = field(default=())
    part_of: str = ""
    """The number of the case that it was split off."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The case of an origin; `is_new` is False where a twin had opened it."""

    id: UUID
    number: str
    state: CaseState
    is_new: bool


async def open_one(opening: Opening, *, actor: Actor) -> Opened:
    """Open one case in the caller's transaction; see `open_many`."""
    return (await open_many([opening], actor=actor))[0]


async def open_many(openings: Sequence[Opening], *, actor: Actor) -> list[Opened]:
    """Open cases in the caller's transaction, in the order given; an origin that has one already gets that one.

    Raises CategoryUnknown for a category that is closed, no leaf or not there.
    """
    if not db.in_transaction():
        raise RuntimeError("a case is opened in the transaction of the command that asks for it")
    rows = await _rows(openings, actor)
    found = await db.fetch(_INSERT, orjson.dumps(rows, default=str).decode())
    new = {row["id"] for row in found}
    made = [(row, opening) for row, opening in zip(rows, openings, strict=True) if row["id"] in new]
    await _write_down(made, actor)
    return await _standing(openings, new)


async def _rows(openings: Sequence[Opening], actor: Actor) -> list[dict[str, Any]]:
    categories = await _categories({one.category for one in openings})
    places = await _places(openings)
    routed = await _routes({(one.category, place) for one, place in zip(openings, places, strict=True)})
    unnumbered = [one for one in openings if one.number is None]
    fresh = iter(await public_numbers(PREFIX, len(unnumbered)))
    calendar, moment = await worktime.current(), clock.now()
    rows = []
    for one, district in zip(openings, places, strict=True):
        category = categories[one.category]
        terms = {name: category[name] for name in _TERMS}
        received = one.received_at or moment
        marks = [Mark(at=received, seq=1, kind=Kind.RECEIVED, data=_said(one))]
        if one.handler_id:
            marks.append(Mark(at=moment, seq=2, kind=Kind.ASSIGNED, data=_given(one)))
        state = CaseState.ASSIGNED if one.handler_id else CaseState.RECEIVED
        readings = clocks.read(marks, writing.terms_of(terms), calendar, moment)
        rows.append(
            {
                "id": new_id(),
                "number": one.number or next(fresh),
                "origin": one.origin,
                "origin_id": one.origin_id,
                "category": one.category,
                "channel": one.channel,
                "title": one.title,
                "body": one.body,
                "person_id": one.person_id,
                "enterprise_id": one.enterprise_id,
                "district": district,
                "urgency": one.urgency,
                "state": state,
                "unit_id": one.unit_id or routed.get((one.category, district)),
                "handler_id": one.handler_id,
                "answerable_id": one.handler_id or _first_receiver(one, actor),
                "hand_overs": 0,
                "refusals": 0,
                "terms": terms,
                "received_at": received,
                "promised_on": one.promised_on,
                **writing.due_columns(readings, state, calendar),
                "accept_by": readings.accept.due.at if one.handler_id else None,
                "moved_at": moment,
                "opened_by_kind": actor.kind.value,
                "opened_by": actor.id,
                "version": 1,
            }
        )
    return rows


def _said(opening: Opening) -> dict[str, Any]:
    told: dict[str, Any] = {"taken_over": opening.part_of} if opening.part_of else {}
    return {**told, "promised_on": opening.promised_on.isoformat()} if opening.promised_on else told


def _given(opening: Opening) -> dict[str, Any]:
    told = {"staff_id": str(opening.handler_id)}
    return {**told, "taken_over": opening.part_of} if opening.part_of else {**told, "opens": True}


def _first_receiver(opening: Opening, actor: Actor) -> UUID | None:
    """Return who answers for it from the beginning (首接负责): the clerk who took it down for somebody."""
    is_taken_down = actor.kind is ActorKind.STAFF and opening.channel in _TAKEN_DOWN
    return actor.id if is_taken_down else None


async def terms_of(category: str) -> dict[str, int | None]:
    """Return the terms of a category as they are now; raises CategoryUnknown."""
    found = (await _categories({category}))[category]
    return {name: found[name] for name in _TERMS}


async def unit_for(category: str, district: str | None) -> UUID | None:
    """Return the unit that looks after a category in a place, if one does."""
    return (await _routes({(category, district)})).get((category, district))


async def _categories(keys: set[str]) -> Mapping[str, Mapping[str, Any]]:
    found = {row["key"]: dict(row) for row in await db.fetch(_CATEGORIES, sorted(keys))}
    if keys - set(found):
        raise CategoryUnknown
    return found


async def _places(openings: Sequence[Opening]) -> list[str | None]:
    wanted = [one.enterprise_id for one in openings if one.district is None and one.enterprise_id is not None]
    known = {row["id"]: row["district"] for row in await db.fetch(_DISTRICTS, wanted)} if wanted else {}
    return [one.district or known.get(one.enterprise_id) for one in openings]


async def _routes(wanted: set[tuple[str, str | None]]) -> Mapping[tuple[str, str | None], UUID]:
    listed = list(wanted)
    rows = await db.fetch(_ROUTES, [category for category, _ in listed], [place for _, place in listed])
    return {(row["category"], row["district"]): row["unit_id"] for row in rows}


async def _write_down(made: Sequence[tuple[Mapping[str, Any], Opening]], actor: Actor) -> None:
    if not made:
        return
    events: list[tuple[UUID, NewEvent]] = []
    parts: list[tuple[UUID, NewEvent]] = []
    for row, one in made:
        received = NewEvent(Kind.RECEIVED, data=_said(one), files=one.files, at=row["received_at"])
        told = [received, NewEvent(Kind.ASSIGNED, data=_given(one))] if one.handler_id else [received]
        (parts if one.part_of else events).extend((row["id"], event) for event in told)
    await writing.append(events, actor)
    # Whoever splits a case has neither received nor given out what is a part of it.
    await writing.append(parts, SYSTEM)
    await ledger.keep({row["id"]: one.handler_id for row, one in made if one.handler_id})
    given = [(row, one.handler_id, row["accept_due_at"]) for row, one in made if one.handler_id not in (None, actor.id)]
    await notices.given_many([(row, to, until) for row, to, until in given if to])
    await audit.record_many(
        actor, [audit.Entry("cases.opened", writing.TABLE, row["id"], ("state",)) for row, _ in made]
    )
    moment = clock.now().isoformat()
    items = [
        outbox.NewItem(
            writing.MOVED,
            {
                "case_id": str(row["id"]),
                "origin": row["origin"],
                "origin_id": str(row["origin_id"]),
                "before": None,
                "after": row["state"],
                "seq": 1,
                "at": moment,
            },
            str(row["id"]),
        )
        for row, _ in made
    ]
    items += [
        outbox.NewItem(ASSIGN, {"case_id": str(row["id"])}, str(row["id"])) for row, one in made if not one.handler_id
    ]
    await outbox.put_many(items)


async def _standing(openings: Sequence[Opening], new: set[UUID]) -> list[Opened]:
    rows = await db.fetch(_STANDING, [one.origin for one in openings], [one.origin_id for one in openings])
    found = {
        (row["origin"], row["origin_id"]): Opened(row["id"], row["number"], CaseState(row["state"]), row["id"] in new)
        for row in rows
    }
    return [found[one.origin, one.origin_id] for one in openings]
