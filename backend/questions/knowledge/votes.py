"""Whether an article helped: counted by day, without a person, an address or a single answer."""

from typing import Final
from uuid import UUID

from backend.foundation import clock, db
from backend.questions.knowledge.errors import ArticleUnknown
from backend.questions.knowledge.queries import SHOWN

_COUNT: Final = f"""
INSERT INTO knowledge_votes AS o (version_id, on_day, helped, did_not)
SELECT v.id, $2, $3::boolean::int, (NOT $3)::int FROM knowledge_versions v
WHERE v.article_id = $1 AND {SHOWN.render()}
ON CONFLICT (version_id, on_day) DO UPDATE
SET helped = o.helped + EXCLUDED.helped, did_not = o.did_not + EXCLUDED.did_not
"""


async def count(article_id: UUID, *, helped: bool) -> None:
    """Count one answer for the public edition of an article; raises ArticleUnknown."""
    if not await db.execute(_COUNT, article_id, clock.today(), helped):
        raise ArticleUnknown
