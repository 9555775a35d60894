"""How a referral and its log are told, to whoever may read them: its owner, the bureau, and with less its bank."""

from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.financing import events, outcomes
from backend.financing.catalogue.matching import plain
from backend.financing.codes import REFUSALS
from backend.financing.states import AGREE_FIRST, ReferralState
from backend.foundation import clock, db

MASKED: Final = "（已隐去）"
REFERRAL: Final = """
r.id, r.number, r.institution_id, i.name AS institution, r.version_id, v.name AS product, r.consent_id, r.state,
r.position, r.routed_at, r.accept_by, r.accepted_at, r.decide_by, r.contacted_at, r.decided_at, r.draw_by,
r.refusal_code, r.refusal_words, r.refusal_remedy, r.end_reason, r.drawn_on, r.drawn_wan, r.due_on, r.noted_at,
r.confirm_by, r.contested_at, r.ended_at, r.version, c.revoked_at, c.ended_with_need,
c.expires_at AS consent_until, l.words AS look_words, l.asked_at AS look_asked_at,
l.contact_by AS look_contact_by, l.bank_by AS look_bank_by, l.contacted_at AS look_contacted_at,
l.outcome AS look_outcome, l.answer AS look_answer, l.answered_at AS look_answered_at,
r.state = 'approved' AND EXISTS (SELECT FROM financing_offers o WHERE o.referral_id = r.id AND o.behind IS NOT NULL
    AND o.agreed_at IS NULL AND o.edition = (SELECT max(n.edition) FROM financing_offers n WHERE n.referral_id = r.id)
) AS waits_for_owner
"""
REFERRED: Final = """
financing_referrals r JOIN financing_applications a ON a.id = r.application_id
JOIN financing_institutions i ON i.id = r.institution_id JOIN financing_product_versions v ON v.id = r.version_id
JOIN financing_consents c ON c.id = r.consent_id LEFT JOIN financing_second_looks l ON l.referral_id = r.id
"""
_LOG: Final = """
SELECT e.seq, e.referral_id, e.at, e.kind, e.actor_kind AS by, e.body, e.data::text AS data FROM financing_events e
WHERE e.application_id = $1 AND ($2::uuid IS NULL OR e.referral_id = $2) ORDER BY e.seq
"""


def referral_told(row: Record, *, is_masked: bool = False) -> dict[str, Any]:
    """Tell a referral as its owner reads it; to masked readers without anybody's words."""
    state = ReferralState(row["state"])
    told = {name: value for name, value in row.items() if name != "found" and not name.startswith("look_")}
    if is_masked:
        told |= {name: MASKED for name in ("refusal_words", "refusal_remedy", "end_reason") if row[name]}
    return {
        **told,
        "second_look": _second_look(row, is_masked=is_masked),
        "drawn_wan": row["drawn_wan"] and plain(row["drawn_wan"]),
        "state_word": outcomes.word(state, row["end_reason"]),
        "sentence": _sentence(row).format(
            **{
                name: row[name] and f"{row[name].astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
                for name in ("accept_by", "decide_by", "draw_by", "confirm_by")
            }
        ),
        "refusal_word": REFUSALS.get(row["refusal_code"]) if row["refusal_code"] else None,
    }


def _sentence(row: Record) -> str:
    if row["waits_for_owner"]:
        return AGREE_FIRST
    is_contested = row["contested_at"] is not None
    return outcomes.sentence(ReferralState(row["state"]), row["end_reason"], is_contested=is_contested)


def _second_look(row: Record, *, is_masked: bool) -> dict[str, Any] | None:
    if row["look_asked_at"] is None:
        return None
    told = {name.removeprefix("look_"): value for name, value in row.items() if name.startswith("look_")}
    hidden = {name: MASKED for name in ("words", "answer") if is_masked and told[name]}
    return {**told, **hidden}


async def log(
    application_id: UUID, referral_id: UUID | None = None, *, is_masked: bool = False
) -> list[dict[str, Any]]:
    """Return what happened, in its order, or what happened to one referral alone."""
    return [
        {
            **dict(row),
            "word": events.word(row["kind"]),
            "body": MASKED if is_masked and row["body"] else row["body"],
            "data": orjson.loads(row["data"]),
        }
        for row in await db.fetch(_LOG, application_id, referral_id)
    ]
