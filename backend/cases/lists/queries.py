"""Reads of problem lists: lists with their counts, what is to be done in order of its due, one list whole."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend import files
from backend.access import Actor, Condition
from backend.cases.lists.errors import ListUnknown
from backend.cases.lists.states import MOVES, WORDS, ProblemState
from backend.cases.lists.visibility import READ, visible_to
from backend.foundation import clock, db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor

_HIDDEN: Final = "（已隐去）"
_LISTS: Final = """
l.id, l.origin, l.origin_id, l.title, l.enterprise_id, l.unit_id, l.district, l.opened_at,
(SELECT e.name FROM enterprises e WHERE e.id = l.enterprise_id) AS enterprise,
(SELECT u.name FROM units u WHERE u.id = l.unit_id) AS unit, n.*
"""
_NUMBERS: Final = """
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE p.state = 'open')::int AS open, count(*) FILTER (WHERE p.state = 'done')::int AS done,
        count(*) FILTER (WHERE p.state = 'struck_off')::int AS struck_off,
        count(*) FILTER (WHERE p.state = 'open' AND p.due_at <= now.at)::int AS overdue
    FROM problems p WHERE p.list_id = l.id
) n ON TRUE
"""
_PROBLEM: Final = """
p.id, p.list_id, p.nr, p.title, p.measures, p.responsible_id, p.days, p.due_at, p.is_provisional, p.state, p.case_id,
p.result, p.done_at, p.struck_at, p.returns, p.version,
(SELECT s.name FROM staff s WHERE s.id = p.responsible_id) AS responsible,
(SELECT s.name FROM staff s WHERE s.id = p.done_by) AS done_by,
(SELECT s.name FROM staff s WHERE s.id = p.struck_by) AS struck_by,
(SELECT c.number FROM cases c WHERE c.id = p.case_id) AS case_number
"""
_MOVES: Final = """
SELECT m.problem_id, m.seq, m.at, m.kind, m.words,
    CASE WHEN m.actor_kind = 'staff' THEN (SELECT s.name FROM staff s WHERE s.id = m.actor_id) END AS who,
    coalesce((SELECT json_agg(json_build_object('id', f.id, 'name', f.name, 'media_type', f.media_type, 'size', f.size)
                  ORDER BY f.created_at, f.id)::text
              FROM problem_files a JOIN files f ON f.id = a.file_id AND f.state = 'stored'
              WHERE a.problem_id = m.problem_id AND a.seq = m.seq), '[]') AS files
