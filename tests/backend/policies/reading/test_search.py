"""Searching in Chinese: what the real policies answer, what fits first, what is over last, and whatever is typed."""

import re
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import consents
from backend.access import SYSTEM, Actor, ActorKind
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.foundation.paging import WrongCursor
from backend.identity.errors import NotBound
from backend.policies import service
from backend.policies.editing import imports
from backend.policies.reading import favourites, search, words
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.counting import counted
from tests.backend.policies.people import REVIEWER, UP_TO_TEN, leaf, owner, published

pytestmark = pytest.mark.usefixtures("running", "clock")

# What must stand among the first three, by what the policies really offer; nothing where nothing is offered.
ASKED: Final = {
    "稳岗": ["N15"],
    "失业保险返还": ["N15"],
    "小规模纳税人免税": ["N04"],
    "小规模 1%": ["N05"],
    "个体户贷款": ["Z02", "X01"],
    "开店补贴": ["X01", "N13"],
    "创业担保贷款": ["X01"],
    "大学生创业": ["N13"],
    "残保金": ["N07", "N08"],
    "六税两费": ["N02"],
    "房产税减半": ["N02"],
    "个体户个税": ["N03"],
    "小微企业所得税": ["N01"],
    "高企": ["Q05", "H06"],
    "高新技术企业认定": ["Q05"],
    "专精特新": ["Q02", "Q03"],
    "专精特薪": ["Q02", "Q03"],
    "小巨人": ["Q03"],
    "科技型中小企业": ["Q04"],
    "创新型中小企业": ["Q01"],
    "拖欠货款": ["N22"],
    "欠款怎么要回来": ["N22"],
    "首违不罚": ["R01"],
    "免罚清单": ["R01"],
    "行政检查": ["R02"],
    "名特优新": ["R03"],
    "扩岗补助": ["N16", "Z16"],
    "招聘补贴": ["N14"],
    "贷款贴息": ["N17", "N19"],
    "餐饮贷款贴息": ["N19"],
    "贷款码": ["Z01"],
    "绿贷通": ["H01"],
    "续贷": ["Z02"],
    "技改补贴": ["H03"],
    "首台套": ["H06"],
    "众创空间": ["H06"],
    "教育费附加": ["N06", "N02"],
    "计量检定": ["R05"],
    "食品小作坊": ["R05"],
    "知识产权": ["H10"],
    "民营经济": ["Z03", "H06"],
    "德清": ["H09"],
    "食品经营许可": [],
    "专利质押": [],
    "房租减免": [],
    "火星移民": [],
}
_ALL_OUT: Final = """
UPDATE policy_versions SET state = CASE WHEN last_on < $1 THEN 'expired' ELSE 'published' END, reviewer_id = $2,
    published_at = created_at, ended_at = CASE WHEN last_on < $1 THEN created_at END
WHERE NOT reference_only
"""


async def _real() -> dict[str, str]:
    """Release all the real policies that may be, the past ones as ended; their numbers by id."""
    await imports.import_policies(imports.REAL, actor=SYSTEM)
    await db.execute(_ALL_OUT, clock_module.today(), REVIEWER.id)
    return {str(row["id"]): row["number"] for row in await db.fetch("SELECT id, number FROM policies")}


async def _public(asked: str, **more: Any) -> dict[str, Any]:
    return dict(orjson.loads(await search.public(asked, **more)))


async def _found(actor: Actor, shop: UUID, asked: str, **more: Any) -> dict[str, Any]:
    return dict(orjson.loads(await search.search(actor, shop, asked, **more)))


def _titles(page: dict[str, Any]) -> list[str]:
    return [one["title"] for one in page["items"]]


async def test_the_real_policies_answer_what_owners_ask() -> None:
    numbers, wrong = await _real(), []
    for asked, wanted in ASKED.items():
        found = [numbers[one["id"]] for one in (await _public(asked))["items"]]
        if (set(wanted) - set(found[:3])) or (found and not wanted):
            wrong.append(f"{asked}: {wanted} not in {found[:6]}")
    assert wrong == []


