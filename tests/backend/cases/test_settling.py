"""What asked somebody to act on a case is settled by whatever does it, or ends the case."""

from datetime import timedelta
from uuid import UUID

import pytest

from backend.access import Actor
from backend.cases import handling, owning
from backend.cases.deadlines import alarms
from backend.cases.ending import closing, rating, reaching, rectifying
from backend.cases.ending.rating import Level, Rating
from backend.cases.events import Citation
from backend.cases.linked import splitting
from backend.cases.linked.splitting import Part
from backend.foundation.clock import Frozen
from tests.backend.cases.offices import notices
from tests.backend.cases.people import CONSULT, HELP, answered, asker, clerk, manager, row, taken

pytestmark = pytest.mark.usefixtures("running", "clock")

LAW = Citation("law", "行政许可法第三十二条")


async def _late(clock: Frozen) -> tuple[Actor, Actor, UUID]:
    """A case of which its handler and his superior were told that it is late."""
    someone, superior, (person, place) = await clerk(), await manager(), await asker()
    case_id = await taken(someone, person, place, category=CONSULT)
    await owning.reply(case_id, "请尽快", [], actor=person)
    clock.advance(timedelta(days=2))
    await alarms.sweep()
    assert {"case_replied", "case_overdue"} <= set(await notices(someone))
    assert "case_overdue" in await notices(superior)
    return someone, superior, case_id


async def test_an_answer_is_what_was_asked_for(clock: Frozen) -> None:
    someone, superior, case_id = await _late(clock)
    await handling.answer(case_id, "请看附件。", actor=someone)
    assert await notices(someone) == await notices(superior) == []


async def test_so_is_declining_it(clock: Frozen) -> None:
    someone, superior, case_id = await _late(clock)
    await handling.decline(case_id, "不属本局职责", [LAW], actor=someone)
    assert await notices(someone) == await notices(superior) == []


async def test_nobody_answers_whom_silence_has_spoken_for(clock: Frozen) -> None:
    someone, (person, place) = await clerk(), await asker()
    case_id = await answered(someone, person, place)
    await owning.reply(case_id, "谢谢，我再看看", [], actor=person, is_remark=True)
    assert "case_replied" in await notices(someone)
    await handling.reply(case_id, "好的，有问题请再留言。", actor=someone)
    assert "case_replied" not in await notices(someone)
    await alarms.supervise(case_id, "影响大", actor=await manager())
    assert await notices(someone) == ["case_supervised"]
    await reaching.opened(case_id, actor=person)
    clock.advance(timedelta(days=12))
    await reaching.sweep()
    assert (await row(case_id)).closed_at
    assert await notices(someone) == []


async def test_parts_that_are_put_back_ask_for_nothing() -> None:
    someone, superior, (person, place) = await clerk(), await manager(), await asker()
    case_id = await taken(someone, person, place)
    before = await notices(someone)
    await splitting.split(case_id, [Part(HELP, "场地困难", "租金上涨")], "两件事", actor=superior)
    assert len(await notices(someone)) > len(before)
    await splitting.unsplit(case_id, "本是一件事", actor=superior)
    assert await notices(someone) == before


async def test_a_bad_rating_is_settled_with_the_last_of_its_tasks(clock: Frozen) -> None:
    someone, other, superior, (person, place) = await clerk(), await clerk(), await manager(), await asker()
    case_id = await answered(someone, person, place)
    await closing.confirm(case_id, actor=person, rated=Rating(Level.BAD, "太慢"))
    clock.advance(timedelta(days=16))
    await rectifying.sweep()
    assert {"case_rated_bad", "case_task_overdue"} <= set(await notices(superior))
    await rectifying.finish(case_id, "call_back", "已道歉", actor=other)
    assert "case_rated_bad" in await notices(superior)
    await rectifying.finish(case_id, "rectification", "已改正", actor=someone)
    assert await notices(superior) == await notices(someone) == []


async def test_so_it_is_with_an_appeal_that_is_upheld() -> None:
    someone, superior, (person, place) = await clerk(), await manager(), await asker()
    case_id = await answered(someone, person, place)
    await closing.confirm(case_id, actor=person, rated=Rating(Level.BAD, "太慢"))
    await rating.appeal(case_id, "已按时办理", actor=someone)
    await rating.decide(case_id, "申诉属实", is_upheld=True, actor=superior)
    assert await notices(superior) == await notices(someone) == []
