"""A survey's way: written by one, released by another, frozen by it, ended by the clock or by hand."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from pydantic import ValidationError

from backend.access import SYSTEM
from backend.eligibility import RuleInvalid
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from backend.foundation.states import WrongState
from backend.questions.surveys import errors, open_work, queries, service
from backend.questions.surveys.content import Question
from backend.questions.surveys.models import Survey
from backend.questions.surveys.states import SurveyState
from tests.backend.policies.people import BOTH, DESK, OPERATOR, REVIEWER, WRITER
from tests.backend.questions.surveys.asking import QUESTIONS, content, in_review, released

pytestmark = pytest.mark.usefixtures("running", "clock")


async def test_written_by_one_released_by_another() -> None:
    handed = await in_review()
    done = await service.release(handed.id, actor=REVIEWER, version=handed.version)
    assert (done.state, done.version, done.number[:3]) == (SurveyState.RELEASED, 3, "DC-")
    told = await queries.detail(REVIEWER, done.id)
    assert (told["author"], told["reviewer_id"], told["may"]) == (None, REVIEWER.id, ["close", "withdraw"])
    assert [one["key"] for one in told["questions"]] == [one["key"] for one in QUESTIONS]
    acts = [row["action"] for row in await db.fetch("SELECT action FROM audit_entries ORDER BY id")]
    assert acts == ["surveys.drafted", "surveys.submitted", "surveys.released"]


async def test_nobody_releases_what_he_wrote_or_touched() -> None:
    made = await service.draft(content(), actor=BOTH)
    handed = await service.submit(made.id, actor=BOTH, version=made.version)
    with pytest.raises(errors.SameAuthor):
        await service.release(made.id, actor=BOTH, version=handed.version)
    assert "release" not in (await queries.detail(BOTH, made.id))["may"]
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute("UPDATE surveys SET reviewer_id = author_id")


async def test_an_edit_takes_it_out_of_review_and_an_old_version_is_refused() -> None:
    handed = await in_review()
    with pytest.raises(errors.SurveyChanged):
        await service.release(handed.id, actor=REVIEWER, version=1)
    edited = await service.edit(handed.id, content(title="改过"), actor=WRITER, version=handed.version)
    assert edited.state is SurveyState.DRAFT
    with pytest.raises(WrongState):
        await service.release(handed.id, actor=REVIEWER, version=edited.version)
    back = await service.submit(handed.id, actor=WRITER, version=edited.version)
    back = await service.send_back(handed.id, "请减少题目", actor=REVIEWER, version=back.version)
    assert (await queries.detail(WRITER, handed.id))["sent_back"] == "请减少题目"


async def test_what_is_released_stays_as_it_was_also_in_the_database() -> None:
    done = await released()
    with pytest.raises(WrongState):
        await service.edit(done.id, content(title="改过"), actor=WRITER, version=done.version)
    for change in ("title = '改过'", "questions = '[]'", "rule = '{}'", "closes_on = closes_on + 1"):
        with pytest.raises(asyncpg.RaiseError):
            await db.execute(f"UPDATE surveys SET {change}")
    again = await service.copy(done.id, actor=WRITER)
    await service.edit(again.id, content(title="第二期"), actor=WRITER, version=again.version)
    assert (await queries.detail(WRITER, again.id))["follows_number"] == done.number


async def test_the_clock_ends_it_after_its_last_day_and_hands_end_it_before(clock: clock_module.Frozen) -> None:
    over, early, back = await released(), await released(), await released()
    await service.close(early.id, "答卷已足够", actor=REVIEWER, version=early.version)
    await service.withdraw(back.id, "题目有误", actor=REVIEWER, version=back.version)
    clock.advance(timedelta(days=14))
    assert await service.close_over() == 0
    clock.advance(timedelta(days=1))
    assert (await service.close_over(), await service.close_over()) == (1, 0)
    states = {one.id: one.state async for one in Survey.all()}
    assert states == {over.id: "closed", early.id: "closed", back.id: "withdrawn"}
    with pytest.raises(WrongState):
        await service.withdraw(over.id, "晚了", actor=REVIEWER, version=4)


async def test_what_a_leaver_has_begun_is_told() -> None:
    made, _ = await service.draft(content(), actor=WRITER), await released()
    assert [one["id"] for one in await open_work.of_staff(WRITER.id or made.id)] == [made.id]
    assert await open_work.of_staff(REVIEWER.id or made.id) == []


async def test_who_may_what() -> None:
    made = await service.draft(content(), actor=WRITER)
    for refused in (
        service.draft(content(), actor=REVIEWER),
        service.edit(made.id, content(), actor=DESK, version=1),
        service.release(made.id, actor=WRITER, version=1),
        service.withdraw(made.id, "误", actor=WRITER, version=1),
    ):
        with pytest.raises(Forbidden):
            await refused
    for nobody in (queries.detail(OPERATOR, made.id), queries.detail(REVIEWER, new_id())):
        with pytest.raises(errors.SurveyUnknown):
            await nobody
    assert (await queries.page(DESK, state="draft", cursor=None, limit=5))["count"] == 1
    assert (await queries.page(DESK, state="closed", cursor=None, limit=5))["items"] == []


async def test_what_can_no_longer_be_asked_is_not_handed_in(clock: clock_module.Frozen) -> None:
    made = await service.draft(content(), actor=WRITER)
    gone = [{**one, "fact": "gone"} for one in (await Survey.get(id=made.id)).questions[2:3]]
    await Survey.filter(id=made.id).update(questions=gone)
    clock.advance(timedelta(days=15))
    with pytest.raises(errors.NotReady) as refusal:
        await service.submit(made.id, actor=WRITER, version=1)
    assert [one.path for one in refusal.value.fields] == ["questions.0", "closes_on"]
    late = await in_review()
    clock.advance(timedelta(days=15))
    with pytest.raises(errors.SurveyPast):
        await service.release(late.id, actor=REVIEWER, version=late.version)


def test_a_condition_that_cites_nothing_rests_on_why_it_is_asked() -> None:
    told = content(rule={"all": [{"at_least": {"count": 1, "of": [{"fact": "employees", "op": "le", "value": 3}]}}]})
    [inner] = told.parsed_rule().document["all"]
    assert inner["at_least"]["of"][0]["citation"]["sentence"] == told.reason
    with pytest.raises(RuleInvalid) as refusal:
        content(rule={"all": [{"fact": "gone", "op": "le", "value": 3}]}).parsed_rule()
    assert refusal.value.fields[0].path == "rule.all[0].fact"
    deep: dict[str, Any] = {"fact": "employees", "op": "le", "value": 3}
    for _ in range(500):
        deep = {"not": deep}
    with pytest.raises(RuleInvalid):
        content(rule=deep).parsed_rule()


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "single", "choices": []},
        {"kind": "single", "choices": [{"code": "a", "words": "甲"}, {"code": "a", "words": "乙"}]},
        {"kind": "multiple", "choices": [{"code": "a", "words": "甲"}, {"code": "b", "words": "乙"}], "most": 3},
        {"kind": "text", "steps": 5},
        {"kind": "scale"},
        {"kind": "number", "least": "5", "greatest": "4"},
        {"kind": "money", "unit": "元"},
        {"kind": "number", "fact": "gone"},
        {"kind": "text", "fact": "employees"},
        {"kind": "date", "fact": "founded_on"},
        {"kind": "text", "text": "看\u202e不见"},
        {"kind": "else"},
        {"kind": "text", "more": 1},
    ],
)
def test_a_question_that_does_not_fit_its_kind_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Question.model_validate({"key": "a", "text": "问", **wrong})


def test_a_question_about_a_fact_has_that_fact_s_choices_and_unit() -> None:
    people = Question.model_validate({"key": "a", "text": "多少人？", "kind": "number", "fact": "employees"})
    owner = Question.model_validate({"key": "b", "text": "所有制？", "kind": "single", "fact": "ownership"})
    assert people.measure == "人"
    assert owner.options["private"] == "民营"


def test_one_key_one_fact_and_days_in_order() -> None:
    twice = [QUESTIONS[0], QUESTIONS[0]]
    facts = [{"key": key, "kind": "number", "text": "人？", "fact": "employees"} for key in "ab"]
    for wrong in (
        {"questions": twice},
        {"questions": facts},
        {"questions": []},
        {"closes_on": clock_module.today() - timedelta(days=1)},
        {"closes_on": clock_module.today() + timedelta(days=181)},
    ):
        with pytest.raises(ValidationError):
            content(**wrong)
    assert SYSTEM.can("surveys.write")
