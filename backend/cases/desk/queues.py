"""The lists that staff work through: what waits for me, for my unit, what runs out, what nobody has.

One statement a page, in one of two orders: what is due first, or what came last. Both go by the row last seen, so that
nothing is skipped or shown twice while others work.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from asyncpg import Record

from backend import worktime
from backend.access import Actor, Condition
from backend.access.visibility import EVERYTHING
from backend.cases.desk.narrowing import Filter, narrowed
from backend.cases.sentences import TAKEN_BACK, state_word
from backend.cases.states import CaseState
from backend.cases.visibility import parts_of, visible_to
from backend.foundation import clock, db
from backend.foundation.paging import BOUND, counted, cut, decode_cursor, encode_cursor

Sort = Literal["due", "newest"]

MASKED: Final = "（已隐去）"
BADGE: Final = 999
"""Counts beside the names of queues go up to this many."""
LAST_MINUTES: Final = 60
"""Office minutes before its due in which a case is at risk though no alarm says so: a round that began beyond 80 % has
none. Of any term of a day, alarms have told of 80 % by then."""
_EXCERPT: Final = 80

# Behind everything that waits for staff stands what waits for others, behind that what is over (`cases.queue_at`).
_OPEN: Final = "c.queue_at < timestamptz '9000-01-01 00:00+00'"
_WAITS: Final = "c.queue_at < timestamptz '8000-01-01 00:00+00'"
_MINE: Final = f"""
c.id = ANY (ARRAY(
    SELECT c.id FROM cases c WHERE c.handler_id = {{}} AND {_OPEN}
    UNION SELECT c.id FROM cases c WHERE c.offered_to = {{}} AND {_OPEN}
    UNION SELECT h.case_id FROM case_helpers h JOIN cases c ON c.id = h.case_id
          WHERE h.staff_id = {{}} AND h.ended_at IS NULL AND {_OPEN}))
