"""Public answers: another person lets them out, whoever follows is told once, a correction takes the place."""

import asyncio

import pytest

from backend.access import Actor, Grant, Role
from backend.access.actor import ActorKind
from backend.cases import CaseState, handling
from backend.cases.handling import Wanted
from backend.foundation import db
from backend.foundation.errors import Forbidden, Invalid
from backend.foundation.ids import new_id
from backend.foundation.states import WrongState
from backend.questions import asking, following, publishing, queries, similar
from backend.questions.errors import (
    AlreadyProposed,
    FollowsFull,
    NotAnswered,
    NotFollowable,
    PublicationUnknown,
    QuestionUnknown,
    SamePerson,
)
from backend.questions.states import FOLLOWED, TAKEN_BACK
from tests.backend.cases.people import asker, clerk, manager, whose
from tests.backend.policies.counting import counted
from tests.backend.questions.askers import TEXT, answered, ask, case_of, drain, proposed, published, received

pytestmark = pytest.mark.usefixtures("running", "clock")

_TOLD = "SELECT kind FROM inbox WHERE person_id = $1 ORDER BY id"


async def _told(person: Actor) -> list[str]:
    return [row["kind"] for row in await db.fetch(_TOLD, person.id)]


async def test_only_what_is_answered_is_published_and_by_another_person() -> None:
    person, _ = await asker()
    waiting = await received(person)
    with pytest.raises(NotAnswered):
        await proposed(waiting)
    question, writer = await answered(person), await manager()
    publication = await proposed(question, writer)
    assert (await publishing.show(writer, publication))["may"] == ["send_back"]
    with pytest.raises(SamePerson):
        await publishing.release(publication, actor=writer)
    with pytest.raises(AlreadyProposed):
        await proposed(question)
    with pytest.raises(QuestionUnknown):
        await queries.public_detail(question)
    reviewer = await manager()
    assert (await publishing.show(reviewer, publication))["may"] == ["release", "send_back"]
    await publishing.release(publication, actor=reviewer)
    seen = await queries.public_detail(question)
    assert (seen["title"], seen["answered"], seen["is_correction"]) == ("稳岗补贴怎么申请", "可以，见说明。", False)
    assert TEXT not in str(seen)
    with pytest.raises(WrongState):
        await publishing.release(publication, actor=reviewer)


async def test_it_is_found_by_similar_words_until_it_is_withdrawn() -> None:
    question = await published()
    assert [one.ref_id for one in await similar.similar("稳岗补贴", source="questions", least=0.01)] == [question]
    (item,) = (await publishing.page(await manager(), state="published", cursor=None, limit=5))["items"]
    with pytest.raises(Invalid):
        await publishing.withdraw(item["id"], " ", actor=await manager())
    await publishing.withdraw(item["id"], "内容有误", actor=await manager())
    assert await similar.similar("稳岗补贴", source="questions", least=0.01) == []
    assert (await queries.published())["items"] == []
    with pytest.raises(QuestionUnknown):
        await queries.public_detail(question)


async def test_a_proposal_that_came_back_makes_room_for_another() -> None:
    question = await answered()
    first = await proposed(question)
    await publishing.send_back(first, "请隐去店名", actor=await manager())
    assert (await publishing.show(await manager(), first))["reason"] == "请隐去店名"
    second = await proposed(question)
    assert (await publishing.show(await manager(), second))["edition"] == 2


async def test_of_two_who_release_one_wins() -> None:
    publication = await proposed()
    people = [await manager() for _ in range(4)]
    tries = (publishing.release(publication, actor=one) for one in people)
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(one is None for one in results) == 1
    assert sum(isinstance(one, WrongState) for one in results) == 3


async def test_whoever_follows_is_told_once_an_edition_and_the_asker_by_his_case() -> None:
    (person, _), (follower, _), (late, _) = await asker(1), await asker(2), await asker(3)
    question = await answered(person, is_followable=True)
    for _ in range(2):
        await following.follow(question, actor=follower)
    await published(question)
    await following.follow(question, actor=late)
    assert await _told(follower) == ["question_answered"]
    await published(question)
    assert await _told(follower) == ["question_answered", "question_corrected"]
    assert await _told(late) == ["question_corrected"]
    assert not {"question_answered", "question_corrected"} & set(await _told(person))
    assert (await queries.public_detail(question))["is_correction"]
    states = await db.fetch("SELECT state FROM question_publications ORDER BY edition")
    assert [row["state"] for row in states] == ["superseded", "published"]


async def test_what_may_come_soon_is_told_to_whoever_asks_for_credits() -> None:
    (person, _), (follower, _) = await asker(1), await asker(2)
    question = await answered(person, is_followable=True)
    await following.follow(question, actor=follower)
    await ask(follower)
    assert follower.id
    assert await following.expected(follower.id) == {"question_answered": 1, "question_refused": 1}
    await published(question)
    assert await following.expected(follower.id) == {"question_refused": 1}


async def test_many_followers_are_told_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "SLICE", 3)
    question = await answered(is_followable=True)
    people = [(await asker(n))[0] for n in range(2, 9)]
    for one in people:
        await following.follow(question, actor=one)
    await following.leave(question, actor=people[0])
    await published(question)
    await drain()
    assert [await _told(one) for one in people] == [[], *[["question_answered"]] * 6]


