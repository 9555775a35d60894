"""What is internal is nowhere outside: not in a list, not in a search, not by its id, not among what is similar."""

from uuid import uuid4

import pytest

from backend.access import Actor, ActorKind
from backend.assembly import CITABLES
from backend.foundation import db
from backend.questions import similar
from backend.questions.knowledge import errors, queries, service, votes
from tests.backend.questions.knowledge.people import (
    READER,
    REVIEWER,
    WRITER,
    content,
    drafted,
    published,
    renewed,
    submitted,
)

pytestmark = pytest.mark.usefixtures("running", "clock")

SECRET = "内部口径：对外不得透露的执行尺度"


async def _outside() -> str:
    """Everything that anybody may read."""
    listed = await queries.public_page(None, None, 100)
    found = await queries.search(SECRET, None, 100)
    alike = await similar.similar(SECRET, limit=100, least=0.0)
    return f"{listed} {found} {alike}"


async def test_an_internal_article_is_nowhere_outside() -> None:
    made = await published(SECRET, body=SECRET, audience="internal", citations=[])
    await drafted(SECRET, body=SECRET)
    await submitted(SECRET, body=SECRET)
    assert SECRET not in await _outside()
    with pytest.raises(errors.ArticleUnknown):
        await queries.public_detail(made.id)
    with pytest.raises(errors.ArticleUnknown):
        await votes.count(made.id, helped=True)
    assert queries.visible_to(Actor(ActorKind.OWNER, uuid4())) == queries.visible_to(None) == queries.SHOWN
    assert await db.fetch_value("SELECT count(*) FROM similar_texts") == 0
    staff = await queries.staff_page(READER, words="不得透露", is_outdated=False, cursor=None, limit=10)
    assert staff["count"] == 3


async def test_one_that_becomes_internal_is_outside_no_more() -> None:
    made = await published(SECRET, body=SECRET)
    assert SECRET in await _outside()
    await renewed(made, title=SECRET, body=SECRET, audience="internal")
    assert SECRET not in await _outside()
    with pytest.raises(errors.ArticleUnknown):
        await queries.public_detail(made.id)


async def test_a_public_one_is_found_by_how_it_is_asked_until_it_is_withdrawn() -> None:
    made = await published()
    await published("食品经营许可证怎么办理", body="线上提交。", asked_as=[], category="consult_licence")
    found = await queries.search("店要转给亲戚，执照怎么办", None, 10)
    assert [one["id"] for one in found["items"]][:1] == [made.id]
    assert (await queries.search("店要转给亲戚，执照怎么办", "consult_licence", 10))["items"][:1] != found["items"][:1]
    await service.withdraw(made.id, "有误", actor=REVIEWER, version=made.version)
    assert made.id not in [one["id"] for one in (await queries.search("店要转给亲戚", None, 10))["items"]]


async def test_the_public_list_turns_its_pages() -> None:
    made = [await published(f"第{n}条") for n in range(5)]
    first = await queries.public_page(None, None, 3)
    rest = await queries.public_page(None, first["next"], 3)
    assert [one["id"] for one in (*first["items"], *rest["items"])] == [one.id for one in reversed(made)]
    assert rest["next"] is None
    assert (await queries.public_page("consult_licence", None, 3))["items"] == []


async def test_staff_see_each_article_by_its_newest_edition() -> None:
    made = await published()
    await service.edit(made.id, content("正在改的"), CITABLES, actor=WRITER, version=made.version)
    await published("另一条")
    page = await queries.staff_page(WRITER, words=None, is_outdated=False, cursor=None, limit=10)
    assert [(one["title"], one["state"], one["published_edition"]) for one in page["items"]] == [
        ("另一条", "published", 1),
        ("正在改的", "draft", 1),
    ]
    drafts = await queries.staff_page(WRITER, words=None, is_outdated=False, cursor=None, limit=10, state="draft")
    assert (drafts["count"], drafts["items"][0]["title"]) == (1, "正在改的")
    odd = await queries.staff_page(WRITER, words="100% _", is_outdated=True, cursor=None, limit=10)
    assert odd["items"] == []


async def test_what_helped_is_counted_by_day_and_by_nobody() -> None:
    made = await published()
    for helped in (True, True, False):
        await votes.count(made.id, helped=helped)
    told, _ = await queries.staff_detail(WRITER, made.id)
    assert (told["editions"][0]["helped"], told["editions"][0]["did_not"]) == (2, 1)
    columns = await db.fetch("SELECT * FROM knowledge_votes")
    assert [set(row.keys()) for row in columns] == [{"version_id", "on_day", "helped", "did_not"}]
