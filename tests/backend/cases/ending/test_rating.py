"""好差评: five levels and no default; a bad one opens a call back and a rectification by itself."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.access import Actor
from backend.cases.ending import closing, rating, reaching, rectifying
from backend.cases.ending.rating import Level, Rating
from backend.cases.errors import AddedBefore, AppealedBefore, NeedsOther, NotRated, RatedBefore, TaskUnknown
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.states import WrongState
from backend.notifications import staff_notices
from tests.backend.cases.people import answered, asker, clerk, manager, row

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _closed(level: Level | None = None) -> tuple[Actor, Actor, UUID]:
    person, place = await asker()
    someone = await clerk()
    case_id = await answered(someone, person, place)
    await closing.confirm(case_id, actor=person, rated=Rating(level) if level else None)
    return person, someone, case_id


async def _tasks(case_id: UUID) -> dict[str, str]:
    rows = await db.fetch("SELECT kind, state FROM case_tasks WHERE case_id = $1 ORDER BY kind", case_id)
    return {one["kind"]: one["state"] for one in rows}


@pytest.mark.parametrize("level", [Level.FAIR, Level.GOOD, Level.VERY_GOOD])
async def test_a_good_word_asks_for_nothing(level: Level) -> None:
    _, _, case_id = await _closed(level)
    assert await _tasks(case_id) == {}


@pytest.mark.parametrize("level", [Level.BAD, Level.VERY_BAD])
async def test_a_bad_one_opens_both_tasks_with_the_earlier_day(level: Level, clock: Frozen) -> None:
    _, _, case_id = await _closed(level)
    assert await _tasks(case_id) == {"call_back": "open", "rectification": "open"}
    dues = {one["kind"]: one["due_at"] for one in await db.fetch("SELECT kind, due_at FROM case_tasks")}
    assert dues["call_back"] == clock.now() + timedelta(days=1)
    assert dues["rectification"] == clock.now() + timedelta(days=15)


async def test_it_is_rated_once_and_added_to_once() -> None:
    person, _, case_id = await _closed()
    with pytest.raises(NotRated):
        await rating.add(case_id, Rating(Level.GOOD), actor=person)
    got = await asyncio.gather(
        *(rating.rate(case_id, Rating(Level.GOOD), actor=person) for _ in range(50)), return_exceptions=True
    )
    assert sum(isinstance(one, RatedBefore) for one in got) == 49
    await rating.add(case_id, Rating(Level.VERY_BAD, "事后又收费"), actor=person)
    with pytest.raises(AddedBefore):
        await rating.add(case_id, Rating(Level.GOOD), actor=person)
    found = await db.fetch_one("SELECT level, later_level, later_words FROM case_ratings")
    assert found
    assert tuple(found) == (4, 1, "事后又收费")
    assert await _tasks(case_id) == {"call_back": "open", "rectification": "open"}


async def test_only_what_is_over_is_rated() -> None:
    person, place = await asker()
    case_id = await answered(await clerk(), person, place)
    with pytest.raises(WrongState):
        await rating.rate(case_id, Rating(Level.GOOD), actor=person)


async def test_who_did_not_rate_is_asked_once_after_three_days(clock: Frozen) -> None:
    person, _, case_id = await _closed()
    clock.advance(timedelta(days=3, seconds=-1))
    assert await reaching.sweep() == 0
    clock.advance(timedelta(seconds=1))
    await asyncio.gather(*(reaching.sweep() for _ in range(5)))
    clock.advance(timedelta(days=30))
    await reaching.sweep()
    sql = "SELECT count(*) FROM inbox WHERE person_id = $1 AND kind = 'case_rating'"
    assert await db.fetch_value(sql, person.id) == 1
    assert (await row(case_id)).invite_at is None


async def test_who_rated_is_not_asked(clock: Frozen) -> None:
    person, _, _ = await _closed(Level.GOOD)
    clock.advance(timedelta(days=10))
    await reaching.sweep()
    sql = "SELECT count(*) FROM inbox WHERE person_id = $1 AND kind = 'case_rating'"
    assert await db.fetch_value(sql, person.id) == 0


async def test_the_call_back_is_somebody_elses() -> None:
    _, someone, case_id = await _closed(Level.BAD)
    other = await clerk()
    with pytest.raises(NeedsOther):
        await rectifying.finish(case_id, "call_back", "已回访", actor=someone)
    await rectifying.try_call(case_id, "无人接听", actor=other)
    await rectifying.finish(case_id, "call_back", "企业反映等待过久。", actor=other)
    await rectifying.finish(case_id, "rectification", "增设窗口。", actor=someone)
    assert await _tasks(case_id) == {"call_back": "done", "rectification": "done"}
    assert await db.fetch_value("SELECT tries FROM case_tasks WHERE kind = 'call_back'") == 2
    with pytest.raises(TaskUnknown):
        await rectifying.finish(case_id, "rectification", "再来", actor=someone)


async def test_what_is_not_done_in_time_is_told_to_a_superior_once(clock: Frozen) -> None:
    superior = await manager()
    await _closed(Level.BAD)
    clock.advance(timedelta(days=1))
    assert sum(await asyncio.gather(*(rectifying.sweep() for _ in range(5)))) == 1
    sql = "SELECT count(*) FROM staff_notices WHERE kind = 'case_task_overdue' AND staff_id = $1"
    assert await db.fetch_value(sql, superior.id) == 1


async def test_an_appeal_is_decided_by_another_and_told_to_the_owner() -> None:
    superior = await manager()
    person, someone, case_id = await _closed(Level.VERY_BAD)
    await rating.appeal(case_id, "经营者误评，电话中已说明。", actor=someone)
    with pytest.raises(AppealedBefore):
        await rating.appeal(case_id, "再说一次", actor=someone)
    await rating.decide(case_id, "录音属实。", is_upheld=True, actor=superior)
    found = await db.fetch_one("SELECT set_aside, verdict FROM case_ratings")
    assert found
    assert tuple(found) == (True, "录音属实。")
    assert await _tasks(case_id) == {"call_back": "cancelled", "rectification": "cancelled"}
    sql = "SELECT count(*) FROM inbox WHERE person_id = $1 AND body LIKE '%申诉成立%'"
    assert await db.fetch_value(sql, person.id) == 1


async def test_a_good_rating_is_not_appealed_against() -> None:
    _, someone, case_id = await _closed(Level.GOOD)
    with pytest.raises(NotRated):
        await rating.appeal(case_id, "太低", actor=someone)


async def test_who_appealed_does_not_decide() -> None:
    superior = await manager()
    person, place = await asker()
    case_id = await answered(superior, person, place)
    await closing.confirm(case_id, actor=person, rated=Rating(Level.BAD))
    await rating.appeal(case_id, "误评", actor=superior)
    with pytest.raises(NeedsOther):
        await rating.decide(case_id, "成立", is_upheld=True, actor=superior)


async def test_a_task_that_can_not_be_told_of_holds_no_other(clock: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    superior = await manager()
    await _closed(Level.BAD)
    broken = await db.fetch_value("SELECT id FROM case_tasks WHERE kind = 'call_back'")
    plain = staff_notices.tell

    async def fails(*given: Any, **told: Any) -> int:
        if str(broken) in told["once"]:
            raise RuntimeError("a notice that nobody can write")
        return await plain(*given, **told)

    monkeypatch.setattr(staff_notices, "tell", fails)
    clock.advance(timedelta(days=20))
    assert await rectifying.sweep() == 1
    sql = "SELECT count(*) FROM staff_notices WHERE kind = 'case_task_overdue' AND staff_id = $1"
    assert await db.fetch_value(sql, superior.id) == 1
