"""Which policies may fit one enterprise, for staff who advise it: what its owner reads, of the same answers.

Whoever wants nothing chosen by his profile is sent nothing and reads the plain list; that he is advised by his profile
when he asks at the counter is no pushing, so staff see the answers.
"""

from typing import Any, Final
from uuid import UUID

from backend.access import Actor
from backend.enterprises import visibility
from backend.enterprises.errors import EnterpriseUnknown
from backend.foundation import clock, db
from backend.foundation.errors import Unavailable
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor
from backend.policies import rules
from backend.policies.queries import LIVE
from backend.policies.reading import matching
from backend.policies.reading.feed import TRIES
from backend.policies.reading.reasons import Answer

# $1 enterprise, $2 today, $3 the answers wanted; no row: unseen, or no current answers.
_SEEN: Final = f"""
SELECT s.enterprise_id FROM enterprises e
JOIN policy_match_sets s ON s.enterprise_id = e.id AND s.facts_version = e.facts_version
WHERE e.id = $1 AND s.on_day = $2::date AND s.rule_set_version = {rules.CURRENT} AND {{visible}}
"""
_FITTING: Final = f"""
policy_matches m JOIN policy_versions v ON v.id = m.version_id
WHERE m.enterprise_id = $1 AND m.verdict = ANY($3::smallint[]) AND {LIVE.format(day="$2::date")}
"""
_PAGE: Final = f"""
WITH seen AS MATERIALIZED ({_SEEN})
SELECT page.*{{count}} FROM seen LEFT JOIN LATERAL (
    SELECT m.verdict, m.version_id, m.why, v.policy_id AS id, v.title, v.issuer, v.category, v.opens_on,
           v.last_on AS until
    FROM {_FITTING} AND ($4::smallint IS NULL OR (m.verdict, v.policy_id) > ($4, $5::uuid))
    ORDER BY m.verdict, v.policy_id LIMIT $6
) AS page ON TRUE
"""
_TOLD: Final = ("id", "title", "issuer", "category", "opens_on", "until", "why")


async def of_enterprise(
    actor: Actor, enterprise_id: UUID, *, answer: Answer | None = None, cursor: str | None = None, limit: int = 20
) -> dict[str, Any]:
    """Return one page of the live policies that an enterprise surely fits, then those it may fit, each with why.

    Raises EnterpriseUnknown for one that the actor does not see, WrongCursor.
    """
    after = decode_cursor(cursor, int, UUID)
    wanted = [int(one) for one in ((answer,) if answer else (Answer.YES, Answer.MAYBE))]
    visible = visibility.visible_to(actor)
    sql = _PAGE.format(visible=visible.render(7), count=count_column(_FITTING, cursor))
    for _ in range(TRIES):
        given = (enterprise_id, clock.today(), wanted, *(after or (None, None)), limit + 1)
        rows = await db.fetch(sql, *given, *visible.params)
        if rows:
            shown, following = cut(
                [row for row in rows if row["id"]], limit, lambda row: encode_cursor(row["verdict"], row["id"])
            )
            return {"items": [_told(row) for row in shown], "next": following, **counted(rows, cursor)}
        await _check(actor, enterprise_id)
        await matching.refresh(enterprise_id)
    raise Unavailable


async def _check(actor: Actor, enterprise_id: UUID) -> None:
    visible = visibility.visible_to(actor)
    sql = f"SELECT EXISTS (SELECT FROM enterprises e WHERE e.id = $1 AND {visible.render(2)})"
    if not await db.fetch_value(sql, enterprise_id, *visible.params):
        raise EnterpriseUnknown


def _told(row: Any) -> dict[str, Any]:
    return {**{name: row[name] for name in _TOLD}, "answer": Answer(row["verdict"]).label}
