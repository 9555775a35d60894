"""Results that tell nobody's own: late by FLOOR answers, small cells kept back, exact in what they show."""

import csv
import io
import zipfile
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.access import Actor, ActorKind, Grant, Role
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.questions.surveys import answering, errors, exporting, results, service, texts
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.counting import counted
from tests.backend.policies.people import REVIEWER, owner
from tests.backend.questions.surveys.asking import answer, released
from tests.support.exports import whole

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _answers(survey_id: UUID, many: int, clock: clock_module.Frozen, start: int = 0, **given: Any) -> None:
    """Let enterprises answer, one after the other."""
    for number in range(start, start + many):
        clock.advance(results.REST_BETWEEN)
        district = ("330502", "330502", "330521")[number % 3]
        shop = await enterprise(number, employees=3, district=district, statistical_size="micro")
        answered = {name: value(number) if callable(value) else value for name, value in given.items()}
        await answer(await owner(shop), shop, survey_id, **answered)


def _question(told: dict[str, Any], key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in told["questions"] if one["key"] == key)
    return found


async def _final(survey: service.Handled) -> dict[str, Any]:
    await service.close(survey.id, "足够", actor=REVIEWER, version=survey.version)
    return await results.of(REVIEWER, survey.id)


async def test_what_is_shown_waits_until_five_others_have_written(clock: clock_module.Frozen) -> None:
    survey = await released()
    seen = []
    for number in range(16):
        await _answers(survey.id, 1, clock, start=number)
        seen.append((await results.of(REVIEWER, survey.id))["answers"])
    assert seen == [None] * 9 + [5] * 5 + [10] * 2
    told = await _final(survey)
    assert (told["answers"], told["is_final"]) == (16, True)
    assert (await results.of(REVIEWER, survey.id))["counted_at"] == told["counted_at"]


async def test_one_who_changes_his_mind_again_and_again_moves_nothing(clock: clock_module.Frozen) -> None:
    survey = await released()
    await _answers(survey.id, 5, clock)
    await results.of(REVIEWER, survey.id)
    shop = await enterprise(50, employees=3)
    person = await owner(shop)
    for version in range(9):
        clock.advance(timedelta(seconds=1))
        await answer(person, shop, survey.id, version)
    assert (await results.of(REVIEWER, survey.id))["answers"] is None


async def test_four_answers_are_never_told(clock: clock_module.Frozen) -> None:
    survey = await released()
    await _answers(survey.id, 4, clock, words="我是第四家")
    told = await _final(survey)
    assert (told["answers"], told["groups"], told["is_final"]) == (None, {}, True)
    assert all(one["rows"] == [] and one["median"] is None for one in told["questions"])
    assert (await texts.listing(REVIEWER, survey.id, "words"))["is_withheld"]


async def test_counts_and_medians_are_exact_and_small_cells_kept_back(clock: clock_module.Frozen) -> None:
    survey = await released()
    await _answers(
        survey.id,
        30,
        clock,
        worst=lambda n: "none" if n < 3 else "people" if n % 2 else "money",
        all=lambda n: ["people", "money"] if n % 2 else ["none"],
        hired=lambda n: n,
        loan=lambda n: f"{n}.05",
        since=lambda n: f"20{20 + n % 2}-03-01",
        mark=lambda n: 5 - n % 2,
    )
    told = await _final(survey)
    assert [(one["name"], one["answers"]) for one in told["groups"]["district"]] == [("330502", 20), ("330521", 10)]
    assert "size" not in told["groups"]
    rows = {row["words"]: row["count"] for row in _question(told, "worst")["rows"]}
    assert rows == {"用工": 14, "资金、没有困难": 16, "未答此题": 0}
    many = {row["words"]: row["count"] for row in _question(told, "all")["rows"]}
    assert many == {"已答此题": 30, "用工": 15, "资金": 15, "没有困难": 15}
    hired, loan = _question(told, "hired"), _question(told, "loan")
    assert (hired["median"], hired["quartiles"], hired["unit"]) == ("14", ["7", "22"], "人")
    assert (loan["median"], loan["unit"]) == ("14.05", "万元")
    assert hired["medians"]["district"] == ["13", "14"]
    years = {row["words"]: row["count"] for row in _question(told, "since")["rows"]}
    assert (years["2020年"], years["2021年"], years["未答此题"]) == (15, 15, 0)
    assert {row["words"]: row["count"] for row in _question(told, "mark")["rows"]}["5分"] == 15


async def test_a_change_of_facts_moves_nobody_to_another_cell(clock: clock_module.Frozen) -> None:
    survey = await released()
    await _answers(survey.id, 15, clock)
    await db.execute("UPDATE enterprises SET district = '330503'")
    told = await _final(survey)
    assert [one["name"] for one in told["groups"]["district"]] == ["330502", "330521"]


