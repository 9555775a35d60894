"""首接负责: who answers until another has accepted; offers, refusals, returns, other units, co-handlers."""

import asyncio
from uuid import UUID

import pytest

from backend.access import Actor, Role
from backend.cases import handling, mine, owning, queries
from backend.cases.assignment import assigning, handing_over, helping, transferring
from backend.cases.errors import (
    AlreadyTaken,
    CannotGiveBack,
    CaseChanged,
    HasItAlready,
    HelpsAlready,
    NeedsSuperior,
    NotAble,
    NotHelping,
    NotOffered,
    NotTransferred,
    NotYours,
    OfferPending,
    UnitUnsuited,
)
from backend.cases.handling import Wanted
from backend.cases.sentences import day
from backend.cases.states import CaseState
from backend.foundation import db
from backend.foundation.states import WrongState
from tests.backend.cases.offices import away, holders, id_of, leaves, load, member, notices, route, settled, unit, why
from tests.backend.cases.people import HELP, answered, asker, clerk, kinds, manager, opened, row, taken

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _passed_on(case_id: UUID, giver: Actor, *others: Actor) -> None:
    """Offered and accepted, from one to the next."""
    for taker in others:
        await handing_over.hand_over(case_id, id_of(taker), "更熟悉", actor=giver)
        await handling.accept(case_id, actor=taker)
        giver = taker


async def test_it_stays_with_its_handler_until_the_other_has_accepted() -> None:
    one, two = await clerk(), await clerk()
    case_id = await taken(one)
    case = await handing_over.hand_over(case_id, id_of(two), "更熟悉", actor=one)
    assert (case.state, case.handler_id, case.answerable_id) == (CaseState.IN_PROGRESS, one.id, one.id)
    assert (case.offered_to, case.hand_overs) == (two.id, 1)
    assert await notices(two) == ["assignment"]
    with pytest.raises(OfferPending):
        await handing_over.hand_over(case_id, id_of(await clerk()), "再转", actor=one)
    with pytest.raises(AlreadyTaken):
        await handling.accept(case_id, actor=await clerk())
    case = await handling.accept(case_id, actor=two)
    assert (case.state, case.handler_id, case.answerable_id) == (CaseState.IN_PROGRESS, two.id, two.id)
    assert case.offered_to is None
    assert await kinds(case_id) == ["received", "accepted", "handed_over", "accepted"]
    assert (await load(one), await load(two)) == (0, 1)
    assert (await notices(one), await notices(two)) == (["case_offer_answered"], [])


async def test_what_waits_for_its_owner_waits_on_with_the_next_handler() -> None:
    person, place = await asker()
    one, two = await clerk(), await clerk()
    case_id = await taken(one, person, place)
    await handling.ask(case_id, [Wanted("营业执照")], actor=one)
    await _passed_on(case_id, one, two)
    assert (await row(case_id)).state is CaseState.WAITING_FOR_OWNER
    await owning.supply(case_id, "见附件", [], actor=person)
    case = await row(case_id)
    assert (case.state, case.handler_id, case.is_paused) == (CaseState.IN_PROGRESS, two.id, False)


async def test_what_was_asked_for_can_be_brought_while_the_case_is_on_its_way() -> None:
    person, place = await asker()
    one, two = await clerk(), await clerk()
    case_id = await taken(one, person, place)
    await handling.ask(case_id, [Wanted("营业执照")], actor=one)
    await handing_over.give_back(case_id, "不属于我处", actor=one)
    await owning.supply(case_id, "见附件", [], actor=person)
    case = await row(case_id)
    assert (case.state, case.is_paused) == (CaseState.RECEIVED, False)
    await handling.accept(case_id, actor=two)
    with pytest.raises(WrongState):
        await owning.supply(case_id, "还有一份", [], actor=person)
    with pytest.raises(WrongState):
        await owning.supply(await opened(person, place), "没有要求过", [], actor=person)