async def test_what_is_not_public_is_followed_only_where_its_asker_allowed_it() -> None:
    (person, _), (stranger, _) = await asker(1), await asker(2)
    closed, opened = await received(person), await received(person, is_followable=True)
    checking = await ask(person, is_followable=True)
    for question in (closed, checking, new_id()):
        with pytest.raises(NotFollowable):
            await following.follow(question, actor=stranger)
        with pytest.raises(QuestionUnknown):
            await queries.public_detail(question, person_id=stranger.id)
    with pytest.raises(NotFollowable):
        await following.follow(opened, actor=person)
    await following.follow(opened, actor=stranger)
    seen = await queries.public_detail(opened, person_id=stranger.id)
    assert (seen["asked"], seen["answered"], seen["is_followed"]) == (None, None, True)
    assert TEXT not in str(seen)
    (mine,) = (await following.mine(stranger))["items"]
    assert (mine["question_id"], mine["title"]) == (opened, None)
    with pytest.raises(Forbidden):
        await following.follow(opened, actor=await clerk())


async def test_who_follows_reads_sentences_of_his_own_until_it_is_public() -> None:
    (person, _), (follower, _), (stranger, _) = await asker(1), await asker(2), await asker(3)
    question = await received(person, is_followable=True)
    await following.follow(question, actor=follower)

    async def read(someone: Actor) -> str:
        told: str = (await queries.public_detail(question, person_id=someone.id))["sentence"]
        return told

    case_id, worker = await case_of(question), await whose(await case_of(question))
    await handling.accept(case_id, actor=worker)
    await handling.ask(case_id, [Wanted("用工合同")], actor=worker)
    assert "补充材料" in (await queries.detail(person, question))["sentence"]
    assert await read(follower) == "正在办理；答复公开后会告诉您。"
    assert await read(stranger) == "正在办理；关注后，答复公开时会告诉您。"
    await handling.answer(case_id, "可以。", actor=worker)
    assert await read(follower) == "已答复提问人，答复尚未公开；答复公开后会告诉您。"
    (mine,) = (await following.mine(follower))["items"]
    assert mine["sentence"] == await read(follower)
    other = await received(person, is_followable=True)
    await following.follow(other, actor=follower)
    await asking.withdraw(other, actor=person)
    assert (await following.mine(follower))["items"][0]["sentence"] == TAKEN_BACK


def test_whatever_becomes_of_a_case_who_follows_is_not_told_what_is_its_owners() -> None:
    assert set(FOLLOWED) == set(CaseState)
    assert not [words for words in FOLLOWED.values() if any(one in words for one in ("您", "补充", "确认", "满意"))]


async def test_one_follows_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MOST", 2)
    (person, _), (stranger, _) = await asker(1), await asker(2)
    questions = [await received(person, is_followable=True) for _ in range(3)]
    tries = (following.follow(one, actor=stranger) for one in questions)
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, FollowsFull) for one in results) == 1
    page = await following.mine(stranger, limit=1)
    rest = await following.mine(stranger, cursor=page["next"], limit=5)
    assert len(page["items"] + rest["items"]) == 2


async def test_public_lists_are_one_statement_and_turn_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    questions = [await published(await answered((await asker(n))[0])) for n in range(1, 4)]
    for limit in (1, 3):
        with counted(monkeypatch) as seen:
            page = await queries.published(limit=limit)
        assert (len(page["items"]), len(seen)) == (limit, 1)
    first = await queries.published(limit=2)
    rest = await queries.published(limit=2, cursor=first["next"])
    assert {one["question_id"] for one in first["items"] + rest["items"]} == set(questions)
    assert (await queries.published(category="help_other"))["items"] == []


async def test_what_is_public_promises_nothing() -> None:
    question, writer = await answered(), await manager()
    with pytest.raises(Invalid) as refused:
        await publishing.propose(question, "补贴", "一定能拿到补贴吗？", "符合条件的一定能拿到。", actor=writer)
    assert [(one.path, one.code) for one in refused.value.fields] == [("answered", "promise")]
    cited = "《稳岗办法》写明“确保发放到位”，您可能符合。"
    assert await publishing.propose(question, "补贴", "一定能拿到补贴吗？", cited, actor=writer)


async def test_whoever_reads_further_than_he_may_publish_publishes_only_there() -> None:
    publication = await proposed()
    nearby = Actor(ActorKind.STAFF, new_id(), "", (Grant(Role.MANAGER, districts=("330523",)), Grant(Role.FRONT_DESK)))
    with pytest.raises(PublicationUnknown):
        await publishing.release(publication, actor=nearby)
    assert (await publishing.page(nearby, state=None, cursor=None, limit=5))["count"] == 0
    auditor = Actor(ActorKind.STAFF, new_id(), "", (Grant(Role.AUDITOR),))
    with pytest.raises(Forbidden):
        await publishing.release(publication, actor=auditor)
    with pytest.raises(Forbidden):
        await publishing.propose(new_id(), "补贴", "能申请吗？", "可能符合。", actor=auditor)


async def test_staff_publish_only_what_they_see_and_may() -> None:
    question = await answered()
    publication = await proposed(question)
    elsewhere = Actor(ActorKind.STAFF, new_id(), "", (Grant(Role.MANAGER, districts=("330523",)),))
    with pytest.raises(PublicationUnknown):
        await publishing.show(elsewhere, publication)
    with pytest.raises(PublicationUnknown):
        await publishing.release(publication, actor=elsewhere)
    with pytest.raises(QuestionUnknown):
        await publishing.propose(question, "a", "b", "c", actor=elsewhere)
    with pytest.raises(Forbidden):
        await publishing.release(publication, actor=await clerk())
    assert (await publishing.page(elsewhere, state=None, cursor=None, limit=5))["count"] == 0
