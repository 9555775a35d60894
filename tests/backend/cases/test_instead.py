"""Owners who tap twice, or too late, are told what they can do now; what they write in a row is one notice."""

from datetime import timedelta

import pytest

from backend.cases import handling, owning
from backend.cases.ending import closing
from backend.cases.ending.rating import Level, Rating
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Invalid
from backend.foundation.states import WrongState
from tests.backend.cases.people import answered, asker, clerk, kinds, opened, row, taken

pytestmark = pytest.mark.usefixtures("running", "clock")

_NOTICES = """
SELECT body FROM staff_notices WHERE subject = $1 AND kind = 'case_replied' AND settled_at IS NULL ORDER BY id
"""


async def test_confirming_twice_changes_nothing_and_rates_once() -> None:
    (person, place), someone = await asker(), await clerk()
    case_id = await answered(someone, person, place)
    await closing.confirm(case_id, actor=person)
    stood = await row(case_id)
    assert (await closing.confirm(case_id, actor=person)).version == stood.version
    for _ in range(2):
        await closing.confirm(case_id, actor=person, rated=Rating(Level.GOOD, "好"))
    assert (await kinds(case_id)).count("confirmed") == 1
    assert (await kinds(case_id)).count("rated") == 1


async def test_what_is_too_early_or_too_late_says_what_he_can_do() -> None:
    (person, place), someone = await asker(), await clerk()
    case_id = await opened(person, place)
    for act in (owning.supply(case_id, "见附件", [], actor=person), closing.confirm(case_id, actor=person)):
        with pytest.raises(WrongState, match="可以留言") as found:
            await act
        assert "状态" not in found.value.detail
    case_id = await answered(someone, person, place)
    with pytest.raises(WrongState, match="请确认是否解决"):
        await owning.supply(case_id, "见附件", [], actor=person)
    await closing.confirm(case_id, actor=person)
    with pytest.raises(WrongState, match="请重新提交"):
        await closing.refuse(case_id, "没有", actor=person)


async def test_only_a_list_of_what_is_missing_waits_for_the_owner() -> None:
    someone = await clerk()
    case_id = await taken(someone)
    with pytest.raises(Invalid) as found:
        await handling.pause(case_id, "waiting_for_owner", "等材料", actor=someone)
    assert "一次性告知" in found.value.fields[0].sentence
    assert not (await row(case_id)).is_paused


async def test_what_an_owner_writes_in_a_row_is_one_notice_until_it_is_read(clock: Frozen) -> None:
    (person, place), someone = await asker(), await clerk()
    case_id = await taken(someone, person, place)

    async def say() -> list[str]:
        clock.advance(timedelta(seconds=20))
        await owning.reply(case_id, "还在吗？", [], actor=person)
        return [one["body"] for one in await db.fetch(_NOTICES, case_id)]

    (first,) = await say()
    assert "条" not in first
    await say()
    (third,) = await say()
    assert "有新留言（共3条）" in third
    await db.execute("UPDATE staff_notices SET read_at = now() WHERE subject = $1", case_id)
    assert len(await say()) == 2
    clock.advance(timedelta(minutes=11))
    assert len(await say()) == 3
    await handling.reply(case_id, "在的。", actor=someone)
    (again,) = await say()
    assert "条" not in again