async def test_the_colleague_may_refuse_with_a_reason_that_the_handler_reads() -> None:
    person, place = await asker()
    one, two = await clerk(), await clerk()
    case_id = await taken(one, person, place)
    await handing_over.hand_over(case_id, id_of(two), "更熟悉", actor=one)
    with pytest.raises(NotOffered):
        await handing_over.refuse(case_id, "不是我的", actor=one)
    case = await handing_over.refuse(case_id, "手上已有十件", actor=two)
    assert (case.offered_to, case.handler_id, case.answerable_id) == (None, one.id, one.id)
    assert (await notices(one), await notices(two)) == (["case_offer_answered"], [])
    assert (await why(case_id))[-1] == "工作人员未接受转交：手上已有十件"
    told = await queries.owners_detail(person, case_id)
    assert [entry["word"] for entry in told["timeline"]] == ["收到", "接办", "转交经办人", "转交未被接受"]
    assert "十件" not in str(told)


async def test_only_who_has_it_hands_it_over_and_only_to_who_can_take_it() -> None:
    one, two, boss = await clerk(), await clerk(), await manager()
    case_id = await taken(one)
    with pytest.raises(NotYours):
        await handing_over.hand_over(case_id, id_of(two), "我来", actor=two)
    with pytest.raises(HasItAlready):
        await handing_over.hand_over(case_id, id_of(one), "自己", actor=boss)
    ill, reader = await clerk(), await clerk(Role.AUDITOR)
    await away(ill)
    for wrong in (ill, reader):
        with pytest.raises(NotAble):
            await handing_over.hand_over(case_id, id_of(wrong), "请办", actor=one)
    done = await answered(one)
    with pytest.raises(WrongState):
        await handing_over.hand_over(done, id_of(two), "请办", actor=one)


async def test_the_third_time_the_superior_names_the_handler_who_cannot_refuse() -> None:
    one, two, three, four, boss = [await clerk() for _ in range(4)] + [await manager()]
    case_id = await taken(one)
    await _passed_on(case_id, one, two, three)
    assert (await row(case_id)).hand_overs == 2
    with pytest.raises(NeedsSuperior) as refused:
        await handing_over.hand_over(case_id, id_of(four), "再转", actor=three)
    assert refused.value.permission == "cases.decide"
    case = await handing_over.hand_over(case_id, id_of(four), "由你办", actor=boss)
    assert (case.state, case.handler_id, case.answerable_id) == (CaseState.ASSIGNED, four.id, three.id)
    for refusal in (
        handing_over.refuse(case_id, "不办", actor=four),
        handing_over.give_back(case_id, "不办", actor=four),
        handing_over.hand_over(case_id, id_of(one), "不办", actor=four),
    ):
        with pytest.raises((NotOffered, CannotGiveBack, NeedsSuperior)):
            await refusal
    case = await handling.accept(case_id, actor=four)
    assert (case.handler_id, case.answerable_id, case.hand_overs) == (four.id, four.id, 3)


async def test_what_is_given_back_goes_to_another_with_the_reason_kept() -> None:
    office = await unit()
    await route(HELP, office)
    one, two = await member(office), await member(office)
    case_id = await taken(one)
    for _ in range(3):
        await taken(two)
    case = await handing_over.give_back(case_id, "与本人有利害关系", actor=one)
    assert (case.state, case.handler_id, case.answerable_id) == (CaseState.RECEIVED, None, one.id)
    await settled()
    case = await row(case_id)
    assert (case.state, case.handler_id, case.answerable_id) == (CaseState.ASSIGNED, two.id, one.id)
    assert "1人已退回或逾期未接办" in (await why(case_id))[-1]
    assert (await load(one), await load(two)) == (0, 4)


async def test_giving_back_passes_it_on_so_that_the_third_is_the_superiors() -> None:
    office, boss = await unit(), await manager()
    await route(HELP, office)
    people = [await member(office) for _ in range(4)]
    case_id, givers = await opened(), []
    await settled()
    for nth in range(3):
        holder = (await row(case_id)).handler_id
        givers.append(next(one for one in people if one.id == holder))
        await handling.accept(case_id, actor=givers[-1])
        case = await handing_over.give_back(case_id, "不熟悉", actor=givers[-1])
        assert case.hand_overs == nth + 1
        await settled()
    case = await row(case_id)
    assert (case.state, case.handler_id) == (CaseState.RECEIVED, None), "by itself it goes to nobody any more"
    assert "case_unassigned" in await notices(boss)
    fourth = next(one for one in people if one not in givers)
    await assigning.assign(case_id, id_of(fourth), actor=boss)
    await handling.accept(case_id, actor=fourth)
    with pytest.raises(CannotGiveBack):
        await handing_over.give_back(case_id, "不熟悉", actor=fourth)


