"""What an owner reads: the policies by answer with the reason, and one policy clause by clause.

The feed is one statement over stored answers that also checks who asks and whether the answers are current; only when
it finds nothing current are they computed (`matching.py`), and it is asked again.
"""

from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.errors import Unavailable
from backend.foundation.paging import decode_cursor, encode_cursor
from backend.identity import acting_for
from backend.policies import matching, replay, rules
from backend.policies.errors import PolicyUnknown
from backend.policies.queries import CARD, LIVE, RELEASED, WHOLE, as_page
from backend.policies.reasons import Answer

SCOPE: Final = "policies"
_TRIES: Final = 3

# No row: not his, or no current answers. $1 person, $2 enterprise, $3 now, $4 today.
_HIS = f"""
SELECT s.enterprise_id FROM bindings b
JOIN enterprises e ON e.id = b.enterprise_id
JOIN policy_match_sets s ON s.enterprise_id = e.id AND s.facts_version = e.facts_version
WHERE b.person_id = $1 AND b.enterprise_id = $2 AND b.state IN ('active', 'read_only')
  AND (b.until IS NULL OR b.until > $3) AND (b.role <> 'clerk' OR '{SCOPE}' = ANY(b.scope))
  AND s.on_day = $4::date AND s.rule_set_version = {rules.CURRENT}
"""
_LABELS: Final = f"ARRAY[{', '.join(repr(one.label) for one in Answer)}]"
_NEWEST = f"""
SELECT json_build_object({WHOLE})::text AS told, v.id, v.rule_hash, {LIVE.format(day="$2::date")} AS is_live
FROM policies p JOIN policy_versions v ON v.policy_id = p.id
WHERE p.id = $1 AND {RELEASED.render()} ORDER BY v.edition DESC LIMIT 1
"""


@lru_cache(maxsize=4)
def _statement(*, one_answer: bool, further: bool) -> str:
    """Return the feed's statement: only the conditions that are asked for, so that the index gives rows in order."""
    asked = [LIVE.format(day="$4::date")]
    if one_answer:
        asked.append("m.verdict = $6")
    if further:
        verdict, version = ("$7", "$8") if one_answer else ("$6", "$7")
        asked.append(f"m.verdict >= {verdict} AND (m.verdict > {verdict} OR m.version_id < {version})")
    return f"""
    WITH his AS MATERIALIZED ({_HIS})
    SELECT page.* FROM his CROSS JOIN LATERAL (
        SELECT string_agg(item, ',' ORDER BY n) FILTER (WHERE n <= $5) AS items, count(*) > $5 AS has_more,
               max(verdict) FILTER (WHERE n = $5) AS verdict,
               (array_agg(version_id ORDER BY n))[$5] AS version_id
        FROM (
            SELECT m.verdict, m.version_id, row_number() OVER (ORDER BY m.verdict, m.version_id DESC) AS n,
                   json_build_object({CARD}, 'answer', ({_LABELS})[m.verdict], 'why', m.why)::text AS item
            FROM policy_matches m JOIN policy_versions v ON v.id = m.version_id
            WHERE m.enterprise_id = his.enterprise_id AND {" AND ".join(asked)}
            ORDER BY m.verdict, m.version_id DESC LIMIT $5 + 1
        ) AS rows_in_order
    ) AS page
    """


async def feed(
    actor: Actor, enterprise_id: UUID, *, answer: Answer | None = None, cursor: str | None = None, limit: int = 20
) -> bytes:
    """Return one page of an enterprise's policies as JSON: yes first, then maybe, then no, each with why.

    Raises NotBound (404) for whoever doesn't act for it, OutOfScope for a clerk without policies.
    """
    after = decode_cursor(cursor, int, UUID)
    sql = _statement(one_answer=answer is not None, further=after is not None)
    params = (*(() if answer is None else (int(answer),)), *(after or ()))
    for _ in range(_TRIES):
        row = await db.fetch_one(sql, actor.id, enterprise_id, clock.now(), clock.today(), limit, *params)
        if row is not None:
            return _page(row)
        await acting_for(actor, enterprise_id, scope=SCOPE, changes=False)
        await matching.refresh(enterprise_id)
    raise Unavailable


def _page(row: Record) -> bytes:
    following = encode_cursor(row["verdict"], row["version_id"]) if row["has_more"] else None
    return as_page([row["items"]] if row["items"] else [], following)


async def detail(actor: Actor, enterprise_id: UUID, policy_id: UUID) -> dict[str, Any]:
    """Return one policy with the answer for an enterprise, clause by clause; raises NotBound, PolicyUnknown.

    What staff alone may see of an enterprise is not in it. `match_id` is what `replay.py` tells the very
    answer again from.
    """
    await acting_for(actor, enterprise_id, scope=SCOPE, changes=False)
    version = await db.fetch_one(_NEWEST, policy_id, clock.today())
    if version is None:
        raise PolicyUnknown
    answered = replay.NOT_ASKED
    if version["is_live"]:
        answered = await replay.answered(version["id"], version["rule_hash"], enterprise_id)
    return {"policy": orjson.Fragment(version["told"]), **answered}
