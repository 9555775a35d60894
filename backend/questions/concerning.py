"""Whether a question is a staff member's own matter, or that of his enterprise, or one that he handles."""

from typing import Final
from uuid import UUID

from backend.foundation import db
from backend.questions.queries import NAME

_CONCERNS: Final = """
SELECT EXISTS (
    SELECT FROM questions q JOIN staff_phones p ON p.staff_id = $2 AND p.ended_at IS NULL
    WHERE q.id = $1 AND (p.person_id = q.person_id OR EXISTS (
        SELECT FROM bindings b WHERE b.person_id = p.person_id AND b.enterprise_id = q.enterprise_id
        AND b.state IN ('active', 'read_only')))
) OR EXISTS (
    SELECT FROM cases c WHERE c.origin = $3 AND c.origin_id = $1 AND c.handler_id = $2
)
"""


async def concerns(question_id: UUID, staff_id: UUID) -> bool:
    """Tell whether he has to keep out of the check of a question (公务员法 art. 76)."""
    return bool(await db.fetch_value(_CONCERNS, question_id, staff_id, NAME))
