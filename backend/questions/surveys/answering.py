"""Takes an enterprise's answer to a survey: one row, however many of its people write at once.

The first to hand in makes the row; whoever names an older version is told so and overwrites nobody. Until the survey
ends its own enterprise may change what it said. What is told of a fact of the catalogue is recorded as told by itself,
so that nothing asks for it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn
from uuid import UUID

import orjson
from asyncpg import Record

from backend import audit
from backend.access import Actor
from backend.enterprises import service as enterprises
from backend.foundation import clock, db
from backend.foundation.ids import random_id
from backend.identity import acting_for
from backend.identity.errors import OutOfScope
from backend.questions.surveys import knowing, mine, needs, replies
from backend.questions.surveys.content import Question, read
from backend.questions.surveys.errors import AlreadyAnswered, AnswerChanged, SurveyOver

TABLE: Final = "survey_answers"
TELLING: Final = "enterprises"
"""What a clerk must be allowed to for his answer to count as what his enterprise says of itself."""

# Against a withdrawal, not against other answers.
_HOLD: Final = "SELECT id FROM surveys WHERE id = $1 AND state = 'released' AND closes_on >= $2 FOR SHARE"
# Version 0 makes the row, any other one changes that very version.
_ANSWER: Final = """
INSERT INTO survey_answers AS kept
    (id, survey_id, enterprise_id, answers, district, size, writes, answered_by, saved_at, answered_at, written_at)
SELECT $1, $2, $3, $4::jsonb, $5, $6, 1, $7, $8, $8, $8
WHERE $9::bigint = 0 OR EXISTS (SELECT FROM survey_answers WHERE survey_id = $2 AND enterprise_id = $3)
ON CONFLICT (survey_id, enterprise_id) DO UPDATE SET
    answers = EXCLUDED.answers, draft = NULL, version = kept.version + 1, writes = kept.writes + 1,
    district = CASE WHEN kept.answers IS NULL THEN EXCLUDED.district ELSE kept.district END,
    size = CASE WHEN kept.answers IS NULL THEN EXCLUDED.size ELSE kept.size END,
    answered_by = EXCLUDED.answered_by, saved_at = EXCLUDED.saved_at, written_at = EXCLUDED.written_at,
    answered_at = coalesce(kept.answered_at, EXCLUDED.answered_at)
WHERE kept.version = $9
RETURNING kept.id, kept.version, kept.writes, old.answers AS before
"""
_SAVE: Final = """
INSERT INTO survey_answers AS kept (id, survey_id, enterprise_id, draft, answered_by, saved_at)
SELECT $1, $2, $3, $4::jsonb, $5, $6
WHERE $7::bigint = 0 OR EXISTS (SELECT FROM survey_answers WHERE survey_id = $2 AND enterprise_id = $3)
ON CONFLICT (survey_id, enterprise_id) DO UPDATE SET
    draft = EXCLUDED.draft, version = kept.version + 1, answered_by = EXCLUDED.answered_by, saved_at = EXCLUDED.saved_at
WHERE kept.version = $7
RETURNING kept.id, kept.version, kept.writes
"""
_HAS_ANSWERED: Final = """
SELECT EXISTS (SELECT FROM survey_answers WHERE survey_id = $1 AND enterprise_id = $2 AND answers IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Written:
    """What an enterprise's row is now; `version` is what the next If-Match names."""

    version: int
    is_first: bool
    cases: tuple[str, ...] = ()


async def answer(
    actor: Actor, enterprise_id: UUID, survey_id: UUID, given: Mapping[str, Any], *, version: int
) -> Written:
    """Hand in an answer, or change it; `version` is the one that was read, 0 when nothing was written yet.

    Needs in it become cases, each once. Raises AnswerInvalid with every wrong field, AlreadyAnswered, AnswerChanged,
    SurveyOver, SurveyUnknown, NotBound, ReadOnly, OutOfScope.
    """
    acted = await acting_for(actor, enterprise_id, scope=mine.SCOPE)
    tells = await _may_tell(actor, enterprise_id)
    async with db.transaction():
        survey, questions, held = await _open(enterprise_id, survey_id)
        values = replies.check(questions, given, held.known, is_whole=True)
        spelled = orjson.dumps(values).decode()
        row = await db.fetch_one(
            _ANSWER,
            random_id(),
            survey_id,
            enterprise_id,
            spelled,
            held.district,
            held.size,
            acted.id,
            clock.now(),
            version,
        )
        if row is None:
            await _refuse(survey_id, enterprise_id, version)
        written = await _finish(row, survey, questions, values, acted)
        if tells:
            await _tell_facts(enterprise_id, questions, values, held, acted)
    return written


async def save(
    actor: Actor, enterprise_id: UUID, survey_id: UUID, given: Mapping[str, Any], *, version: int
) -> Written:
    """Keep what is written so far, which nobody counts; its colleagues can go on with it. Raises as `answer` does."""
    acted = await acting_for(actor, enterprise_id, scope=mine.SCOPE)
    async with db.transaction():
        _, questions, held = await _open(enterprise_id, survey_id)
        values = replies.check(questions, given, held.known, is_whole=False)
        spelled = orjson.dumps(values).decode()
        row = await db.fetch_one(_SAVE, random_id(), survey_id, enterprise_id, spelled, acted.id, clock.now(), version)
        if row is None:
            await _refuse(survey_id, enterprise_id, version)
        await audit.record(acted, "surveys.draft_saved", table=TABLE, row_id=row["id"], fields=("draft",))
    return Written(row["version"], row["writes"] == 0)


async def _open(enterprise_id: UUID, survey_id: UUID) -> tuple[Record, list[Question], knowing.Enterprise]:
    survey = await mine.found(enterprise_id, survey_id)
    if await db.fetch_value(_HOLD, survey_id, clock.today()) is None:
        raise SurveyOver
    questions = read(orjson.loads(survey["questions"]))
    return survey, questions, await knowing.enterprise(enterprise_id, questions)


async def _refuse(survey_id: UUID, enterprise_id: UUID, version: int) -> NoReturn:
    """Say who was faster: a colleague who handed in, or one who changed what was read."""
    if version == 0 and await db.fetch_value(_HAS_ANSWERED, survey_id, enterprise_id):
        raise AlreadyAnswered
    raise AnswerChanged


async def _finish(
    row: Record, survey: Record, questions: Sequence[Question], values: Mapping[str, Any], acted: Actor
) -> Written:
    action = "surveys.answered" if row["writes"] == 1 else "surveys.answer_changed"
    await audit.record(acted, action, table=TABLE, row_id=row["id"], fields=("answers",))
    opened = await needs.open_by_answer(row, survey["title"], questions, values, acted)
    return Written(row["version"], row["writes"] == 1, opened)


async def _may_tell(actor: Actor, enterprise_id: UUID) -> bool:
    try:
        await acting_for(actor, enterprise_id, scope=TELLING)
    except OutOfScope:
        return False
    return True


async def _tell_facts(
    enterprise_id: UUID,
    questions: Sequence[Question],
    values: Mapping[str, Any],
    held: knowing.Enterprise,
    acted: Actor,
) -> None:
    """Record what is said of facts beside what is known of them; the same again is no telling."""
    told = {
        one.fact: replies.as_fact(one, values[one.key])
        for one in questions
        if one.fact and one.key in values and values[one.key] != _value(held.known.get(one.key))
    }
    if told:
        await enterprises.tell(enterprise_id, told, actor=acted)


def _value(known: knowing.Known | None) -> Any:
    return known.value if known is not None else None
