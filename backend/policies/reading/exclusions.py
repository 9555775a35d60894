"""Which of the policies that fit an enterprise cannot be had beside each other, and where that is written.

Either policy may say so, and it holds both ways: the database keeps the pairs of published policies
(`policy_exclusions`, migration 0009), the wording stays with the edition that says it.
"""

from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson

from backend.eligibility import evaluate
from backend.foundation import db
from backend.policies import rules
from backend.policies.queries import LIVE
from backend.policies.reading.known import facts_for
from backend.policies.reading.reasons import ANSWERS, Answer

_OTHER_LIVE: Final = LIVE.replace("v.", "o.")

# A piece of an item's JSON, over `policy_matches m` and `policy_versions v`.
TOLD: Final = f"""',"excludes":' || coalesce((
    SELECT json_agg(json_build_object('id', o.policy_id, 'title', o.title) ORDER BY o.id)::text
    FROM policy_exclusions x JOIN policy_versions o ON o.policy_id = x.other_id AND {_OTHER_LIVE}
    JOIN policy_matches other ON other.enterprise_id = m.enterprise_id AND other.version_id = o.id AND other.verdict < 3
    WHERE x.policy_id = v.policy_id AND m.verdict < 3), '[]')"""

# $1 the version that is read, $2 the day.
_OTHERS: Final = f"""
SELECT o.policy_id AS id, o.title, o.rule_hash, said.citation::text AS citation
FROM policy_versions v JOIN policies vp ON vp.id = v.policy_id
JOIN policy_exclusions x ON x.policy_id = v.policy_id
JOIN policy_versions o ON o.policy_id = x.other_id AND {_OTHER_LIVE.format(day="$2::date")}
JOIN policies op ON op.id = o.policy_id
CROSS JOIN LATERAL (
    SELECT one -> 'citation' AS citation FROM jsonb_array_elements(v.exclusions) AS one
    WHERE one ->> 'number' = op.number
    UNION ALL
    SELECT one -> 'citation' FROM jsonb_array_elements(o.exclusions) AS one WHERE one ->> 'number' = vp.number
    LIMIT 1
) AS said
WHERE v.id = $1 ORDER BY o.id
"""


async def fitting(version_id: UUID, enterprise_id: UUID, day: date) -> list[dict[str, Any]]:
    """Return the policies that fit, or may fit, and cannot be had beside this version; each with its citation.

    Two statements however many there are, none for the usual policy that excludes nothing.
    """
    others = await db.fetch(_OTHERS, version_id, day)
    parsed = await rules.parsed({row["rule_hash"] for row in others})
    if not parsed:
        return []
    facts = await facts_for(parsed.values(), enterprise_id)
    answers = {one: ANSWERS[evaluate(rule, facts, day)] for one, rule in parsed.items()}
    return [
        {
            "id": other["id"],
            "title": other["title"],
            "answer": answers[other["rule_hash"]].label,
            "citation": orjson.Fragment(other["citation"]),
        }
        for other in others
        if answers.get(other["rule_hash"], Answer.NO) is not Answer.NO
    ]
