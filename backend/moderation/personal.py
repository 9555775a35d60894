"""What the check keeps about people: that something of theirs was checked, and for a while the words."""

from typing import Any, Final
from uuid import UUID

from backend.foundation import clock, db
from backend.foundation.personal import Basis, Declaration, PersonalData

_EXPORT: Final = """
SELECT s.origin, s.state, s.why, s.reason, s.created_at, s.decided_at,
       (SELECT array_agg(w.body ORDER BY p.position) FROM moderation_parts p JOIN moderation_words w ON w.part_id = p.id
        WHERE p.subject_id = s.id) AS words
FROM moderation_subjects s WHERE s.person_id = $1 ORDER BY s.id
"""
_FORGET_WORDS: Final = """
DELETE FROM moderation_words w USING moderation_parts p, moderation_subjects s
WHERE p.id = w.part_id AND s.id = p.subject_id AND s.person_id = $1
"""
_END: Final = """
UPDATE moderation_parts SET state = 'withdrawn', next_at = NULL, settled_at = $2
WHERE state IN ('waiting', 'asked') AND subject_id IN (SELECT id FROM moderation_subjects WHERE person_id = $1)
"""
_DETACH: Final = """
UPDATE moderation_subjects SET person_id = NULL,
    state = CASE WHEN state IN ('waiting', 'held') THEN 'withdrawn' ELSE state END,
    decided_at = coalesce(decided_at, $2)
WHERE person_id = $1
"""


async def export(person_id: UUID) -> dict[str, Any]:
    return {"checks": [dict(row) for row in await db.fetch(_EXPORT, person_id)]}


async def erase(person_id: UUID) -> int:
    """Forget the words and whose they were; what nobody has decided needs no decision any more."""
    async with db.transaction():
        words = await db.execute(_FORGET_WORDS, person_id)
        await db.execute(_END, person_id, clock.now())
        return words + await db.execute(_DETACH, person_id, clock.now())


PERSONAL = PersonalData(
    module="moderation",
    declarations=(
        Declaration(
            "moderation_subjects",
            ("person_id", "reason"),
            "发布前的内容安全检查及人工处理记录",
            Basis.STATUTORY,
            "处理后 12 个月；注销账号时去标识化",
        ),
        Declaration(
            "moderation_words",
            ("body",),
            "待检查的文字",
            Basis.STATUTORY,
            "通过即删除；未通过或者撤回的 30 天后删除；注销账号时删除",
        ),
    ),
    export=export,
    erase=erase,
)
