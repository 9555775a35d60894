"""Queues go by indexes in their own order: a page never sorts all that is open, nor reads all that ever was."""

from datetime import date, timedelta
from typing import Any

import pytest

from backend.access import SYSTEM, Actor, Grant, Role
from backend.access.actor import ActorKind
from backend.cases.desk import queues
from backend.cases.desk.narrowing import Filter
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.paging import encode_cursor

pytestmark = pytest.mark.usefixtures("database")

BOSS = Actor(ActorKind.STAFF, new_id(), "", (Grant(Role.MANAGER),))


async def plan(actor: Actor, queue: str, sort: queues.Sort, *, later: bool = False, **wanted: Any) -> str:
    """The plan when neither reading the whole table nor sorting is thought cheap, however few rows there are."""
    now = clock.now()
    cursor = encode_cursor(now, new_id()) if later else None
    view = queues.View(actor, now, now + timedelta(days=1))
    sql, params = queues.statement(view, queue, Filter(**wanted), sort=sort, cursor=cursor, limit=51, is_counted=False)
    async with db.transaction():
        for setting in ("enable_seqscan", "enable_sort", "enable_bitmapscan"):
            await db.execute(f"SET LOCAL {setting} = off")
        return "\n".join(row[0] for row in await db.fetch(f"EXPLAIN {sql}", *params))


@pytest.mark.parametrize("later", [False, True], ids=["first", "next"])
@pytest.mark.parametrize(
    ("queue", "sort", "index"),
    [
        ("all", "due", "cases_due"),
        ("all", "newest", "cases_received"),
        ("overdue", "due", "cases_due"),
        ("my_unit", "due", "cases_unit"),
        ("my_unit", "newest", "cases_unit_open"),
    ],
)
async def test_a_page_is_read_in_its_order(queue: str, sort: queues.Sort, index: str, *, later: bool) -> None:
    told = await plan(BOSS, queue, sort, later=later)
    assert f"using {index} on cases c" in told, told
    assert told.count("Sort") <= 2, told  # the order of the page itself, and its key


@pytest.mark.parametrize(
    ("queue", "index"),
    [
        ("unassigned", "cases_unheld"),
        ("not_reached", "cases_not_reached"),
        ("awaiting_decision", "cases_awaiting"),
        ("supervised", "cases_supervised"),
    ],
)
async def test_rare_ones_have_an_index_of_their_own(queue: str, index: str) -> None:
    assert f"using {index} on cases c" in await plan(SYSTEM, queue, "due")


async def test_a_handler_s_cases_stand_in_their_order() -> None:
    assert "using cases_handler on cases c" in await plan(SYSTEM, "all", "due", handler=new_id())


async def test_days_of_receipt_bound_what_is_read() -> None:
    told = await plan(SYSTEM, "all", "newest", since=date(2026, 1, 1), until=date(2026, 1, 31))
    assert "Index Cond: ((c.received_at >=" in told or "Index Cond: ((received_at >=" in told, told


async def counting(actor: Actor, queue: str) -> str:
    now = clock.now()
    view = queues.View(actor, now, now + timedelta(days=1))
    sql, params = queues.statement(view, queue, Filter(), sort="due", cursor=None, limit=51, is_counted=True)
    async with db.transaction():
        for setting in ("enable_seqscan", "enable_sort"):
            await db.execute(f"SET LOCAL {setting} = off")
        return "\n".join(row[0] for row in await db.fetch(f"EXPLAIN {sql}", *params))


async def test_what_runs_out_is_counted_by_what_alarms_were_told_of() -> None:
    told = await counting(BOSS, "at_risk")
    assert "Index Only Scan using cases_alarmed on cases c" in told, told
