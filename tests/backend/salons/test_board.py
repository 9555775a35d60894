"""Questions at a salon: checked, made cases, answered on the spot or later, told as asked and answered."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from backend import cases
from backend.access import SYSTEM, Role
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Invalid
from backend.foundation.ids import new_id
from backend.moderation import Outcome, SubjectState
from backend.salons import board, errors, personal
from tests.backend.cases.people import clerk
from tests.backend.salons.people import hall, owners, published, salon, sign_up

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _checked(question_id: UUID, state: SubjectState = SubjectState.PASSED) -> None:
    async with db.transaction():
        await board.checked([Outcome("salons", question_id, new_id(), state, reason="含有广告")])


async def test_before_during_and_after_it_becomes_a_case_once_it_may_be_seen(clock: Frozen) -> None:
    salon_id = await published(hall(2))
    ((person, place),) = await owners(1)
    await sign_up(person, place, salon_id)
    first = await board.ask(salon_id, "首次违法怎么认定？", actor=person)
    assert (await board.shown(salon_id))["asked"] == 0
    await _checked(first)
    one = await salon(salon_id)
    clock.advance(one.starts_at - clock.now() + timedelta(minutes=5))
    second = await board.ask(salon_id, "小作坊也算吗？", actor=person)
    await _checked(second, SubjectState.HELD)
    await _checked(second)
    clock.advance(timedelta(hours=3))
    third = await board.ask(salon_id, "材料在哪里交？", actor=person)
    await _checked(third, SubjectState.REFUSED)
    host = await clerk(Role.FRONT_DESK)
    await board.answer_on_the_spot(second, "算，按个体工商户对待。", actor=host)
    shown = await board.shown(salon_id, person)
    assert [(item["phase"], item["is_answered"]) for item in shown["items"]] == [("during", True), ("before", False)]
    assert (shown["asked"], shown["answered"]) == (2, 1)
    assert set(await cases.of("salons", [first, second, third])) == {first, second}
    told = await board.live(salon_id, actor=host)
    assert all(item["case_number"].startswith("WW-") for item in told["items"])


async def test_who_has_not_signed_up_asks_elsewhere_and_nobody_asks_without_end(clock: Frozen) -> None:
    salon_id = await published(hall(2))
    (person, place), (stranger, _) = await owners(2)
    await sign_up(person, place, salon_id)
    with pytest.raises(errors.SignupUnknown):
        await board.ask(salon_id, "可以问吗？", actor=stranger)
    for number in range(5):
        await board.ask(salon_id, f"第{number}个问题？", actor=person)
    with pytest.raises(errors.AskTooOften):
        await board.ask(salon_id, "第六个？", actor=person)
    clock.advance(timedelta(days=22))
    with pytest.raises(errors.AskingOver):
        await board.ask(salon_id, "还能问吗？", actor=person)


async def test_all_are_counted_however_many_stand_on_a_page(clock: Frozen) -> None:
    salon_id = await published(hall(2))
    ((person, place),) = await owners(1)
    await sign_up(person, place, salon_id)
    asked = []
    for number in range(5):
        clock.advance(timedelta(minutes=1))
        asked.append(await board.ask(salon_id, f"第{number}个问题？", actor=person))
        await _checked(asked[-1])
    host = await clerk(Role.FRONT_DESK)
    await board.answer_on_the_spot(asked[0], "可以。", actor=host)
    await db.execute("UPDATE cases SET state = 'answered' WHERE origin_id = $1", asked[1])
    for page in (partial(board.shown, salon_id), partial(board.live, salon_id, actor=host)):
        first = await page(limit=3)
        rest = await page(limit=3, cursor=first["next"])
        assert [(one["asked"], one["answered"]) for one in (first, rest)] == [(5, 2)] * 2
        assert [one["id"] for one in (*first["items"], *rest["items"])] == asked[::-1]
        assert rest["next"] is None


async def test_what_others_read_tells_nobodys_phone_or_identity() -> None:
    salon_id = await published(hall(2))
    ((person, place), (other, elsewhere)) = await owners(2)
    await sign_up(person, place, salon_id)
    await sign_up(other, elsewhere, salon_id)
    words = "我的电话13812345678，身份证330501199001011233，怎么办？"
    made = await board.ask(salon_id, words, actor=person)
    await _checked(made)
    host = await clerk(Role.FRONT_DESK)
    await board.answer_on_the_spot(made, "请打13900001234。", actor=host)
    for reader in (None, other):
        read = str((await board.shown(salon_id, reader))["items"])
        assert not [one for one in ("13812345678", "330501199001011233", "13900001234") if one in read]
    assert (await board.shown(salon_id, person))["items"][0]["body"] == words
    assert (await board.live(salon_id, actor=host))["items"][0]["body"] == words


async def test_a_host_promises_nothing_and_an_erased_asker_leaves_no_words() -> None:
    salon_id = await published(hall(2))
    ((person, place),) = await owners(1)
    await sign_up(person, place, salon_id)
    made = await board.ask(salon_id, "能拿补贴吗？我叫王芳", actor=person)
    await _checked(made)
    with pytest.raises(Invalid):
        await board.answer_on_the_spot(made, "保证能拿到补贴。", actor=SYSTEM)
    async with db.transaction():
        await personal.erase(person.id or UUID(int=0))
    assert "王芳" not in (await board.shown(salon_id))["items"][0]["body"]