FROM problem_moves m JOIN problems p ON p.id = m.problem_id WHERE p.list_id = $1 ORDER BY m.problem_id, m.seq
"""


async def page(
    actor: Actor,
    *,
    origin: str | None = None,
    enterprise_id: UUID | None = None,
    unit_id: UUID | None = None,
    is_open: bool | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> dict[str, Any]:
    """Return one page of lists, the newest first, each with how many of its problems stand where."""
    actor.require(READ)
    wanted = visible_to(actor)
    for column, value in (("l.origin", origin), ("l.enterprise_id", enterprise_id), ("l.unit_id", unit_id)):
        wanted = wanted if value is None else wanted & Condition(f"{column} = {{}}", (value,))
    if is_open is not None:
        there = "EXISTS (SELECT FROM problems o WHERE o.list_id = l.id AND o.state <> 'struck_off')"
        wanted = wanted & Condition(there if is_open else f"NOT {there}")
    after = decode_cursor(cursor, UUID)
    count = count_column(f"problem_lists l WHERE {wanted.render(2)}", cursor)
    behind = wanted if after is None else wanted & Condition("l.id < {}", after)
    rows = await db.fetch(
        f"SELECT {_LISTS}{count} FROM problem_lists l CROSS JOIN (SELECT $1::timestamptz AS at) now {_NUMBERS} "
        f"WHERE {behind.render(2)} ORDER BY l.id DESC LIMIT {limit + 1}",
        clock.now(),
        *behind.params,
    )
    found, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    is_masked = actor.reads_masked(READ)
    return {"items": [_list(row, is_masked=is_masked) for row in found], "next": following, **counted(rows, cursor)}


async def problems(
    actor: Actor,
    *,
    state: str | None = None,
    mine: bool = False,
    overdue: bool = False,
    responsible_id: UUID | None = None,
    case_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> dict[str, Any]:
    """Return one page of problems in order of their dues, over all lists that the actor sees."""
    actor.require(READ)
    wanted = visible_to(actor)
    his = actor.id if mine else responsible_id
    for column, value in (("p.state", state), ("p.responsible_id", his), ("p.case_id", case_id)):
        wanted = wanted if value is None else wanted & Condition(f"{column} = {{}}", (value,))
    if overdue:
        wanted = wanted & Condition("p.state = 'open' AND p.due_at <= {}", (clock.now(),))
    after = decode_cursor(cursor, datetime, UUID)
    rows_of = "problems p JOIN problem_lists l ON l.id = p.list_id"
    count = count_column(f"{rows_of} WHERE {wanted.render()}", cursor)
    behind = wanted if after is None else wanted & Condition("(p.due_at, p.id) > ({}, {})", after)
    rows = await db.fetch(
        f"SELECT {_PROBLEM}, l.title AS list_title{count} FROM {rows_of} WHERE {behind.render()} "
        f"ORDER BY p.due_at, p.id LIMIT {limit + 1}",
        *behind.params,
    )
    found, following = cut(rows, limit, lambda row: encode_cursor(row["due_at"], row["id"]))
    is_masked = actor.reads_masked(READ)
    return {"items": [_problem(row, is_masked=is_masked) for row in found], "next": following, **counted(rows, cursor)}


async def detail(actor: Actor, list_id: UUID) -> dict[str, Any]:
    """Return a list with its problems and what happened to each; raises ListUnknown."""
    actor.require(READ)
    visible = visible_to(actor)
    row = await db.fetch_one(
        f"SELECT {_LISTS} FROM problem_lists l CROSS JOIN (SELECT $1::timestamptz AS at) now {_NUMBERS} "
        f"WHERE l.id = $2 AND {visible.render(3)}",
        clock.now(),
        list_id,
        *visible.params,
    )
    if row is None:
        raise ListUnknown
    is_masked = actor.reads_masked(READ)
    rows = await db.fetch(f"SELECT {_PROBLEM} FROM problems p WHERE p.list_id = $1 ORDER BY p.nr", list_id)
    moves: dict[UUID, list[dict[str, Any]]] = {}
    for move in await db.fetch(_MOVES, list_id):
        moves.setdefault(move["problem_id"], []).append(_move(move, is_masked=is_masked))
    told = [{**_problem(one, is_masked=is_masked), "moves": moves.get(one["id"], [])} for one in rows]
    return {**_list(row, is_masked=is_masked), "problems": told}


def _list(row: Record, *, is_masked: bool) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name != "found"}
    return {**told, "title": _HIDDEN if is_masked else told["title"]}


def _problem(row: Record, *, is_masked: bool) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name != "found"}
    hidden = {name: _HIDDEN for name in ("title", "measures", "result", "list_title") if is_masked and told.get(name)}
    is_overdue = told["state"] == ProblemState.OPEN and told["due_at"] <= clock.now()
    return {**told, **hidden, "state_word": WORDS[ProblemState(told["state"])], "is_overdue": is_overdue}


def _move(row: Record, *, is_masked: bool) -> dict[str, Any]:
    attached = [] if is_masked else orjson.loads(row["files"])
    return {
        "seq": row["seq"],
        "at": row["at"],
        "kind": row["kind"],
        "word": MOVES[row["kind"]],
        "who": row["who"],
        "words": _HIDDEN if is_masked and row["words"] else row["words"],
        "files": [{**file, "link": files.address(UUID(file["id"]))} for file in attached],
    }
