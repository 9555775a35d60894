"""When a policy changes, what rests on it comes on the correction list, and readers are told that it is looked at."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend import outbox
from backend.access import Actor, Role
from backend.assembly import CITABLES, OUTBOX_HANDLERS, recheck_citations
from backend.cases import handling
from backend.cases.events import Citation
from backend.foundation import db
from backend.foundation.clock import Frozen, today
from backend.foundation.errors import Forbidden, Invalid
from backend.policies import service as policies
from backend.policies.editing.versions import Handled as Policy
from backend.questions import queries as questions
from backend.questions import similar
from backend.questions.knowledge import corrections, outdating, queries, service
from backend.questions.knowledge.states import CorrectionState
from backend.questions.knowledge.versions import Handled
from tests.backend.cases.people import asker, clerk, taken, whose
from tests.backend.policies import people as policy_people
from tests.backend.questions import askers
from tests.backend.questions.knowledge.people import (
    READER,
    REVIEWER,
    WRITER,
    cites,
    content,
    published,
    renewed,
    version_of,
)

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _worked_off() -> None:
    """Let the workers do what is due."""
    assert (await outbox.drain(OUTBOX_HANDLERS)).failed == 0


async def _listed(**wanted: Any) -> list[dict[str, Any]]:
    filters = {"state": "open", "kind": None, **wanted}
    page = await corrections.page(READER, cursor=None, limit=50, **filters)
    items: list[dict[str, Any]] = page["items"]
    return items


async def _notice(article: Handled) -> str | None:
    told: str | None = (await queries.public_detail(article.id))["notice"]
    return told


async def _withdrawn(policy: Policy) -> None:
    await policies.withdraw(policy.id, "依据被废止", actor=policy_people.REVIEWER)
    await _worked_off()


async def _next_edition(policy: Policy, **given: Any) -> Policy:
    writer = policy_people.WRITER
    made = await policies.edit(policy.id, policy_people.content(**given), actor=writer, version=policy.version)
    handed = await policies.submit(policy.id, actor=writer, version=made.version)
    done = await policies.publish(policy.id, actor=policy_people.REVIEWER, version=handed.version)
    await _worked_off()
    return done


async def _answered(*citations: Citation, **given: Any) -> tuple[UUID, Actor]:
    """A case whose answer cites something; with who asked."""
    handler = await clerk()
    person, place = await asker(**given)
    case_id = await taken(handler, person, place)
    await handling.answer(case_id, "按第二条可以减费。", citations=citations, actor=handler)
    return case_id, person


async def test_a_withdrawn_policy_lists_what_rests_on_it() -> None:
    policy, other = await policy_people.published("小店减费"), await policy_people.published("别的政策")
    version = await version_of(policy.id)
    article = await published(citations=[cites(version, "第二条：十人以下减费")])
    await published("不相干的", citations=[cites(await version_of(other.id))])
    await _withdrawn(policy)
    (line,) = await _listed()
    assert (line["kind"], line["article_id"], line["change"]) == ("article", article.id, "withdrawn")
    assert (line["words"], line["said"]) == ("《小店减费》第1版已撤回：依据被废止", "第二条：十人以下减费")
    assert await _notice(article) == "依据已变更，正在核对"


async def test_so_does_one_that_was_superseded_corrected_or_has_expired(clock: Frozen) -> None:
    replaced, mended = [await policy_people.published(name) for name in ("被取代的", "被更正的")]
    ending = await policy_people.published("到期的", effective_to=today() + timedelta(days=400))
    for policy in (replaced, mended, ending):
        await published(f"引用{policy.number}", citations=[cites(await version_of(policy.id))])
    await _next_edition(replaced, title="被取代的", benefit="减费三分之二。")
    await _next_edition(mended, title="被更正的", correction="金额写错了")
    told = {line["change"]: line["words"] for line in await _listed()}
    assert told == {
        "superseded": "《被取代的》第1版已由第2版取代",
        "corrected": "《被更正的》第1版已由第2版更正：金额写错了",
    }
    clock.advance(timedelta(days=500))
    await policies.expire()
    await _worked_off()
    assert {line["words"] for line in await _listed() if line["change"] == "expired"} == {"《到期的》第1版已到期"}


async def test_the_next_edition_closes_the_line_and_takes_the_notice_away() -> None:
    policy = await policy_people.published()
    version = await version_of(policy.id)
    article = await published(citations=[cites(version)])
    policy = await _next_edition(policy, benefit="减费三分之二。")
    assert await _notice(article)
    await renewed(article, citations=[cites(await version_of(policy.id))])
    assert await _notice(article) is None
    assert await _listed() == []
    (line,) = await _listed(state="corrected")
    assert (line["reason"], line["settled_at"] is not None) == ("第2版已发布", True)


async def test_an_answer_is_listed_by_its_policy_and_by_the_article_that_it_cites() -> None:
    policy = await policy_people.published()
    version = await version_of(policy.id)
    article = await published(citations=[cites(version)])
    edition = await db.fetch_value("SELECT id FROM knowledge_versions WHERE article_id = $1", article.id)
    own = Citation("policies", "《小店减费》第二条", policy.id, version)
    through = Citation("knowledge", "知识条目", article.id, edition)
    first, _ = await _answered(own)
    second, _ = await _answered(through, number=2)
    third, _ = await _answered(own, through, number=3)
    await _answered(Citation("law", "条例第三条"), number=4)
    await _withdrawn(policy)
    assert {line["case_id"] for line in await _listed(kind="answer")} == {first, second, third}
    assert len(await _listed(kind="article")) == 1


async def test_what_comes_twice_is_listed_once() -> None:
    policy = await policy_people.published()
    version = await version_of(policy.id)
    await published(citations=[cites(version)])
    await _answered(Citation("policies", "第二条", policy.id, version))
    await _withdrawn(policy)
    assert await recheck_citations() == 0
    assert len(await _listed()) == 2


async def test_an_answer_that_cited_what_had_just_ended_is_found_by_the_sweep() -> None:
    policy = await policy_people.published()
    version = await version_of(policy.id)
    await _withdrawn(policy)
    await _answered(Citation("policies", "第二条", policy.id, version))
    assert await _listed() == []
    assert await recheck_citations() == 1
    assert [line["kind"] for line in await _listed()] == ["answer"]


async def test_a_withdrawn_article_lists_the_answers_that_cite_it() -> None:
    article = await published()
    edition = await db.fetch_value("SELECT id FROM knowledge_versions WHERE article_id = $1", article.id)
    case_id, _ = await _answered(Citation("knowledge", "知识条目", article.id, edition))
    await service.withdraw(article.id, "口径有误", actor=REVIEWER, version=article.version)
    (line,) = await _listed()
    assert (line["kind"], line["source"], line["case_id"]) == ("answer", "knowledge", case_id)
    assert "口径有误" in line["words"]


async def test_who_wrote_it_is_told_and_whoever_writes_when_he_has_left() -> None:
    writer, colleague = await clerk(Role.SPECIALIST), await clerk(Role.PUBLISHER)
    await clerk(Role.FRONT_DESK)
    made = await service.draft(content(), CITABLES, actor=writer)
    first, second = [await policy_people.published(name) for name in ("甲政策", "乙政策")]
    body = content(citations=[cites(await version_of(one.id)) for one in (first, second)])
    changed = await service.edit(made.id, body, CITABLES, actor=writer, version=made.version)
    handed = await service.submit(made.id, CITABLES, actor=writer, version=changed.version)
    await service.publish(made.id, CITABLES, actor=REVIEWER, version=handed.version)
    await _withdrawn(first)
    sql = "SELECT staff_id FROM staff_notices WHERE kind = 'knowledge_outdated' AND settled_at IS NULL ORDER BY id"
    assert [row["staff_id"] for row in await db.fetch(sql)] == [writer.id]
    await db.execute("UPDATE staff SET state = 'left', left_at = now() WHERE id = $1", writer.id)
    await _withdrawn(second)
    assert [row["staff_id"] for row in await db.fetch(sql)] == [writer.id, colleague.id]
    lines = [line["id"] for line in await _listed()]
    await corrections.settle(lines, CorrectionState.UNAFFECTED, "只是文号变了", actor=WRITER)
    assert await db.fetch(sql) == []


async def test_a_line_is_found_unaffected_with_a_reason_by_somebody() -> None:
    policy = await policy_people.published()
    article = await published(citations=[cites(await version_of(policy.id))])
    await _withdrawn(policy)
    (line,) = await _listed()
    with pytest.raises(Invalid):
        await corrections.settle([line["id"]], CorrectionState.UNAFFECTED, " ", actor=WRITER)
    with pytest.raises(Forbidden):
        await corrections.settle([line["id"]], CorrectionState.UNAFFECTED, "不受影响", actor=READER)
    by_hand = await corrections.settle([line["id"], uuid4()], CorrectionState.CORRECTED, "", actor=WRITER)
    assert [one["outcome"] for one in by_hand] == ["needs_edition", "unknown"]
    done = await corrections.settle([line["id"]], CorrectionState.UNAFFECTED, "只是文号变了", actor=WRITER)
    again = await corrections.settle([line["id"]], CorrectionState.UNAFFECTED, "再办一次", actor=WRITER)
    assert [one["outcome"] for one in (*done, *again)] == ["settled", "already"]
    assert await _notice(article) is None
    (settled,) = await _listed(state="unaffected")
    assert settled["reason"] == "只是文号变了"


async def test_an_asker_is_told_once_whatever_the_number_of_his_answers() -> None:
    policy = await policy_people.published()
    citation = Citation("policies", "第二条", policy.id, await version_of(policy.id))
    case_id, asking = await _answered(citation)
    await db.execute("UPDATE cases SET state = 'reopened' WHERE id = $1", case_id)
    await handling.answer(case_id, "补充答复。", citations=(citation,), actor=await clerk(Role.MANAGER))
    counter, _ = await _answered(citation, number=2)
    await db.execute("UPDATE cases SET person_id = NULL WHERE id = $1", counter)
    await _withdrawn(policy)
    lines = sorted(await _listed(), key=lambda line: (line["case_id"], line["seq"]))
    assert len(lines) == 3
    ids = [line["id"] for line in lines]
    outcomes = {one["id"]: one["outcome"] for one in await corrections.tell(ids, "请以新政策为准", actor=WRITER)}
    assert sorted(outcomes.values()) == ["already", "no_account", "told"]
    again = await corrections.tell(ids, "请以新政策为准", actor=WRITER)
    assert {one["outcome"] for one in again} == {"already", "no_account"}
    (told,) = await db.fetch("SELECT person_id, body, page FROM inbox WHERE kind = 'answer_outdated'")
    assert told["person_id"] == asking.id
    assert "已撤回：依据被废止" in told["body"]
    assert "请以新政策为准。" in told["body"]
    assert str(case_id) in told["page"]
    lines_of = "SELECT case_id, body FROM case_events WHERE kind = 'corrected'"
    (written,) = await db.fetch(lines_of)
    assert written["case_id"] == case_id
    assert written["body"].endswith("已撤回：依据被废止。请以新政策为准。")
    silence = "SELECT reached_at, silence_at FROM cases WHERE id = $1"
    assert set(dict(await db.fetch_one(silence, case_id) or {}).values()) == {None}


async def test_staff_are_told_of_answers_until_all_of_them_were_looked_at() -> None:
    policy = await policy_people.published()
    citation = Citation("policies", "第二条", policy.id, await version_of(policy.id))
    for number in (1, 2):
        await _answered(citation, number=number)
    writer = await clerk(Role.SPECIALIST)
    await _withdrawn(policy)
    waiting = (
        "SELECT count(*) FROM staff_notices WHERE kind = 'answers_outdated' AND staff_id = $1 AND settled_at IS NULL"
    )
    for left, line in zip((1, 0), await _listed(kind="answer"), strict=True):
        await corrections.settle([line["id"]], CorrectionState.CORRECTED, "已答复更正", actor=WRITER)
        assert await db.fetch_value(waiting, writer.id) == left


async def _public(policy: Policy) -> UUID:
    """A question whose public answer rests on a policy."""
    question = await askers.received((await asker())[0])
    case_id = await askers.case_of(question)
    citation = Citation("policies", "第二条", policy.id, await version_of(policy.id))
    await handling.accept(case_id, actor=await whose(case_id))
    await handling.answer(case_id, "可以。", citations=(citation,), actor=await whose(case_id))
    await _worked_off()
    await askers.published(question)
    return question


async def test_a_published_question_says_that_its_ground_is_looked_at() -> None:
    policy = await policy_people.published()
    question = await _public(policy)
    assert (await questions.public_detail(question))["notice"] is None
    await _withdrawn(policy)
    (line,) = await _listed(kind="answer")
    assert (await questions.public_detail(question))["notice"] == queries.CHECKING
    assert [one["notice"] for one in (await questions.published())["items"]] == [queries.CHECKING]
    await corrections.settle([line["id"]], CorrectionState.UNAFFECTED, "只是文号变了", actor=WRITER)
    assert (await questions.public_detail(question))["notice"] is None


async def test_an_answer_is_listed_for_whoever_sees_its_case() -> None:
    policy = await policy_people.published()
    await _answered(Citation("policies", "第二条", policy.id, await version_of(policy.id)))
    await _withdrawn(policy)
    elsewhere = await clerk(Role.SPECIALIST, districts=("330503",))
    page = await corrections.page(elsewhere, state=None, kind=None, cursor=None, limit=10)
    assert (page["items"], page["count"]) == ([], 0)
    (line,) = await _listed()
    outcomes = await corrections.settle([line["id"]], CorrectionState.UNAFFECTED, "不受影响", actor=elsewhere)
    told = await corrections.tell([line["id"]], "请以新政策为准", actor=elsewhere)
    assert [one["outcome"] for one in (*outcomes, *told)] == ["unknown", "unknown"]


async def _recommended() -> list[UUID]:
    return [one.ref_id for one in await similar.similar("稳岗补贴怎么申请", least=0.01, holds=True)]


async def test_what_is_looked_at_is_recommended_to_nobody() -> None:
    policy = await policy_people.published()
    question = await _public(policy)
    assert await _recommended() == [question]
    await _withdrawn(policy)
    assert await _recommended() == []
    assert [one.ref_id for one in await similar.similar("稳岗补贴怎么申请", least=0.01)] == [question]
    (line,) = await _listed(kind="answer")
    await corrections.settle([line["id"]], CorrectionState.UNAFFECTED, "只是文号变了", actor=WRITER)
    assert await _recommended() == [question]


async def test_an_article_that_is_looked_at_is_recommended_to_nobody() -> None:
    policy = await policy_people.published()
    article = await published(citations=[cites(await version_of(policy.id))])
    words = "个体工商户怎么变更经营者"
    assert [one.ref_id for one in await similar.similar(words, holds=True)] == [article.id]
    await _withdrawn(policy)
    assert await similar.similar(words, holds=True) == []


async def test_the_line_and_the_asker_are_told_of_the_public_wording() -> None:
    policy = await policy_people.published()
    question = await _public(policy)
    await _withdrawn(policy)
    (line,) = await _listed(kind="answer")
    (public,) = await db.fetch("SELECT id FROM question_publications WHERE state = 'published'")
    assert line["publication_id"] == public["id"]
    await corrections.tell([line["id"]], "请以新政策为准", actor=WRITER)
    told = await db.fetch_value("SELECT body FROM inbox WHERE kind = 'answer_outdated'")
    written = await db.fetch_value("SELECT body FROM case_events WHERE kind = 'corrected'")
    assert "公开的答复已标明依据正在核对。" in told
    assert written.endswith("请以新政策为准。公开的答复已标明依据正在核对。")
    assert (await questions.public_detail(question))["notice"] == queries.CHECKING


async def test_an_answer_is_not_corrected_while_its_public_wording_is_the_old_one(clock: Frozen) -> None:
    policy = await policy_people.published()
    question = await _public(policy)
    clock.advance(timedelta(hours=1))
    await _withdrawn(policy)
    (line,) = await _listed(kind="answer")
    told = await corrections.settle([line["id"]], CorrectionState.CORRECTED, "已更正", actor=WRITER)
    assert [one["outcome"] for one in told] == ["needs_edition"]
    clock.advance(timedelta(hours=1))
    await askers.published(question)
    assert await _recommended() == []
    told = await corrections.settle([line["id"]], CorrectionState.CORRECTED, "已更正", actor=WRITER)
    assert [one["outcome"] for one in told] == ["settled"]
    assert await _recommended() == [question]


_OPEN_NOTICES = """
SELECT body FROM staff_notices WHERE kind = 'answers_outdated' AND staff_id = $1 AND settled_at IS NULL
"""


async def test_of_two_who_settle_the_last_answers_at_once_one_ends_the_notice() -> None:
    policy = await policy_people.published()
    citation = Citation("policies", "第二条", policy.id, await version_of(policy.id))
    for number in range(1, 7):
        await _answered(citation, number=number)
    writer = await clerk(Role.SPECIALIST)
    await _withdrawn(policy)
    assert len(await db.fetch(_OPEN_NOTICES, writer.id)) == 1
    settling = (
        corrections.settle([line["id"]], CorrectionState.CORRECTED, "已答复更正", actor=WRITER)
        for line in await _listed(kind="answer")
    )
    await asyncio.gather(*settling)
    assert await db.fetch(_OPEN_NOTICES, writer.id) == []


async def test_however_many_list_the_answers_at_once_there_is_one_notice_with_all_of_them() -> None:
    policy = await policy_people.published()
    version = await version_of(policy.id)
    citation = Citation("policies", "第二条", policy.id, version)
    writer = await clerk(Role.SPECIALIST)
    change = outdating.Withdrawn(version, "已撤回")

    async def noted() -> int:
        async with db.transaction():
            return await outdating.note("policies", [change])

    for number in (1, 2):
        await _answered(citation, number=number)
    assert sorted(await asyncio.gather(*(noted() for _ in range(6)))) == [0, 0, 0, 0, 0, 2]
    await _answered(citation, number=3)
    assert sorted(await asyncio.gather(*(noted() for _ in range(6)))) == [0, 0, 0, 0, 0, 1]
    (told,) = await db.fetch(_OPEN_NOTICES, writer.id)
    assert "3" in told["body"]
