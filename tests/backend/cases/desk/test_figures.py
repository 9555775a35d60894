"""Each figure counts what its sentence says, by groups that add up to the whole."""

from datetime import date, timedelta
from typing import Any

import pytest

from backend import cases
from backend.access import SYSTEM, Actor, Role
from backend.cases import changing, handling
from backend.cases.assignment import transferring
from backend.cases.deadlines import alarms
from backend.cases.desk import figures, queues
from backend.cases.desk.narrowing import Filter
from backend.cases.ending import closing, rating, reaching, rectifying
from backend.cases.ending.rating import Level, Rating
from backend.cases.events import Citation
from backend.cases.handling import Wanted
from backend.cases.linked import carrying, merging, splitting
from backend.cases.linked.splitting import Part
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Invalid
from tests.backend.cases.offices import member, route
from tests.backend.cases.offices import unit as office
from tests.backend.cases.people import COMPLAINT, CONSULT, HELP, answered, asker, clerk, manager, opened, row, taken

pytestmark = pytest.mark.usefixtures("running", "clock")

FIRST, LAST = date(2026, 11, 1), date(2026, 12, 31)
LAW = [Citation("law", "行政许可法第三十二条")]


async def told(actor: Actor | None = None, **narrower: Any) -> dict[str, tuple[int, int | None]]:
    found = await figures.of(actor or await manager(), FIRST, LAST, **narrower)
    return {name: (value["count"], value["of"]) for name, value in found["total"].items()}


async def test_what_is_done_in_time_counts_for_and_what_is_over_counts_against(clock: Frozen) -> None:
    someone, (person, place) = await clerk(), await asker()
    done = await answered(someone, person, place)
    await closing.confirm(done, actor=person)
    await opened(category=CONSULT)
    before = await told()
    assert before["accepted_in_time"] == before["answered_in_time"] == before["solved_in_time"] == (1, 1)
    clock.advance(timedelta(days=3))
    after = await told()
    assert after["accepted_in_time"] == after["answered_in_time"] == after["solved_in_time"] == (1, 2)
    assert (after["received"], after["open"]) == ((2, None), (1, None))


async def test_silence_is_counted_apart(clock: Frozen) -> None:
    someone, (person, place) = await clerk(), await asker()
    silent, confirmed = await answered(someone, person, place), await answered(someone, person, place)
    decided, declined = await opened(), await taken(someone)
    await closing.confirm(confirmed, actor=person)
    await closing.close_by_decision(decided, "重复提出", actor=await manager())
    await handling.decline(declined, "不属本局职责", LAW, actor=someone)
    await reaching.opened(silent, actor=person)
    clock.advance(timedelta(days=12))
    await reaching.sweep()
    found = await told()
    kinds = ("closed_confirmed", "closed_by_silence", "closed_by_decision", "declined")
    assert [found[kind][0] for kind in kinds] == [1, 1, 1, 1]
    assert found["silent_in_time"] == (1, 1)
    assert found["solved_in_time"] == (1, 1), "what nobody answered isn't solved by a decision"


async def test_what_was_late_in_an_earlier_round_stays_late(clock: Frozen) -> None:
    someone, (person, place) = await clerk(), await asker()
    case_id = await taken(someone, person, place, category=CONSULT)
    clock.advance(timedelta(days=2))
    await alarms.sweep()
    await handling.answer(case_id, "请看附件。", actor=someone)
    await closing.refuse(case_id, "没说清楚", actor=person)
    await handling.accept(case_id, actor=someone)
    await handling.answer(case_id, "补充说明如下。", actor=someone)
    await closing.confirm(case_id, actor=person)
    found = await told()
    assert found["solved_in_time"] == (0, 1)
    assert found["refused"] == (1, 1)
    assert found["answered_in_time"] == (0, 1)


