"""Who waits for an earlier time, as staff see it: since when, for what, and what each was offered."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.access import EVERYTHING, Actor, Condition, granted
from backend.enterprises import divisions
from backend.foundation import db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor
from backend.visits.reasons import PLACES
from backend.visits.visibility import READ
from backend.visits.waiting import offers
from backend.visits.waiting.states import ENDED_WORDS, OFFER_WORDS, WAIT_WORDS, OfferState, WaitState

OFFERED_WORDS: Final = {**OFFER_WORDS, OfferState.OPEN: "待企业决定"}
_FROM: Final = """
visit_waits w JOIN visit_reasons r ON r.key = w.reason JOIN enterprises e ON e.id = w.enterprise_id
LEFT JOIN visits v ON v.id = w.visit_id
"""
_COLUMNS: Final = """
w.id, w.visit_id, v.number, v.starts_at, w.enterprise_id, e.name AS enterprise, w.district, r.title AS reason_title,
w.place, w.state, w.end_reason, w.asked_at, w.ended_at, w.not_before,
coalesce((
    SELECT json_agg(json_build_object('id', o.id, 'number', o.number, 'state', o.state, 'starts_at', o.starts_at,
        'ends_at', o.ends_at, 'made_at', o.made_at, 'until_at', o.until_at) ORDER BY o.number)
    FROM visit_offers o WHERE o.wait_id = w.id), '[]')::text AS offers
"""
_MOMENTS: Final = ("starts_at", "ends_at", "made_at", "until_at")


async def listed(
    actor: Actor, *, state: WaitState | None, district: str | None, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Return one page with its count: who is in line, in the order of the line; others the newest first."""
    wanted = granted(actor, READ, district="w.district", unit="v.unit_id") & _narrowed(state, district)
    count = count_column(f"{_FROM} WHERE {wanted.render(2)}", cursor)
    is_line = state is WaitState.WAITING
    after = decode_cursor(cursor, datetime, UUID)
    if after:
        beyond = "(w.asked_at, w.id) {} ({{}}::timestamptz, {{}}::uuid)".format(">" if is_line else "<")
        wanted = wanted & Condition(beyond, after)
    order = "w.asked_at, w.id" if is_line else "w.asked_at DESC, w.id DESC"
    rows = await db.fetch(
        f"SELECT {_COLUMNS}{count} FROM {_FROM} WHERE {wanted.render(2)} ORDER BY {order} LIMIT $1",
        limit + 1,
        *wanted.params,
    )
    page, following = cut(rows, limit, lambda row: encode_cursor(row["asked_at"], row["id"]))
    return {"items": [_told(row) for row in page], "next": following, **counted(rows, cursor)}


def _narrowed(state: WaitState | None, district: str | None) -> Condition:
    found = EVERYTHING
    if state is not None:
        found = found & Condition("w.state = {}::text", (state.value,))
    if district:
        found = found & Condition("w.district LIKE {}::text", (f"{district}%",))
    return found


def _told(row: Record) -> dict[str, Any]:
    given = [_offer(one) for one in orjson.loads(row["offers"])]
    return {
        **{name: value for name, value in row.items() if name not in ("offers", "end_reason", "place", "found")},
        "district_word": divisions.label(row["district"]) if row["district"] else None,
        "place_word": PLACES[row["place"]],
        "state_word": WAIT_WORDS[WaitState(row["state"])],
        "why_ended": ENDED_WORDS[row["end_reason"]] if row["end_reason"] else None,
        "offers_left": offers.MOST - len(given),
        "offers": given,
    }


def _offer(told: dict[str, Any]) -> dict[str, Any]:
    moments = {name: datetime.fromisoformat(told[name]) for name in _MOMENTS}
    return {**told, **moments, "state_word": OFFERED_WORDS[OfferState(told["state"])]}
