"""The sign-up form: what is known is not asked, what is asked is checked, and no form asks for what it may not."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.access import SYSTEM
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import db
from backend.salons import errors, queries, service
from backend.salons.seats import forms
from tests.backend.salons.people import hall, owners, published, row, salon, sign_up, written

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
_WORDS = st.text("问卷甲乙丙 abc123，。", min_size=1, max_size=20)
_CHOICES = st.lists(_WORDS, min_size=2, max_size=5, unique=True)
_BOUNDS = {"minimum": st.integers(-99, 99), "maximum": st.floats(99, 1e9)}
_TYPES = {"boolean": "boolean", "enum": "string", "integer": "integer", "decimal": "number", "date": "string"}
_ASKABLE = {key: _TYPES.get(one.type) for key, one in CATALOGUE.items() if one.askable and not one.sensitive}


def _field(kind: str, **more: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    known = {"description": _WORDS, "x-when-known": st.sampled_from(["skip", "prefill"])}
    return st.fixed_dictionaries({"type": st.just(kind), "title": _WORDS}, optional={**known, **more})


def _of_fact(key: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(_ASKABLE[key]), "title": _WORDS, "x-fact": st.just(key)})


_FIELDS = st.one_of(
    _field("string", maxLength=st.integers(1, 500)),
    _field("string", enum=_CHOICES, maxLength=st.integers(20, 500)),
    _field("string", format=st.just("date")),
    _field("integer", **_BOUNDS),
    _field("number", **_BOUNDS),
    _field("boolean"),
    st.builds(
        lambda one, items: {**one, "items": {"enum": items}}, _field("array", maxItems=st.integers(1, 30)), _CHOICES
    ),
    st.sampled_from([key for key, kind in _ASKABLE.items() if kind]).flatmap(_of_fact),
)


@st.composite
def _forms(draw: st.DrawFn) -> dict[str, Any]:
    fields = draw(st.dictionaries(st.from_regex("[a-z][a-z0-9_]{0,29}", fullmatch=True), _FIELDS, max_size=6))
    required = draw(st.lists(st.sampled_from(sorted(fields)), unique=True)) if fields else []
    return {"type": "object", "properties": fields, "required": required}


@given(_forms())
def test_what_is_told_of_a_form_is_taken_again_and_comes_to_the_same(form: dict[str, Any]) -> None:
    told = forms.check(form)
    again = forms.check(told)
    assert forms.is_same(again, told)
    assert list(told.get("properties", ())) == list(form["properties"])


_LIST = "选项须为2至30个互不相同、不为空的文字，每个最多60个字"


@pytest.mark.parametrize(
    ("field", "place", "sentence"),
    [
        *(({"type": "string", "title": "甲", "enum": one}, ".enum", _LIST) for one in ([], ["甲"], ["甲", "甲"])),
        ({"type": "string", "title": "甲", "enum": ["甲", ""]}, ".enum.1", _LIST),
        ({"type": "array", "title": "甲", "items": {"enum": "甲"}}, ".items.enum", _LIST),
        ({"type": "string"}, "", "缺少title"),
        ({"type": "text", "title": "甲"}, ".type", "只能是string、integer、number、boolean、array"),
        ({"type": "string", "title": "甲", "maxLength": 501}, ".maxLength", "不能大于500"),
        ({"type": "string", "title": "甲", "wanted": True}, "", "有这里不能使用的项"),
        ({"type": "string", "title": "甲", "items": {}}, "", "只有多选（array）才能写items"),
    ],
)
def test_a_fault_of_a_form_says_what_is_wanted_there(field: dict[str, Any], place: str, sentence: str) -> None:
    with pytest.raises(errors.FormWrong) as refusal:
        forms.check({"properties": {"enum": field}})
    assert (f"form.properties.enum{place}", sentence) in [(one.path, one.sentence) for one in refusal.value.fields]


async def test_a_form_that_was_read_is_sent_again_with_its_fields_in_their_order() -> None:
    order = ["wish", "diet", "b", "staff", "aaa"]
    more = {
        "b": {"type": "array", "title": "时段", "items": {"enum": ["上午", "下午"]}},
        "aaa": FORM["properties"]["wish"],
    }
    fields = {**FORM["properties"], **more}
    form = {"properties": {key: fields[key] for key in order}}
    made = await service.draft(written(hall(2), form=form), actor=SYSTEM)
    told = (await queries.detail(made.id, SYSTEM))["form"]
    assert list(told["properties"]) == order
    quota = await db.fetch_value("SELECT id FROM salon_quotas WHERE salon_id = $1", made.id)
    turned = {**told, "properties": {key: told["properties"][key] for key in reversed(order)}}
    content = written(hall(2, id=quota), form=turned)
    done = await service.edit(made.id, content, actor=SYSTEM, version=made.version)
    noted = "SELECT fields FROM audit_entries WHERE action = 'salons.edited' AND row_id = $1"
    assert "form" in await db.fetch_value(noted, made.id)
    done = await service.publish(made.id, actor=SYSTEM, version=done.version)
    # Out, it stands in its order, whoever sends it in another.
    await service.edit(made.id, written(hall(2, id=quota), form=told), actor=SYSTEM, version=done.version)
    assert list((await queries.detail(made.id, SYSTEM))["form"]["properties"]) == order[::-1]
    assert list((await queries.form_for(made.id, made.id))["form"]["properties"]) == order[::-1]


async def test_a_form_that_is_out_stands_though_the_catalogue_left_it_behind() -> None:
    salon_id = await published(hall(2), form=FORM)
    await db.execute(
        "UPDATE salons SET form = replace(form::text, 'employees', 'gone_fact')::json WHERE id = $1", salon_id
    )
    told = (await queries.detail(salon_id, SYSTEM))["form"]
    assert told["properties"]["staff"]["x-fact"] == "gone_fact"
    quota = await db.fetch_value("SELECT id FROM salon_quotas WHERE salon_id = $1", salon_id)
    version = (await salon(salon_id)).version
    content = written(hall(2, id=quota), form=told, title="首违不罚，逐条讲解")
    assert (await service.edit(salon_id, content, actor=SYSTEM, version=version)).version == version + 1


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


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ({"type": "integer", "minimum": 5, "maximum": 1}, "minimum"),
        ({"type": "integer", "minimum": 1.2, "maximum": 1.8}, "minimum"),
        ({"type": "number", "maximum": -1}, "minimum"),
        ({"type": "integer", "enum": ["一", "二"]}, "enum"),
        ({"type": "boolean", "enum": ["是", "否"]}, "enum"),
        ({"type": "string", "enum": ["素食", "不用餐"], "maxLength": 2}, "maxLength"),
        ({"type": "string", "enum": ["上午", "\u202e午下"]}, "enum"),
        ({"type": "string", "format": "date", "maxLength": 9}, "maxLength"),
        ({"type": "string", "format": "date", "enum": ["明天", "后天"]}, "enum"),
    ],
)
async def test_what_nobody_can_answer_is_not_asked(field: dict[str, Any], path: str) -> None:
    form = {"properties": {"good": {"type": "boolean", "title": "首次"}, "bad": {"title": "几个人", **field}}}
    with pytest.raises(errors.FormWrong) as refused:
        await service.draft(written(hall(2), form=form), actor=SYSTEM)
    assert [one.path for one in refused.value.fields] == [f"form.properties.bad.{path}"]


async def test_a_draft_of_before_that_nobody_can_answer_does_not_come_out() -> None:
    made = await service.draft(written(hall(2), form=FORM), actor=SYSTEM)
    bad = {"type": "integer", "title": "几个人", "minimum": 5, "maximum": 1}
    form = {"type": "object", "properties": {"bad": bad}, "required": ["bad"], "additionalProperties": False}
    await db.execute("UPDATE salons SET form = $2::json WHERE id = $1", made.id, orjson.dumps(form).decode())
    with pytest.raises(errors.NotReady) as refused:
        await service.publish(made.id, actor=SYSTEM, version=made.version)
    assert [one.path for one in refused.value.fields] == ["form.properties.bad.minimum"]


def test_no_form_is_no_form() -> None:
    assert forms.check({}) == {}
    with pytest.raises(errors.AnswersWrong):
        forms.answered({}, {"x": 1}, {})


async def test_what_is_known_and_does_not_fit_its_field_is_asked() -> None:
    form = {"type": "object", "properties": {"staff": {**FORM["properties"]["staff"], "maximum": 20}}, "required": []}
    salon_id = await published(hall(2), form=form)
    ((person, place),) = await owners(1, employees=50)
    asked = await queries.form_for(salon_id, place)
    assert (list(asked["form"]["properties"]), asked["known"]) == (["staff"], [])
    assert (await sign_up(person, place, salon_id)).state == "confirmed"


@pytest.mark.parametrize("wish", ["\u202e免罚", "免\x07罚", "免\ud800罚"])
async def test_an_answer_that_reads_otherwise_than_it_is_written_is_refused(wish: str) -> None:
    salon_id = await published(hall(2), form=FORM)
    ((person, place),) = await owners(1, employees=5)
    with pytest.raises(errors.AnswersWrong) as refused:
        await sign_up(person, place, salon_id, answers={"wish": wish})
    assert [one.path for one in refused.value.fields] == ["answers.wish"]


@pytest.mark.parametrize("deep", [False, True])
def test_a_list_that_is_too_long_is_not_looked_through(deep: bool) -> None:
    """The library compares each item with each: 16,000 of them would hold the process for two minutes."""
    pick = {"type": "array", "title": "主题", "items": {"enum": ["甲", "乙"]}}
    form = forms.check({"properties": {"pick": pick}})
    many: list[Any] = [one for number in range(8_000) for one in (number, str(number))]
    with pytest.raises(errors.AnswersWrong) as refused:
        forms.answered(form, {"pick": [many] if deep else many}, {})
    assert [one.code for one in refused.value.fields] == ["maxItems"]
    with pytest.raises(errors.FormWrong) as wrong:
        forms.check({"properties": {"pick": {**pick, "items": {"enum": many}}}})
    assert [one.path for one in wrong.value.fields] == ["form.properties.pick.items.enum"]