async def test_where_nothing_answers_it_says_what_else_to_look_for() -> None:
    await _real()
    for asked in ("专利质押", "食品经营许可", "火星移民"):
        told = await _public(asked)
        assert told["items"] == []
        assert told["suggestions"]
        assert all([(await _public(one))["items"] for one in told["suggestions"]]), "a suggestion leads somewhere"
    assert (await _public("稳岗"))["suggestions"] == []


async def test_what_is_over_comes_last_and_has_no_answer(clock: clock_module.Frozen) -> None:
    await published("稳岗返还", effective_to=date(2026, 12, 1))
    await published("别的政策", summary="也讲稳岗。")
    shop = await enterprise(1, employees=3)
    actor = await owner(shop)
    assert _titles(await _found(actor, shop, "稳岗")) == ["稳岗返还", "别的政策"]
    clock.advance(timedelta(days=20))
    for _ in range(2):
        page = await _found(actor, shop, "稳岗")
        assert [(one["title"], one["phase"], one["answer"]) for one in page["items"]] == [
            ("别的政策", "open", "yes"),
            ("稳岗返还", "ended", None),
        ]
        assert page["items"][1]["notice"] == "2026-12-01已截止"
        await service.expire()


async def test_what_fits_comes_first_but_the_text_still_counts() -> None:
    await published("稳岗甲", leaf("employees", "ge", 100))
    await published("稳岗乙", leaf("revenue_wan", "le", 500))
    await published("稳岗丙", UP_TO_TEN)
    await published("丁", UP_TO_TEN, body="顺带提到稳岗。")
    shop = await enterprise(1, employees=3)
    actor = await owner(shop)
    page = await _found(actor, shop, "稳岗")
    assert [(one["title"], one["answer"]) for one in page["items"]] == [
        ("稳岗丙", "yes"),
        ("稳岗乙", "maybe"),
        ("稳岗甲", "no"),
        ("丁", "yes"),
    ]
    assert page["items"][0]["why"] == ["符合：从业人数不超过10人"]
    assert page["personalised"] is True


async def test_only_the_newest_edition_that_came_out_is_found(clock: clock_module.Frozen) -> None:
    done = await published("旧名称")
    clock.advance(timedelta(minutes=1))
    await service.withdraw(done.id, "有误", actor=REVIEWER)
    assert _titles(await _public("旧名称")) == []
    await published("尚在", effective_to=date(2026, 12, 31))
    await db.execute("UPDATE policy_versions SET state = 'draft', published_at = NULL WHERE title = '尚在'")
    assert _titles(await _public("尚在")) == [], "a draft is nobody's business"


async def test_category_and_service_narrow_it() -> None:
    await published("稳岗甲", category="就业")
    await published("稳岗乙", category="金融", action="financing")
    assert _titles(await _public("稳岗", category="就业")) == ["稳岗甲"]
    assert _titles(await _public("稳岗", action="financing")) == ["稳岗乙"]
    assert _titles(await _public("稳岗", category="%")) == []


async def test_pages_follow_each_other_without_gap_or_repeat() -> None:
    for number in range(5):
        await published(f"稳岗{number}", UP_TO_TEN if number % 2 else leaf("employees", "ge", 100))
    shop = await enterprise(1, employees=3)
    actor = await owner(shop)
    whole = _titles(await _found(actor, shop, "稳岗"))
    titles: list[str] = []
    cursor = None
    for _ in range(3):
        page = await _found(actor, shop, "稳岗", cursor=cursor, limit=2)
        titles, cursor = titles + _titles(page), page["next"]
    assert (titles, cursor) == (whole, None)
    with pytest.raises(WrongCursor):
        await _found(actor, shop, "稳岗", cursor="bm9uZQ")


