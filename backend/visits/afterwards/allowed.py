"""What an actor may do with a visit once it was confirmed: the conditions of the commands again, for screens."""

from collections.abc import Mapping
from typing import Final

from asyncpg import Record

from backend.access import Actor, ActorKind
from backend.foundation import clock, db
from backend.foundation.errors import Conflict
from backend.visits.afterwards import arriving, missing
from backend.visits.afterwards.attending import OBJECTED_WITHIN
from backend.visits.allowed import Standing
from backend.visits.models import Visit
from backend.visits.speaking import HAS_ACCOUNT, acting
from backend.visits.states import VisitState

WORDS: Final[Mapping[str, str]] = {
    "show_pass": "出示到访码",
    "object_arrival": "对到访登记提出异议",
    "confirm_minutes": "确认走访记录",
    "object_minutes": "对走访记录提出异议",
    "rate": "评价",
    "rate_again": "追加评价",
    "arrive": "登记到访",
    "back_fill": "补登到访",
    "report": "填写走访记录",
    "amend": "更正走访记录",
    "reach": "记录已告知",
    "hear": "记录企业意见",
    "decide_arrival": "决定到访异议",
    "decide_minutes": "决定走访记录的异议",
}

# Of the seats for which the actor acts. $2 since when an arrival can be objected to, $3 now, $4 who he is.
_FLAGS: Final = f"""
SELECT coalesce(bool_or(p.state = 'booked'), FALSE) AS is_booked,
    coalesce(bool_or(a.how <> 'scanned' AND a.objected_at IS NULL AND a.noted_at >= $2), FALSE) AS is_doubtful,
    coalesce(bool_or(a.objected_at IS NOT NULL AND a.decided_at IS NULL AND a.noted_by IS DISTINCT FROM $4), FALSE)
        AS is_doubted,
    coalesce(bool_or(c.state = 'waiting'), FALSE) AS is_waiting,
    coalesce(bool_or(c.state = 'waiting' AND c.reached_at IS NULL), FALSE) AS is_unreached,
    coalesce(bool_or(c.state = 'waiting' AND NOT {HAS_ACCOUNT.format(party="p.enterprise_id", now="$3")}), FALSE)
        AS is_unheard,
    coalesce(bool_or(c.state = 'objected'), FALSE) AS is_objected,
    EXISTS (SELECT FROM visit_reports w WHERE w.visit_id = $1 AND w.filed_by = $4) AS has_written,
    coalesce(bool_or(c.state IN ('confirmed', 'silent', 'decided') AND r.id IS NULL), FALSE) AS is_unrated,
    coalesce(bool_or(r.id IS NOT NULL AND r.added_at IS NULL), FALSE) AS is_rated_once
FROM visit_parties p
LEFT JOIN visit_attendances a ON a.visit_id = p.visit_id AND a.enterprise_id = p.enterprise_id
LEFT JOIN visit_confirmations c ON c.visit_id = p.visit_id AND c.enterprise_id = p.enterprise_id
LEFT JOIN visit_ratings r ON r.visit_id = p.visit_id AND r.enterprise_id = p.enterprise_id
WHERE p.visit_id = $1 AND p.state <> 'cancelled' AND {{}}
"""
_S: Final = VisitState


async def may(actor: Actor, visit: Visit, standing: Standing) -> list[str]:
    """Return the acts that would not be refused by what is known now."""
    seats, moment = acting(actor), clock.now()
    given = (visit.id, moment - OBJECTED_WITHIN, moment, actor.id)
    row = await db.fetch_one(_FLAGS.format(seats.render(5)), *given, *seats.params)
    if row is None:
        return []
    tests = _owners(visit, row) if actor.kind is ActorKind.OWNER else _staffs(visit, standing, row)
    return [act for act, is_allowed in tests.items() if is_allowed]


def _owners(visit: Visit, row: Record) -> dict[str, bool]:
    is_asked = visit.state is _S.REPORTED
    comes = visit.state in (_S.CONFIRMED, _S.ARRIVED) and clock.now() <= arriving.window(visit)[1]
    return {
        "show_pass": row["is_booked"] and comes,
        "object_arrival": row["is_doubtful"],
        "confirm_minutes": is_asked and (row["is_waiting"] or row["is_objected"]),
        "object_minutes": is_asked and row["is_waiting"],
        "rate": row["is_unrated"],
        "rate_again": row["is_rated_once"],
    }


def _staffs(visit: Visit, standing: Standing, row: Record) -> dict[str, bool]:
    is_asked, apart = visit.state is _S.REPORTED, standing.arranges and not standing.goes
    return {
        "arrive": standing.arrives and row["is_booked"] and _is_open(visit),
        "back_fill": standing.is_his and row["is_booked"] and _is_late(visit),
        "report": standing.is_his and visit.state is _S.ARRIVED and not (row["is_booked"] and missing.may_come(visit)),
        "amend": standing.is_his and is_asked,
        "reach": standing.is_his and is_asked and row["is_unreached"],
        "hear": standing.is_his and is_asked and row["is_unheard"],
        "decide_arrival": apart and row["is_doubted"],
        "decide_minutes": apart and is_asked and row["is_objected"] and not row["has_written"],
    }


def _is_open(visit: Visit) -> bool:
    try:
        arriving.check_open(visit)
    except Conflict:
        return False
    return True


def _is_late(visit: Visit) -> bool:
    try:
        arriving.check_back_fill(visit)
    except Conflict:
        return False
    return True
