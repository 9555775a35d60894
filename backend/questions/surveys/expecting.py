"""How many messages of surveys may come to a person soon, so that he is asked for subscriptions in time."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from backend.foundation import clock, db

_EXPECTED: Final = """
SELECT CASE WHEN told THEN 'survey_closing' ELSE 'survey_invited' END AS kind, count(*)::int AS many
FROM (
    SELECT i.survey_id, bool_or(i.told_at IS NOT NULL) AS told
    FROM survey_invited i JOIN surveys s ON s.id = i.survey_id
    WHERE i.person_id = $1 AND s.state = 'released' AND s.closes_on >= $2 AND NOT EXISTS (
        SELECT FROM survey_answers a
        WHERE a.survey_id = s.id AND a.enterprise_id = i.enterprise_id AND a.answers IS NOT NULL)
    GROUP BY i.survey_id
) AS waiting GROUP BY 1
"""


async def expected(person_id: UUID) -> Mapping[str, int]:
    """Return kinds of messages with how many of each may come."""
    return {row["kind"]: row["many"] for row in await db.fetch(_EXPECTED, person_id, clock.today())}
