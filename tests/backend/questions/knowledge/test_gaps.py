"""The gap report tells what is asked without an article, without anybody's phone, and begins an article with it."""

from datetime import timedelta

import pytest

from backend.access import Actor, ActorKind, Grant, Role
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.questions.knowledge import gaps
from backend.questions.knowledge.errors import GapUnknown
from tests.backend.cases.people import opened
from tests.backend.questions.knowledge.people import READER, published

pytestmark = pytest.mark.usefixtures("running", "clock")

CARDS = ["健身房会员卡怎么退钱", "健身房的会员卡能退钱吗", "会员卡健身房不退钱怎么办，电话13812345678"]
LICENCE = ["食品经营许可证怎么办理", "请问食品经营许可证怎么办理"]


async def _asked(*said: str, category: str = "consult_licence") -> None:
    for text in said:
        await opened(category=category, title=text[:20], body=text)


async def test_what_many_ask_is_a_gap_and_what_an_article_answers_is_none() -> None:
    await _asked(*CARDS, category="help_rights")
    await _asked(*LICENCE)
    await _asked("单独的一个问题")
    await published("食品经营许可证怎么办理", category="consult_licence", asked_as=[])
    assert await gaps.make() == 1
    report = await gaps.newest(READER)
    assert report is not None
    (gap,) = report["items"]
    assert (gap["category"], gap["category_title"], gap["size"]) == ("help_rights", "权益受损", 3)
    counted = {one["category"]: one["questions"] for one in report["categories"]}
    assert counted == {"help_rights": 3, "consult_licence": 3}
    assert (report["questions"], report["is_cut"]) == (6, False)


async def test_examples_hide_phones_and_begin_an_article() -> None:
    await _asked(*CARDS, category="help_rights")
    await gaps.make()
    report = await gaps.newest(READER)
    assert report is not None
    gap = await gaps.one(report["items"][0]["id"], READER)
    told = str(gap)
    assert "13812345678" not in told
    assert "138****5678" in told
    assert len(gap["asked_as"]) == 3
    stored = str([dict(row) for row in await db.fetch("SELECT * FROM knowledge_gaps")])
    assert "会员卡" not in stored, "what is erased in a case must be gone here as well"


async def test_a_number_that_one_asks_with_again_and_again_is_no_word_of_the_report() -> None:
    """Nor is it stored there: it would stay when its case is erased."""
    for said in ("用工补贴怎么申请，请回电", "用工补贴怎么申请呢，等您回电", "怎么申请用工补贴，盼回电"):
        await _asked(f"{said}13812345678，税号91330500MA2B12345X")
    assert await gaps.make() == 1
    report = await gaps.newest(READER)
    assert report is not None
    assert "13812345678" not in str(report)
    shared = report["items"][0]["shared"]
    assert shared
    assert [word for word in shared if any(map(str.isdigit, word))] == []
    assert [row["shared"] for row in await db.fetch("SELECT shared FROM knowledge_gaps")] == [shared]


async def test_what_is_erased_in_a_case_is_gone_from_the_report() -> None:
    await _asked(*CARDS, category="help_rights")
    await gaps.make()
    await db.execute("UPDATE cases SET title = '（已删除）', body = ''")
    report = await gaps.newest(READER)
    assert "健身" not in str([example["text"] for example in report["items"][0]["examples"]] if report else "x健身")


async def test_complaints_old_questions_and_what_cites_an_article_are_left_out(clock: Frozen) -> None:
    await _asked(*CARDS, category="complaint_service")
    await _asked(*CARDS, category="help_rights")
    clock.advance(timedelta(days=120))
    assert await gaps.make() == 0
    report = await gaps.newest(READER)
    assert report is not None
    assert (report["questions"], report["since"]) == (0, clock_module.now() - gaps.RECENT)


async def test_a_new_report_takes_the_place_of_the_one_before() -> None:
    await _asked(*CARDS, category="help_rights")
    await gaps.make()
    first = await gaps.newest(READER)
    assert first is not None
    await gaps.make()
    with pytest.raises(GapUnknown):
        await gaps.one(first["items"][0]["id"], READER)
    assert await db.fetch_value("SELECT count(*) FROM knowledge_gap_reports") == 1


async def test_there_is_none_before_the_first_night() -> None:
    assert await gaps.newest(READER) is None


async def test_an_auditor_reads_how_much_is_asked_and_none_of_the_words() -> None:
    await _asked(*CARDS, category="help_rights")
    await gaps.make()
    auditor = Actor(ActorKind.STAFF, new_id(), "审计", (Grant(Role.AUDITOR),))
    report = await gaps.newest(auditor)
    assert report is not None
    (listed,) = report["items"]
    for gap in (listed, await gaps.one(listed["id"], auditor)):
        assert (gap["size"], len(gap["examples"]), gap["shared"], gap["asked_as"]) == (3, 3, [], [])
        assert "卡" not in str(gap)


async def test_examples_are_of_cases_that_the_reader_sees() -> None:
    await _asked(*CARDS, category="help_rights")
    await gaps.make()
    elsewhere = Actor(ActorKind.STAFF, new_id(), "外区", (Grant(Role.SPECIALIST, districts=("330503",)),))
    report = await gaps.newest(elsewhere)
    assert report is not None
    assert [(gap["size"], gap["examples"]) for gap in report["items"]] == [(3, [])]