"""
_HELPED: Final = f"""
c.id = ANY (ARRAY(SELECT h.case_id FROM case_helpers h WHERE h.staff_id = {{}} AND h.ended_at IS NULL))
AND c.handler_id IS DISTINCT FROM {{}} AND c.offered_to IS DISTINCT FROM {{}} AND {_OPEN}
"""
_APPEALED: Final = """
c.id = ANY (ARRAY(SELECT r.case_id FROM case_ratings r WHERE r.appealed_at IS NOT NULL AND r.decided_at IS NULL))
"""
_TASKS: Final = "case_tasks t JOIN cases c ON c.id = t.case_id"


@dataclass(frozen=True, slots=True)
class View:
    """Who looks, and when: `soon` is LAST_MINUTES of office hours from now."""

    actor: Actor
    now: datetime
    soon: datetime


Wanted = Callable[[View], Condition]


@dataclass(frozen=True, slots=True)
class Queue:
    """A list by its condition over `source`; its two orders go by `due` and `came`, between equals by `key`.

    `parts` are the same rows in conditions of which no two share one, each with an index that counts it; `is_whole` are
    all cases there are, of which a part is counted by the index of who sees it.
    """

    word: str
    wanted: Wanted
    parts: tuple[Wanted, ...] = ()
    is_whole: bool = False
    source: str = "cases c"
    due: str = "c.queue_at"
    came: str = "c.received_at"
    key: str = "c.id"
    task: str = "NULL::text AS task, NULL::timestamptz AS task_due_at, NULL::int AS task_tries"


def _plainly(sql: str) -> Callable[[View], Condition]:
    return lambda _: Condition(sql)


def _mine(view: View) -> Condition:
    return Condition(_MINE, (view.actor.id,) * 3)


def _in_hand(view: View) -> Condition:
    return Condition(f"c.handler_id = {{}} AND {_OPEN}", (view.actor.id,))


def _offered(view: View) -> Condition:
    return Condition(f"c.offered_to = {{}} AND c.handler_id IS DISTINCT FROM {{}} AND {_OPEN}", (view.actor.id,) * 2)


def _helped(view: View) -> Condition:
    return Condition(_HELPED, (view.actor.id,) * 3)


def _my_unit(view: View) -> Condition:
    mine = "c.unit_id = (SELECT s.unit_id FROM staff s WHERE s.id = {}::uuid)"
    return Condition(f"{mine} AND {_OPEN}", (view.actor.id,))


def _overdue(view: View) -> Condition:
    return Condition("c.queue_at <= {}::timestamptz", (view.now,))


def _at_risk(view: View) -> Condition:
    ends = f"c.queue_at > {{}}::timestamptz AND {_WAITS} AND (c.alarm_level >= 80 OR c.queue_at <= {{}}::timestamptz)"
    return Condition(ends, (view.now, view.soon))


def _soon(view: View) -> Condition:
    return Condition("c.queue_at > {}::timestamptz AND c.queue_at <= {}::timestamptz", (view.now, view.soon))


def _alarmed(view: View) -> Condition:
    return Condition(f"c.queue_at > {{}}::timestamptz AND {_WAITS} AND c.alarm_level >= 80", (view.soon,))


QUEUES: Final[Mapping[str, Queue]] = {
    "mine": Queue("我的事项", _mine, (_in_hand, _offered, _helped)),
    "my_unit": Queue("本单位", _my_unit),
    "overdue": Queue("已超期", _overdue),
    "at_risk": Queue("即将超期", _at_risk, (_soon, _alarmed)),
    "unassigned": Queue("待分派", _plainly(f"c.handler_id IS NULL AND c.offered_to IS NULL AND {_OPEN}")),
    "not_reached": Queue("答复未送达", _plainly("c.state = 'answered' AND c.reached_at IS NULL")),
    "awaiting_decision": Queue("待上级决定", _plainly("c.awaits_decision")),
    "appeals": Queue("待处理申诉", _plainly(_APPEALED)),
    "supervised": Queue("挂牌督办", _plainly(f"c.supervised_at IS NOT NULL AND {_OPEN}")),
    "tasks": Queue(
        "差评回访和整改",
        _plainly("t.state = 'open'"),
        source=_TASKS,
        due="t.due_at",
        came="t.opened_at",
        key="t.id",
        task="t.kind AS task, t.due_at AS task_due_at, t.tries::int AS task_tries",
    ),
    "all": Queue("全部事项", lambda _: EVERYTHING, is_whole=True),
}

_COLUMNS: Final = f"""
c.id, c.number, c.title, left(c.body, {_EXCERPT}) AS excerpt, c.origin, c.category, c.channel, c.urgency, c.state,
c.received_at, c.due_at, c.alarm_level, c.is_provisional, c.is_paused, c.awaits_decision, c.supervised_at,
c.answered_at, c.reached_at, c.closed_at, c.refusals, c.hand_overs, c.enterprise_id, c.district, c.unit_id,
c.handler_id, c.offered_to, c.version, {TAKEN_BACK} AS taken_back
"""
_NAMED: Final = """
p.*, k.title AS category_title, k.kind AS category_kind, e.name AS enterprise, u.name AS unit, s.name AS handler,
o.name AS offered
"""
_NAMES: Final = """
JOIN case_categories k ON k.key = p.category LEFT JOIN enterprises e ON e.id = p.enterprise_id
LEFT JOIN units u ON u.id = p.unit_id LEFT JOIN staff s ON s.id = p.handler_id LEFT JOIN staff o ON o.id = p.offered_to
"""


async def page(
    actor: Actor, queue: str, wanted: Filter, *, sort: Sort = "due", cursor: str | None, limit: int
) -> dict[str, Any]:
    """Return one page of a queue with how many there are; its rows say what decides which to take."""
    rows = await slice_of(actor, queue, wanted, sort=sort, cursor=cursor, limit=limit + 1, is_counted=True)
    shown, following = cut(rows, limit, cursor_of)
    return {"items": told(actor, shown), "next": following, **counted(rows, cursor)}


async def slice_of(
    actor: Actor, queue: str, wanted: Filter, *, sort: Sort, cursor: str | None, limit: int, is_counted: bool = False
) -> list[Record]:
    """Return the next rows of a queue as the statement gives them, for pages and exports."""
    view = await _view(actor)
    sql, params = statement(view, queue, wanted, sort=sort, cursor=cursor, limit=limit, is_counted=is_counted)
    return await db.fetch(sql, *params)


def statement(
    view: View, queue: str, wanted: Filter, *, sort: Sort, cursor: str | None, limit: int, is_counted: bool
) -> tuple[str, tuple[Any, ...]]:
    """Return the statement of a slice: its rows are found first, by an index in their order, and named afterwards."""
    listed = QUEUES[queue]
    narrower = narrowed(view.actor, wanted)
    counting = _number(view, listed, narrower, BOUND) if is_counted and cursor is None else EVERYTHING
    condition = visible_to(view.actor) & listed.wanted(view) & narrower
    count = f", ({counting.render()}) AS found" if counting != EVERYTHING else ""
    order, sign, down = (listed.due, ">", "") if sort == "due" else (listed.came, "<", " DESC")
    if after := decode_cursor(cursor, datetime, UUID):
        seen = f"({order}, {listed.key}) {sign} ({{}}::timestamptz, {{}}::uuid)"
        condition = condition & Condition(seen, after)
    first = 1 + len(counting.params)
    sql = f"""
    SELECT {_NAMED}{count} FROM (
        SELECT {order} AS place, {listed.key} AS key, {listed.task}, {_COLUMNS} FROM {listed.source}
        WHERE {condition.render(first)} ORDER BY {order}{down}, {listed.key}{down} LIMIT {int(limit)}
    ) p {_NAMES} ORDER BY p.place{down}, p.key{down}
    """
    return sql, (*counting.params, *condition.params)


def _number(view: View, queue: Queue, narrower: Condition, bound: int) -> Condition:
    """Return what counts a queue, up to one more than `bound`: part after part, until there are as many."""
    parts = [part(view) & narrower for part in queue.parts or (queue.wanted,)]
    sights = parts_of(view.actor) if queue.is_whole else (visible_to(view.actor),)
    wanted = [seen & part for seen in sights for part in parts]
    rows = " UNION ALL ".join(f"(SELECT FROM {queue.source} WHERE {one.sql} LIMIT {bound + 1})" for one in wanted)
    params = tuple(param for one in wanted for param in one.params)
    return Condition(f"SELECT count(*) FROM (SELECT FROM ({rows}) AS parts LIMIT {bound + 1}) AS counted", params)


def cursor_of(row: Record) -> str:
    return encode_cursor(row["place"], row["key"])


async def counts(actor: Actor) -> dict[str, Any]:
    """Return how many stand in each queue, up to BADGE, by one statement; of `all` only what is open."""
    view = await _view(actor)
    columns: list[str] = []
    params: list[Any] = []
    for name, queue in QUEUES.items():
        number = _number(view, queue, Condition(_OPEN) if name == "all" else EVERYTHING, BADGE)
        columns.append(f"({number.render(len(params) + 1)}) AS {name}")
        params += number.params
    row = await db.fetch_one(f"SELECT {', '.join(columns)}", *params)
    if row is None:
        raise RuntimeError("a statement of counts alone has one row")
    return {
        "items": [
            {"queue": name, "word": queue.word, "count": min(row[name], BADGE), "is_at_least": row[name] > BADGE}
            for name, queue in QUEUES.items()
        ]
    }


async def _view(actor: Actor) -> View:
    now = clock.now()
    return View(actor, now, (await worktime.current()).add_minutes(now, LAST_MINUTES).at)


def told(actor: Actor, rows: Sequence[Record]) -> list[dict[str, Any]]:
    """Return rows as they are shown; an auditor reads the work, not what was said."""
    now, is_masked = clock.now(), actor.reads_masked("cases.read")
    return [_told(row, now, is_masked=is_masked) for row in rows]


def _told(row: Record, now: datetime, *, is_masked: bool) -> dict[str, Any]:
    one = {name: value for name, value in row.items() if name not in _UNTOLD}
    is_over = row["due_at"] is not None and row["due_at"] <= now
    one |= {
        "state_word": state_word(CaseState(row["state"]), row["taken_back"]),
        "is_overdue": is_over,
        "level": 100 if is_over else row["alarm_level"],
        "is_supervised": row["supervised_at"] is not None,
        "is_reached": row["reached_at"] is not None,
    }
    return {**one, "title": MASKED, "excerpt": MASKED} if is_masked else one


_UNTOLD: Final = frozenset({"found", "place", "key", "taken_back", "alarm_level", "supervised_at", "reached_at"})