async def test_of_two_hundred_hand_overs_accepts_and_returns_one_is_done() -> None:
    one, others = await clerk(), [await clerk() for _ in range(5)]
    case_id = await taken(one)
    version = (await row(case_id)).version
    wanted = [
        handing_over.hand_over(case_id, id_of(others[n % 5]), "请办", actor=one, version=version) for n in range(100)
    ]
    wanted += [handing_over.give_back(case_id, "请另派", actor=one, version=version) for n in range(100)]
    got = await asyncio.gather(*wanted, return_exceptions=True)
    assert [type(one) for one in got if isinstance(one, Exception)] == [CaseChanged] * 199
    assert len(await kinds(case_id)) == 3


async def test_another_unit_accepts_and_the_first_receiver_answers_until_then() -> None:
    person, place = await asker()
    here, there, boss = await unit("吴兴分局"), await unit("长兴分局"), await manager()
    await route(HELP, here)
    one, two = await member(here), await member(there)
    case_id = await taken(one, person, place)
    case = await transferring.transfer(case_id, there, "属长兴管辖", actor=boss)
    assert (case.state, case.unit_id, case.handler_id) == (CaseState.TRANSFERRED, there, None)
    assert (case.answerable_id, case.hand_overs) == (one.id, 1)
    told = await queries.owners_detail(person, case_id)
    assert told["timeline"][-1]["body"] == "转交长兴分局办理：属长兴管辖"
    case = await handling.accept(case_id, actor=two)
    assert (case.state, case.handler_id, case.answerable_id) == (CaseState.IN_PROGRESS, two.id, two.id)
    with pytest.raises(NotTransferred):
        await transferring.send_back(case_id, "不归我们", actor=two)


async def test_the_other_unit_sends_it_back_to_whom_it_was_taken_from() -> None:
    here, there, boss = await unit("吴兴分局"), await unit("长兴分局"), await manager()
    await route(HELP, here)
    one, two = await member(here), await member(there)
    case_id = await taken(one)
    await transferring.transfer(case_id, there, "属长兴管辖", actor=boss)
    case = await transferring.send_back(case_id, "企业在吴兴", actor=two)
    assert (case.state, case.unit_id, case.handler_id) == (CaseState.ASSIGNED, here, one.id)
    assert "case_sent_back" in await notices(one)
    assert (await why(case_id))[-1] == "长兴分局退回（工作人员）：企业在吴兴"
    with pytest.raises(NotTransferred):
        await transferring.send_back(case_id, "再退一次", actor=two)
    await transferring.transfer(case_id, there, "确属长兴管辖", actor=boss)
    await away(one)
    case = await transferring.send_back(case_id, "仍在吴兴", actor=two)
    assert (case.state, case.handler_id) == (CaseState.RECEIVED, None), "who is away is given nothing"


@pytest.mark.parametrize("is_closed", [True, False])
async def test_what_is_stranded_in_another_unit_comes_back(is_closed: bool) -> None:
    """Where the unit was closed, or its people went away, nobody there would ever take it."""
    here, there, boss = await unit("吴兴分局"), await unit("长兴分局"), await manager()
    await route(HELP, here)
    one, two = await member(here), await member(there)
    case_id, alone = await taken(one), await opened(unit_id=here)
    for each in (case_id, alone):
        await transferring.transfer(each, there, "属长兴管辖", actor=boss)
    assert await transferring.sweep() == 0
    await leaves(two)
    if is_closed:
        await db.execute("UPDATE units SET closed_at = now() WHERE id = $1", there)
    assert await transferring.sweep() == 2
    case = await row(case_id)
    assert (case.state, case.unit_id, case.handler_id) == (CaseState.ASSIGNED, here, one.id)
    assert case.accept_by
    assert "case_sent_back" in await notices(one)
    assert (await row(alone)).unit_id == here
    assert await holders([alone]) == [boss.id], "who sent it there answers for it"
    assert await transferring.sweep() == 0


