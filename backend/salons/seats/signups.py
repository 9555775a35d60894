"""Reads of sign-ups: an owner's own, one with its place in the waiting list, a salon's for staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.access import Actor, ActorKind, Condition
from backend.enterprises import divisions
from backend.foundation import clock, db
from backend.foundation.paging import COUNTED, count_column, counted, cut, decode_cursor, encode_cursor
from backend.salons import allowed, attached
from backend.salons.content import WAYS
from backend.salons.errors import SignupUnknown, when
from backend.salons.seats import admitting
from backend.salons.states import (
    AT_THE_DOOR,
    SENTENCES,
    SIGNUP_WORDS,
    WRITTEN_OF,
    SalonState,
    SignupState,
    by_clock,
)
from backend.salons.visibility import RUN, signups_changed_by, signups_visible_to

MASKED: Final = "（已隐去）"
_OVER: Final = "('refused', 'left', 'removed', 'declined', 'lapsed', 'missed', 'cancelled')"
# How many wait before: those before whom he never comes, and those of his own priority who came earlier; counted to a
# bound, so that a list of any length costs the same.
_POSITION: Final = f"""
CASE WHEN g.state = 'waiting' THEN 1 + least({COUNTED},
    (SELECT coalesce(sum(w.waiting), 0) FROM salon_waiting w
     WHERE w.salon_id = g.salon_id AND w.way = g.way AND w.priority > g.priority)
    + (SELECT count(*) FROM (
        SELECT FROM salon_signups o WHERE o.salon_id = g.salon_id AND o.way = g.way AND o.state = 'waiting'
        AND o.priority = g.priority AND (o.waiting_since, o.id) < (g.waiting_since, g.id) LIMIT {COUNTED}) AS before))
END::int AS position
"""
_DISTRICT: Final = "(SELECT e.district FROM enterprises e WHERE e.id = g.enterprise_id)"
_CARD: Final = f"""
g.id, g.salon_id, s.number, s.title, s.starts_at, s.ends_at, s.address, s.state AS salon_state,
s.opens_at, s.closes_at, g.state, g.way,
g.enterprise_id, (SELECT e.name FROM enterprises e WHERE e.id = g.enterprise_id) AS enterprise,
{_DISTRICT} AS district, g.attendee, g.channel, g.signed_at, g.offer_until, g.decide_by, g.reason, g.priority,
g.is_first, g.person_id, {_POSITION}
"""
_MORE: Final = f"g.answers::text AS answers, s.online_url, {attached.MATERIALS}"
_OWN: Final = (
    "found", "person_id", "answers", "online_url", "materials", "priority", "runs", "opens_at", "closes_at",
)  # fmt: skip
_ENTERPRISE: Final = "strpos((SELECT e.name FROM enterprises e WHERE e.id = g.enterprise_id), {}::text) > 0"
_ATTENDEE: Final = "strpos(g.attendee, {}::text) > 0"
_FROM: Final = "salon_signups g JOIN salons s ON s.id = g.salon_id"


async def mine(actor: Actor, *, is_coming: bool, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return an owner's sign-ups, and those of his enterprises: of salons to come, or of those that are over."""
    side = Condition(
        f"(s.ends_at > {{}} AND g.state NOT IN {_OVER})" if is_coming else f"(s.ends_at <= {{}} OR g.state IN {_OVER})",
        (clock.now(),),
    )
    return await _page(actor, signups_visible_to(actor) & side, cursor, limit)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of a salon's sign-ups: all states where none is named; the enterprise's `district`; `words` of a name."""

    states: Sequence[str] = ()
    way: str | None = None
    district: str | None = None
    words: str | None = None


async def of_salon(actor: Actor, salon_id: UUID, wanted: Wanted, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return a salon's sign-ups for staff, in the order in which they came, with their count."""
    condition = signups_visible_to(actor) & Condition("g.salon_id = {}::uuid", (salon_id,))
    if wanted.states:
        condition &= Condition("g.state = ANY ({}::text[])", (list(wanted.states),))
    if wanted.way is not None:
        condition &= Condition("g.way = {}", (wanted.way,))
    if wanted.district is not None:
        condition &= Condition(f"{_DISTRICT} = {{}}", (wanted.district,))
    if wanted.words:
        # Whoever reads masked finds by the enterprise alone: what he may not read, he may not guess at either.
        named = _ENTERPRISE if actor.reads_masked("salons.read") else f"({_ENTERPRISE} OR {_ATTENDEE})"
        condition &= Condition(named, (wanted.words,) * named.count("{}"))
    return await _page(actor, condition, cursor, limit, is_rising=True, is_counted=True)


