"""Reads of visits: one with its log, lists by time, and what late cancellations came to; all from `visible_to`."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.access import Actor, ActorKind, Condition
from backend.foundation import clock, db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor
from backend.visits import allowed, events, speaking
from backend.visits.afterwards import allowed as later
from backend.visits.availability.visitors import VISIT
from backend.visits.bookings import booking
from backend.visits.bookings.changing import ANSWER, ASSIGN
from backend.visits.errors import VisitUnknown, when
from backend.visits.models import Visit
from backend.visits.reasons import PLACES
from backend.visits.states import PROPOSED, SENTENCES, WORDS, VisitState
from backend.visits.visibility import seats_of, visible_to

MASKED: Final = "（已隐去）"

_CARD: Final = """
v.id, v.number, v.reason, r.title AS reason_title, v.place, v.address, v.starts_at, v.ends_at, v.state, v.awaits,
v.held_until, v.expires_at, v.capacity, v.taken, v.district, v.moved, v.is_late, v.version,
coalesce((SELECT json_agg(json_build_object('id', s.id, 'name', s.name) ORDER BY t.is_lead DESC, s.id)::text
          FROM staff_time t JOIN staff s ON s.id = t.staff_id WHERE t.visit_id = v.id), '[]') AS visitors,
(SELECT coalesce(json_agg(json_build_object('id', e.id, 'name', e.name, 'note', p.note)
                          ORDER BY p.joined_at, e.id)::text, '[]')
 FROM visit_parties p JOIN enterprises e ON e.id = p.enterprise_id
 WHERE p.visit_id = v.id AND (p.state <> 'cancelled' OR v.ended_at IS NOT NULL) AND {seats}) AS parties
"""
_MORE: Final = """
v.channel, v.requested_at, v.confirmed_at, v.ended_at, v.end_reason, v.contested_at, v.contest_reason,
v.contest_verdict, v.contest_decided_at, v.is_set_aside, v.sequence, v.unit_id, v.why, r.legal_basis,
r.change_minutes, r.hint,
(SELECT u.name FROM units u WHERE u.id = v.unit_id) AS unit
"""
_FROM: Final = "visits v JOIN visit_reasons r ON r.key = v.reason"
_LOG: Final = """
SELECT e.seq, e.at, e.kind, e.actor_kind AS by, e.body, e.data::text AS data,
    CASE WHEN e.actor_kind = 'staff' THEN (SELECT s.name FROM staff s WHERE s.id = e.actor_id) END AS who
FROM visit_events e WHERE e.visit_id = $1 ORDER BY e.seq
"""
_GOES: Final = "EXISTS (SELECT FROM staff_time t WHERE t.visit_id = v.id AND t.staff_id = {})"


async def detail(actor: Actor, visit_id: UUID) -> dict[str, Any]:
    """Return a visit with its log and what the actor may do with it; raises VisitUnknown."""
    wanted = Condition("v.id = {}::uuid", (visit_id,)) & visible_to(actor)
    card, params = _columns(actor, wanted)
    row = await db.fetch_one(f"SELECT {card}, {_MORE} FROM {_FROM} WHERE {wanted.render()}", *params)
    if row is None:
        raise VisitUnknown
    visit = _card(actor, row)
    seats = {one["id"] for one in visit["parties"]}
    log = [_entry(actor, one) for one in await db.fetch(_LOG, visit_id)]
    entries = log if actor.kind is not ActorKind.OWNER else [_own(one) for one in log if _concerns(one["data"], seats)]
    standing = await _standing(actor, row)
    acts = await later.may(actor, await Visit.get(id=visit_id), standing)
    visit |= {"may": allowed.may(actor, standing) + acts, "events": entries}
    if actor.kind is ActorKind.OWNER:
        visit["why"] = ""
    if actor.reads_masked("visits.read"):
        visit |= {"end_reason": MASKED, "contest_reason": MASKED}
    return visit


async def mine(actor: Actor, *, is_coming: bool, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return an owner's visits: those to come, the next one first, or those that are over, the last one first."""
    open_ones = "v.ended_at IS NULL AND (v.state <> 'held' OR v.held_until > {})"
    side = Condition(open_ones, (clock.now(),)) if is_coming else Condition("v.ended_at IS NOT NULL AND v.number <> ''")
    return await _page(actor, visible_to(actor) & side, cursor, limit, is_rising=is_coming)