async def test_what_comes_back_to_a_closed_unit_goes_where_its_category_goes() -> None:
    here, there, new, boss = await unit("旧"), await unit("长兴分局"), await unit("新"), await manager()
    await member(there)
    case_id = await opened(unit_id=here)
    await transferring.transfer(case_id, there, "属长兴管辖", actor=boss)
    await route(HELP, new)
    await db.execute("UPDATE units SET closed_at = now() WHERE id = ANY ($1::uuid[])", [here, there])
    assert await transferring.sweep() == 1
    assert (await row(case_id)).unit_id == new


async def test_no_case_is_transferred_where_nobody_could_take_it() -> None:
    here, empty, boss = await unit("吴兴分局"), await unit("空分局"), await manager()
    await route(HELP, here)
    case_id = await taken(await member(here))
    for wrong in (here, empty, UUID(int=5)):
        with pytest.raises(UnitUnsuited):
            await transferring.transfer(case_id, wrong, "转", actor=boss)
    assert (await row(case_id)).unit_id == here


async def test_co_handlers_work_on_it_while_its_handler_answers_for_it() -> None:
    _, place = await asker()
    one = await clerk()
    elsewhere = await clerk(Role.SPECIALIST, districts=("330503",))
    helper, stranger = await clerk(Role.SPECIALIST, districts=("330502",)), await clerk()
    case_id = await taken(one, enterprise_id=place)
    with pytest.raises(NotAble):
        await helping.add(case_id, id_of(elsewhere), actor=one)
    with pytest.raises(NotYours):
        await helping.add(case_id, id_of(helper), actor=stranger)
    await helping.add(case_id, id_of(helper), actor=one)
    with pytest.raises(HelpsAlready):
        await helping.add(case_id, id_of(helper), actor=one)
    await handling.reply(case_id, "我来补充说明", actor=helper)
    with pytest.raises(NotYours):
        await handing_over.hand_over(case_id, id_of(stranger), "转", actor=helper)
    with pytest.raises(NotYours):
        await helping.end(case_id, id_of(helper), actor=stranger)
    await helping.end(case_id, id_of(helper), actor=helper)
    with pytest.raises(NotHelping):
        await helping.end(case_id, id_of(helper), actor=one)
    await helping.add(case_id, id_of(helper), actor=one)
    assert (await holders([case_id]), await load(helper)) == ([one.id], 0)
    assert (await kinds(case_id))[-3:] == ["replied", "help_ended", "helped"]


async def test_who_still_has_to_bring_something_reads_so_whoever_goes_on_with_it() -> None:
    someone, other, (person, place) = await clerk(), await clerk(), await asker()
    case_id = await taken(someone, person, place)
    await handling.ask(case_id, [Wanted("营业执照")], actor=someone)
    await assigning.assign(case_id, id_of(other), actor=await manager())
    told = ["等待接办，预计", "经办人正在办理，暂停计时（等待您补充材料）"]
    for words in told:
        sentence = (await queries.owners_detail(person, case_id))["sentence"]
        assert words in sentence
        assert sentence.endswith("；仍请您补充所缺材料。")
        (listed,) = (await mine.page(person, "open", cursor=None, limit=5))["items"]
        assert listed["sentence"] == sentence
        if words == told[0]:
            await handling.accept(case_id, actor=other)
    await owning.supply(case_id, "见附件", [], actor=person)
    assert "补充" not in (await queries.owners_detail(person, case_id))["sentence"]


async def test_what_is_given_on_names_the_day_by_which_the_new_handler_takes_it() -> None:
    someone, other, (person, place) = await clerk(), await clerk(), await asker()
    case_id = await taken(someone, person, place)
    await assigning.assign(case_id, id_of(other), actor=await manager())
    case = await row(case_id)
    assert case.accept_by is not None
    assert case.due_at is not None
    takes, due = day(case.accept_by), day(case.due_at)
    assert takes != due
    told = (await queries.owners_detail(person, case_id))["sentence"]
    assert told == f"已分派经办人，等待接办，预计{takes}前接办，将在{due}前答复。"
