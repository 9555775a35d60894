"""Whoever is barred reads why and until when, may appeal once, and asks again when it is over."""

import asyncio
from datetime import timedelta

import pytest

from backend.access import Actor, Grant, Role
from backend.access.actor import ActorKind
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden, Invalid
from backend.foundation.ids import new_id
from backend.questions import barring, personal
from backend.questions.errors import (
    AppealedBefore,
    Barred,
    BarredBefore,
    BarUnknown,
    DecidedBySame,
    NoAppeal,
    QuestionUnknown,
)
from tests.backend.cases.people import asker, clerk, manager
from tests.backend.questions.askers import ask, barred, case_of, received

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _told(person: Actor) -> list[str]:
    rows = await db.fetch(
        "SELECT body FROM inbox WHERE person_id = $1 AND kind = 'question_bar' ORDER BY id", person.id
    )
    return [row["body"] for row in rows]


async def test_a_bar_says_why_and_ends_by_itself_on_its_day(clock: Frozen) -> None:
    person, _ = await asker()
    await barred(person, days=30)
    with pytest.raises(Barred) as told:
        await ask(person)
    assert "2026年12月23日" in told.value.detail
    mine = await barring.mine(person)
    assert (mine["is_barred"], mine["bar"]["citation"], mine["bar"]["may"]) == (True, "提问须知第3条", ["appeal"])
    assert "多次提交辱骂内容" in (await _told(person))[0]
    clock.advance(timedelta(days=30))
    assert await ask(person)
    assert not (await barring.mine(person))["is_barred"]


async def test_a_bar_names_the_case_once_there_is_one() -> None:
    (person, _), (other, _), staff = await asker(1), await asker(2), await manager()
    until = clock_module.now() + timedelta(days=9)
    shown = [
        await barring.show(staff, await barring.bar(question, "a", "b", until, actor=staff))
        for question in (await ask(person), await received(other))
    ]
    assert [one["case_id"] is not None for one in shown] == [False, True]
    assert shown[1]["case_id"] == await case_of(shown[1]["question_id"])


async def test_nobody_is_barred_twice_at_once_or_for_too_long() -> None:
    (person, _), (other, _) = await asker(1), await asker(2)
    question = await ask(person)
    until = clock_module.now() + timedelta(days=9)
    people = [await manager() for _ in range(4)]
    tries = (barring.bar(question, "a", "b", until, actor=one) for one in people)
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, BarredBefore) for one in results) == 3
    free = await ask(other)
    for wrong in (timedelta(0), timedelta(days=181)):
        with pytest.raises(Invalid):
            await barring.bar(free, "a", "b", clock_module.now() + wrong, actor=people[0])


async def test_only_who_may_and_sees_the_question_bars_its_asker() -> None:
    person, _ = await asker()
    question, until = await ask(person), clock_module.now() + timedelta(days=9)
    elsewhere = Actor(ActorKind.STAFF, new_id(), "", (Grant(Role.MANAGER, districts=("330523",)),))
    with pytest.raises(QuestionUnknown):
        await barring.bar(question, "a", "b", until, actor=elsewhere)
    with pytest.raises(Forbidden):
        await barring.bar(question, "a", "b", until, actor=await clerk())
    reads_all = Actor(ActorKind.STAFF, new_id(), "", (*elsewhere.grants, Grant(Role.FRONT_DESK)))
    with pytest.raises(QuestionUnknown):
        await barring.bar(await received(person), "a", "b", until, actor=reads_all)
    with pytest.raises(Forbidden):
        auditor = Actor(ActorKind.STAFF, new_id(), "", (Grant(Role.AUDITOR),))
        await barring.bar(question, "a", "b", until, actor=auditor)
    bar = await barred(person)
    with pytest.raises(BarUnknown):
        await barring.show(elsewhere, bar)
    assert (await barring.page(elsewhere, only=None, cursor=None, limit=9))["count"] == 0