async def test_another_category_makes_nothing_on_time(clock: Frozen) -> None:
    """Not even where no alarm had looked at it before."""
    someone, superior, (person, place) = await clerk(), await manager(), await asker()
    case_id = await taken(someone, person, place, category=CONSULT)
    clock.advance(timedelta(days=3))
    await changing.change_category(case_id, COMPLAINT, reason="实为投诉", actor=superior)
    await handling.answer(case_id, "请看附件。", actor=someone)
    await closing.confirm(case_id, actor=person)
    found = await told()
    assert (found["answered_in_time"], found["solved_in_time"]) == ((0, 1), (0, 1))
    assert found["accepted_in_time"] == (1, 1)
    assert found["eased"] == (1, None)


async def test_what_was_merged_counts_once(clock: Frozen) -> None:
    someone, superior, (person, place) = await clerk(), await manager(), await asker()
    long_ago = clock.now() - timedelta(days=20)
    target, twin = [await taken(someone, person, place, category=CONSULT, received_at=long_ago) for _ in range(2)]
    of_another = await opened(*await asker(2), category=COMPLAINT)
    await alarms.sweep()
    for one in (twin, of_another):
        await merging.merge(one, target, reason="同一收费", actor=superior)
    await handling.answer(target, "已停止收费。", actor=someone)
    await closing.confirm(target, actor=person)
    async with db.transaction():
        assert await carrying.carry([target]) == 2
    found = await told()
    assert (found["received"][0], found["merged"][0], found["merged_late"][0]) == (3, 1, 1)
    assert (found["closed_confirmed"][0], found["open"][0]) == (1, 1)
    assert found["solved_in_time"] == (0, 1)
    assert found["rated"] == (0, 2)


async def test_what_nobody_answered_is_not_solved(clock: Frozen) -> None:
    """Neither by splitting it and taking that back, nor by its asker's or a superior's word; a late one is late."""
    superior, (person, place) = await manager(), await asker()
    case_id, dropped = await opened(person, place), await opened(person, place)
    parts = [Part(HELP, "场地困难", "租金上涨")] * 3
    await splitting.split(case_id, parts, "几件事", actor=superior)
    await splitting.unsplit(case_id, "是一件事", actor=superior)
    async with db.transaction():
        await cases.drop("cases", (await row(dropped)).origin_id, "本人撤回", actor=SYSTEM)
    await closing.close_by_decision(await opened(category=CONSULT), "重复提出", actor=superior)
    late = await opened(category=CONSULT)
    clock.advance(timedelta(days=3))
    await closing.close_by_decision(late, "重复提出", actor=superior)
    found = await told()
    assert [found[name][0] for name in ("received", "open", "withdrawn", "closed_by_decision")] == [4, 1, 1, 2]
    assert found["solved_in_time"] == (0, 1)
    assert found["rated"] == (0, 2)
    assert found["accepted_in_time"] == (1, 3)


async def test_an_answer_that_was_taken_back_is_none(clock: Frozen) -> None:
    someone, (person, place) = await clerk(), await asker()
    case_id = await answered(someone, person, place, category=CONSULT)
    sql = "SELECT seq FROM case_events WHERE case_id = $1 AND kind = 'answered'"
    seq = await db.fetch_value(sql, case_id)
    undo = "INSERT INTO case_events SELECT $1, 99, now(), 'taken_back', 'system', NULL, '', $2::jsonb, 9"
    assert (await told())["answered_in_time"] == (1, 1)
    await db.execute(undo, case_id, f'{{"seqs": [{seq}]}}')
    await db.execute("UPDATE cases SET state = 'in_progress', answered_at = NULL WHERE id = $1", case_id)
    assert (await told())["answered_in_time"] == (0, 0)
    clock.advance(timedelta(days=3))
    assert (await told())["answered_in_time"] == (0, 1)


@pytest.mark.parametrize(("days", "expected"), [(1, (1, 1)), (3, (0, 1))])
async def test_a_promise_is_kept_by_its_day(clock: Frozen, days: int, expected: tuple[int, int]) -> None:
    someone = await clerk()
    case_id = await taken(someone)
    assert (await told())["promises_kept"] == (0, 0)
    await handling.promise(case_id, date(2026, 11, 25), actor=someone)
    assert (await told())["promises_kept"] == (0, 0)
    clock.advance(timedelta(days=days))
    await handling.answer(case_id, "已办好。", actor=someone)
    assert (await told())["promises_kept"] == expected


