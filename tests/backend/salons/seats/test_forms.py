"""The sign-up form: what is known is not asked, what is asked is checked, and no form asks for what it may not."""

from typing import Any

import pytest

from backend.salons import errors, queries
from backend.salons.seats import forms
from tests.backend.salons.people import hall, owners, published, row, sign_up

pytestmark = pytest.mark.usefixtures("running", "clock")

FORM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "staff": {"type": "integer", "title": "从业人数", "x-fact": "employees"},
        "wish": {"type": "string", "title": "最想了解什么", "maxLength": 50},
        "diet": {"type": "string", "title": "用餐", "enum": ["不用餐", "素食", "普通"]},
    },
    "required": ["staff", "wish"],
}


async def test_what_is_known_is_told_and_not_asked() -> None:
    salon_id = await published(hall(9), form=FORM)
    known, unknown = (*(await owners(1, employees=8)), *(await owners(1, first=2)))
    asked = await queries.form_for(salon_id, known[1])
    assert set(asked["form"]["properties"]) == {"wish", "diet"}
    assert [(one["title"], one["told"]) for one in asked["known"]] == [("从业人数", "8人")]
    assert set((await queries.form_for(salon_id, unknown[1]))["form"]["properties"]) == {"staff", "wish", "diet"}
    made = await sign_up(*known, salon_id, answers={"wish": "免罚清单"})
    assert '"staff": 8' in (await row(made.id))["answers"]
    with pytest.raises(errors.AnswersWrong) as refused:
        await sign_up(*unknown, salon_id, answers={"wish": "免罚清单"})
    assert [one.path for one in refused.value.fields] == ["answers.staff"]


@pytest.mark.parametrize(
    ("answers", "path"),
    [
        ({"wish": "长" * 51}, "answers.wish"),
        ({"wish": "好", "diet": "海鲜"}, "answers.diet"),
        ({"wish": "好", "more": 1}, "answers"),
        ({"wish": 7}, "answers.wish"),
    ],
)
def test_what_is_answered_is_checked(answers: dict[str, Any], path: str) -> None:
    with pytest.raises(errors.AnswersWrong) as refused:
        forms.answered(forms.check(FORM), {"staff": 3, **answers}, {})
    assert [one.path for one in refused.value.fields] == [path]


@pytest.mark.parametrize(
    "field",
    [
        {"type": "string", "title": "x", "pattern": "(a+)+$"},
        {"type": "object", "title": "x"},
        {"$ref": "https://example.com/schema"},
        {"type": "array", "title": "x"},
        {"type": "integer", "title": "纳税所得", "x-fact": "taxable_income_wan"},
        {"type": "string", "title": "信用", "x-fact": "credit_risk_class"},
        {"type": "string", "title": "人数", "x-fact": "employees"},
    ],
)
def test_a_form_asks_only_what_it_may(field: dict[str, Any]) -> None:
    with pytest.raises(errors.FormWrong):
        forms.check({"type": "object", "properties": {"one": field}})


def test_no_form_is_no_form() -> None:
    assert forms.check({}) == {}
    with pytest.raises(errors.AnswersWrong):
        forms.answered({}, {"x": 1}, {})