async def test_an_appeal_is_made_once_and_decided_by_another(clock: Frozen) -> None:
    person, _ = await asker()
    by, other = await manager(), await manager()
    bar = await barred(person, by)
    with pytest.raises(NoAppeal):
        await barring.decide(bar, is_upheld=True, reason="x", actor=other)
    await barring.appeal("内容是转述他人的话", actor=person)
    with pytest.raises(AppealedBefore):
        await barring.appeal("再说一次", actor=person)
    notices = await db.fetch("SELECT staff_id FROM staff_notices WHERE kind = 'question_appeal_wanted'")
    assert {row["staff_id"] for row in notices} == {other.id}
    (waiting,) = (await barring.page(other, only="appealed", cursor=None, limit=9))["items"]
    assert (waiting["appeal"], waiting["may"]) == ("内容是转述他人的话", ["lift", "decide"])
    with pytest.raises(DecidedBySame):
        await barring.decide(bar, is_upheld=False, reason="维持", actor=by)
    await barring.decide(bar, is_upheld=True, reason="申诉成立", actor=other)
    with pytest.raises(NoAppeal):
        await barring.decide(bar, is_upheld=False, reason="又不成立", actor=other)
    assert await ask(person)
    assert (await barring.mine(person))["bar"]["is_upheld"]
    assert len(await _told(person)) == 2
    assert (
        await db.fetch_value("SELECT count(*) FROM staff_notices WHERE settled_at IS NULL AND subject = $1", bar) == 0
    )


async def test_an_appeal_that_fails_leaves_the_bar_as_it_is() -> None:
    person, _ = await asker()
    bar = await barred(person)
    await barring.appeal("不服", actor=person)
    await barring.decide(bar, is_upheld=False, reason="多次提交，事实清楚", actor=await manager())
    with pytest.raises(Barred):
        await ask(person)
    assert "多次提交，事实清楚" in (await _told(person))[-1]


async def test_a_lifted_bar_is_over_and_there_is_nothing_to_appeal() -> None:
    person, _ = await asker()
    bar = await barred(person)
    await barring.lift(bar, "误操作", actor=await manager())
    await barring.lift(bar, "误操作", actor=await manager())
    assert await ask(person)
    with pytest.raises(BarUnknown):
        await barring.appeal("x", actor=person)
    with pytest.raises(Forbidden):
        await barring.appeal("x", actor=await manager())
    assert (await barring.page(await manager(), only="live", cursor=None, limit=9))["items"] == []
    assert (await barring.mine(person))["bar"] is None
    assert len(await _told(person)) == 2


async def test_an_erased_person_leaves_the_fact_alone() -> None:
    person, _ = await asker()
    assert person.id
    bar = await barred(person)
    await barring.appeal("我的话", actor=person)
    assert (await personal.export(person.id))["bars"][0]["appeal"] == "我的话"
    await personal.erase(person.id)
    row = await db.fetch_one("SELECT person_id, appeal, reason FROM question_bars WHERE id = $1", bar)
    assert row is not None
    assert tuple(row.values()) == (None, "", "多次提交辱骂内容")
    await barring.decide(bar, is_upheld=True, reason="了结", actor=await manager())


async def test_nobody_ends_his_own_bar(clock: Frozen) -> None:
    (person, _), himself = await asker(), await manager()
    bind = "INSERT INTO staff_phones (id, staff_id, person_id, bound_at) VALUES ($1, $2, $3, $4)"
    await db.execute(bind, new_id(), himself.id, person.id, clock.now())
    bar = await barred(person)
    await barring.appeal("没有辱骂", actor=person)
    with pytest.raises(DecidedBySame):
        await barring.lift(bar, "误会", actor=himself)
    with pytest.raises(DecidedBySame):
        await barring.decide(bar, is_upheld=True, reason="误会", actor=himself)
    await barring.decide(bar, is_upheld=True, reason="误会", actor=await manager())