async def test_a_promise_nobody_kept_is_broken_without_an_answer(clock: Frozen) -> None:
    someone = await clerk()
    case_id = await taken(someone)
    await handling.promise(case_id, date(2026, 11, 24), actor=someone)
    clock.advance(timedelta(days=2))
    assert (await told())["promises_kept"] == (0, 1)


async def test_lists_of_what_is_missing_and_hand_overs_are_counted() -> None:
    someone = await clerk()
    once, twice = await taken(someone), await taken(someone)
    for case_id in (once, twice):
        await handling.ask(case_id, [Wanted("营业执照")], actor=someone)
    await db.execute(
        "INSERT INTO case_requests (case_id, nr, items, reason, made_at) VALUES ($1, 2, '[]', '法规修订', now())", twice
    )
    await db.execute("UPDATE cases SET hand_overs = 3 WHERE id = $1", once)
    found = await told()
    assert found["told_once"] == (1, 2)
    assert found["second_lists"] == (1, None)
    assert (found["hand_overs"], found["handed_thrice"]) == ((3, None), (1, None))


async def test_ratings_and_what_bad_ones_oblige_to(clock: Frozen) -> None:
    someone, other, boss = await clerk(), await clerk(), await manager()
    person, place = await asker()
    rated = {}
    for level in (Level.VERY_GOOD, Level.BAD, Level.VERY_BAD):
        rated[level] = await answered(someone, person, place)
        await closing.confirm(rated[level], actor=person, rated=Rating(level))
    await rectifying.finish(rated[Level.BAD], "call_back", "已致歉", actor=other)
    await rating.appeal(rated[Level.VERY_BAD], "与事实不符", actor=someone)
    await rating.decide(rated[Level.VERY_BAD], "情况属实", is_upheld=True, actor=boss)
    found = await told()
    assert [found[f"level_{level}"][0] for level in (1, 2, 3, 4, 5)] == [0, 1, 0, 0, 1]
    assert (found["satisfied"], found["rated"], found["set_aside"]) == ((1, 2), (2, 3), (1, None))
    assert (found["called_back_in_time"], found["rectified_in_time"]) == ((1, 1), (0, 0))
    clock.advance(timedelta(days=16))
    assert (await told())["rectified_in_time"] == (0, 1)


@pytest.mark.parametrize("by", ["category", "unit", "district"])
async def test_groups_add_up_to_the_whole(by: figures.By) -> None:
    _, place = await asker()
    for category in (HELP, CONSULT, CONSULT):
        await opened(enterprise_id=place if category == HELP else None, category=category)
    found = await figures.of(await manager(), FIRST, LAST, by=by)
    assert sum(group["values"]["received"]["count"] for group in found["groups"]) == 3
    assert found["total"]["received"]["count"] == 3
    if by == "category":
        assert {group["word"]: group["values"]["received"]["count"] for group in found["groups"]} == {
            "经营困难": 1,
            "政策咨询": 2,
        }
    assert all(one["formula"] for one in found["figures"])


async def _units(actor: Actor, names: tuple[str, ...]) -> dict[str, list[tuple[int, int | None]]]:
    """The figures of these names by unit; together they are the whole."""
    found, total = await figures.of(actor, FIRST, LAST, by="unit"), (await figures.of(actor, FIRST, LAST))["total"]
    assert found["total"] == total
    for name in total:
        assert sum(one["values"][name]["count"] for one in found["groups"]) == total[name]["count"], name
    return {
        one["word"]: [(one["values"][name]["count"], one["values"][name]["of"]) for name in names]
        for one in found["groups"]
    }


RAN = ("received", "accepted_in_time", "answered_in_time", "solved_in_time")


