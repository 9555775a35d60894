"""What an owner reads of surveys: which are put to his enterprise, one with what is known already, his answer."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.access import Actor
from backend.eligibility import Rule, RuleInvalid, Verdict, evaluate, needed_facts
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.rules import parse_stored
from backend.foundation import clock, db
from backend.foundation.logging import get_logger
from backend.identity import acting_for
from backend.questions.surveys import knowing
from backend.questions.surveys.content import Question, read
from backend.questions.surveys.errors import SurveyUnknown

log = get_logger(__name__)

SCOPE: Final = "questions"
"""What a clerk must be allowed to for an enterprise to answer surveys for it."""

_SEEN: Final = """
SELECT s.id, s.number, s.title, s.intro, s.reason, s.rule, s.questions, s.opens_on, s.closes_on, s.state, s.end_reason,
       a.id AS answer_id, coalesce(a.version, 0) AS version, a.draft, a.answers, a.answered_at,
       a.id IS NOT NULL OR EXISTS (
           SELECT FROM survey_invited i WHERE i.survey_id = s.id AND i.enterprise_id = $1) AS is_asked
FROM surveys s LEFT JOIN survey_answers a ON a.survey_id = s.id AND a.enterprise_id = $1
"""
# What runs today, and what the enterprise has answered before.
_LISTED: Final = f"""
{_SEEN} WHERE s.released_at IS NOT NULL AND s.opens_on <= $2
  AND (s.state = 'released' AND s.closes_on >= $2 OR a.answers IS NOT NULL)
ORDER BY s.closes_on DESC, s.id DESC LIMIT 200
"""
_ONE: Final = f"{_SEEN} WHERE s.id = $2 AND s.released_at IS NOT NULL AND s.opens_on <= $3"


async def listing(actor: Actor, enterprise_id: UUID) -> list[dict[str, Any]]:
    """Return the running surveys that are put to an enterprise, and those it has answered, what ends last first."""
    await acting_for(actor, enterprise_id, scope=SCOPE, changes=False)
    rows = await db.fetch(_LISTED, enterprise_id, clock.today())
    return [_card(dict(row)) for row in await _asked(enterprise_id, rows)]


async def detail(actor: Actor, enterprise_id: UUID, survey_id: UUID) -> dict[str, Any]:
    """Return one survey with its questions, what is known of each, and what the enterprise has written.

    `version` is what If-Match names; 0: nothing is written yet. Raises SurveyUnknown, NotBound, OutOfScope.
    """
    await acting_for(actor, enterprise_id, scope=SCOPE, changes=False)
    row = await found(enterprise_id, survey_id)
    questions = read(orjson.loads(row["questions"]))
    held = await knowing.enterprise(enterprise_id, questions)
    return {
        **_card(dict(row)),
        "intro": row["intro"],
        "questions": [_question(one, held.known) for one in questions],
        "draft": orjson.loads(row["draft"] or "null"),
        "answers": orjson.loads(row["answers"] or "null"),
    }


async def found(enterprise_id: UUID, survey_id: UUID) -> Record:
    """Return a survey that is put to an enterprise, begun and however it stands now; raises SurveyUnknown."""
    row = await db.fetch_one(_ONE, enterprise_id, survey_id, clock.today())
    if row is None or not await _asked(enterprise_id, [row]):
        raise SurveyUnknown
    return row


def is_running(row: Mapping[str, Any]) -> bool:
    last: date = row["closes_on"]
    return row["state"] == "released" and last >= clock.today()


async def _asked(enterprise_id: UUID, rows: Sequence[Record]) -> list[Record]:
    """Leave out what is not put to an enterprise: it was neither invited, nor has it written, nor is it picked now."""
    rules = {row["id"]: rule for row in rows if not row["is_asked"] and (rule := _rule(dict(row))) is not None}
    facts = {CATALOGUE[key].key: CATALOGUE[key] for rule in rules.values() for key in needed_facts(rule)}
    held = (await knowing.enterprise(enterprise_id, (), facts.values())).facts if rules else {}
    picked = {one for one, rule in rules.items() if evaluate(rule, held, clock.today()) is Verdict.YES}
    return [row for row in rows if row["is_asked"] or row["id"] in picked]


def _rule(row: Mapping[str, Any]) -> Rule | None:
    """A rule that a release can't read any more picks nobody new; whoever was invited goes on."""
    try:
        return parse_stored(orjson.loads(row["rule"]))
    except RuleInvalid:
        log.exception("surveys.rule_left_behind", survey=str(row["id"]))
        return None


def _card(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("id", "number", "title", "reason", "opens_on", "closes_on", "version")},
        "standing": _standing(row),
        "can_be_answered": is_running(row),
        "answered_at": row["answered_at"],
    }


def _standing(row: Mapping[str, Any]) -> str:
    """How an enterprise stands with a survey: open, begun or answered, and over when it did neither in time."""
    if row["answers"] is not None:
        return "answered"
    if not is_running(row):
        return "over"
    return "begun" if row["draft"] is not None else "open"


def _question(one: Question, known: Mapping[str, knowing.Known]) -> dict[str, Any]:
    held = known.get(one.key)
    return {
        **{name: getattr(one, name) for name in ("key", "text", "hint", "is_required", "most", "places", "least")},
        **{name: getattr(one, name) for name in ("greatest", "steps", "low", "high")},
        "kind": one.kind.value,
        "unit": one.measure,
        "choices": [{"code": code, "words": words} for code, words in one.options.items()],
        "becomes_case": "always" if one.kind.value == "need" else "perhaps" if one.may_open_case else "never",
        "known": None if held is None else {name: getattr(held, name) for name in ("value", "told", "source", "on")},
        "is_skipped": held is not None and one.when_known == "skip",
    }
