"""One answer an enterprise: checked strictly, changed by its own people, taken once however many hand in at once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from backend.enterprises.models import BindingRole
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.identity.errors import NotBound, OutOfScope, ReadOnly
from backend.questions.surveys import answering, errors, mine, service
from tests.backend.enterprises.builders import enterprise, wide
from tests.backend.policies.counting import counted
from tests.backend.policies.people import REVIEWER, owner
from tests.backend.questions.surveys.asking import answer, released
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("running", "clock")


async def test_read_answer_change_and_read_again(clock: clock_module.Frozen) -> None:
    shop = await enterprise(1, employees=3, district="330502")
    one, other = await owner(shop), await owner(shop)
    survey = await released()
    [listed] = await mine.listing(one, shop)
    assert (listed["standing"], listed["version"], listed["can_be_answered"]) == ("open", 0, True)
    assert listed["reason"] == "了解十人以下小店的困难"
    first = await answering.answer(
        one,
        shop,
        survey.id,
        {"worst": "money", "all": ["none", "people"], "hired": 12, "loan": "30.50", "since": "2026/1/5", "mark": 4},
        version=0,
    )
    told = await mine.detail(other, shop, survey.id)
    assert told["answers"] == {
        "worst": "money",
        "all": ["people", "none"],
        "hired": "12",
        "loan": "30.5",
        "since": "2026-01-05",
        "mark": 4,
    }
    assert (first.is_first, told["version"], told["standing"]) == (True, 1, "answered")
    answered_at = told["answered_at"]
    clock.advance(timedelta(hours=1))
    second = await answering.answer(other, shop, survey.id, {"worst": "none"}, version=1)
    told = await mine.detail(one, shop, survey.id)
    assert (second.is_first, told["version"], told["answers"]) == (False, 2, {"worst": "none"})
    assert told["answered_at"] == answered_at
    with pytest.raises(errors.AnswerChanged):
        await answer(one, shop, survey.id, version=1)
    clock.advance(timedelta(days=15))
    with pytest.raises(errors.SurveyOver):
        await answer(one, shop, survey.id, version=2)
    [listed] = await mine.listing(one, shop)
    assert (listed["standing"], listed["can_be_answered"]) == ("answered", False)


async def test_of_many_who_hand_in_at_once_one_makes_the_row_and_the_others_are_told() -> None:
    shop = await enterprise(1, employees=3)
    people = [await owner(shop) for _ in range(5)]
    survey = await released()
    many = scaled(200)
    tries = [answer(people[n % 5], shop, survey.id, mark=n % 5 + 1) for n in range(many)]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert [one for one in done if isinstance(one, int)] == [1]
    assert {type(one) for one in done if not isinstance(one, int)} <= {errors.AlreadyAnswered}
    assert await db.fetch_value("SELECT array_agg(version) FROM survey_answers") == [1]
    changes = [answer(people[n % 5], shop, survey.id, 1, mark=n % 5 + 1) for n in range(20)]
    done = await asyncio.gather(*changes, return_exceptions=True)
    assert [one for one in done if isinstance(one, int)] == [2]
    assert {type(one) for one in done if not isinstance(one, int)} == {errors.AnswerChanged}


async def test_a_draft_is_the_enterprise_s_and_counts_for_nobody() -> None:
    shop = await enterprise(1, employees=3)
    one, other = await owner(shop), await owner(shop)
    survey = await released()
    saved = await answering.save(one, shop, survey.id, {"words": "还没想好"}, version=0)
    told = await mine.detail(other, shop, survey.id)
    assert (told["draft"], told["answers"], told["standing"]) == ({"words": "还没想好"}, None, "begun")
    with pytest.raises(errors.AnswerChanged):
        await answer(other, shop, survey.id, version=0)
    assert await answer(other, shop, survey.id, saved.version) == 2
    await answering.save(one, shop, survey.id, {"worst": "none"}, version=2)
    told = await mine.detail(other, shop, survey.id)
    assert (told["draft"], told["answers"]["worst"], told["standing"]) == ({"worst": "none"}, "people", "answered")
    with pytest.raises(errors.AnswerChanged):
        await answering.save(one, shop, survey.id, {}, version=9)
    assert await db.fetch_value("SELECT writes FROM survey_answers") == 1


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("worst", None, "required"),
        ("worst", "  ", "required"),
        ("worst", "gone", "bad_value"),
        ("worst", ["people"], "bad_value"),
        ("all", "people", "bad_value"),
        ("all", ["people", "people"], "bad_value"),
        ("all", ["people", "money", "none"], "bad_value"),
        ("all", [["people"]], "bad_value"),
        ("hired", "1.5", "bad_value"),
        ("hired", -1, "bad_value"),
        ("hired", 501, "bad_value"),
        ("hired", True, "bad_value"),
        ("hired", 1.0, "bad_value"),
        ("hired", "1e3", "bad_value"),
        ("hired", "٣", "bad_value"),
        ("hired", 10**400, "bad_value"),
        ("loan", "0.00001", "bad_value"),
        ("loan", "-1", "bad_value"),
        ("loan", "9999999999999", "bad_value"),
        ("since", "2026-02-30", "bad_value"),
        ("since", 20260101, "bad_value"),
        ("mark", 0, "bad_value"),
        ("mark", 6, "bad_value"),
        ("mark", "5", "bad_value"),
        ("mark", True, "bad_value"),
        ("words", "字" * 501, "bad_value"),
        ("words", "nul\x00", "bad_value"),
        ("words", {"a": 1}, "bad_value"),
        ("gone", "x", "unknown_question"),
    ],
)
async def test_a_wrong_answer_is_told_by_its_question(key: str, value: Any, code: str) -> None:
    shop = await enterprise(1, employees=3)
    person, survey = await owner(shop), await released()
    with pytest.raises(errors.AnswerInvalid) as refusal:
        await answering.answer(person, shop, survey.id, {"worst": "money", key: value}, version=0)
    assert [(one.path, one.code) for one in refusal.value.fields] == [(f"answers.{key}", code)]
    assert await db.fetch_value("SELECT count(*) FROM survey_answers") == 0


FACTS = [
    {"key": "people", "kind": "number", "text": "多少人？", "fact": "employees", "is_required": True},
    {
        "key": "owned",
        "kind": "single",
        "text": "所有制？",
        "fact": "ownership",
        "when_known": "skip",
        "is_required": True,
    },
]


async def test_what_is_known_is_shown_or_not_asked_and_what_is_told_is_known_from_then_on() -> None:
    shop = await enterprise(1, employees=3, ownership="private")
    person, survey = await owner(shop), await released(questions=FACTS)
    people, owned = (await mine.detail(person, shop, survey.id))["questions"]
    assert (people["known"]["value"], people["known"]["told"], people["is_skipped"]) == ("3", "3人", False)
    assert (owned["known"]["told"], owned["is_skipped"]) == ("民营", True)
    with pytest.raises(errors.AnswerInvalid):
        await answering.answer(person, shop, survey.id, {}, version=0)
    await answering.answer(person, shop, survey.id, {"people": 3}, version=0)
    assert await db.fetch_value("SELECT count(*) FROM facts") == 0
    assert (await mine.detail(person, shop, survey.id))["answers"] == {"people": "3", "owned": "private"}
    await answering.answer(person, shop, survey.id, {"people": 7}, version=1)
    assert await db.fetch_value("SELECT told::text FROM facts") == '{"employees": 7}'
    assert (await wide(shop))["employees"] == 7
    with pytest.raises(errors.AnswerInvalid) as refusal:
        await answering.answer(person, shop, survey.id, {"people": -7}, version=2)
    assert refusal.value.fields[0].path == "answers.people"


async def test_only_those_who_may_act_for_an_enterprise_that_is_asked() -> None:
    shop, large = await enterprise(1, employees=3), await enterprise(2, employees=99)
    survey = await released()
    until = clock_module.now() + timedelta(days=9)
    clerk = await owner(shop, role=BindingRole.CLERK, until=until, scope=["questions"])
    assert await answer(clerk, shop, survey.id) == 1
    assert await db.fetch_value("SELECT count(*) FROM facts") == 0
    for person, refusal in (
        (await owner(), NotBound),
        (await owner(shop, role=BindingRole.CLERK, until=until, scope=["policies"]), OutOfScope),
        (await owner(shop, state="read_only"), ReadOnly),
    ):
        with pytest.raises(refusal):
            await answer(person, shop, survey.id, 1)
    stranger = await owner(large)
    assert await mine.listing(stranger, large) == []
    for wrong in (survey.id, new_id()):
        with pytest.raises(errors.SurveyUnknown):
            await mine.detail(stranger, large, wrong)
    with pytest.raises(errors.SurveyUnknown):
        await answer(stranger, large, survey.id)


async def test_nothing_is_answered_before_its_day_or_after_it_was_taken_back() -> None:
    shop = await enterprise(1, employees=3)
    person = await owner(shop)
    early = await released(opens_on=clock_module.today() + timedelta(days=1))
    with pytest.raises(errors.SurveyUnknown):
        await answer(person, shop, early.id)
    back = await released()
    await answer(person, shop, back.id)
    await service.withdraw(back.id, "题目有误", actor=REVIEWER, version=back.version)
    with pytest.raises(errors.SurveyOver):
        await answer(person, shop, back.id, 1)


async def test_whoever_has_begun_goes_on_though_his_facts_have_changed() -> None:
    shop = await enterprise(1, employees=3)
    person, survey = await owner(shop), await released()
    await answering.save(person, shop, survey.id, {}, version=0)
    await db.execute("UPDATE enterprises SET employees = 99")
    assert await answer(person, shop, survey.id, 1) == 2


async def test_a_list_of_many_surveys_takes_as_many_statements_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await enterprise(1, employees=3)
    person = await owner(shop)
    counts = []
    for _ in range(2):
        await released()
        with counted(monkeypatch) as statements:
            listed = await mine.listing(person, shop)
        counts.append(len(statements))
    assert (len(listed), counts[0], counts[1]) == (2, 3, 3)
