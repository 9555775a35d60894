"""How the bureau kept its word on what was received in a period, by kind, unit or place; never by person.

Every figure stands beside the sentence that says how it is counted. What closed in silence is counted apart, for nobody
said that it was solved; what is overdue and still open counts against the rates, or they would look better the less is
done. What was merged counts once, with the case that answers for it, and what was once late stays late in whatever
category. By unit each clock counts where it stopped or ran out, so that nobody is late by what another had late before
he was given it. One statement, over the cases of the period and the marks of their logs.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal

from asyncpg import Record

from backend.access import Actor
from backend.cases.desk.formulas import FIGURES, Figure
from backend.cases.desk.narrowing import Filter, narrowed
from backend.cases.visibility import visible_to
from backend.foundation import clock, db

By = Literal["category", "unit", "district"]

_KEYS: Final[Mapping[By, tuple[str, str]]] = {
    "category": ("c.category", "(SELECT k.title FROM case_categories k WHERE k.key = g.key)"),
    "unit": ("c.unit_id::text", "(SELECT u.name FROM units u WHERE u.id = g.key::uuid)"),
    "district": ("c.district", "g.key"),
}


# A promise is kept by the first answer after it was made. Where a clock ever stood still its day moved on with it,
# which the alarms know; else the day itself says it. The term bounds every promise.
_ONE: Final = """
WITH cohort AS MATERIALIZED (
    SELECT c.id, {key} AS key,
        CASE ended.how WHEN 'merged' THEN 'merged' WHEN 'taken_back' THEN 'withdrawn' ELSE c.state END AS state,
        c.received_at, c.accept_due_at, c.answer_due_at, c.solution_due_at,
        c.promised_on, c.hand_overs, c.refusals, c.answered_at, c.closed_at,
        c.merged_into IS NOT NULL OR coalesce(ended.how = 'merged', FALSE) AS is_merged,
        coalesce(ended.how = 'heard', FALSE) AS is_heard,
        coalesce(c.accepted_at, c.answered_at, CASE WHEN ended.how IS DISTINCT FROM 'taken_back' THEN c.closed_at END)
            AS accepted_at, c.closed_at IS NOT NULL AS is_closed
    FROM cases c LEFT JOIN LATERAL (
        SELECT CASE WHEN e.kind = 'confirmed' AND e.data ? 'how' THEN 'heard' ELSE e.data ->> 'because' END AS how
        FROM case_events e WHERE e.case_id = c.id AND e.at >= c.closed_at
        AND (e.data ->> 'because' IN ('merged', 'taken_back') OR (e.kind = 'confirmed' AND e.data ? 'how'))
        ORDER BY e.seq DESC LIMIT 1
    ) AS ended ON TRUE
    WHERE {wanted} AND NOT EXISTS (SELECT FROM case_splits s WHERE s.part_id = c.id AND s.undone_at IS NOT NULL)
), undone AS MATERIALIZED (
    SELECT e.case_id, jsonb_array_elements_text(e.data -> 'seqs')::int AS seq
    FROM cohort c JOIN case_events e ON e.case_id = c.id AND e.kind = 'taken_back'
), marks AS (
    SELECT e.case_id, min(e.at) FILTER (WHERE e.kind IN ('answered', 'declined')) AS first_at,
        max(e.at) FILTER (WHERE e.kind = 'refused') AS refused_at,
        max(e.at) FILTER (WHERE e.kind = 'promised') AS promised_at,
        count(*) FILTER (WHERE e.data -> 'is_later' = 'true' OR e.data -> 'late' <> '[]')::int AS eased,
        coalesce(jsonb_agg(e.data -> 'late') FILTER (WHERE e.data -> 'late' <> '[]'), '[]') AS late,
        bool_or(e.kind IN ('asked', 'paused', 'merged')) AS stood, bool_or(e.data ? 'from_unit_id') AS has_moved,
        min(e.at) FILTER (WHERE e.data -> 'late' ? 'accept') AS late_accept_at,
        min(e.at) FILTER (WHERE e.data -> 'late' ? 'answer') AS late_answer_at,
        min(e.at) FILTER (WHERE e.data -> 'late' ? 'solution') AS late_solution_at
    FROM cohort c JOIN case_events e ON e.case_id = c.id AND e.kind IN ('answered', 'declined', 'refused',
        'promised', 'asked', 'paused', 'merged', 'category_changed', 'transferred', 'sent_back')
    WHERE NOT EXISTS (SELECT FROM undone u WHERE u.case_id = e.case_id AND u.seq = e.seq) GROUP BY e.case_id
), over AS (
    SELECT a.case_id, min(a.at) FILTER (WHERE a.clock = 'solution') AS over_at, bool_or(a.clock = 'promise') AS broken
    FROM cohort c JOIN case_alarms a ON a.case_id = c.id AND a.level = 100 AND a.clock IN ('solution', 'promise')
    GROUP BY a.case_id
), asked AS (
    SELECT r.case_id, count(*)::int AS lists FROM cohort c JOIN case_requests r ON r.case_id = c.id
    WHERE r.taken_back_at IS NULL GROUP BY r.case_id
), read AS (
    SELECT c.*, m.first_at, now.at AS now, coalesce(a.lists, 0) AS lists, coalesce(m.stood, FALSE) AS stood,
        coalesce(m.has_moved, FALSE) AS has_moved, m.late_accept_at, m.late_answer_at, m.late_solution_at, o.over_at,
        NOT c.is_closed AND NOT c.is_merged AS is_open,
        NOT c.is_closed AND NOT c.is_merged AND c.state <> 'answered' AS is_unsolved,
        CASE WHEN c.answered_at IS NULL OR m.refused_at > c.answered_at THEN c.closed_at ELSE c.answered_at END
            AS solved_at,
        o.over_at IS NOT NULL OR coalesce(w.late ? 'solution', FALSE) AS is_late,
        coalesce(w.late, '[]') AS was_late, coalesce(m.eased, 0) AS eased,
        coalesce(o.broken, FALSE) AS broken, kept.at AS kept_at,
        CASE WHEN NOT r.set_aside THEN r.level END AS level, coalesce(r.set_aside, FALSE) AS is_set_aside,
        CASE WHEN NOT r.set_aside THEN r.later_level END AS later_level,
        b.state AS call_state, b.due_at AS call_due, b.ended_at AS call_ended,
        f.state AS fix_state, f.due_at AS fix_due, f.ended_at AS fix_ended
    FROM cohort c CROSS JOIN (SELECT {now} AS at) AS now
    LEFT JOIN marks m ON m.case_id = c.id
    LEFT JOIN LATERAL (SELECT jsonb_path_query_array(m.late, '$[*][*]') AS late) AS w ON TRUE
    LEFT JOIN over o ON o.case_id = c.id LEFT JOIN asked a ON a.case_id = c.id
    LEFT JOIN case_ratings r ON r.case_id = c.id
    LEFT JOIN case_tasks b ON b.case_id = c.id AND b.kind = 'call_back' AND b.round = 0
    LEFT JOIN case_tasks f ON f.case_id = c.id AND f.kind = 'rectification' AND f.round = 0
    LEFT JOIN LATERAL (
        SELECT min(e.at) AS at FROM case_events e
        WHERE e.case_id = c.id AND e.kind IN ('answered', 'declined') AND e.at >= coalesce(m.promised_at, c.received_at)
        AND NOT EXISTS (SELECT FROM undone u WHERE u.case_id = e.case_id AND u.seq = e.seq)
    ) AS kept ON c.promised_on IS NOT NULL
), told AS (
    SELECT *, is_late OR solved_at > solution_due_at AS is_over, broken OR coalesce(kept_at, now) > solution_due_at
        OR (NOT stood AND (coalesce(kept_at, now) AT TIME ZONE 'Asia/Shanghai')::date > promised_on) AS is_broken
    FROM read
), placed AS ({placed}), g AS (
    SELECT {at} AS key, grouping({at}) = 1 AS is_total, {figures} FROM placed GROUP BY GROUPING SETS (({at}), ())
)
SELECT g.*, CASE WHEN NOT g.is_total THEN {word} END AS word FROM g ORDER BY g.is_total DESC, word NULLS LAST, g.key
"""
# By unit a case stands once for itself, where it is now, and once for each clock, where that stopped or ran out first:
# where the next unit came after that, with the one it came from. Few cases ever move.
_PLACED: Final = """
SELECT t.*, p.clock, CASE WHEN before.is_known THEN before.unit ELSE t.key END AS at_key FROM (
    SELECT *, least(accepted_at, accept_due_at, late_accept_at, now) AS accept_until,
        least(first_at, answer_due_at, late_answer_at, now) AS answer_until,
        least(solved_at, over_at, solution_due_at, late_solution_at, now) AS solution_until,
        least(kept_at, (promised_on + 1)::timestamp AT TIME ZONE 'Asia/Shanghai', now) AS promise_until
    FROM told) AS t
