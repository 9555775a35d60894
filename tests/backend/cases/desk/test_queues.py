"""What stands in which queue, in which order, for whom; and that nothing is skipped while pages are turned."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.access import Actor, Grant, Role
from backend.cases import handling, mine
from backend.cases.deadlines import alarms
from backend.cases.desk import queues
from backend.cases.desk.narrowing import Filter
from backend.cases.ending import closing, reaching
from backend.cases.ending.rating import Level, Rating
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Invalid
from backend.foundation.ids import new_id
from backend.foundation.paging import WrongCursor, encode_cursor
from tests.backend.cases import offices
from tests.backend.cases.people import COMPLAINT, CONSULT, HELP, answered, asker, clerk, manager, opened, taken
from tests.backend.enterprises.builders import enterprise

pytestmark = pytest.mark.usefixtures("running", "clock")

_UNIT = "INSERT INTO units (id, name, created_at) VALUES ($1, $2, now())"


async def listed(actor: Actor, queue: str, sort: queues.Sort = "due", **wanted: Any) -> list[UUID]:
    """All of a queue, turned two rows at a time, which must be as many as the first page said."""
    found: list[UUID] = []
    cursor, count = None, None
    while True:
        page = await queues.page(actor, queue, Filter(**wanted), sort=sort, cursor=cursor, limit=2)
        count = page["count"] if cursor is None else count
        found += [row["id"] for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            assert count == len(found)
            return found


async def unit(name: str = "吴兴所") -> UUID:
    made = new_id()
    await db.execute(_UNIT, made, name)
    return made


async def test_what_is_due_first_stands_first_and_what_waits_for_others_last() -> None:
    boss = await manager()
    slow, quick = await opened(category=COMPLAINT), await opened(category=CONSULT)
    waiting = await answered(await clerk())
    ended = await opened()
    await closing.close_by_decision(ended, "重复", actor=boss)
    accepted = await taken(await clerk(), category=COMPLAINT)
    found = await listed(boss, "all")
    assert set(found[:2]) == {slow, quick}
    assert found[2:] == [accepted, waiting, ended]
    assert await listed(boss, "all", "newest") == [accepted, ended, waiting, quick, slow]


async def test_mine_is_what_i_handle_was_handed_or_help_with() -> None:
    me, other = await clerk(), await clerk()
    handled, theirs, offered, helped = await taken(me), await taken(other), await taken(other), await taken(other)
    await db.execute("UPDATE cases SET offered_to = $2 WHERE id = $1", offered, me.id)
    await db.execute("INSERT INTO case_helpers (case_id, staff_id, since) VALUES ($1, $2, now())", helped, me.id)
    assert set(await listed(me, "mine")) == {handled, offered, helped}
    assert theirs in await listed(other, "mine")


async def test_my_unit_is_the_one_i_belong_to() -> None:
    here, there, me = await unit(), await unit("南浔所"), await clerk()
    await db.execute("UPDATE staff SET unit_id = $2 WHERE id = $1", me.id, here)
    ours = [await opened(unit_id=here) for _ in range(3)]
    await opened(unit_id=there)
    assert await listed(me, "my_unit") == ours
    assert await listed(await clerk(), "my_unit") == []


async def test_overdue_and_at_risk_follow_the_clocks(clock: Frozen) -> None:
    boss = await manager()
    someone = await clerk()
    soon, later = await taken(someone, category=CONSULT), await taken(someone, category=COMPLAINT)
    assert await listed(boss, "overdue") == []
    assert await listed(boss, "at_risk") == [], "nothing of its term is used yet"
    due = (await _row(boss, soon))["due_at"]
    clock.advance(due - clock.now() - timedelta(minutes=100))
    await alarms.sweep()
    assert (await _row(boss, soon))["level"] == 80
    assert await listed(boss, "at_risk") == [soon]
    clock.advance(timedelta(days=3))
    assert await listed(boss, "overdue") == [soon]
    assert later not in await listed(boss, "at_risk")


async def test_the_last_hour_is_at_risk_before_any_alarm_told_of_it(clock: Frozen) -> None:
    boss = await manager()
    case_id = await taken(await clerk(), category=CONSULT)
    due = (await _row(boss, case_id))["due_at"]
    clock.advance(due - clock.now() - timedelta(minutes=59))
    assert (await _row(boss, case_id))["level"] == 0
    assert await listed(boss, "at_risk") == [case_id]


async def test_eighty_percent_of_a_long_term_is_at_risk_though_days_remain(clock: Frozen) -> None:
    boss, someone = await manager(), await clerk()
    case_id = await taken(someone, category=COMPLAINT)
    await handling.extend(case_id, 15, "情况复杂", actor=boss)
    await handling.reply(case_id, "正在核实。", actor=someone)
    for _ in range(60):
        clock.advance(timedelta(hours=12))
        await alarms.sweep()
        row = await _row(boss, case_id)
        if row["level"] == 80:
            break
    assert row["level"] == 80
    assert row["due_at"] > clock.now()
    assert case_id in await listed(boss, "at_risk")


async def _row(actor: Actor, case_id: UUID) -> dict[str, Any]:
    page = await queues.page(actor, "all", Filter(), cursor=None, limit=100)
    return next(row for row in page["items"] if row["id"] == case_id)


async def test_what_nobody_has_was_not_reached_or_waits_for_a_superior() -> None:
    boss, someone = await manager(), await clerk()
    person, place = await asker()
    nobodys = await opened()
    unreached, reached = await answered(someone, person, place), await answered(someone, person, place)
    await reaching.opened(reached, actor=person)
    declined = await taken(someone, person, place)
    await db.execute("UPDATE cases SET refusals = 1 WHERE id = $1", reached)
    await closing.refuse(reached, "还是没有解决", actor=person)
    assert await listed(boss, "unassigned") == [nobodys]
    assert await listed(boss, "not_reached") == [unreached]
    assert await listed(boss, "awaiting_decision") == [reached]
    await alarms.supervise(declined, "久拖不决", actor=boss)
    assert await listed(boss, "supervised") == [declined]


async def test_tasks_stand_by_their_own_dues() -> None:
    boss, someone = await manager(), await clerk()
    person, place = await asker()
    case_id = await answered(someone, person, place)
    await closing.confirm(case_id, actor=person, rated=Rating(Level.BAD, "态度不好"))
    page = await queues.page(boss, "tasks", Filter(), cursor=None, limit=10)
    assert [row["task"] for row in page["items"]] == ["call_back", "rectification"]
    assert await listed(boss, "tasks") == [case_id, case_id]


async def test_counts_are_those_of_the_lists() -> None:
    boss, someone = await manager(), await clerk()
    await opened()
    await answered(someone)
    await taken(boss)
    told = {one["queue"]: one["count"] for one in (await queues.counts(boss))["items"]}
    assert set(told) == set(queues.QUEUES)
    for name in queues.QUEUES:
        assert told[name] == len(await listed(boss, name, state="open" if name == "all" else None)), name


async def test_whoever_sees_a_part_and_works_elsewhere_is_counted_each_case_once(clock: Frozen) -> None:
    here, there = await offices.unit(), await offices.unit("长兴分局")
    someone, other = await offices.member(here), await clerk()
    await db.execute("UPDATE staff_grants SET unit_id = $2 WHERE staff_id = $1", someone.id, here)
    someone = Actor(someone.kind, someone.id, someone.name, (Grant(Role.SPECIALIST, here),))
    seen = [await opened(unit_id=here), await taken(someone, unit_id=here), await opened(unit_id=here)]
    elsewhere = [await opened(unit_id=there) for _ in range(5)]
    for case_id, column in zip(elsewhere, ("handler_id", "answerable_id", "offered_to"), strict=False):
        await db.execute(f"UPDATE cases SET {column} = $2 WHERE id = $1", case_id, someone.id)
    for case_id in (seen[1], elsewhere[0], elsewhere[3]):
        sql = "INSERT INTO case_helpers (case_id, staff_id, since) VALUES ($1, $2, $3)"
        await db.execute(sql, case_id, someone.id, clock.now())
    await db.execute("UPDATE cases SET offered_to = $2 WHERE id = $1", elsewhere[0], someone.id)
    await db.execute("UPDATE cases SET unit_id = NULL WHERE id = ANY ($1::uuid[])", [elsewhere[1], seen[2]])
    await db.execute("UPDATE cases SET alarm_level = 80 WHERE id = $1", seen[0])
    for moment in (timedelta(0), timedelta(days=1), timedelta(days=30)):
        clock.advance(moment)
        for person in (someone, other, await manager()):
            told = {one["queue"]: one["count"] for one in (await queues.counts(person))["items"]}
            for name in queues.QUEUES:
                page = await queues.page(person, name, Filter(), cursor=None, limit=50)
                assert (page["count"], told[name]) == (len(page["items"]),) * 2, name


async def test_badges_end_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "BADGE", 1)
    for _ in range(3):
        await opened()
    told = {one["queue"]: one for one in (await queues.counts(await manager()))["items"]}
    assert (told["unassigned"]["count"], told["unassigned"]["is_at_least"]) == (1, True)


async def test_filters_narrow_and_hold_together() -> None:
    boss = await manager()
    _, place = await asker()
    help_, consult = await opened(enterprise_id=place, category=HELP), await opened(category=CONSULT, urgency="urgent")
    cases: list[tuple[dict[str, Any], set[UUID]]] = [
        ({"category": "help"}, {help_}),
        ({"category": CONSULT}, {consult}),
        ({"district": "330502"}, {help_}),
        ({"district": "3305"}, {help_}),
        ({"enterprise": place}, {help_}),
        ({"urgency": "urgent"}, {consult}),
        ({"state": "open"}, {help_, consult}),
        ({"state": "closed"}, set()),
        ({"state": "received", "category": "consult"}, {consult}),
        ({"channel": "mini_program", "origin": "cases"}, {help_, consult}),
        ({"channel": "phone"}, set()),
        ({"unit": new_id()}, set()),
        ({"handler": new_id()}, set()),
    ]
    for wanted, expected in cases:
        assert set(await listed(boss, "all", **wanted)) == expected, wanted


async def test_days_of_receipt_are_both_included(clock: Frozen) -> None:
    boss, today = await manager(), clock.now().date()
    before = await opened(received_at=clock.now() - timedelta(days=1))
    now = await opened()
    assert await listed(boss, "all", since=today) == [now]
    assert await listed(boss, "all", until=today - timedelta(days=1)) == [before]
    assert len(await listed(boss, "all", since=today - timedelta(days=1), until=today)) == 2


async def test_nobody_lists_what_he_may_not_see() -> None:
    _, place = await asker()
    await opened(enterprise_id=place)
    elsewhere = await clerk(Role.SPECIALIST, districts=("330503",))
    for name in queues.QUEUES:
        assert await listed(elsewhere, name) == [], name
    assert all(one["count"] == 0 for one in (await queues.counts(elsewhere))["items"])


async def test_an_auditor_reads_the_work_not_the_words() -> None:
    case_id = await opened(title="拖欠货款")
    auditor = await clerk(Role.AUDITOR)
    row = await _row(auditor, case_id)
    assert (row["title"], row["excerpt"]) == (queues.MASKED, queues.MASKED)
    assert await listed(auditor, "all", q="拖欠货款") == []
    assert await listed(await manager(), "all", q="拖欠货款") == [case_id]


@pytest.mark.parametrize(
    ("words", "finds"),
    [
        ("用工", True),
        ("用工困难", True),
        ("招不到", True),
        ("用工 什么办法", True),
        ("用工 贷款", False),
        ("工用", False),
        ("工招", False),
        ("ISO9001", True),
        ("9001", True),
        ("100%", True),
        ("00_", False),
        ("莫干山竹业", True),
        ("WW-20261123", True),
        ("ww-20261123-00", True),
        ("20261123-0001", True),
        ("20261124", False),
    ],
)
async def test_every_word_is_found_where_it_stands(words: str, finds: bool) -> None:
    place = await enterprise(1, "湖州莫干山竹业有限公司")
    case_id = await opened(enterprise_id=place, body="招不到人，有什么办法？已过iso9001认证，100%合格")
    assert await listed(await manager(), "all", q=words) == ([case_id] if finds else [])


async def test_one_character_is_too_short_to_be_searched_for() -> None:
    with pytest.raises(Invalid):
        await listed(await manager(), "all", q="用工 人")


@pytest.mark.parametrize("cursor", ["x", encode_cursor(UUID(int=1)), encode_cursor("a", UUID(int=1)), "\x00"])
async def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    with pytest.raises(WrongCursor):
        await queues.page(await manager(), "all", Filter(), cursor=cursor, limit=5)


async def test_what_comes_meanwhile_neither_doubles_nor_hides_a_row() -> None:
    boss = await manager()
    first = [await opened() for _ in range(4)]
    page = await queues.page(boss, "all", Filter(), sort="newest", cursor=None, limit=2)
    await opened()
    rest = await queues.page(boss, "all", Filter(), sort="newest", cursor=page["next"], limit=5)
    assert [row["id"] for row in (*page["items"], *rest["items"])] == first[::-1]


async def test_an_owner_lists_his_own_and_his_enterprises() -> None:
    person, place = await asker(1)
    colleague, _ = await asker(2)
    own, of_place = await opened(person), await opened(enterprise_id=place)
    await opened(colleague)
    closed = await answered(await clerk(), person, place)
    await closing.confirm(closed, actor=person, rated=Rating(Level.GOOD))
    whole = await mine.page(person, None, cursor=None, limit=2)
    rest = await mine.page(person, None, cursor=whole["next"], limit=2)
    rows = [*whole["items"], *rest["items"]]
    assert [row["id"] for row in rows] == [closed, of_place, own]
    assert [row["is_mine"] for row in rows] == [True, False, True]
    assert rows[0]["is_rated"]
    assert rows[1]["sentence"].startswith("已收到")
    assert [row["id"] for row in (await mine.page(person, "open", cursor=None, limit=9))["items"]] == [of_place, own]
    assert [row["id"] for row in (await mine.page(person, "closed", cursor=None, limit=9))["items"]] == [closed]
    assert rest["next"] is None