async def detail(actor: Actor, signup_id: UUID) -> dict[str, Any]:
    """Return one sign-up with its answers and what the actor may do with it; raises SignupUnknown."""
    wanted = Condition("g.id = {}::uuid", (signup_id,)) & signups_visible_to(actor)
    may = signups_changed_by(actor, RUN)
    more = f"{_MORE}, {may.render(len(wanted.params) + 1)} AS runs"
    sql = f"SELECT {_CARD}, {more} FROM {_FROM} WHERE {wanted.render()}"
    row = await db.fetch_one(sql, *wanted.params, *may.params)
    if row is None:
        raise SignupUnknown
    is_owner = actor.kind is ActorKind.OWNER
    is_seated = row["state"] in (SignupState.CONFIRMED, SignupState.ATTENDED)
    may_read = not is_owner or _has_been(row)
    is_masked = actor.reads_masked("salons.read")
    told = _card(actor, row)
    return {
        **told,
        "answers": {} if is_masked else orjson.loads(row["answers"]),
        "online_url": row["online_url"] if is_seated and row["way"] == "online" and not is_masked else "",
        "materials": attached.told(row["materials"], for_readers=is_owner) if may_read else [],
        "may": allowed.signup_acts(dict(row), is_owner=is_owner and row["runs"], runs=row["runs"] and not is_owner),
    }


def _has_been(row: Record) -> bool:
    """Tell whether somebody was there, or waited in vain; no scanner sees who was there online."""
    if row["state"] == SignupState.CONFIRMED:
        return row["way"] == "online" and row["salon_state"] in WRITTEN_OF
    return row["state"] in (SignupState.ATTENDED, SignupState.MISSED)


async def _page(
    actor: Actor,
    wanted: Condition,
    cursor: str | None,
    limit: int,
    *,
    is_rising: bool = False,
    is_counted: bool = False,
) -> dict[str, Any]:
    after = decode_cursor(cursor, UUID)
    rows_from = f"{_FROM} WHERE {wanted.render()}"
    count = count_column(rows_from, cursor) if is_counted else ""
    sign, order = (">", "ASC") if is_rising else ("<", "DESC")
    given, beyond = list(wanted.params), ""
    if after is not None:
        beyond = f" AND g.id {sign} ${len(given) + 1}::uuid"
        given += after
    sql = f"SELECT {_CARD}{count} FROM {rows_from}{beyond} ORDER BY g.id {order} LIMIT {limit + 1}"
    rows = await db.fetch(sql, *given)
    page, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    told = counted(rows, cursor) if is_counted else {}
    return {"items": [_card(actor, row) for row in page], "next": following, **told}


def _card(actor: Actor, row: Record) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name not in _OWN}
    state = SignupState(row["state"])
    is_masked = actor.reads_masked("salons.read")
    return {
        **told,
        "attendee": MASKED if is_masked and row["attendee"] else row["attendee"],
        "reason": MASKED if is_masked and row["reason"] else row["reason"],
        "salon_state": by_clock(SalonState(row["salon_state"]), row["opens_at"], row["closes_at"], clock.now()).value,
        "has_account": row["person_id"] is not None,
        "is_lowered": row["priority"] == 0,
        "state_word": SIGNUP_WORDS[state],
        "way_word": WAYS[row["way"]],
        "district_word": divisions.DISTRICTS.get(row["district"]),
        "position": row["position"] if state is SignupState.WAITING else None,
        "position_is_at_least": (row["position"] or 0) > COUNTED,
        "sentence": _sentence(state, row),
    }


def _sentence(state: SignupState, row: Record) -> str:
    if state is SignupState.WAITING and admitting.is_last(row["starts_at"], clock.now(), row["way"]):
        return AT_THE_DOOR[row["way"]]
    by: datetime | None = row["offer_until"] or row["decide_by"]
    return SENTENCES[state].format(by=when(by) if by else "规定时间")
