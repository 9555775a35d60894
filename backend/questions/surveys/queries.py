"""What staff read of surveys."""

from typing import Any, Final
from uuid import UUID

import orjson

from backend.access import EVERYTHING, NOTHING, Actor, Condition
from backend.access.listing import newest
from backend.foundation import db
from backend.questions.surveys import allowed
from backend.questions.surveys.errors import SurveyUnknown
from backend.questions.surveys.states import SurveyState

READ: Final = "surveys.read"

_CARD: Final = """
s.id, s.number, s.version, s.state, s.title, s.opens_on, s.closes_on, jsonb_array_length(s.questions) AS questions,
s.edited_at, s.released_at,
(SELECT count(*) FROM survey_answers a WHERE a.survey_id = s.id AND a.answers IS NOT NULL) AS answers
"""
_WHOLE: Final = f"""
SELECT {_CARD.replace("jsonb_array_length(s.questions) AS questions", "s.questions")}, s.intro, s.reason, s.rule,
       s.follows, s.sent_back, s.end_reason, s.author_id, s.edited_by, s.reviewer_id, s.created_at, s.submitted_at,
       s.ended_at, (SELECT name FROM staff WHERE id = s.author_id) AS author,
       (SELECT name FROM staff WHERE id = s.edited_by) AS editor,
       (SELECT name FROM staff WHERE id = s.reviewer_id) AS reviewer,
       (SELECT number FROM surveys f WHERE f.id = s.follows) AS follows_number
FROM surveys s WHERE s.id = $1 AND {{visible}}
"""
_STANDING: Final = ("author_id", "edited_by", "opens_on", "closes_on")


def visible_to(actor: Actor) -> Condition:
    """Return the condition over `surveys s`: a survey is the whole bureau's, and its results name nobody."""
    return EVERYTHING if actor.can(READ) else NOTHING


async def page(actor: Actor, *, state: str | None, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return one page of surveys, the newest first, with how many there are."""
    wanted = visible_to(actor) & (EVERYTHING if state is None else Condition("s.state = {}", (state,)))
    rows, rest = await newest(f"SELECT {_CARD}", "surveys s", wanted, of="s", cursor=cursor, limit=limit)
    return {"items": rows, **rest}


async def seen(actor: Actor, survey_id: UUID) -> dict[str, Any]:
    """Return a survey's row for a reader, its documents read; raises SurveyUnknown."""
    visible = visible_to(actor)
    row = await db.fetch_one(_WHOLE.format(visible=visible.render(2)), survey_id, *visible.params)
    if row is None:
        raise SurveyUnknown
    return {**row, "questions": orjson.loads(row["questions"]), "rule": orjson.loads(row["rule"])}


async def detail(actor: Actor, survey_id: UUID) -> dict[str, Any]:
    """Return a survey whole, with what this actor may do with it now; raises SurveyUnknown."""
    row = await seen(actor, survey_id)
    standing = allowed.Standing(SurveyState(row["state"]), *(row[name] for name in _STANDING))
    return {**row, "may": allowed.may(actor, standing)}
