"""Results while a survey runs and after it: counts, medians, by district and by size, for staff; nobody's own answer.

What is shown is always some answers old. The next results wait until FLOOR other enterprises have written after them:
who looks before and after somebody hands in sees no difference, or one that at least FLOOR made. Of those FLOOR one
alone may be of his district or size, so groups are told once, when the survey is over. The last results are then shown
at once, for between those that were shown and them lie those that had been waiting.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.suppressing import FLOOR, REST
from backend.questions.surveys import counting, queries
from backend.questions.surveys.choices import ANSWERED
from backend.questions.surveys.content import COUNTED, Kind, Question, read
from backend.questions.surveys.counting import DIMENSIONS, UNANSWERED

QUARTILES_FROM: Final = 20
REST_BETWEEN: Final = timedelta(seconds=15)
"""Counting a hundred thousand answers takes seconds: a crowd that hands in at once is not counted at every look."""

_KEPT: Final = "SELECT shown, shown_at, waiting_at, is_final FROM survey_results WHERE survey_id = $1"
_BEGIN: Final = "INSERT INTO survey_results (survey_id) VALUES ($1) ON CONFLICT (survey_id) DO NOTHING"
_HOLD: Final = """
SELECT shown, shown_at, waiting, waiting_at, is_final FROM survey_results WHERE survey_id = $1 FOR UPDATE
"""
_STORE: Final = """
UPDATE survey_results SET shown = $2::jsonb, shown_at = $3, waiting = $4::jsonb, waiting_at = $5, is_final = $6
WHERE survey_id = $1
"""
_SINCE: Final = """
SELECT count(*) FROM survey_answers
WHERE survey_id = $1 AND answers IS NOT NULL AND ($2::timestamptz IS NULL OR written_at > $2)
"""
# Of a single choice and of marks each value, of days their year, of several choices each, of all others that it is.
_COUNTS: Final = """
WITH counted AS MATERIALIZED (
    SELECT a.answers, coalesce(a.district, '') AS district, coalesce(a.size, 'undetermined') AS size
    FROM survey_answers a WHERE a.survey_id = $1 AND a.answers IS NOT NULL
)
SELECT '' AS question, '' AS value, district, size, count(*) AS answers FROM counted GROUP BY district, size
UNION ALL
SELECT v.key, c.value, district, size, count(*)
FROM counted CROSS JOIN LATERAL jsonb_each(answers) v CROSS JOIN LATERAL unnest(CASE
    WHEN v.key = ANY ($2::text[]) THEN ARRAY[v.value #>> '{}']
    WHEN v.key = ANY ($3::text[]) THEN ARRAY[left(v.value #>> '{}', 4)]
    WHEN v.key = ANY ($4::text[]) THEN ARRAY(SELECT jsonb_array_elements_text(v.value)) || ''::text
    ELSE ARRAY[''] END) AS c (value)
GROUP BY 1, 2, 3, 4
"""
# `percentile_disc`: one of the values that were told, so that money stays exact.
_MEDIANS: Final = """
SELECT v.key AS question, g.dimension, g.name,
       percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY (v.value #>> '{}')::numeric)::text[] AS quartiles
FROM survey_answers a CROSS JOIN LATERAL jsonb_each(a.answers) v
JOIN unnest($3::text[], $4::text[], $5::text[]) AS g (dimension, code, name)
  ON g.code = CASE g.dimension WHEN 'district' THEN coalesce(a.district, '')
                               WHEN 'size' THEN coalesce(a.size, 'undetermined') ELSE '' END
WHERE a.survey_id = $1 AND a.answers IS NOT NULL AND v.key = ANY ($2::text[])
GROUP BY 1, 2, 3
"""


async def of(actor: Actor, survey_id: UUID) -> dict[str, Any]:
    """Return a survey's results: {answers, counted_at, is_final, groups, questions}, or nothing while too few answered.

    A count that is None is kept back; `codes` of a row or a group are what was put together. Raises SurveyUnknown.
    """
    survey = await queries.seen(actor, survey_id)
    kept = await _renewed(survey)
    shown = orjson.loads(kept["shown"]) if kept["shown"] else None
    return {
        "survey_id": survey_id,
        "title": survey["title"],
        "state": survey["state"],
        "is_final": kept["is_final"],
        "counted_at": kept["shown_at"],
        "floor": FLOOR,
        "answers": shown["answers"] if shown else None,
        "groups": shown["groups"] if shown else {},
        "questions": _worded(read(survey["questions"]), shown),
    }


async def shown_until(survey: Mapping[str, Any]) -> datetime | None:
    """Return the moment of the results that are shown: nothing that was written later is to be told yet."""
    moment: datetime | None = (await _renewed(survey))["shown_at"]
    return moment


async def _renewed(survey: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the results that may be shown now, counted anew where that is due; one reader at a time counts."""
    kept = await db.fetch_one(_KEPT, survey["id"])
    is_over = survey["state"] not in ("draft", "in_review", "released")
    if kept is not None and not await _is_due(survey["id"], kept, is_over=is_over):
        return dict(kept)
    async with db.transaction():
        await db.execute(_BEGIN, survey["id"])
        held = await db.fetch_one(_HOLD, survey["id"])
        assert held is not None  # noqa: S101  the statement before made it
        if not await _is_due(survey["id"], held, is_over=is_over):
            return dict(held)
        return await _count_anew(survey, dict(held), is_over=is_over)


async def _is_due(survey_id: UUID, kept: Record, *, is_over: bool) -> bool:
    if kept["is_final"] or is_over:
        return is_over and not kept["is_final"]
    waiting_at: datetime | None = kept["waiting_at"]
    if waiting_at is not None and clock.now() - waiting_at < REST_BETWEEN:
        return False
    fresh: int = await db.fetch_value(_SINCE, survey_id, waiting_at)
    return fresh >= FLOOR


async def _count_anew(survey: Mapping[str, Any], held: dict[str, Any], *, is_over: bool) -> Mapping[str, Any]:
    moment = clock.now()
    waiting: tuple[Any, Any]
    counted = await _count(survey["id"], read(survey["questions"]), is_over=is_over)
    fresh = orjson.dumps(counted).decode() if counted else None
    if is_over:
        kept: dict[str, Any] = {"shown": fresh, "shown_at": moment if fresh else None}
        waiting = (None, None)
    else:
        kept = {"shown": held["waiting"], "shown_at": held["waiting_at"]}
        waiting = (fresh, moment if fresh else None)
    await db.execute(_STORE, survey["id"], *kept.values(), *waiting, is_over)
    return {**kept, "is_final": is_over}


async def _count(survey_id: UUID, questions: Sequence[Question], *, is_over: bool) -> dict[str, Any] | None:
    def of_kind(*kinds: Kind) -> list[str]:
        return [one.key for one in questions if one.kind in kinds]

    kinds = (of_kind(Kind.SINGLE, Kind.SCALE), of_kind(Kind.DATE), of_kind(Kind.MULTIPLE))
    cube: dict[tuple[str, str], dict[counting.Place, int]] = {}
    for row in await db.fetch(_COUNTS, survey_id, *kinds):
        cube.setdefault((row["question"], row["value"]), {})[row["district"], row["size"]] = row["answers"]
    found = counting.told(cube, questions, is_broken_down=is_over)
    numbers = of_kind(*COUNTED)
    if found and numbers:
        await _add_medians(survey_id, found, numbers)
    return found


async def _add_medians(survey_id: UUID, found: dict[str, Any], numbers: Sequence[str]) -> None:
    """Add the median of whatever group is shown with FLOOR values, of all together also the quartiles."""
    names = [("", "", "")]
    names += [
        (dimension, code, group["name"])
        for dimension, shown in found["groups"].items()
        for group in shown
        for code in group["codes"]
    ]
    rows = await db.fetch(_MEDIANS, survey_id, list(numbers), *(list(column) for column in zip(*names, strict=True)))
    told = {(row["question"], row["dimension"], row["name"]): row["quartiles"] for row in rows}
    for one in found["questions"]:
        row = next((row for row in one["rows"] if row["codes"] == [ANSWERED]), None)
        if one["key"] in numbers and row is not None:
            one.update(_medians(one["key"], row, found["groups"], told))


def _medians(
    key: str, row: Mapping[str, Any], groups: Mapping[str, Any], told: Mapping[tuple[str, str, str], Sequence[str]]
) -> dict[str, Any]:
    def median(dimension: str, name: str, count: int | None) -> str | None:
        quartiles = told.get((key, dimension, name))
        return quartiles[1] if quartiles and count and count >= FLOOR else None

    all_three = told.get((key, "", "")) if row["count"] >= QUARTILES_FROM else None
    return {
        "median": median("", "", row["count"]),
        "quartiles": [all_three[0], all_three[2]] if all_three else None,
        "medians": {
            dimension: [
                median(dimension, group["name"], count)
                for group, count in zip(groups[dimension], row[dimension], strict=True)
            ]
            for dimension in groups
        },
    }


def _worded(questions: Sequence[Question], shown: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Put beside each question's figures what it asks, and beside each row what it stands for."""
    kept = {one["key"]: one for one in shown["questions"]} if shown else {}
    return [
        {
            "key": one.key,
            "kind": one.kind.value,
            "text": one.text,
            "unit": one.measure,
            "may_open_case": one.may_open_case or one.kind is Kind.NEED,
            "median": kept.get(one.key, {}).get("median"),
            "quartiles": kept.get(one.key, {}).get("quartiles"),
            "medians": kept.get(one.key, {}).get("medians", {}),
            "rows": [_row(one, row) for row in kept.get(one.key, {}).get("rows", ())],
        }
        for one in questions
    ]


def _row(one: Question, row: Mapping[str, Any]) -> dict[str, Any]:
    words = "、".join(_words(one, code) for code in row["codes"])
    broken = {dimension: row.get(dimension, []) for dimension in DIMENSIONS}
    return {"codes": row["codes"], "words": words, "count": row["count"], **broken}


def _words(one: Question, code: str) -> str:
    fixed = {ANSWERED: "已答此题", UNANSWERED: "未答此题", REST: "合并"}
    if code in fixed:
        return fixed[code]
    if one.kind is Kind.SCALE:
        return f"{code}分"
    return f"{code}年" if one.kind is Kind.DATE else one.options.get(code, code)
