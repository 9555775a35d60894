"""What was answered in words, for staff: without who wrote it, in no order that tells when, and what became a case.

Words come with the results of the answers they stand in (`results.py`), so that nobody sees by looking again and again
whose they are. A question that says that staff may get in touch is no secret of its writer.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from backend import cases
from backend.access import Actor, Condition
from backend.foundation import db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor
from backend.foundation.suppressing import FLOOR
from backend.questions.surveys import queries, results
from backend.questions.surveys.content import WRITTEN, Kind, Question, read
from backend.questions.surveys.errors import TextUnknown
from backend.questions.surveys.needs import NAME, TEXT_ID

_FROM: Final = f"""
(SELECT {TEXT_ID} AS id, v.words, n.id AS need_id
 FROM survey_answers a CROSS JOIN LATERAL (SELECT $2::text AS key, a.answers ->> $2 AS words) v
 LEFT JOIN survey_needs n ON n.answer_id = a.id AND n.question = $2
 WHERE a.survey_id = $1 AND a.answers ? $2 AND ($3::timestamptz IS NULL OR a.written_at <= $3)) AS t
"""
_MANY: Final = f"SELECT count(*) FROM (SELECT FROM {_FROM} LIMIT {FLOOR}) AS few"


async def listing(
    actor: Actor, survey_id: UUID, question: str, *, cursor: str | None = None, limit: int = 20
) -> dict[str, Any]:
    """Return one page of the texts that answer a question: {items, next, count, …, is_withheld}.

    A question that says that staff may get in touch shows all of them, another one from FLOOR on and as old as the
    results. Whoever reads masked reads none. Raises SurveyUnknown, TextUnknown for no question in words.
    """
    survey = await queries.seen(actor, survey_id)
    asked = next((one for one in read(survey["questions"]) if one.key == question and one.kind in WRITTEN), None)
    if asked is None:
        raise TextUnknown
    after = decode_cursor(cursor, UUID)
    until = None if _is_open(asked) else await results.shown_until(survey)
    if actor.reads_masked(queries.READ) or not (_is_open(asked) or await _are_many(survey_id, asked, until)):
        return {"items": [], "next": None, **counted([], cursor), "is_withheld": True}
    behind = Condition("TRUE") if after is None else Condition("t.id > {}", after)
    count = count_column(_FROM, cursor)
    rows = await db.fetch(
        f"SELECT t.id, t.words, t.need_id{count} FROM {_FROM} WHERE {behind.render(4)} ORDER BY t.id LIMIT {limit + 1}",
        survey_id,
        question,
        until,
        *behind.params,
    )
    page, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    standings = await cases.of(NAME, [row["need_id"] for row in page if row["need_id"]])
    items = [{"id": row["id"], "words": row["words"], "case": _case(standings.get(row["need_id"]))} for row in page]
    return {"items": items, "next": following, **counted(rows, cursor), "is_withheld": False}


def _is_open(asked: Question) -> bool:
    return asked.may_open_case or asked.kind is Kind.NEED


async def _are_many(survey_id: UUID, asked: Question, until: datetime | None) -> bool:
    return until is not None and await db.fetch_value(_MANY, survey_id, asked.key, until) >= FLOOR


def _case(standing: cases.Standing | None) -> dict[str, Any] | None:
    if standing is None:
        return None
    return {"id": standing.case_id, "number": standing.number, "state": standing.state.value}
