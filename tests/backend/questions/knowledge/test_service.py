"""An article from its draft to its end: two people, one open edition, what is read is what is released."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from backend.access import Role
from backend.assembly import CITABLES
from backend.foundation import db
from backend.foundation.clock import Frozen, today
from backend.foundation.errors import Forbidden
from backend.foundation.states import WrongState
from backend.policies import service as policies
from backend.questions.knowledge import errors, queries, service
from backend.questions.knowledge.states import EditionState
from tests.backend.cases.people import clerk
from tests.backend.policies import people as policy_people
from tests.backend.questions.knowledge.people import (
    BOTH,
    READER,
    REVIEWER,
    WRITER,
    cites,
    content,
    drafted,
    published,
    renewed,
    submitted,
    version_of,
)

pytestmark = pytest.mark.usefixtures("running", "clock")


async def test_an_article_goes_from_its_draft_to_its_readers() -> None:
    made = await drafted()
    assert (made.version, made.edition, made.state) == (1, 1, EditionState.DRAFT)
    assert made.number.startswith("ZS-20261123-")
    handed = await service.submit(made.id, CITABLES, actor=WRITER, version=1)
    done = await service.publish(made.id, CITABLES, actor=REVIEWER, version=handed.version)
    assert (done.version, done.state) == (3, EditionState.PUBLISHED)
    told = await queries.public_detail(made.id)
    assert (told["title"], told["notice"]) == ("个体工商户怎么变更经营者", None)
    assert told["citations"][0]["article"] == "第十三条"
    actions = [row["action"] for row in await db.fetch("SELECT action FROM audit_entries ORDER BY id")]
    assert actions == ["knowledge.drafted", "knowledge.submitted", "knowledge.published"]


async def test_whoever_wrote_it_may_not_release_it() -> None:
    made = await service.draft(content(), CITABLES, actor=BOTH)
    handed = await service.submit(made.id, CITABLES, actor=BOTH, version=made.version)
    with pytest.raises(errors.SameAuthor):
        await service.publish(made.id, CITABLES, actor=BOTH, version=handed.version)


async def test_what_promises_is_not_taken_for_review() -> None:
    made = await drafted("小店一定能拿到补贴", body="稳岗补贴确保发放。")
    with pytest.raises(errors.NotReady) as refused:
        await service.submit(made.id, CITABLES, actor=WRITER, version=made.version)
    assert [(one.path, one.code) for one in refused.value.fields] == [("title", "promise"), ("body", "promise")]


async def test_whoever_changed_it_last_may_not_release_it_either() -> None:
    made = await drafted()
    changed = await service.edit(made.id, content("改过的"), CITABLES, actor=BOTH, version=made.version)
    handed = await service.submit(made.id, CITABLES, actor=WRITER, version=changed.version)
    with pytest.raises(errors.SameAuthor):
        await service.publish(made.id, CITABLES, actor=BOTH, version=handed.version)


async def test_who_may_only_read_changes_nothing() -> None:
    with pytest.raises(Forbidden) as refused:
        await service.draft(content(), CITABLES, actor=READER)
    assert refused.value.permission == "knowledge.write"
    handed = await submitted()
    with pytest.raises(Forbidden):
        await service.publish(handed.id, CITABLES, actor=WRITER, version=handed.version)


async def test_what_was_changed_meanwhile_is_not_released() -> None:
    handed = await submitted()
    await service.edit(handed.id, content("改过的"), CITABLES, actor=WRITER, version=handed.version)
    with pytest.raises(errors.ArticleChanged):
        await service.publish(handed.id, CITABLES, actor=REVIEWER, version=handed.version)
    current = await queries.staff_detail(WRITER, handed.id)
    with pytest.raises(WrongState):
        await service.publish(handed.id, CITABLES, actor=REVIEWER, version=current[1])


async def test_of_two_who_edit_at_once_one_is_told_to_look_again() -> None:
    made = await drafted()
    edits = [service.edit(made.id, content(f"第{n}稿"), CITABLES, actor=WRITER, version=1) for n in range(2)]
    got = await asyncio.gather(*edits, return_exceptions=True)
    assert [type(one) for one in got if isinstance(one, Exception)] == [errors.ArticleChanged]


async def test_the_next_edition_takes_the_place_of_the_one_before() -> None:
    first = await published()
    begun = await service.edit(first.id, content("新写的"), CITABLES, actor=WRITER, version=first.version)
    assert (begun.edition, begun.state) == (2, EditionState.DRAFT)
    assert (await queries.public_detail(first.id))["title"] == "个体工商户怎么变更经营者"
    handed = await service.submit(first.id, CITABLES, actor=WRITER, version=begun.version)
    await service.publish(first.id, CITABLES, actor=REVIEWER, version=handed.version)
    assert (await queries.public_detail(first.id))["title"] == "新写的"
    states = await db.fetch("SELECT state FROM knowledge_versions ORDER BY edition")
    assert [row["state"] for row in states] == ["superseded", "published"]


async def test_a_reviewer_sends_it_back_with_a_reason() -> None:
    writer = await clerk()
    made = await service.draft(content(), CITABLES, actor=writer)
    handed = await service.submit(made.id, CITABLES, actor=writer, version=made.version)
    back = await service.send_back(made.id, "请写明第几条", actor=REVIEWER, version=handed.version)
    assert back.state is EditionState.DRAFT
    told, _ = await queries.staff_detail(writer, made.id)
    assert told["editions"][0]["sent_back"] == "请写明第几条"
    notice = await db.fetch_one("SELECT staff_id, kind, body FROM staff_notices")
    assert notice is not None
    assert (notice["staff_id"], notice["kind"]) == (writer.id, "knowledge_sent_back")
    assert "请写明第几条" in notice["body"]


async def test_reviewers_are_told_until_one_of_them_has_done_it() -> None:
    reviewer = await clerk(Role.REVIEWER)
    handed = await submitted()
    sql = "SELECT staff_id, link FROM staff_notices WHERE settled_at IS NULL"
    assert [tuple(row) for row in await db.fetch(sql)] == [(reviewer.id, f"/knowledge/{handed.id}")]
    await service.publish(handed.id, CITABLES, actor=reviewer, version=handed.version)
    assert await db.fetch(sql) == []


async def test_a_public_article_says_what_it_rests_on() -> None:
    made = await drafted(citations=[])
    with pytest.raises(errors.NotReady) as refused:
        await service.submit(made.id, CITABLES, actor=WRITER, version=made.version)
    assert [one.path for one in refused.value.fields] == ["citations"]
    internal = await drafted("内部口径", citations=[], audience="internal")
    await service.submit(internal.id, CITABLES, actor=WRITER, version=internal.version)


async def test_a_citation_of_a_policy_keeps_what_the_library_says_of_it() -> None:
    policy = await policy_people.published("小店减费")
    version = await version_of(policy.id)
    made = await published(citations=[cites(version)])
    (told,) = (await queries.public_detail(made.id))["citations"]
    assert told["policy_id"] == str(policy.id)
    assert (told["number"], told["edition"], told["title"]) == (policy.number, 1, "小店减费")


async def test_what_is_not_in_the_library_can_not_be_cited() -> None:
    unreleased = await policies.draft(policy_people.content(), actor=policy_people.WRITER)
    draft_id = await db.fetch_value("SELECT id FROM policy_versions WHERE policy_id = $1", unreleased.id)
    for unknown in (uuid4(), draft_id):
        with pytest.raises(errors.SourceUnknown) as refused:
            await drafted(citations=[cites(unknown)])
        assert [one.path for one in refused.value.fields] == ["citations.0.version_id"]


async def test_what_holds_no_more_is_neither_submitted_nor_released(clock: Frozen) -> None:
    policy = await policy_people.published(effective_to=today() + timedelta(days=400))
    version = await version_of(policy.id)
    waiting, fresh = await submitted(citations=[cites(version)]), await drafted("另一条", citations=[cites(version)])
    clock.advance(timedelta(days=500))  # past its last day, which the clock of policies has not noted yet
    for command, article, actor in ((service.publish, waiting, REVIEWER), (service.submit, fresh, WRITER)):
        with pytest.raises(errors.NotReady) as refused:
            await command(article.id, CITABLES, actor=actor, version=article.version)
        assert "已到期" in refused.value.fields[0].sentence


async def test_what_is_withdrawn_is_read_no_more() -> None:
    made = await published()
    done = await service.withdraw(made.id, "口径有误", actor=REVIEWER, version=made.version)
    assert done.state is EditionState.WITHDRAWN
    with pytest.raises(errors.ArticleUnknown):
        await queries.public_detail(made.id)
    with pytest.raises(errors.NotPublished):
        await service.withdraw(made.id, "再撤一次", actor=REVIEWER, version=done.version)


async def test_what_may_be_done_is_what_is_not_refused() -> None:
    made = await published()
    assert (await queries.staff_detail(WRITER, made.id))[0]["may"] == ["begin_edition"]
    assert (await queries.staff_detail(REVIEWER, made.id))[0]["may"] == ["withdraw"]
    begun = await service.edit(made.id, content("新写的"), CITABLES, actor=BOTH, version=made.version)
    await service.submit(made.id, CITABLES, actor=BOTH, version=begun.version)
    assert (await queries.staff_detail(BOTH, made.id))[0]["may"] == ["edit", "send_back", "withdraw"]
    assert (await queries.staff_detail(READER, made.id))[0]["may"] == []


async def test_a_category_that_is_not_there_is_refused() -> None:
    with pytest.raises(errors.CategoryUnknown):
        await drafted(category="no_such_thing")


@pytest.mark.parametrize(
    "given",
    [
        {"title": "两\n行"},
        {"title": "，。！"},
        {"body": "看不见的\u202e字"},
        {"asked_as": ["怎么改名", "怎么改名"]},
        {"citations": [cites(uuid4()), {"source": "policies", "version_id": "x", "words": "y"}]},
        {"audience": "somebody"},
        {"title": ""},
    ],
)
def test_what_nobody_can_read_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        content(**given)


async def test_a_third_edition_counts_on() -> None:
    first = await published()
    second = await renewed(first, title="第二版")
    third = await renewed(second, title="第三版")
    assert third.edition == 3
