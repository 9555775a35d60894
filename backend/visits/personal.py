"""What visits keep about people: who booked one, and what was said about it."""

from typing import Any, Final
from uuid import UUID

from backend.foundation import db
from backend.foundation.personal import Basis, Declaration, PersonalData

_GONE: Final = "（本人已注销，内容已删除）"
_BOOKED: Final = """
SELECT v.number, r.title AS reason, v.place, v.starts_at, v.ends_at, v.state, p.note, p.joined_at,
    (SELECT json_agg(json_build_object('at', e.at, 'kind', e.kind, 'body', e.body) ORDER BY e.seq)::text
     FROM visit_events e WHERE e.visit_id = v.id) AS events
FROM visit_parties p JOIN visits v ON v.id = p.visit_id JOIN visit_reasons r ON r.key = v.reason
WHERE p.person_id = $1 ORDER BY v.id
"""
_ERASE_WORDS: Final = """
UPDATE visit_events SET body = CASE body WHEN '' THEN '' ELSE $2 END, actor_id = NULL
WHERE actor_kind = 'owner' AND actor_id = $1
"""
# The visit stays with the bureau and the enterprise, without the person and what he wrote.
_ERASE_VISITS: Final = """
UPDATE visits SET requested_by = NULL, contest_reason = CASE contest_reason WHEN '' THEN '' ELSE $2 END
WHERE requested_by_kind = 'owner' AND requested_by = $1
"""
_ERASE: Final = "UPDATE visit_parties SET person_id = NULL, note = '' WHERE person_id = $1"


async def export(person_id: UUID) -> dict[str, Any]:
    return {"visits": [dict(row) for row in await db.fetch(_BOOKED, person_id)]}


async def erase(person_id: UUID) -> int:
    """Take the person and his words out of his visits; what was visited, when and by whom stays."""
    words = await db.execute(_ERASE_WORDS, person_id, _GONE)
    visits = await db.execute(_ERASE_VISITS, person_id, _GONE)
    return words + visits + await db.execute(_ERASE, person_id)


PERSONAL = PersonalData(
    module="visits",
    declarations=(
        Declaration(
            table="visit_parties",
            fields=("person_id", "note"),
            purpose="安排本人预约的走访，告知变化和结果",
            basis=Basis.STATUTORY,
            retention="随走访保存5年；注销账号时去除本人及其所写内容",
        ),
        Declaration(
            table="visit_events",
            fields=("actor_id", "body"),
            purpose="记录走访的预约、改期和取消经过，供双方查看",
            basis=Basis.STATUTORY,
            retention="随走访保存5年；注销账号时去除本人所写内容",
        ),
        Declaration(
            table="visits",
            fields=("requested_by", "contest_reason"),
            purpose="核对由谁预约、对未到记录的异议",
            basis=Basis.STATUTORY,
            retention="保存5年；注销账号时去除本人及其所写内容",
        ),
    ),
    export=export,
    erase=erase,
)