async def listed(
    actor: Actor,
    first: date,
    last: date,
    *,
    states: list[str],
    staff_id: UUID | None,
    unit_id: UUID | None,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """Return the visits of some days in China for staff, in the order of their beginnings, with their count."""
    wanted = visible_to(actor) & Condition(
        "v.starts_at >= {} AND v.starts_at < {} AND v.state <> 'held'",
        (clock.day_start(first), clock.day_start(last + timedelta(days=1))),
    )
    if states:
        wanted &= Condition("v.state = ANY ({}::text[])", (states,))
    if staff_id is not None:
        wanted &= Condition(_GOES, (staff_id,))
    if unit_id is not None:
        wanted &= Condition("v.unit_id = {}::uuid", (unit_id,))
    return await _page(actor, wanted, cursor, limit, is_rising=True, is_counted=True)


def _columns(actor: Actor, wanted: Condition) -> tuple[str, list[Any]]:
    """Return the columns of a card, and all parameters; those of the condition come first."""
    seats = seats_of(actor)
    return _CARD.format(seats=seats.render(len(wanted.params) + 1)), [*wanted.params, *seats.params]


async def _page(
    actor: Actor,
    wanted: Condition,
    cursor: str | None,
    limit: int,
    *,
    is_rising: bool,
    is_counted: bool = False,
) -> dict[str, Any]:
    after = decode_cursor(cursor, datetime, UUID)
    rows_from = f"{_FROM} WHERE {wanted.render()}"
    count = count_column(rows_from, cursor) if is_counted else ""
    sign, order = (">", "ASC") if is_rising else ("<", "DESC")
    card, given = _columns(actor, wanted)
    beyond = ""
    if after is not None:
        beyond = f" AND (v.starts_at, v.id) {sign} (${len(given) + 1}, ${len(given) + 2}::uuid)"
        given += after
    sql = f"SELECT {card}{count} FROM {rows_from}{beyond} ORDER BY v.starts_at {order}, v.id {order} LIMIT {limit + 1}"
    rows = await db.fetch(sql, *given)
    page, following = cut(rows, limit, lambda row: encode_cursor(row["starts_at"], row["id"]))
    return {
        "items": [_card(actor, row) for row in page],
        "next": following,
        **(counted(rows, cursor) if is_counted else {}),
    }


def _card(actor: Actor, row: Record) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name not in ("found", "change_minutes")}
    parties, state = orjson.loads(told["parties"]), VisitState(row["state"])
    for one in parties:
        if actor.reads_masked("visits.read") and one["note"]:
            one["note"] = MASKED
    return {
        **told,
        "place_word": PLACES[row["place"]],
        "state_word": WORDS[state],
        "sentence": _sentence(row, state),
        "visitors": orjson.loads(told["visitors"]),
        "parties": parties,
    }


def _sentence(row: Record, state: VisitState) -> str:
    words = PROPOSED if row["awaits"] == "owner" else SENTENCES[state]
    return words.format(by=when(row["expires_at"])) if row["expires_at"] else words


def _entry(actor: Actor, row: Record) -> dict[str, Any]:
    is_masked = actor.reads_masked("visits.read") and row["body"]
    data = orjson.loads(row["data"])
    return {
        **dict(row),
        "word": events.WORDS[events.Kind(row["kind"])],
        "body": MASKED if is_masked else row["body"],
        "data": {name: value for name, value in data.items() if name != "staff" or actor.kind is not ActorKind.OWNER},
    }


def _own(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a line of the log without who else it is about."""
    return {**entry, "data": {name: value for name, value in entry["data"].items() if name != "parties"}}


def _concerns(data: Mapping[str, Any], seats: AbstractSet[str]) -> bool:
    """Tell whether a line of the log is about an owner's own seats, or about everybody's."""
    about = [data["enterprise_id"]] if "enterprise_id" in data else data.get("parties")
    return about is None or not seats.isdisjoint(about)


async def _standing(actor: Actor, row: Record) -> allowed.Standing:
    asked = {
        "arranges": visible_to(actor, ASSIGN, by_going=False),
        "gives": visible_to(actor, ASSIGN),
        "answers": visible_to(actor, ANSWER),
        "arrives": visible_to(actor, VISIT),
    }
    columns, params = [f"{_GOES.format('$2')} AS goes"], [row["id"], actor.id]
    for name, condition in asked.items():
        columns.append(f"{condition.render(len(params) + 1)} AS {name}")
        params += condition.params
    within = await db.fetch_one(f"SELECT {', '.join(columns)} FROM visits v WHERE v.id = $1", *params)
    is_staff = actor.kind is not ActorKind.OWNER
    holds = {name: is_staff and bool(within and within[name]) for name in ("goes", *asked)}
    seats = await speaking.booked_by(row["id"], actor)
    is_his = bool(seats) or ((holds["arranges"] or holds["goes"]) and holds["answers"])
    return allowed.Standing(
        VisitState(row["state"]),
        row["awaits"],
        row["starts_at"],
        row["ended_at"],
        row["held_until"],
        timedelta(minutes=row["change_minutes"]),
        row["contested_at"] is not None,
        row["contested_at"] is not None and row["contest_decided_at"] is None,
        is_his,
        row["taken"] <= len(seats),
        bool(seats) and await booking.has_no_room(seats),
        holds["goes"],
        holds["arranges"],
        holds["gives"],
        holds["arrives"] and holds["goes"],
    )
