"""Referrals as the bureau oversees them: whose clock runs, who let it pass, and how far each second look is.

The bureau sees that and when, and may step in where an owner asked for a second look; it never decides for a bank.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend.access import Actor, Condition
from backend.financing import outcomes
from backend.financing.codes import REFUSALS
from backend.financing.referrals.second_look import MEDIATE
from backend.financing.states import ReferralState
from backend.financing.telling import MASKED
from backend.financing.visibility import READ, visible_to
from backend.foundation import clock, db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor

SOON: Final = timedelta(days=1)
_RUNNING: Final = "r.state IN ('routed', 'accepted', 'contacted', 'due_diligence')"
_ENDS: Final = "CASE r.state WHEN 'routed' THEN r.accept_by ELSE r.decide_by END"
_ROW: Final = """
r.id, r.number, r.application_id, a.number AS application, a.enterprise_id, e.name AS enterprise, a.district,
r.institution_id, i.name AS institution, v.product_id, v.name AS product, r.position, r.state, r.refusal_code,
r.created_at, r.routed_at, r.accept_by, r.accepted_at, r.decide_by, r.decided_at, r.draw_by, r.noted_at, r.confirm_by,
r.contested_at, r.ended_at, r.end_reason, r.version,
l.asked_at, l.contact_by, l.contacted_at, l.bank_by, l.outcome, l.answered_at, l.case_id,
(SELECT s.name FROM staff s WHERE s.id = l.mediator_id) AS mediator
"""
_FROM: Final = """
financing_referrals r JOIN financing_applications a ON a.id = r.application_id
JOIN enterprises e ON e.id = a.enterprise_id JOIN financing_institutions i ON i.id = r.institution_id
JOIN financing_product_versions v ON v.id = r.version_id
LEFT JOIN financing_second_looks l ON l.referral_id = r.id
"""
_SILENT: Final = [outcomes.NOT_ACCEPTED, outcomes.NOT_DECIDED]
_LOOK: Final = ("asked_at", "contact_by", "contacted_at", "bank_by", "outcome", "answered_at", "case_id", "mediator")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which referrals: what is None narrows nothing down. `attention` is a key of `codes.ATTENTION`."""

    application_id: UUID | None = None
    institution_id: UUID | None = None
    district: str | None = None
    state: str | None = None
    attention: str | None = None

    def condition(self, actor: Actor) -> Condition:
        found = visible_to(actor)
        for column, kind, value in (
            ("r.application_id", "uuid", self.application_id),
            ("r.institution_id", "uuid", self.institution_id),
            ("a.district", "text", self.district),
            ("r.state", "text", self.state),
        ):
            if value is not None:
                found &= Condition(f"{column} = {{}}::{kind}", (value,))
        return found & _watched(self.attention) if self.attention else found


def _watched(attention: str) -> Condition:
    now = clock.now()
    of: Mapping[str, Condition] = {
        "running": Condition(_RUNNING),
        "due_soon": Condition(f"{_RUNNING} AND {_ENDS} <= {{}}::timestamptz", (now + SOON,)),
        "lapsed": Condition("r.state = 'unknown' AND r.end_reason = ANY ({}::text[])", (_SILENT,)),
        "not_drawn": Condition("r.state = 'unknown' AND r.end_reason = {}", (outcomes.NOT_DRAWN,)),
        "drawing": Condition("r.state = 'drawing'"),
        "contested": Condition("r.state = 'approved' AND r.contested_at IS NOT NULL"),
        "look_open": Condition("l.referral_id IS NOT NULL AND l.outcome IS NULL"),
        "look_late": Condition(
            "l.outcome IS NULL AND (l.bank_by <= {}::timestamptz OR l.contacted_at IS NULL AND l.contact_by <= {})",
            (now, now),
        ),
        "look_done": Condition("l.outcome IS NOT NULL"),
    }
    return of[attention]


async def listed(actor: Actor, wanted: Wanted, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return one page of referrals with their count, the latest first, each with what the actor may do with it."""
    actor.require(READ)
    condition = wanted.condition(actor)
    after = decode_cursor(cursor, datetime, UUID)
    count = count_column(f"{_FROM} WHERE {condition.render()}", cursor)
    if after is not None:
        condition &= Condition("(r.created_at, r.id) < ({}::timestamptz, {}::uuid)", after)
    may = visible_to(actor, MEDIATE)
    sql = f"""
    SELECT {_ROW}, {may.render(1 + len(condition.params))} AS is_his{count} FROM {_FROM} WHERE {condition.render()}
    ORDER BY r.created_at DESC, r.id DESC LIMIT {limit + 1}
    """
    rows = await db.fetch(sql, *condition.params, *may.params)
    page, following = cut(rows, limit, lambda row: encode_cursor(row["created_at"], row["id"]))
    is_masked = actor.reads_masked(READ)
    return {"items": [_told(row, is_masked=is_masked) for row in page], "next": following, **counted(rows, cursor)}


def _told(row: Record, *, is_masked: bool) -> dict[str, Any]:
    is_open = row["asked_at"] is not None and row["outcome"] is None
    return {
        **{name: value for name, value in row.items() if name not in ("found", "is_his", *_LOOK)},
        "state_word": outcomes.word(ReferralState(row["state"]), row["end_reason"]),
        "refusal_word": REFUSALS.get(row["refusal_code"]) if row["refusal_code"] else None,
        "end_reason": MASKED if is_masked and row["end_reason"] else row["end_reason"],
        "second_look": {name: row[name] for name in _LOOK} if row["asked_at"] is not None else None,
        "may": ["mediate"] if is_open and row["contacted_at"] is None and row["is_his"] else [],
    }
