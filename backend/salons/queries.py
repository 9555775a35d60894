"""Reads of salons for owners, staff and the public: lists by time, one with its programme and seats."""

from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend import files
from backend.access import Actor, ActorKind, Condition
from backend.access.visibility import EVERYTHING, NOTHING
from backend.enterprises import divisions
from backend.foundation import clock, db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor
from backend.salons import allowed, attached
from backend.salons.content import TOPICS, WAYS
from backend.salons.errors import SalonUnknown
from backend.salons.seats import asking, forms
from backend.salons.states import COMING, WORDS, SalonState, by_clock
from backend.salons.visibility import salons_visible_to

_CARD: Final = """
s.id, s.number, s.title, s.topic, s.series_id, (SELECT e.title FROM salon_series e WHERE e.id = s.series_id) AS series,
s.organisers, s.district, s.address, s.starts_at, s.ends_at, s.opens_at, s.closes_at, s.state, s.needs_approval,
s.version, CASE WHEN s.published_at IS NOT NULL THEN s.poster_id END AS shown_poster,
(SELECT coalesce(json_agg(json_build_object('id', q.id, 'title', q.title, 'way', q.way, 'seats', q.seats + q.extra,
     'taken', q.taken, 'kept_until', q.kept_until) ORDER BY q.position), '[]')
 FROM salon_quotas q WHERE q.salon_id = s.id)::text AS quotas,
(SELECT coalesce(sum(w.waiting), 0) FROM salon_waiting w WHERE w.salon_id = s.id) AS waiting
"""
_MORE: Final = """
s.intro, s.sessions::text AS sessions, s.reason, s.is_limited, s.per_enterprise, s.approval_days,
s.end_reason, s.minutes, s.minutes_at,
s.unit_id, (SELECT u.name FROM units u WHERE u.id = s.unit_id) AS unit
"""
_STAFF: Final = f"""
s.online_url, s.poster_id, s.rule::text AS rule, s.form::text AS form, {attached.MATERIALS}, s.materials_at,
s.published_at, s.edited_at,
(SELECT coalesce(json_agg(json_build_object('id', q.id, 'title', q.title, 'way', q.way, 'seats', q.seats,
     'extra', q.extra, 'hard_limit', q.hard_limit, 'taken', q.taken, 'is_for_first_timers', q.kept_until IS NOT NULL)
     ORDER BY q.position), '[]') FROM salon_quotas q WHERE q.salon_id = s.id)::text AS seats,
(SELECT coalesce(json_object_agg(n.state, n.count), '{{}}') FROM (
     SELECT g.state, count(*) AS count FROM salon_signups g WHERE g.salon_id = s.id GROUP BY 1) AS n)::text AS signups
"""
# What `_state` says of one, as a condition over many; the states stand there as the index of those to come names them.
_BY_CLOCK: Final = """
s.state IN ('published', 'open', 'closed') AND
CASE WHEN s.state IN ('published', 'open') AND s.closes_at <= {}::timestamptz THEN 'closed'
     WHEN s.state = 'published' AND s.opens_at <= {}::timestamptz THEN 'open' ELSE s.state END = ANY ({}::text[])
"""
_WORDED: Final = (
    "s.title ILIKE {}::text OR s.address ILIKE {}::text OR s.number ILIKE {}::text OR s.topic = ANY ({}::text[])"
)
_MOST_WORDS: Final = 8
_MINE: Final = """
(SELECT g.id FROM salon_signups g WHERE g.salon_id = s.id AND g.person_id = {} AND g.nth IS NOT NULL) AS my_signup,
(SELECT g.state FROM salon_signups g WHERE g.salon_id = s.id AND g.person_id = {} AND g.nth IS NOT NULL) AS my_state
"""
COMING_STATES: Final = [state.value for state in COMING]