async def test_whoever_refuses_profiling_searches_by_the_text_alone() -> None:
    await published("稳岗合适", UP_TO_TEN)
    done = await published("稳岗不合", leaf("employees", "ge", 100))
    shop = await enterprise(1, employees=3)
    actor = await owner(shop)
    await favourites.keep(actor, done.id)
    await consents.refuse(actor)
    page = await _found(actor, shop, "稳岗")
    assert page["personalised"] is False
    assert [(one["title"], one["answer"], one["favourite"]) for one in page["items"]] == [
        ("稳岗不合", None, True),
        ("稳岗合适", None, False),
    ]
    assert await db.fetch_value("SELECT count(*) FROM policy_match_sets") == 0, "nothing was computed of him"
    await consents.allow(actor)
    assert _titles(await _found(actor, shop, "稳岗")) == ["稳岗合适", "稳岗不合"]


async def test_who_does_not_act_for_it_searches_nothing() -> None:
    shop = await enterprise(1, employees=3)
    for actor in (await owner(), Actor(ActorKind.OWNER, new_id())):
        with pytest.raises(NotBound):
            await search.search(actor, shop, "稳岗")


async def test_a_warm_search_is_one_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await enterprise(1, employees=3)
    actor = await owner(shop)
    for number in range(6):
        await published(f"稳岗{number}")
        await search.search(actor, shop, "稳岗")
        with counted(monkeypatch) as asked:
            await search.search(actor, shop, "个体户 稳岗 贷款贴息")
        assert len(asked) == 1
        with counted(monkeypatch) as asked:
            await search.public("稳岗")
        assert len(asked) == 1


@pytest.mark.parametrize(
    "odd",
    [
        "%",
        "_",
        "\\",
        "'",
        '"',
        "':*",
        "a & b | !c",
        "<->",
        "😀",
        "稳岗😀",
        "  ",
        "。，！",
        "\u3000稳\u3000",
        "\ud7ff",
        "ＡＢＣ",
        "（）",
    ],
)
async def test_whatever_is_typed_is_no_error(odd: str) -> None:
    await published("稳岗")
    assert "items" in await _public(odd)


async def test_wildcards_stand_for_nothing() -> None:
    await published("稳岗")
    for odd in ("%", "_岗", "稳%", "*"):
        assert _titles(await _public(odd)) == (["稳岗"] if odd in {"_岗", "稳%"} else []), odd


@given(st.text(max_size=150))
def test_every_text_gives_lexemes_that_postgresql_takes(asked: str) -> None:
    told, least = words.lines(words.units(asked))
    assert least >= 1
    assert len(words.units(asked)) <= words.MOST_UNITS
    for line in told:
        plain = re.sub(r"'[abc][0-9a-z㐀-鿿\U00020000-\U000323af]{1,60}'(:\*)?", "w", line.query)
        assert re.fullmatch(r"[w &|()]+", plain), line.query


async def test_both_sides_cut_a_text_alike() -> None:
    for text in ("食品经营许可", "Ａ１ 专精特新 LPR 3.5%，第2批", "税", "𠮷野家", "個体①户", ""):
        stored = await db.fetch_value("SELECT search_grams('a', $1)", text)
        run_pairs = {
            lexeme.format(field="a").split("'")[1]
            for run in words._RUNS.findall(words._plain(text))
            for lexeme in words._pairs(run)
        }
        assert run_pairs <= set(stored), text
        assert len(stored) >= len(run_pairs)


def test_no_word_means_two_things_and_every_suggestion_starts_from_a_known_word() -> None:
    same = [word for group in words._DATA["same"] for word in group]
    weak = [word for group in words._DATA["weak"] for word in group]
    assert sorted(one for one in set(same) if same.count(one) > 1) == []
    assert sorted(one for one in set(weak) if weak.count(one) > 1) == []
    assert set(words.INSTEAD) <= set(words.SAME)
    assert all(len(one) > 1 for one in [*same, *weak])


def test_words_that_say_little_count_only_alone() -> None:
    kinds = [(unit.kind, unit.weight) for unit in words.units("稳岗怎么申请")]
    assert kinds == [(words.Kind.KNOWN, 100), (words.Kind.WEAK, 15), (words.Kind.WEAK, 15)]
    assert words.lines(words.units("稳岗怎么申请"))[1] == 60
    assert words.lines(words.units("怎么申请"))[1] == 18
