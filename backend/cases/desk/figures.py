"""How the bureau kept its word on what was received in a period, by kind, unit or place; never by person.

Every figure stands beside the sentence that says how it is counted. What closed in silence is counted apart, for nobody
said that it was solved; what is overdue and still open counts against the rates, or they would look better the less is
done. What was merged counts once, with the case that answers for it, and what was once late stays late in whatever
category. One statement, over the cases of the period and the marks of their logs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from asyncpg import Record

from backend.access import Actor
from backend.cases.desk.narrowing import Filter, narrowed
from backend.cases.visibility import visible_to
from backend.foundation import clock, db

By = Literal["category", "unit", "district"]

_KEYS: Final[Mapping[By, tuple[str, str]]] = {
    "category": ("c.category", "(SELECT k.title FROM case_categories k WHERE k.key = g.key)"),
    "unit": ("c.unit_id::text", "(SELECT u.name FROM units u WHERE u.id = g.key::uuid)"),
    "district": ("c.district", "g.key"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """`counts` of the cases for which `of` holds; without `of` a plain number. `adds` sums a column instead."""

    name: str
    word: str
    formula: str
    counts: str = "TRUE"
    of: str | None = None
    adds: str | None = None


_LIVE: Final = "NOT is_merged"
_BY_WORD: Final = "state IN ('closed_confirmed', 'closed_by_decision') AND (first_at IS NOT NULL OR is_over)"
_LATE_WORD: Final = "state IN ('answered', 'declined') AND is_over"
_BAD: Final = "不含被取消的任务；到期未完成的计入分母"

FIGURES: Final = (
    Figure("received", "收到", "期间收到的事项数，含后来并入其他事项的；不含已撤销的拆分"),
    Figure("merged", "并入其他事项", "其中已并入其他事项、或随其一并办结的；除评价外，以下各项均不含", "is_merged"),
    Figure("merged_late", "并案前已超期", "其中并入前办理期限已过的", "is_merged AND is_late"),
    Figure("open", "在办", "其中尚未办结、未并案的", "is_open"),
    Figure(
        "accepted_in_time",
        "按时接办",
        "在接办期限内接办的 ÷ 已接办的和接办期限已过的；调整类别前已过期限的仍计逾期，下同",
        "accepted_at <= accept_due_at AND NOT was_late ? 'accept'",
        f"{_LIVE} AND (accepted_at IS NOT NULL OR accept_due_at <= coalesce(closed_at, now))",
    ),
    Figure(
        "answered_in_time",
        "按时首次答复",
        "第一次答复在首次答复期限内的 ÷ 已答复的和期限已过仍未答复的；撤销的答复不算",
        "first_at <= answer_due_at AND NOT was_late ? 'answer'",
        f"{_LIVE} AND (first_at IS NOT NULL OR (is_open AND answer_due_at <= now))",
    ),
    Figure(
        "solved_in_time",
        "按时办结",
        "各轮均未超期的 ÷ 答复后由本人确认或上级决定办结的、超期答复或超期不予办理的和办理期限已过仍未答复的；"
        "不含逾期未确认的、按时不予办理的、按时答复尚待确认的、来源撤回的和未超期未答复即决定办结的",
        "first_at IS NOT NULL AND NOT is_over",
        f"{_LIVE} AND (({_BY_WORD}) OR ({_LATE_WORD}) OR (is_unsolved AND solution_due_at <= now))",
    ),
    Figure(
        "silent_in_time",
        "逾期未确认办结中按时答复",
        "各轮均未超期的 ÷ 因本人逾期未确认而办结的；与按时办结分开统计",
        "solved_at <= solution_due_at AND NOT is_late",
        "state = 'closed_by_silence'",
    ),
    Figure(
        "promises_kept",
        "承诺兑现",
        "在承诺日期前答复的 ÷ 作过承诺且已答复或已过承诺日期的；有一次未兑现即为未兑现",
        "NOT is_broken",
        f"{_LIVE} AND promised_on IS NOT NULL AND (kept_at IS NOT NULL OR is_broken)",
    ),
    Figure("closed_confirmed", "本人确认办结", "由本人确认办结的事项数", "state = 'closed_confirmed'"),
    Figure(
        "confirmed_heard",
        "代记的确认",
        "其中由工作人员按电话或窗口答复代记的，均非答复人所记",
        "state = 'closed_confirmed' AND is_heard",
    ),
    Figure(
        "closed_by_silence", "逾期未确认办结", "答复送达后本人逾期未表示意见而办结的", "state = 'closed_by_silence'"
    ),
    Figure("closed_by_decision", "决定办结", "由上级决定办结的事项数", "state = 'closed_by_decision'"),
    Figure("withdrawn", "来源撤回", "办结前由提出人或来源撤回的事项数，不计入办结", "state = 'withdrawn'"),
    Figure("declined", "不予办理", "不予办理的事项数，均有理由和依据", "state = 'declined'"),
    Figure(
        "told_once",
        "一次性告知",
        "只告知过一次所缺材料的 ÷ 告知过所缺材料的",
        "lists = 1",
        f"{_LIVE} AND lists >= 1",
    ),
    Figure(
        "second_lists", "再次要求补充", "第一次告知之后再次要求补充材料的次数合计", _LIVE, adds="greatest(lists - 1, 0)"
    ),
    Figure(
        "eased",
        "超期后或推迟期限的类别调整",
        "调整类别时期限已过、或使期限推迟的次数合计；有经办人的均须由他人调整并写明理由",
        _LIVE,
        adds="eased",
    ),
    Figure("hand_overs", "转交", "转交经办人的次数合计", _LIVE, adds="hand_overs"),
    Figure("handed_thrice", "转交三次以上", "转交三次及以上的事项数", f"{_LIVE} AND hand_overs >= 3"),
    Figure(
        "refused",
        "退回重办",
        "本人认为未解决而退回过的 ÷ 已答复的",
        "refusals > 0",
        f"{_LIVE} AND first_at IS NOT NULL",
    ),
    Figure("level_5", "非常满意", "评价为非常满意的；申诉成立的评价不计，追评另计", "level = 5"),
    Figure("level_4", "满意", "评价为满意的，口径同上", "level = 4"),
    Figure("level_3", "基本满意", "评价为基本满意的，口径同上", "level = 3"),
    Figure("level_2", "不满意", "评价为不满意的，口径同上", "level = 2"),
    Figure("level_1", "非常不满意", "评价为非常不满意的，口径同上", "level = 1"),
    Figure("satisfied", "满意率", "非常满意、满意和基本满意 ÷ 全部有效评价", "level >= 3", "level IS NOT NULL"),
    Figure("rated", "参评率", "有有效评价的 ÷ 已办结的", "level IS NOT NULL", "is_closed AND state <> 'withdrawn'"),
    Figure("set_aside", "申诉成立的评价", "因申诉成立不计入统计的评价数", "is_set_aside"),
    Figure("later_bad", "追评为差评", "追加评价为不满意或非常不满意的；申诉成立的不计", "later_level <= 2"),
    Figure(
        "called_back_in_time",
        "差评按时回访",
        f"1日内完成回访的 ÷ 应回访的；{_BAD}",
        "call_state = 'done' AND call_ended <= call_due",
        "call_state = 'done' OR (call_state = 'open' AND call_due <= now)",
    ),
    Figure(
        "rectified_in_time",
        "差评按时整改",
        f"15日内完成整改的 ÷ 应整改的；{_BAD}",
        "fix_state = 'done' AND fix_ended <= fix_due",
        "fix_state = 'done' OR (fix_state = 'open' AND fix_due <= now)",
    ),
)

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
        bool_or(e.kind IN ('asked', 'paused', 'merged')) AS stood
    FROM cohort c JOIN case_events e ON e.case_id = c.id AND e.kind IN ('answered', 'declined', 'refused',
        'promised', 'asked', 'paused', 'merged', 'category_changed')
    WHERE NOT EXISTS (SELECT FROM undone u WHERE u.case_id = e.case_id AND u.seq = e.seq) GROUP BY e.case_id
), over AS (
    SELECT a.case_id, max(a.at) FILTER (WHERE a.clock = 'solution') AS over_at, bool_or(a.clock = 'promise') AS broken
    FROM cohort c JOIN case_alarms a ON a.case_id = c.id AND a.level = 100 AND a.clock IN ('solution', 'promise')
    GROUP BY a.case_id
), asked AS (
    SELECT r.case_id, count(*)::int AS lists FROM cohort c JOIN case_requests r ON r.case_id = c.id
    WHERE r.taken_back_at IS NULL GROUP BY r.case_id
), read AS (
    SELECT c.*, m.first_at, now.at AS now, coalesce(a.lists, 0) AS lists, coalesce(m.stood, FALSE) AS stood,
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
), g AS (
    SELECT key, grouping(key) = 1 AS is_total, {figures} FROM told GROUP BY GROUPING SETS ((key), ())
)
SELECT g.*, CASE WHEN NOT g.is_total THEN {word} END AS word FROM g ORDER BY g.is_total DESC, word NULLS LAST, g.key
"""


def _column(figure: Figure) -> str:
    if figure.adds is not None:
        return f"coalesce(sum({figure.adds}) FILTER (WHERE {figure.counts}), 0)::int AS {figure.name}"
    of = figure.of or "TRUE"
    counted = f"count(*) FILTER (WHERE ({of}) AND ({figure.counts}))::int AS {figure.name}"
    return counted if figure.of is None else f"{counted}, count(*) FILTER (WHERE {of})::int AS {figure.name}_of"


async def of(actor: Actor, since: date, until: date, *, by: By | None = None, **narrower: Any) -> dict[str, Any]:
    """Return the figures of what was received between two days, in all and by group, of the cases that the actor sees.

    `narrower` are fields of a Filter. Rates are counts of counts, so that groups can be added up.
    """
    actor.require("cases.read")
    wanted = visible_to(actor) & narrowed(actor, Filter(since=since, until=until, **narrower))
    key, word = _KEYS[by] if by else ("NULL::text", "g.key")
    figures = ", ".join(_column(figure) for figure in FIGURES)
    sql = _ONE.format(key=key, word=word, figures=figures, wanted=wanted.render(2), now="$1::timestamptz")
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
