"""Tells those who cite an article which editions were published."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from backend.foundation import db

NAME: Final = "knowledge"

_RELEASED: Final = """
SELECT id, article_id FROM knowledge_versions
WHERE id = ANY ($1::uuid[]) AND state IN ('published', 'superseded', 'withdrawn')
"""


async def released(versions: Sequence[UUID]) -> Mapping[UUID, UUID]:
    """Return the article of each edition that was published."""
    return {row["id"]: row["article_id"] for row in await db.fetch(_RELEASED, list(versions))}
