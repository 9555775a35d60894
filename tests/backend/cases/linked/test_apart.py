"""Nobody judges, eases or speaks for what is his own: as an owner, as the handler, or as who answered."""

from datetime import timedelta
from uuid import UUID

import pytest

from backend.access import Actor
from backend.cases import handling, owning, queries
from backend.cases.assignment import assigning
from backend.cases.ending import closing, rating, reaching, rectifying
from backend.cases.ending.rating import Level, Rating
from backend.cases.errors import NeedsOther, NotAble, OwnersTurn, OwnMatter
from backend.cases.states import CaseState
from backend.foundation import clock as time
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from tests.backend.cases.offices import holders, id_of, member, route, settled, unit
from tests.backend.cases.people import HELP, answered, asker, clerk, manager, opened, row, taken

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _binds(someone: Actor, person: Actor) -> None:
    bind = "INSERT INTO staff_phones (id, staff_id, person_id, bound_at) VALUES ($1, $2, $3, $4)"
    await db.execute(bind, new_id(), someone.id, person.id, time.now())


async def _rated_bad() -> tuple[Actor, Actor, UUID]:
    """A case with a bad rating and an appeal: {its handler, a superior who is its owner himself, it}."""
    someone, superior, (person, place) = await clerk(), await manager(), await asker()
    await _binds(superior, person)
    case_id = await answered(someone, person, place)
    await closing.confirm(case_id, actor=person, rated=Rating(Level.BAD, "太慢"))
    await rating.appeal(case_id, "已按时办理", actor=someone)
    return someone, superior, case_id


async def test_nobody_decides_over_the_rating_that_he_gave() -> None:
    _, superior, case_id = await _rated_bad()
    assert "decide_appeal" not in (await queries.staff_detail(superior, case_id))["may"]
    with pytest.raises(OwnMatter):
        await rating.decide(case_id, "申诉不成立", is_upheld=False, actor=superior)
    await rating.decide(case_id, "申诉不成立", is_upheld=False, actor=await manager())


async def test_nobody_calls_himself_back_nor_appeals_against_himself() -> None:
    _, superior, case_id = await _rated_bad()
    assert "call_back" not in (await queries.staff_detail(superior, case_id))["may"]
    for kind in ("call_back", "rectification"):
        with pytest.raises(OwnMatter):
            await rectifying.finish(case_id, kind, "已道歉", actor=superior)
    await rectifying.finish(case_id, "call_back", "已道歉", actor=await clerk())


async def test_nobody_reaches_himself_nor_hears_his_own_shop() -> None:
    (person, place), owner_too = await asker(), await clerk()
    await _binds(owner_too, person)
    case_id = await answered(await clerk(), None, place)
    may = (await queries.staff_detail(owner_too, case_id))["may"]
    assert {"reach", "hear"} & set(may) == set()
    with pytest.raises(OwnMatter):
        await reaching.record(case_id, "call", "已告知", actor=owner_too)
    with pytest.raises(OwnMatter):
        await closing.hear(case_id, "confirmed", "call", "同意", actor=owner_too)
    assert (await row(case_id)).reached_at is None


async def test_nobody_gives_himself_more_time() -> None:
    superior = await manager()
    case_id = await taken(superior)
    assert "extend" not in (await queries.staff_detail(superior, case_id))["may"]
    with pytest.raises(NeedsOther):
        await handling.extend(case_id, 5, "来不及", actor=superior)
    before = (await row(case_id)).solution_due_at
    assert before
    after = (await handling.extend(case_id, 5, "需要会商", actor=await manager())).solution_due_at
    assert after
    assert after > before + timedelta(days=4)


async def test_nobody_is_given_what_concerns_his_shop() -> None:
    office, boss, (person, place) = await unit(), await manager(), await asker()
    await route(HELP, office)
    himself = await member(office)
    await _binds(himself, person)
    case_id = await opened(None, place)
    await settled()
    assert await holders([case_id]) == [None]
    with pytest.raises(NotAble):
        await assigning.assign(case_id, id_of(himself), actor=boss)
    await assigning.assign(case_id, id_of(await member(office)), actor=boss)


async def test_a_superior_ends_an_answered_case_only_where_its_owner_can_not_be_reached(clock: Frozen) -> None:
    superior, someone, (person, place) = await manager(), await clerk(), await asker()
    fresh, reached, objected = [await answered(someone, person, place) for _ in range(3)]
    await reaching.opened(reached, actor=person)
    await owning.reply(objected, "我再想想", [], actor=person, is_remark=True)
    for case_id in (fresh, reached, objected):
        assert "close" not in (await queries.staff_detail(superior, case_id))["may"]
        with pytest.raises(OwnersTurn):
            await closing.close_by_decision(case_id, "已答复", actor=superior)
    clock.advance(timedelta(days=6))
    with pytest.raises(OwnersTurn):
        await closing.close_by_decision(fresh, "已答复", actor=superior)
    clock.advance(timedelta(days=2))
    for case_id in (reached, objected):
        with pytest.raises(OwnersTurn):
            await closing.close_by_decision(case_id, "已答复", actor=superior)
    assert "close" in (await queries.staff_detail(superior, fresh))["may"]
    case = await closing.close_by_decision(fresh, "多次联系不上，答复已张贴公告。", actor=superior)
    assert case.state is CaseState.CLOSED_BY_DECISION


async def test_who_appeals_does_not_decide() -> None:
    _, _, case_id = await _rated_bad()
    other = await manager()
    assert "decide_appeal" in (await queries.staff_detail(other, case_id))["may"]
    await db.execute("UPDATE case_ratings SET appealed_by = $1", other.id)
    assert "decide_appeal" not in (await queries.staff_detail(other, case_id))["may"]
    with pytest.raises(NeedsOther):
        await rating.decide(case_id, "属实", is_upheld=True, actor=other)