CROSS JOIN LATERAL (VALUES ('case', NULL), ('accept', t.accept_until), ('answer', t.answer_until),
    ('solution', t.solution_until), ('promise', t.promise_until)) AS p (clock, until)
LEFT JOIN LATERAL (
    SELECT e.data ->> 'from_unit_id' AS unit, TRUE AS is_known FROM case_events e
    WHERE t.has_moved AND e.case_id = t.id AND e.at > p.until AND e.data ? 'from_unit_id'
    AND NOT EXISTS (SELECT FROM undone u WHERE u.case_id = e.case_id AND u.seq = e.seq) ORDER BY e.seq LIMIT 1
) AS before ON TRUE
"""


def _column(figure: Figure, by: By | None) -> str:
    here = f" AND clock = '{figure.clock or 'case'}'" if by == "unit" else ""
    if figure.adds is not None:
        return f"coalesce(sum({figure.adds}) FILTER (WHERE ({figure.counts}){here}), 0)::int AS {figure.name}"
    of = f"({figure.of or 'TRUE'}){here}"
    counted = f"count(*) FILTER (WHERE {of} AND ({figure.counts}))::int AS {figure.name}"
    return counted if figure.of is None else f"{counted}, count(*) FILTER (WHERE {of})::int AS {figure.name}_of"


async def of(actor: Actor, since: date, until: date, *, by: By | None = None, **narrower: Any) -> dict[str, Any]:
    """Return the figures of what was received between two days, in all and by group, of the cases that the actor sees.

    `narrower` are fields of a Filter. Rates are counts of counts, so that groups can be added up.
    """
    actor.require("cases.read")
    wanted = visible_to(actor) & narrowed(actor, Filter(since=since, until=until, **narrower))
    key, word = _KEYS[by] if by else ("NULL::text", "g.key")
    parts = {"figures": ", ".join(_column(figure, by) for figure in FIGURES)}
    parts |= {"placed": _PLACED, "at": "at_key"} if by == "unit" else {"placed": "SELECT * FROM told", "at": "key"}
    sql = _ONE.format(key=key, word=word, wanted=wanted.render(2), now="$1::timestamptz", **parts)
    rows = await db.fetch(sql, clock.now(), *wanted.params)
    return {
        "since": since,
        "until": until,
        "by": by,
        "figures": [
            {"name": one.name, "word": one.word, "formula": one.formula, "is_rate": one.of is not None}
            for one in FIGURES
        ],
        "total": _values(rows[0]),
        "groups": [
            {"key": row["key"], "word": row["word"], "values": _values(row)}
            for row in rows
            if by and not row["is_total"]
        ],
    }


def _values(row: Record) -> dict[str, Any]:
    return {
        one.name: {"count": row[one.name], "of": row[f"{one.name}_of"] if one.of is not None else None}
        for one in FIGURES
    }
