"""What cases keep about people: what somebody asked, and what was done about it."""

from typing import Any, Final
from uuid import UUID

from backend.foundation import db
from backend.foundation.personal import Basis, Declaration, PersonalData

_GONE: Final = "（本人已注销，内容已删除）"
_ASKED: Final = """
SELECT c.number, c.category, c.title, c.body, c.state, c.received_at, c.closed_at,
    (SELECT json_agg(json_build_object('at', e.at, 'kind', e.kind, 'body', e.body) ORDER BY e.seq)::text
     FROM case_events e WHERE e.case_id = c.id) AS events
FROM cases c WHERE c.person_id = $1 ORDER BY c.id
"""
# The matter stays with the bureau, which must be able to account for it: without the person and his words.
_ERASE_WORDS: Final = """
UPDATE case_events e SET body = $2, actor_id = NULL FROM cases c
WHERE c.id = e.case_id AND e.actor_kind = 'owner' AND e.actor_id = $1 AND (e.body <> '' OR c.person_id = $1)
"""
_ERASE: Final = (
    "UPDATE cases SET person_id = NULL, title = left($2, 60), body = $2, opened_by = NULL WHERE person_id = $1"
)


_RATED: Final = """
SELECT c.number, r.level, r.words, r.rated_at, r.later_level, r.later_words, r.added_at
FROM case_ratings r JOIN cases c ON c.id = r.case_id WHERE r.person_id = $1 ORDER BY r.rated_at
"""
# What he wrote to a case that was merged into another one's, where staff alone read it.
_ERASE_SAID: Final = """
UPDATE case_notes SET body = $2, data = '{}' WHERE kind = 'said' AND data ->> 'said_by' = $1::uuid::text
"""
_ERASE_CONTACTS: Final = """
DELETE FROM case_contacts o USING cases c WHERE c.id = o.id AND c.person_id = $1
"""
_ERASE_RATINGS: Final = "UPDATE case_ratings SET person_id = NULL, words = '', later_words = '' WHERE person_id = $1"
_ERASE_RECEIPTS: Final = "UPDATE case_receipts SET claimed_by = NULL WHERE claimed_by = $1"


async def export(person_id: UUID) -> dict[str, Any]:
    return {
        "cases": [dict(row) for row in await db.fetch(_ASKED, person_id)],
        "ratings": [dict(row) for row in await db.fetch(_RATED, person_id)],
    }


async def erase(person_id: UUID) -> int:
    """Take the person and his words out of his cases; number, category, times and what staff did stay."""
    words = await db.execute(_ERASE_WORDS, person_id, _GONE) + await db.execute(_ERASE_SAID, person_id, _GONE)
    for sql in (_ERASE_CONTACTS, _ERASE_RATINGS, _ERASE_RECEIPTS):
        words += await db.execute(sql, person_id)
    return words + await db.execute(_ERASE, person_id, _GONE)


PERSONAL = PersonalData(
    module="cases",
    declarations=(
        Declaration(
            table="cases",
            fields=("person_id", "title", "body"),
            purpose="办理本人提出的咨询、求助、建议和投诉，并告知结果",
            basis=Basis.STATUTORY,
            retention="办结后保存至少 5 年备查；注销账号时去除本人及其所写内容",
        ),
        Declaration(
            table="case_events",
            fields=("actor_id", "body"),
            purpose="记录办理经过，供本人和工作人员共同查看",
            basis=Basis.STATUTORY,
            retention="随事项保存；注销账号时去除本人所写内容",
        ),
        Declaration(
            table="case_notes",
            fields=("body",),
            purpose="并案期间本人留言，转给经办人查看",
            basis=Basis.STATUTORY,
            retention="随事项保存；注销账号时去除本人所写内容",
        ),
        Declaration(
            table="case_ratings",
            fields=("person_id", "words", "later_words"),
            purpose="评价办理情况，差评时回访和整改",
            basis=Basis.STATUTORY,
            retention="随事项保存；注销账号时去除本人和所写内容，评价等次保留",
        ),
        Declaration(
            table="case_receipts",
            fields=("claimed_by",),
            purpose="凭窗口回执认领事项，防止他人冒领",
            basis=Basis.CONTRACT,
            retention="随事项保存；注销账号时去除本人",
        ),
        Declaration(
            table="case_contacts",
            fields=("name_sealed", "phone_sealed"),
            purpose="联系没有账号的经营者，告知办理结果并回访",
            basis=Basis.STATUTORY,
            retention="办结后保存至登记满 2 年，随即删除；凭回执认领后注销账号的，注销时删除",
        ),
    ),
    export=export,
    erase=erase,
)
