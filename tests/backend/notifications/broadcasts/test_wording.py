"""What staff read of a reason is Chinese, whoever gave it."""

import re
from uuid import UUID

from backend.gateways.sms.policy import ANSWERS as SMS_ANSWERS
from backend.gateways.wechat.policy import ANSWERS
from backend.notifications.broadcasts import outcomes, report
from backend.notifications.broadcasts.wording import REASONS, reason_words
from backend.notifications.delivering import deliver
from backend.notifications.due import take_notes
from miniprogram_api.notifications.broadcast_schemas import RecipientQuery
from tests.backend.notifications.broadcasts.crowds import OTHER, Crowd
from tests.backend.notifications.people import SEND, Phones

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_what_a_gateway_answers_is_read_in_its_chinese_words() -> None:
    for policy in (*ANSWERS, *SMS_ANSWERS):
        assert reason_words(policy.meaning) == policy.words
    assert all(CHINESE.search(words) for words in REASONS.values())


def test_a_code_that_nobody_lists_is_named_as_one() -> None:
    assert reason_words("MK:0001") == "对方给出的原因代码：MK:0001"
    assert reason_words("") == "对方未说明原因"
    assert reason_words(None) is None


async def test_a_refusal_is_told_in_chinese_and_people_are_found_by_every_reason_that_is_given(phones: Phones) -> None:
    await phones.crowd(2)
    await phones.make(0)
    crowd = Crowd()
    made = await crowd.released()
    await crowd.spread()
    phones.sandbox.control("POST", "faults", path=SEND, errcode=43101, times=1)
    phones.sandbox.control("POST", "faults", path=SEND, errcode=40037, times=1)
    await take_notes()
    await deliver()
    figures = [one for one in await outcomes.figures(made, OTHER) if one["reason"] is not None]
    assert {one["reason_name"] for one in figures} > {"本人拒收、已取消订阅或授权次数已用完"}
    for one in figures:
        assert await _found(made, one["reason"]) == (one["people"], {one["reason_name"]})
    lines = await _report(made)
    assert "本人拒收、已取消订阅或授权次数已用完" in lines
    assert "credit" not in lines


async def _found(made: UUID, reason: str) -> tuple[int, set[str]]:
    """Ask as the door does: what the query refuses is found by nobody."""
    asked = RecipientQuery.model_validate({"reason": reason}).reason
    page = await outcomes.page(made, OTHER, outcome=None, reason=asked, cursor=None, limit=50)
    return len(page["items"]), {person["reason_name"] for person in page["items"]}


async def _report(made: UUID) -> str:
    written = await report.write(made, "csv", only_missed=False, actor=OTHER)
    return b"".join([piece async for piece in written.pieces()]).decode()
