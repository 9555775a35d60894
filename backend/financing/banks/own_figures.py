"""A desk's own figures: what waits for it now, and what became of what was sent to it. Nothing in them is another's."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any, Final

from asyncpg import Record

from backend import worktime
from backend.access import Actor
from backend.financing import outcomes
from backend.financing.banks.institutions import desk_of
from backend.financing.catalogue.matching import plain
from backend.financing.codes import REFUSALS
from backend.financing.errors import ContentWrong
from backend.financing.outcomes import GIVEN_UP, OUTCOMES
from backend.financing.states import REFERRAL_WORDS, ReferralState
from backend.financing.visibility import referrals_visible_to
from backend.foundation import clock, db
from backend.foundation.errors import FieldError

_FROM: Final = "financing_referrals r LEFT JOIN financing_second_looks l ON l.referral_id = r.id"
_WAITING: Final = """
SELECT r.state, count(*) AS found, count(*) FILTER (WHERE l.asked_at IS NOT NULL AND l.outcome IS NULL) AS looks,
    count(*) FILTER (WHERE (r.state = 'routed' AND r.accept_by < $1)
        OR (r.state IN ('accepted', 'contacted', 'due_diligence') AND r.decide_by < $1)
        OR (l.asked_at IS NOT NULL AND l.outcome IS NULL AND l.bank_by < $1)) AS due
"""
_SENT: Final = """
SELECT r.state, r.refusal_code, r.routed_at, r.accepted_at, r.decided_at, r.drawn_wan, r.end_reason, l.outcome
"""


async def waiting(actor: Actor) -> dict[str, Any]:
    """Return how many referrals stand in each state, how many second looks are open, how many fall due by tomorrow."""
    await desk_of(actor)
    visible = referrals_visible_to(actor)
    tomorrow = clock.day_start(clock.today() + timedelta(days=2))
    sql = f"{_WAITING} FROM {_FROM} WHERE {visible.render(2)} GROUP BY r.state"
    rows = await db.fetch(sql, tomorrow, *visible.params)
    found = {row["state"]: row["found"] for row in rows}
    return {
        "states": {state.value: found.get(state.value, 0) for state in _SHOWN},
        "second_looks": sum(row["looks"] for row in rows),
        "due": sum(row["due"] for row in rows),
    }


_SHOWN: Final = tuple(state for state in ReferralState if state is not ReferralState.CONSENTED)
_WORDS: Final = {
    **{state.value: REFERRAL_WORDS[state] for state in _SHOWN},
    **{one.own_code: one.bank_word for one in OUTCOMES.values()},
    GIVEN_UP: "企业放弃、撤回授权或需求已结束",
}
_DRAWN: Final = ("drawn", "renewed")
"""What was noted only is no loan yet."""


def _state(row: Record) -> str:
    """Return a referral's state, or what happened where that would call a bank silent that was not."""
    found = outcomes.of(ReferralState(row["state"]), row["end_reason"])
    return found.own_code if found else str(row["state"])


async def figures(actor: Actor, first: date | None, last: date | None) -> dict[str, Any]:
    """Return what became of the referrals sent to the desk on the days from `first` to `last`, both included."""
    await desk_of(actor)
    begin, end = _days(first, last)
    visible = referrals_visible_to(actor)
    sql = f"{_SENT} FROM {_FROM} WHERE r.routed_at >= $1 AND r.routed_at < $2 AND {visible.render(3)}"
    rows = await db.fetch(sql, begin, end, *visible.params)
    states, refusals = Counter(_state(row) for row in rows), Counter(row["refusal_code"] for row in rows)
    drawn = sum((row["drawn_wan"] for row in rows if row["state"] in _DRAWN), Decimal(0))
    return {
        "sent": len(rows),
        "states": [{"state": state, "word": word, "count": states[state]} for state, word in _WORDS.items()],
        "refusals": [
            {"code": code, "word": word, "count": refusals[code]} for code, word in REFUSALS.items() if refusals[code]
        ],
        "second_looks": sum(1 for row in rows if row["outcome"] is not None),
        "overturned": sum(1 for row in rows if row["outcome"] == "overturned"),
        "drawn_wan": plain(drawn) if drawn else "0",
        **(await _times(rows)),
    }


def _days(first: date | None, last: date | None) -> tuple[datetime, datetime]:
    first, last = first or date(2020, 1, 1), last or clock.today()
    if not date(2020, 1, 1) <= first <= last <= date(2199, 12, 31):
        raise ContentWrong(fields=(FieldError("last", "range", "起始日不能晚于截止日，日期须在 2020 年以后。"),))
    return clock.day_start(first), clock.day_start(last + timedelta(days=1))


async def _times(rows: Sequence[Record]) -> dict[str, int | None]:
    """Return the middle of the office minutes until acceptance and until decision; None where none got so far."""
    calendar = await worktime.current()
    told = {}
    for name, begin, end in (
        ("accept_minutes", "routed_at", "accepted_at"),
        ("decide_minutes", "accepted_at", "decided_at"),
    ):
        spans = [calendar.minutes_between(row[begin], row[end]) for row in rows if row[begin] and row[end]]
        told[name] = int(median(spans)) if spans else None
    return told
