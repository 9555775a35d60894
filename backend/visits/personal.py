"""What visits keep about people: who booked one, and what was said about it."""

from typing import Any, Final
from uuid import UUID

from backend.foundation import clock, db
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

_SAID: Final = """
SELECT v.number, a.objected_at AS at, '到访异议' AS about, a.objection AS words, NULL::int AS level
FROM visit_attendances a JOIN visits v ON v.id = a.visit_id WHERE a.objected_by = $1
UNION ALL
SELECT v.number, c.said_at, '走访记录', c.words, NULL FROM visit_confirmations c JOIN visits v ON v.id = c.visit_id
WHERE c.person_id = $1
UNION ALL
SELECT v.number, r.rated_at, '评价', r.words, r.level FROM visit_ratings r JOIN visits v ON v.id = r.visit_id
WHERE r.person_id = $1
UNION ALL
SELECT v.number, r.added_at, '追加评价', r.later_words, r.later_level FROM visit_ratings r
JOIN visits v ON v.id = r.visit_id WHERE r.person_id = $1 AND r.added_at IS NOT NULL
ORDER BY 1, 2
"""
# What was said and how it was rated stays with the visit, without who said it and his words.
_ERASE_SAID: Final = (
    """
    UPDATE visit_attendances SET objected_by = NULL, objection = CASE objection WHEN '' THEN '' ELSE $2 END
    WHERE objected_by = $1
    """,
    """
    UPDATE visit_confirmations SET person_id = NULL, words = CASE words WHEN '' THEN '' ELSE $2 END
    WHERE person_id = $1
    """,
    """
    UPDATE visit_ratings SET person_id = NULL, words = CASE words WHEN '' THEN '' ELSE $2 END,
        later_words = CASE later_words WHEN '' THEN '' ELSE $2 END WHERE person_id = $1
    """,
)

_WAITS: Final = """
SELECT r.title AS reason, w.place, w.note, w.not_before, w.asked_at, w.state, (
    SELECT json_agg(json_build_object('starts_at', o.starts_at, 'made_at', o.made_at, 'state', o.state)
                    ORDER BY o.number)::text FROM visit_offers o WHERE o.wait_id = w.id) AS offers
FROM visit_waits w JOIN visit_reasons r ON r.key = w.reason WHERE w.person_id = $1 ORDER BY w.asked_at, w.id
"""
_ERASE_WAITS: Final = """
UPDATE visit_waits SET person_id = NULL, note = '', ended_at = coalesce(ended_at, $2),
    end_reason = CASE state WHEN 'waiting' THEN 'erased' ELSE end_reason END,
    state = CASE state WHEN 'waiting' THEN 'ended' ELSE state END
WHERE person_id = $1
"""


async def export(person_id: UUID) -> dict[str, Any]:
    booked, said = await db.fetch(_BOOKED, person_id), await db.fetch(_SAID, person_id)
    return {
        "visits": [dict(row) for row in booked],
        "visit_words": [dict(row) for row in said],
        "visit_waits": [dict(row) for row in await db.fetch(_WAITS, person_id)],
    }


async def erase(person_id: UUID) -> int:
    """Take the person and his words out of his visits; what was visited, when and by whom stays."""
    words = await db.execute(_ERASE_WORDS, person_id, _GONE)
    visits = await db.execute(_ERASE_VISITS, person_id, _GONE)
    said = sum([await db.execute(sql, person_id, _GONE) for sql in _ERASE_SAID])
    waits = await db.execute(_ERASE_WAITS, person_id, clock.now())
    return words + visits + said + waits + await db.execute(_ERASE, person_id)


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
        Declaration(
            table="visit_attendances",
            fields=("objected_by", "objection"),
            purpose="核对到访登记，处理本人对登记的异议",
            basis=Basis.STATUTORY,
            retention="随走访保存5年；注销账号时去除本人及其所写内容",
        ),
        Declaration(
            table="visit_confirmations",
            fields=("person_id", "words"),
            purpose="由本人核对走访记录，处理异议",
            basis=Basis.STATUTORY,
            retention="随走访保存5年；注销账号时去除本人及其所写内容",
        ),
        Declaration(
            table="visit_ratings",
            fields=("person_id", "words", "later_words"),
            purpose="好差评和差评整改",
            basis=Basis.STATUTORY,
            retention="随走访保存5年；注销账号时去除本人及其所写内容",
        ),
        Declaration(
            table="visit_waits",
            fields=("person_id", "note"),
            purpose="按登记先后向本人提供提前的时段",
            basis=Basis.STATUTORY,
            retention="保存2年；注销账号时去除本人及其所写内容",
        ),
    ),
    export=export,
    erase=erase,
)
