"""Cases find whom they belong to: by place, skill, absence and load; explained, replayable, fair."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from backend import cases
from backend.access import SYSTEM, Actor, Role
from backend.cases import handling, queries
from backend.cases.assignment import assigning, choosing, explaining
from backend.cases.assignment.choosing import LeftOut, Rule
from backend.cases.ending import closing
from backend.cases.errors import CaseChanged, CaseUnknown, HasItAlready, NotAble
from backend.cases.states import CaseState
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from backend.staff import accounts
from tests.backend.cases.offices import away, holders, id_of, leaves, load, member, notices, route, settled, unit, why
from tests.backend.cases.people import CONSULT, HELP, asker, clerk, kinds, manager, opened, row, taken
from tests.backend.policies.counting import counted

pytestmark = pytest.mark.usefixtures("running", "clock")


_COPIED = """
origin, category, channel, title, body, urgency, unit_id, terms, received_at, accept_due_at, due_at, moved_at,
opened_by_kind
"""
_A_THOUSAND = f"""
INSERT INTO cases (id, number, origin_id, state, {_COPIED})
SELECT uuidv7(), 'T-' || n, uuidv7(), 'received', {_COPIED} FROM cases, generate_series(1, 1000) AS n WHERE id = $1
"""


async def _data(case_id: UUID) -> dict[str, object]:
    sql = "SELECT data FROM case_notes WHERE case_id = $1 AND kind = 'assignment' ORDER BY id DESC LIMIT 1"
    told: dict[str, object] = orjson.loads(await db.fetch_value(sql, case_id))
    return told


async def test_a_case_finds_its_unit_and_whoever_has_least_in_hand() -> None:
    office, elsewhere = await unit(), await unit("长兴分局")
    await route(HELP, office)
    busy, free, other = await member(office), await member(office, name="李娜"), await member(elsewhere)
    await taken(busy)
    case_id = await opened()
    await settled()
    case = await row(case_id)
    assert (case.state, case.handler_id, case.answerable_id) == (CaseState.ASSIGNED, free.id, free.id)
    assert case.accept_by == case.accept_due_at
    assert await kinds(case_id) == ["received", "assigned"]
    assert await why(case_id) == ["分派给李娜：“吴兴分局”可以接办的2人中其在办工作量最少（0）。"]
    assert (await notices(free), await notices(other), await load(free)) == (["assignment"], [], 1)
    await handling.accept(case_id, actor=free)
    assert await notices(free) == []


async def test_without_a_unit_whoever_s_grant_covers_the_place_and_none_who_assigns() -> None:
    _, place = await asker()
    here, _ = await clerk(Role.SPECIALIST, districts=("3305",)), await clerk(Role.SPECIALIST, districts=("330503",))
    await manager()
    case_id = await opened(enterprise_id=place)
    await settled()
    assert (await row(case_id)).handler_id == here.id
    told = await _data(case_id)
    assert isinstance(told["candidates"], list)
    assert sorted(one["left_out"] or "" for one in told["candidates"]) == ["", LeftOut.DISPATCHER]


async def test_the_skill_counts_where_somebody_of_the_place_has_it() -> None:
    office = await unit()
    await route(CONSULT, office)
    skilled, _ = await member(office, skills=["policy"]), await member(office)
    await taken(skilled)
    case_id = await opened(category=CONSULT)
    await settled()
    assert (await row(case_id)).handler_id == skilled.id
    assert (await why(case_id))[0].endswith("另有1人没有所需专长。")
    await db.execute("DELETE FROM staff_skills")
    other = await opened(category=CONSULT)
    await settled()
    assert (await row(other)).handler_id != skilled.id


async def test_who_is_away_before_it_must_be_accepted_is_passed_over() -> None:
    office = await unit()
    await route(HELP, office)
    today, tomorrow, later = await member(office), await member(office), await member(office)
    await away(today)
    await away(tomorrow, after=1)
    await away(later, after=2)
    made = [await opened() for _ in range(3)]
    await settled()
    assert set(await holders(made)) == {later.id}, "a case must be accepted by tomorrow"


async def test_whom_nobody_fits_waits_and_who_assigns_hears_of_it_once() -> None:
    office = await unit()
    await route(HELP, office)
    boss, only = await manager(), await member(office)
    absence = await away(only)
    case_id = await opened()
    await settled()
    case = await row(case_id)
    assert (case.state, case.handler_id, case.unassigned_at is not None) == (CaseState.RECEIVED, None, True)
    assert await notices(boss) == ["case_unassigned"]
    assert await why(case_id) == ["“吴兴分局”没有可以接办的人（1人在接办期限前不在岗），等待人工分派。"]
    await assigning.assign_many([case_id])
    assert len(await why(case_id)) == 1
    await db.execute("UPDATE staff_absences SET withdrawn_at = now() WHERE id = $1", absence)
    await assigning.assign_many([case_id])
    assert (await row(case_id)).handler_id == only.id
    assert await notices(boss) == []


async def test_the_sweep_tries_again_what_nobody_has(clock: Frozen) -> None:
    office = await unit()
    await route(HELP, office)
    case_id = await opened()
    await settled()
    only = await member(office)
    assert await assigning.sweep() == 0, "what was just opened is on its way"
    clock.advance(timedelta(minutes=11))
    assert await assigning.sweep() == 1
    assert await holders([case_id]) == [only.id]
    assert await assigning.sweep() == 0


async def test_the_owner_never_reads_why() -> None:
    office = await unit()
    await route(HELP, office)
    await member(office, name="李娜")
    person, place = await asker()
    case_id = await opened(person, place)
    await settled()
    told = await queries.owners_detail(person, case_id)
    assert "工作量" not in str(told)
    assert [one["word"] for one in told["timeline"]] == ["收到", "分派经办人"]
    assert told["timeline"][1]["whom"] == "李娜"


async def test_the_clerk_who_took_it_down_answers_until_another_has_accepted() -> None:
    office = await unit()
    await route(HELP, office)
    desk, someone = await clerk(Role.FRONT_DESK), await member(office)
    case_id = await opened(desk, channel=cases.Channel.COUNTER, person_id=None)
    assert (await row(case_id)).answerable_id == desk.id
    await settled()
    case = await row(case_id)
    assert (case.handler_id, case.answerable_id) == (someone.id, desk.id)
    await handling.accept(case_id, actor=someone)
    assert (await row(case_id)).answerable_id == someone.id


async def test_staff_read_why_and_whom_it_could_go_to() -> None:
    office = await unit()
    await route(HELP, office)
    busy, free, ill = await member(office), await member(office, name="李娜"), await member(office)
    await taken(busy)
    await away(ill)
    case_id = await opened()
    await settled()
    (told,) = await explaining.reasons(busy, case_id)
    assert (told["by"], told["rule"], len(told["candidates"])) == (None, Rule.LOAD, 3)
    assert {one["why"] for one in told["candidates"]} == {None, "接办期限前不在岗"}
    await assigning.assign(case_id, id_of(busy), actor=await manager(), reason="企业点名")
    auditor = await clerk(Role.AUDITOR)
    shown = await explaining.reasons(auditor, case_id)
    assert [one["words"] for one in shown] == [told["words"], "（已隐去）"]
    with pytest.raises(Forbidden):
        await explaining.candidates(auditor, case_id)
    people = await explaining.candidates(free, case_id)
    assert [(one["staff_id"], one["left_out"]) for one in people] == [(free.id, None), (ill.id, LeftOut.ABSENT)]
    elsewhere = await clerk(Role.SPECIALIST, districts=("330503",))
    for reading in (explaining.reasons, explaining.candidates):
        with pytest.raises(CaseUnknown):
            await reading(elsewhere, case_id)


async def test_a_thousand_are_shared_fairly_and_by_as_many_statements_as_twenty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = await unit()
    await route(HELP, office)
    people = [await member(office) for _ in range(7)]
    few = [await opened() for _ in range(20)]
    with counted(monkeypatch) as asked:
        assert await assigning.assign_many(few) == 20
    await db.execute(_A_THOUSAND, few[0])
    many = [one["id"] for one in await db.fetch("SELECT id FROM cases WHERE handler_id IS NULL")]
    with counted(monkeypatch) as asked_again:
        assert await assigning.assign_many(many) == 1000
    assert len(asked_again) == len(asked), (asked, asked_again)
    loads = [await load(one) for one in people]
    assert (sum(loads), max(loads) - min(loads)) == (1020, 1)


async def test_every_stored_reason_chooses_the_same_again() -> None:
    office = await unit()
    await route(HELP, office)
    await route(CONSULT, office)
    people = [await member(office, skills=["policy"] if n % 2 else []) for n in range(6)]
    await away(people[0])
    made = [await opened(category=HELP if n % 3 else CONSULT) for n in range(30)]
    await assigning.assign_many(made)
    for case_id, holder in zip(made, await holders(made), strict=True):
        told = await _data(case_id)
        again = choosing.replay(told)
        assert again.told() == told
        assert (again.rule, again.chosen) == (Rule.LOAD, holder)


async def test_two_hundred_at_once_have_one_outcome_each() -> None:
    office = await unit()
    await route(HELP, office)
    people, boss = [await member(office) for _ in range(5)], await manager()
    case_id = await opened()
    version = (await row(case_id)).version
    wanted: list[Any] = [assigning.assign_many([case_id]) for _ in range(60)]
    wanted += [assigning.assign(case_id, id_of(people[n % 5]), actor=boss, version=version) for n in range(70)]
    wanted += [handling.accept(case_id, actor=people[n % 5], version=version) for n in range(70)]
    got = await asyncio.gather(*wanted, return_exceptions=True)
    refused = [one for one in got if isinstance(one, Exception)]
    assert {type(one) for one in refused} <= {CaseChanged}
    won = [one for one in got if not isinstance(one, Exception) and one]
    assert len(won) == 1
    events = await kinds(case_id)
    assert len(events) == 2
    assert await db.fetch_value("SELECT count(*) FROM staff_assignments WHERE closed_at IS NULL") == 1


async def test_nobody_who_left_keeps_or_gets_anything_however_close_it_is() -> None:
    office = await unit()
    await route(HELP, office)
    made = []

    async def goes(someone: Actor) -> None:
        await accounts.leave(id_of(someone), actor=SYSTEM)
        await settled()

    for _ in range(6):
        someone, case_id = await member(office), await opened()
        made.append(case_id)
        await asyncio.gather(assigning.assign_many([case_id]), goes(someone))
    await settled()
    assert await holders(made) == [None] * 6
    assert await db.fetch_value("SELECT count(*) FROM staff_assignments WHERE closed_at IS NULL") == 0


async def test_by_hand_who_assigns_names_somebody_who_can() -> None:
    boss, someone, gone, reader = await manager(), await clerk(), await clerk(), await clerk(Role.AUDITOR)
    ill = await clerk()
    await away(ill)
    await leaves(gone)
    case_id = await opened()
    for wrong in (gone, reader, ill):
        with pytest.raises(NotAble):
            await assigning.assign(case_id, id_of(wrong), actor=boss)
    with pytest.raises(Forbidden):
        await assigning.assign(case_id, id_of(someone), actor=someone)
    case = await assigning.assign(case_id, id_of(someone), actor=boss, reason="熟悉情况")
    assert (case.state, case.handler_id, case.hand_overs) == (CaseState.ASSIGNED, someone.id, 0)
    assert await why(case_id) == ["工作人员分派给工作人员：熟悉情况"]
    assert await notices(someone) == ["assignment"]
    with pytest.raises(HasItAlready):
        await assigning.assign(case_id, id_of(someone), actor=boss)


async def test_the_ledger_ends_with_the_case_and_goes_on_with_its_next_handler() -> None:
    person, place = await asker()
    boss, one, two = await manager(), await clerk(), await clerk()
    case_id = await taken(one, person, place)
    assert (await load(one), await load(two)) == (1, 0)
    await assigning.assign(case_id, id_of(two), actor=boss)
    assert (await load(one), await load(two)) == (0, 1)
    await handling.accept(case_id, actor=two)
    await handling.answer(case_id, "办好了", actor=two)
    assert await load(two) == 1, "closure is a claim"
    await closing.refuse(case_id, "没有解决", actor=person)
    assert await load(two) == 1
    await handling.answer(case_id, "这次办好了", actor=two)
    await closing.confirm(case_id, actor=person)
    assert await load(two) == 0


async def test_a_notice_of_many_goes_when_none_of_them_is_left() -> None:
    """Both of what nobody fits and of what one person was given."""
    office = await unit()
    await route(HELP, office)
    boss = await manager()
    made = [await opened() for _ in range(12)]
    await settled()
    assert await notices(boss) == ["cases_unassigned"]
    someone = await member(office)
    assert await assigning.assign_many(made) == 12
    assert await notices(someone) == ["cases_given"]
    await assigning.sweep()
    assert (await notices(boss), await notices(someone)) == ([], ["cases_given"])
    for one in made:
        await handling.accept(one, actor=someone)
    await assigning.sweep()
    assert await notices(someone) == []


async def test_few_that_nobody_fits_are_told_and_settled_one_by_one() -> None:
    office = await unit()
    await route(HELP, office)
    boss, elsewhere = await manager(), await clerk()
    made = [await opened() for _ in range(2)]
    assert await assigning.assign_many(made) == 0
    assert await notices(boss) == ["case_unassigned"] * 2
    await assigning.assign(made[0], id_of(elsewhere), actor=boss)
    assert await notices(boss) == ["case_unassigned"]


async def test_nobody_is_given_what_he_asked_himself() -> None:
    office, boss, (person, place) = await unit(), await manager(), await asker()
    await route(HELP, office)
    himself = await member(office)
    sql = "INSERT INTO staff_phones (id, staff_id, person_id, bound_at) VALUES ($1, $2, $3, now())"
    await db.execute(sql, new_id(), himself.id, person.id)
    case_id = await opened(person, place)
    await settled()
    assert await holders([case_id]) == [None]
    assert "1人与该事项有利害关系" in (await why(case_id))[-1]
    with pytest.raises(NotAble):
        await assigning.assign(case_id, id_of(himself), actor=boss)
    other = await opened()
    await settled()
    assert await holders([other]) == [himself.id]