async def test_by_unit_a_clock_counts_where_it_ran_and_the_case_where_it_is(clock: Frozen) -> None:
    """Nobody is late by what another had late before he was given it, or sends back."""
    boss, first, second = await manager(), await office("甲所"), await office("乙所")
    (person, place), _, there = await asker(), await member(first), await member(second)
    await route(CONSULT, first)
    late, back = [await opened(person, place, category=CONSULT) for _ in range(2)]
    clock.advance(timedelta(days=2))
    await alarms.sweep()
    for case_id in (late, back):
        await transferring.transfer(case_id, second, "属乙所职责", actor=boss)
    clock.advance(timedelta(hours=1))
    await handling.accept(late, actor=there)
    await handling.answer(late, "请看附件。", actor=there)
    await closing.confirm(late, actor=person)
    await transferring.send_back(back, "属甲所职责", actor=there)
    units = await _units(boss, RAN)
    assert units["甲所"] == [(1, None), (0, 2), (0, 2), (0, 2)]
    assert units["乙所"] == [(1, None), (0, 0), (0, 0), (0, 0)]


async def test_by_unit_what_ran_out_where_it_was_for_a_while_counts_there(clock: Frozen) -> None:
    boss, first, second = await manager(), await office("甲所"), await office("乙所")
    (person, place), here, there = await asker(), await member(first), await member(second)
    await route(HELP, first)
    case_id, back = [await opened(person, place, category=HELP) for _ in range(2)]
    await handling.accept(case_id, actor=here)
    clock.advance(timedelta(minutes=1))
    for one in (case_id, back):
        await transferring.transfer(one, second, "属乙所职责", actor=boss)
    clock.advance(timedelta(days=2))
    await handling.accept(case_id, actor=there)
    await handling.answer(case_id, "请看附件。", actor=there)
    await closing.confirm(case_id, actor=person)
    await transferring.send_back(back, "属甲所职责", actor=there)
    units = await _units(boss, RAN)
    assert units["甲所"] == [(1, None), (1, 1), (0, 0), (0, 0)]
    assert units["乙所"] == [(1, None), (0, 1), (1, 1), (1, 1)]


async def test_only_the_period_and_only_what_one_sees(clock: Frozen) -> None:
    _, place = await asker()
    await opened(enterprise_id=place)
    await opened(enterprise_id=place, received_at=clock.now() - timedelta(days=40))
    assert (await told())["received"] == (1, None)
    assert (await told(await clerk(Role.SPECIALIST, districts=("330503",))))["received"] == (0, None)
    assert (await told(SYSTEM, category="help"))["received"] == (1, None)
    assert (await told(SYSTEM, category="consult"))["received"] == (0, None)


def test_no_figure_counts_persons() -> None:
    assert not any("handler" in f"{one.counts}{one.of}{one.adds}" for one in figures.FIGURES)


async def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    someone, today = await clerk(), date(2026, 11, 23)
    for asked in (
        figures.of(someone, today, today - timedelta(days=1)),
        queues.page(someone, "all", Filter(since=today, until=today - timedelta(days=1)), cursor=None, limit=5),
    ):
        with pytest.raises(Invalid) as refused:
            await asked
        assert refused.value.fields[0].path == "from"
    assert (await figures.of(someone, today, today))["total"]["received"]["count"] == 0


async def test_a_late_word_is_late_before_its_owner_has_said_anything(clock: Frozen) -> None:
    """Nor does declining what is late take it out of the figures; what is in time waits to be counted."""
    someone, (person, place) = await clerk(), await asker()
    made = [await taken(someone, person, place, category=CONSULT) for _ in range(2)]
    clock.advance(timedelta(days=20))
    await alarms.sweep()
    in_time = [await taken(someone, person, place, category=CONSULT) for _ in range(2)]
    assert (await told())["solved_in_time"] == (0, 2)
    for answers, declines in (made, in_time):
        await handling.answer(answers, "请看附件。", actor=someone)
        await handling.decline(declines, "不属本局职责", LAW, actor=someone)
    assert (await told())["solved_in_time"] == (0, 2)


async def test_what_colleagues_wrote_down_as_confirmed_is_told_apart() -> None:
    someone, other, (person, place) = await clerk(), await clerk(), await asker()
    own, heard = await answered(someone, person, place), await answered(someone)
    await closing.confirm(own, actor=person)
    await closing.hear(heard, "confirmed", "call", "说已解决", actor=other)
    found = await told()
    assert (found["closed_confirmed"][0], found["confirmed_heard"][0]) == (2, 1)