async def coming(
    actor: Actor | None, *, district: str | None, topic: str | None, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Return the salons to come that were published, the next one first; an owner's with how he stands."""
    wanted = Condition("s.state = ANY ({}::text[]) AND s.ends_at > {}", (COMING_STATES, clock.now()))
    wanted &= _narrowed(district, topic)
    return await _page(wanted, actor, cursor, limit, is_rising=True)


async def shown(salon_id: UUID, actor: Actor | None = None) -> dict[str, Any]:
    """Return one published salon as the public sees it, for an owner with how he stands; raises SalonUnknown."""
    wanted = Condition("s.id = {}::uuid AND s.published_at IS NOT NULL", (salon_id,))
    return await _one(wanted, actor, _MORE)


async def form_for(salon_id: UUID, enterprise_id: UUID) -> dict[str, Any]:
    """Return the sign-up form as an enterprise is asked it: what is known of it is not asked again."""
    row = await db.fetch_one(
        "SELECT form::text AS form FROM salons WHERE id = $1 AND published_at IS NOT NULL AND state <> 'draft'",
        salon_id,
    )
    if row is None:
        raise SalonUnknown
    form = orjson.loads(row["form"])
    asked = forms.ask(form, await asking.facts_of(enterprise_id, form))
    return {"form": dict(asked.schema), "prefilled": dict(asked.prefilled), "known": list(asked.known)}


async def detail(salon_id: UUID, actor: Actor) -> dict[str, Any]:
    """Return one salon for staff, with what they may do with it; raises SalonUnknown."""
    wanted = Condition("s.id = {}::uuid", (salon_id,)) & salons_visible_to(actor)
    found = await _one(wanted, None, f"{_MORE}, {_STAFF}")
    for name in ("rule", "form", "signups"):
        found[name] = orjson.loads(found[name]) if found[name] else None
    found["quotas"] = orjson.loads(found.pop("seats"))
    found["materials"] = attached.told(found["materials"], for_readers=False)
    poster_id = found.pop("poster_id")
    # A draft's poster is not out yet: staff see it by a link of their own.
    del found["poster_url"]
    found["poster"] = None if poster_id is None else {"file_id": poster_id, "url": files.address(poster_id)}
    place = {"district": found["district"], "unit": found["unit_id"]}
    found["file_uses"] = attached.USES
    found["may"] = allowed.salon_acts(actor, SalonState(found["state"]), found["starts_at"], **place)
    return found


async def listed(
    actor: Actor,
    *,
    states: list[str],
    district: str | None,
    topic: str | None,
    words: str | None,
    series_id: UUID | None,
    first: date | None,
    last: date | None,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """Return salons for staff, the latest first, with their count."""
    wanted = salons_visible_to(actor) & _narrowed(district, topic) & _worded(words) & _standing(states)
    if series_id is not None:
        wanted &= Condition("s.series_id = {}::uuid", (series_id,))
    if first is not None:
        wanted &= Condition("s.starts_at >= {}", (clock.day_start(first),))
    if last is not None:
        wanted &= Condition("s.starts_at < {}", (clock.day_start(last + timedelta(days=1)),))
    return await _page(wanted, None, cursor, limit, is_rising=False, is_counted=True)


def _narrowed(district: str | None, topic: str | None) -> Condition:
    wanted = Condition("TRUE")
    if district is not None:
        wanted &= Condition("(s.district IS NULL OR s.district = {})", (district,))
    return wanted & Condition("s.topic = {}", (topic,)) if topic is not None else wanted


def _standing(states: list[str]) -> Condition:
    """Find salons by the state that is shown of them, whether or not the clock has written it yet."""
    if not states:
        return EVERYTHING
    now = clock.now()
    coming_ones = [state for state in states if state in COMING_STATES]
    others = [state for state in states if state not in COMING_STATES]
    wanted = Condition("s.state = ANY ({}::text[])", (others,)) if others else NOTHING
    return wanted | Condition(_BY_CLOCK, (now, now, coming_ones)) if coming_ones else wanted


def _worded(words: str | None) -> Condition:
    """Every word must stand in the title, the place, the number or what the topic is called."""
    wanted = EVERYTHING
    for word in (words or "").split()[:_MOST_WORDS]:
        plain = word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        topics = [topic for topic, title in TOPICS.items() if word in title]
        wanted &= Condition(_WORDED, (f"%{plain}%", f"%{plain}%", f"%{plain}%", topics))
    return wanted


def _mine(actor: Actor | None, first: int) -> tuple[str, tuple[UUID, ...]]:
    if actor is None or actor.kind is not ActorKind.OWNER or actor.id is None:
        return "", ()
    return f", {Condition(_MINE, (actor.id, actor.id)).render(first)}", (actor.id, actor.id)


async def _one(wanted: Condition, actor: Actor | None, more: str) -> dict[str, Any]:
    mine, given = _mine(actor, len(wanted.params) + 1)
    sql = f"SELECT {_CARD}, {more}{mine} FROM salons s WHERE {wanted.render()}"
    row = await db.fetch_one(sql, *wanted.params, *given)
    if row is None:
        raise SalonUnknown
    return {**card(row), "sessions": orjson.loads(row["sessions"])}


async def _page(
    wanted: Condition, actor: Actor | None, cursor: str | None, limit: int, *, is_rising: bool, is_counted: bool = False
) -> dict[str, Any]:
    after = decode_cursor(cursor, datetime, UUID)
    rows_from = f"salons s WHERE {wanted.render()}"
    count = count_column(rows_from, cursor) if is_counted else ""
    sign, order = (">", "ASC") if is_rising else ("<", "DESC")
    mine, own = _mine(actor, len(wanted.params) + 1)
    given, beyond = [*wanted.params, *own], ""
    if after is not None:
        beyond = f" AND (s.starts_at, s.id) {sign} (${len(given) + 1}, ${len(given) + 2}::uuid)"
        given += after
    sql = (
        f"SELECT {_CARD}{mine}{count} FROM {rows_from}{beyond}"
        f" ORDER BY s.starts_at {order}, s.id {order} LIMIT {limit + 1}"
    )
    rows = await db.fetch(sql, *given)
    page, following = cut(rows, limit, lambda row: encode_cursor(row["starts_at"], row["id"]))
    told = counted(rows, cursor) if is_counted else {}
    return {"items": [card(row) for row in page], "next": following, **told}


def card(row: Record) -> dict[str, Any]:
    """Return what every list shows of a salon; its state is what its times make of it, should the clock be late."""
    told = {name: value for name, value in row.items() if name not in ("found", "quotas", "shown_poster")}
    state = _state(row)
    return {
        **told,
        "state": state.value,
        "state_word": WORDS[state],
        "topic_word": TOPICS.get(row["topic"], row["topic"]),
        "district_word": divisions.DISTRICTS.get(row["district"], "全市") if row["district"] else "全市",
        "poster_url": attached.poster_address(row["shown_poster"]),
        "quotas": [_quota(one) for one in orjson.loads(row["quotas"])],
    }


def _quota(one: dict[str, Any]) -> dict[str, Any]:
    kept = datetime.fromisoformat(one["kept_until"]) if one["kept_until"] else None
    return {
        "id": one["id"],
        "title": one["title"],
        "way": one["way"],
        "way_word": WAYS[one["way"]],
        "seats": one["seats"],
        "free": max(0, one["seats"] - one["taken"]),
        "kept_until": kept if kept and kept > clock.now() else None,
    }


def _state(row: Record) -> SalonState:
    return by_clock(SalonState(row["state"]), row["opens_at"], row["closes_at"], clock.now())
