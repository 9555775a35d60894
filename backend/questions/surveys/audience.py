"""Whom a survey would reach, before it is released: how many enterprises, and how many people by which way."""

from typing import Any, Final
from uuid import UUID

import orjson

from backend import runtime
from backend.access import Actor
from backend.eligibility import lint
from backend.enterprises import audience, visibility
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.rules import parse_stored
from backend.foundation import clock, db
from backend.notifications.broadcasts import forecasting
from backend.questions.surveys import picking, queries
from backend.questions.surveys.errors import PreviewTooSlow
from backend.questions.surveys.messages import INVITED

_PEOPLE: Final = """
    SELECT DISTINCT b.person_id FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
    WHERE {acting} AND {surely} AND {visible}"""


async def of_survey(actor: Actor, survey_id: UUID) -> dict[str, Any]:
    """Count whom the rule picks today among what the reader may see, and who of them would be told how.

    Raises SurveyUnknown, RuleInvalid, PreviewTooSlow.
    """
    survey = await queries.seen(actor, survey_id)
    rule, visible = parse_stored(survey["rule"]), visibility.visible_to(actor)
    async with audience.bounded(PreviewTooSlow):
        counts = await audience.count(rule, clock.today(), visible)
        forecast = await _forecast(actor, survey["rule"])
    above = runtime.current().settings.release_above
    return {
        "as_of": clock.today(),
        **counts.totals(),
        "by_district": counts.by("district"),
        "groups": counts.by(*audience.PLACE),
        "missing": counts.missing(),
        "findings": [
            {"code": one.code, "path": one.path, "sentence": one.sentence}
            for one in lint(dict(rule.document), CATALOGUE, window_ends=survey["closes_on"])
        ],
        "forecast": forecast,
        "release_above": above,
        "needs_release": forecast["total"] > above,
    }


async def _forecast(actor: Actor, rule: dict[str, Any]) -> dict[str, Any]:
    first = forecasting.FIRST_PARAM
    surely, visible = picking.surely(rule, first + 1), visibility.visible_to(actor)
    sql = _PEOPLE.format(
        acting=picking.ACTING.replace("$1", f"${first}"),
        surely=surely.sql,
        visible=visible.render(first + 1 + len(surely.params)),
    )
    async with db.transaction():
        told = await forecasting.of_list(INVITED, sql, clock.now(), *surely.params, *visible.params)
    found: dict[str, Any] = orjson.loads(told)
    return found
