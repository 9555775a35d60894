"""Makes cases of what answers say is needed: by itself for a question that says so, else what staff pick; each once."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend import audit, cases
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.questions.surveys import queries
from backend.questions.surveys.content import Kind, Question, read
from backend.questions.surveys.errors import NoContact, TextUnknown

NAME: Final = "surveys"
CATEGORY: Final = "service_need"
WRITE: Final = "surveys.write"
TABLE: Final = "survey_needs"

TEXT_ID: Final = "md5(a.id::text || v.key)::uuid"
"""SQL for the name of one text of an answer `a`, `v`: it leads nobody to the answer's other texts."""

_NOTE: Final = """
INSERT INTO survey_needs (id, answer_id, question, opened_by, opened_at)
SELECT n.id, n.answer_id, n.question, $4, $5
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS n (id, answer_id, question)
ON CONFLICT (answer_id, question) DO NOTHING RETURNING id, answer_id, question
"""
_OF_ANSWER: Final = "SELECT id, question FROM survey_needs WHERE answer_id = $1"
_BY_TEXT: Final = f"""
SELECT a.id, a.enterprise_id, a.answered_by, v.key AS question, v.value #>> '{{}}' AS words
FROM survey_answers a CROSS JOIN LATERAL jsonb_each(a.answers) v
WHERE a.survey_id = $1 AND a.answers IS NOT NULL AND v.key = ANY ($2::text[]) AND {TEXT_ID} = ANY ($3::uuid[])
ORDER BY a.id, v.key FOR NO KEY UPDATE OF a
"""


async def open_by_answer(
    row: Record, title: str, questions: Sequence[Question], values: Mapping[str, Any], acted: Actor
) -> tuple[str, ...]:
    """Open a case for each need that an answer tells, in its transaction; returns the numbers of new ones.

    `row` is the answer as it was written, with what it said `before`. Other words for a need that has its case already
    are added to that case's timeline.
    """
    told = {one.key: values.get(one.key) for one in questions if one.kind is Kind.NEED}
    known = {one["question"]: one["id"] for one in await db.fetch(_OF_ANSWER, row["id"])} if told else {}
    before = orjson.loads(row["before"] or "{}")
    for key, need in known.items():
        if key in told and told[key] != before.get(key):
            words = f"企业修改了调查中的需求：{told[key]}" if told[key] else "企业删去了调查中的这项需求。"
            await cases.tell(NAME, need, words, actor=acted)
    person, enterprise = acted.id, acted.enterprise_id
    fresh = [(row["id"], key, words, person, enterprise) for key, words in told.items() if words and key not in known]
    return await _open(title, fresh, acted, opened_by=None)


async def pick(actor: Actor, survey_id: UUID, texts: Sequence[UUID]) -> list[str]:
    """Open cases for texts of answers that staff take for needs; returns the numbers of new ones.

    Only texts whose writers were told that this may happen. Raises SurveyUnknown, TextUnknown, NoContact.
    """
    actor.require(WRITE)
    survey = await queries.seen(actor, survey_id)
    questions = [one for one in read(survey["questions"]) if one.kind in (Kind.TEXT, Kind.NEED)]
    async with db.transaction():
        rows = await db.fetch(_BY_TEXT, survey_id, [one.key for one in questions], list(texts))
        if len(rows) < len(set(texts)):
            raise TextUnknown
        _check_contact(rows, questions)
        found = [tuple(row[name] for name in _PICKED) for row in rows]
        numbers = await _open(survey["title"], found, actor, opened_by=actor.id)
        detail = {"texts": len(rows), "cases": list(numbers)}
        await audit.record(actor, "surveys.needs_picked", table="surveys", row_id=survey_id, detail=detail)
    return list(numbers)


_PICKED: Final = ("id", "question", "words", "answered_by", "enterprise_id")


def _check_contact(rows: Sequence[Record], questions: Sequence[Question]) -> None:
    open_ones = {one.key for one in questions if one.may_open_case or one.kind is Kind.NEED}
    if any(row["question"] not in open_ones for row in rows):
        raise NoContact


async def _open(
    title: str, found: Sequence[tuple[Any, ...]], actor: Actor, *, opened_by: UUID | None
) -> tuple[str, ...]:
    """Note (answer, question, words, person, enterprise) and open their cases; what was noted before opens nothing."""
    if not found:
        return ()
    ids = [new_id() for _ in found]
    answers, keys = [one[0] for one in found], [one[1] for one in found]
    noted = await db.fetch(_NOTE, ids, answers, keys, opened_by, clock.now())
    fresh = {(row["answer_id"], row["question"]): row["id"] for row in noted}
    openings = [
        cases.Opening(
            origin=NAME,
            origin_id=fresh[answer, key],
            category=CATEGORY,
            title=f"需求调查：{title}",
            body=words,
            channel=cases.Channel.MINI_PROGRAM,
            person_id=person,
            enterprise_id=enterprise,
        )
        for answer, key, words, person, enterprise in found
        if (answer, key) in fresh
    ]
    return tuple(one.number for one in await cases.open_many(openings, actor=actor)) if openings else ()
