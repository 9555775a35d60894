"""Who must know that a clock runs out is told once; what nobody solves is listed."""

import asyncio
from datetime import timedelta

import pytest

from backend.cases import handling
from backend.cases.deadlines import alarms
from backend.cases.events import Citation
from backend.foundation import clock as time
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.states import WrongState
from tests.backend.cases.people import CONSULT, HELP, asker, clerk, kinds, manager, opened, row, taken

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _told() -> list[tuple[str, str]]:
    sql = "SELECT n.kind, n.staff_id::text AS who FROM staff_notices n WHERE n.kind LIKE 'case_%' ORDER BY n.id"
    return [(one["kind"], one["who"]) for one in await db.fetch(sql)]


async def _next(case_id: object, clock: Frozen) -> None:
    at = await db.fetch_value("SELECT alarm_at FROM cases WHERE id = $1", case_id)
    assert at is not None
    clock.set(at - timedelta(seconds=1))
    assert await alarms.sweep() == 0
    clock.set(at)
    assert await alarms.sweep() == 1
    assert await alarms.sweep() == 0


async def test_the_handler_is_told_at_half_and_at_four_fifths(clock: Frozen) -> None:
    someone = await clerk()
    case_id = await taken(someone, category=HELP)
    await _next(case_id, clock)
    assert await _told() == [("case_due_soon", str(someone.id))]
    while (await row(case_id)).supervised_at is None:
        await _next(case_id, clock)
    rows = await db.fetch("SELECT clock, level FROM case_alarms WHERE case_id = $1 ORDER BY clock, level", case_id)
    levels = [(one["clock"], one["level"]) for one in rows]
    assert levels == [(name, level) for name in ("answer", "solution") for level in (50, 80, 100)]


async def test_beyond_the_term_the_superior_is_told_too(clock: Frozen) -> None:
    someone, superior = await clerk(), await manager()
    case_id = await taken(someone, category=CONSULT)
    due = (await row(case_id)).solution_due_at
    assert due
    clock.set(due)
    await alarms.sweep()
    told = await _told()
    assert ("case_overdue", str(someone.id)) in told
    assert ("case_overdue", str(superior.id)) in told


async def test_missed_ticks_are_made_up_for_with_one_word_a_clock(clock: Frozen) -> None:
    someone = await clerk()
    case_id = await taken(someone, category=HELP)
    due = (await row(case_id)).solution_due_at
    assert due
    clock.set(due + timedelta(minutes=1))
    await alarms.sweep()
    mine = [kind for kind, who in await _told() if who == str(someone.id)]
    assert mine == ["case_overdue", "case_overdue"]
    levels = await db.fetch("SELECT level FROM case_alarms")
    assert [one["level"] for one in levels] == [100, 100]


async def test_what_nobody_has_is_told_to_whoever_assigns(clock: Frozen) -> None:
    superior = await manager()
    case_id = await opened(category=HELP)
    await _next(case_id, clock)
    assert await _told() == [("case_due_soon", str(superior.id))]


async def test_many_sweeps_at_once_tell_once(clock: Frozen) -> None:
    someone = await clerk()
    for _ in range(10):
        await taken(someone, category=HELP)
    clock.advance(timedelta(days=3))
    assert sum(await asyncio.gather(*(alarms.sweep() for _ in range(20)))) == 10
    keys = await db.fetch("SELECT case_id, clock, level, count(*) AS n FROM case_alarms GROUP BY 1, 2, 3")
    assert {one["n"] for one in keys} == {1}


async def test_what_stays_unsolved_is_listed_and_its_owner_reads_it(clock: Frozen) -> None:
    person, place = await asker()
    someone = await clerk()
    case_id = await taken(someone, person, place, category=CONSULT)
    clock.advance(timedelta(days=7))
    await alarms.sweep()
    case = await row(case_id)
    assert case.supervised_at == time.now()
    assert (await kinds(case_id))[-1] == "supervised"
    assert (
        await db.fetch_value("SELECT count(*) FROM inbox WHERE person_id = $1 AND body LIKE '%挂牌督办%'", person.id)
        == 1
    )
    await handling.answer(case_id, "已解决。", actor=someone)
    clock.advance(timedelta(days=30))
    await alarms.sweep()
    assert (await kinds(case_id)).count("supervised") == 1


async def test_a_superior_lists_at_any_time_and_nobody_else() -> None:
    someone, superior = await clerk(), await manager()
    case_id = await taken(someone)
    with pytest.raises(Forbidden):
        await alarms.supervise(case_id, "影响大", actor=someone)
    await alarms.supervise(case_id, "影响大", actor=superior)
    with pytest.raises(alarms.Supervised):
        await alarms.supervise(case_id, "影响大", actor=superior)


async def test_a_clock_that_rests_alarms_nobody(clock: Frozen) -> None:
    someone = await clerk()
    case_id = await taken(someone, category=CONSULT)
    await handling.pause(case_id, "test", "送检", actor=someone)
    clock.advance(timedelta(days=2))
    await alarms.sweep()
    assert await _told() == []
    await handling.answer(case_id, "检测合格。", actor=someone)
    clock.advance(timedelta(days=20))
    assert await alarms.sweep() == 0


async def test_what_was_reached_before_anybody_looked_is_told_all_the_same(clock: Frozen) -> None:
    """A write between a level and the sweep does not swallow it; nor does a question that was held for days."""
    someone = await clerk()
    case_id = await taken(someone, category=HELP)
    clock.advance(timedelta(days=5))
    await handling.note(case_id, "已联系", actor=someone)
    await handling.reply(case_id, "正在办理", actor=someone)
    assert await alarms.sweep() == 1
    assert ("case_due_soon", str(someone.id)) in await _told()
    await manager()
    late = await opened(category=CONSULT, received_at=clock.now() - timedelta(days=3))
    assert await alarms.sweep() == 1
    assert await db.fetch_value("SELECT count(*) FROM case_alarms WHERE case_id = $1", late) > 0


async def test_a_case_that_can_not_be_looked_at_holds_no_other(clock: Frozen) -> None:
    someone = await clerk()
    broken, sound = await taken(someone, category=HELP), await taken(someone, category=HELP)
    await db.execute("UPDATE cases SET terms = '{}', alarm_at = alarm_at - interval '1 minute' WHERE id = $1", broken)
    clock.advance(timedelta(days=3))
    assert await alarms.sweep() == 1
    told = await db.fetch("SELECT DISTINCT case_id FROM case_alarms")
    assert [one["case_id"] for one in told] == [sound]


async def test_what_is_over_is_not_listed_any_more_and_nobody_is_called_late_before_he_is() -> None:
    superior, someone, (person, place) = await manager(), await clerk(), await asker()
    over, early = await taken(someone, person, place), await taken(someone, person, place)
    await handling.decline(over, "不属本局职责", [Citation("law", "行政许可法第三十二条")], actor=someone)
    with pytest.raises(WrongState):
        await alarms.supervise(over, "影响大", actor=superior)
    assert "supervised" not in await kinds(over)
    await alarms.supervise(early, "影响大", actor=superior)
    said = await db.fetch_value("SELECT body FROM inbox WHERE person_id = $1 ORDER BY id DESC LIMIT 1", person.id)
    assert "挂牌督办" in said
    assert "已超过办理时限" not in said