async def test_counting_many_answers_takes_as_many_statements_as_counting_ten(
    clock: clock_module.Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    for start, many in ((0, 10), (10, 40)):
        survey = await released()
        await _answers(survey.id, many, clock, start=start, hired=3)
        with counted(monkeypatch) as statements:
            await results.of(REVIEWER, survey.id)
        counts.append(len(statements))
    assert counts == [8, 8]


async def test_texts_stand_in_an_order_that_tells_nothing_and_without_their_writers(clock: clock_module.Frozen) -> None:
    survey = await released()
    await _answers(survey.id, 5, clock, words=lambda n: f"第{n}家")
    await _final(survey)
    told = await texts.listing(REVIEWER, survey.id, "words", limit=3)
    assert (len(told["items"]), told["count"], told["is_withheld"]) == (3, 5, False)
    rest = await texts.listing(REVIEWER, survey.id, "words", limit=3, cursor=told["next"])
    items = [*told["items"], *rest["items"]]
    assert {one["words"] for one in items} == {f"第{n}家" for n in range(5)}
    assert [set(one) for one in items] == [{"id", "words", "case"}] * 5
    assert [one["id"] for one in items] == sorted(one["id"] for one in items)
    ids = {row["id"] for row in await db.fetch("SELECT id FROM survey_answers")}
    assert not ids & {one["id"] for one in items}
    for wrong in ("worst", "gone"):
        with pytest.raises(errors.TextUnknown):
            await texts.listing(REVIEWER, survey.id, wrong)


async def test_words_are_as_old_as_the_results_and_groups_wait_for_the_end(clock: clock_module.Frozen) -> None:
    survey = await released()
    seen = []
    for number in range(16):
        await _answers(survey.id, 1, clock, start=number, words="想说", help="请联系")
        told = await texts.listing(REVIEWER, survey.id, "words")
        seen.append(None if told["is_withheld"] else told["count"])
        assert (await texts.listing(REVIEWER, survey.id, "help"))["count"] == number + 1
        live = await results.of(REVIEWER, survey.id)
        assert (live["groups"], live["is_final"]) == ({}, False)
    assert seen == [None] * 9 + [5] * 5 + [10] * 2
    assert (await _final(survey))["groups"] != {}
    assert (await texts.listing(REVIEWER, survey.id, "words"))["count"] == 16


async def test_an_auditor_reads_figures_and_no_words(clock: clock_module.Frozen) -> None:
    survey = await released()
    await _answers(survey.id, 6, clock, words="想说", help="请联系")
    auditor = Actor(ActorKind.STAFF, new_id(), "审计", (Grant(Role.AUDITOR),))
    await _final(survey)
    assert (await results.of(auditor, survey.id))["answers"] == 6
    for question in ("words", "help"):
        told = await texts.listing(auditor, survey.id, question)
        assert (told["items"], told["is_withheld"]) == ([], True)


async def test_the_file_has_the_figures_of_the_screen_and_no_formulas(clock: clock_module.Frozen) -> None:
    title = '=HYPERLINK("http://x")'
    survey = await released(title=title, questions=[{"key": "a", "kind": "number", "text": "+1 几人？", "unit": "人"}])
    for number in range(12):
        clock.advance(timedelta(seconds=1))
        shop = await enterprise(number, employees=3, district=("330502", "330521")[number % 2])
        await answering.answer(await owner(shop), shop, survey.id, {"a": number}, version=0)
    await service.close(survey.id, "足够", actor=REVIEWER, version=survey.version)
    made = await exporting.write(REVIEWER, survey.id, "csv")
    lines = list(csv.reader(io.StringIO((await whole(made)).decode("utf-8-sig"))))
    assert lines[0][0] == f"'{title}"
    assert lines[1] == ["题目", "选项", "合计", "属地：吴兴区", "属地：德清县"]
    assert lines[2] == ["答卷数", "", "12", "6", "6"]
    assert lines[3] == ["'+1 几人？", "已答此题", "12", "6", "6"]
    assert lines[5] == ["'+1 几人？", "中位数（人）", "5", "4", "5"]
    book = await exporting.write(REVIEWER, survey.id, "xlsx")
    sheet = zipfile.ZipFile(io.BytesIO(await whole(book))).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "吴兴区" in sheet
    assert await db.fetch_value("SELECT count(*) FROM audit_entries WHERE action = 'surveys.exported'") == 2


async def test_a_crowd_is_not_counted_at_every_look(clock: clock_module.Frozen) -> None:
    survey = await released()
    await _answers(survey.id, 5, clock)
    await results.of(REVIEWER, survey.id)
    for number in range(5, 10):
        shop = await enterprise(number, employees=3)
        await answer(await owner(shop), shop, survey.id)
    clock.advance(results.REST_BETWEEN - timedelta(seconds=1))
    assert (await results.of(REVIEWER, survey.id))["answers"] is None
    clock.advance(timedelta(seconds=1))
    for number in range(10, 15):
        shop = await enterprise(number, employees=3)
        await answer(await owner(shop), shop, survey.id)
    assert (await results.of(REVIEWER, survey.id))["answers"] == 5
