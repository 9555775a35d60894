"""Asking: a number at once, a case once checked whose clocks began when it was asked, and never a second one."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest

from backend import cases, moderation
from backend.access import Actor, Grant, Role
from backend.assembly import CHECK_CONCERNS
from backend.cases import CategoryUnknown, handling
from backend.cases.ending import closing
from backend.cases.linked import merging
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from backend.foundation.states import WrongState
from backend.moderation.errors import OwnSubmission
from backend.questions import asking, personal, queries
from backend.questions.asking import Asked
from backend.questions.errors import AlreadyAnswered, PhotoUnknown, QuestionUnknown, TooManyQuestions
from backend.runtime import Runtime
from tests.backend.cases.people import asker, clerk, manager, taken
from tests.backend.policies.counting import counted
from tests.backend.policies.people import owner
from tests.backend.questions.askers import (
    CATEGORY,
    TEXT,
    answered,
    ask,
    case_of,
    drain,
    judge,
    photo,
    received,
    state_of,
    subject_of,
)
from tests.factories.people import add_staff

pytestmark = pytest.mark.usefixtures("running", "clock")


async def test_a_question_has_its_number_at_once_and_is_read_by_its_asker_alone() -> None:
    (person, _), (stranger, _) = await asker(1), await asker(2)
    question = await ask(person)
    seen = await queries.detail(person, question)
    assert seen["number"].startswith("WW-20261123-")
    assert (seen["state"], seen["text"], seen["case_id"], seen["may"]) == ("checking", TEXT, None, ["withdraw"])
    assert "正在检查" in seen["sentence"]
    with pytest.raises(QuestionUnknown):
        await queries.detail(stranger, question)
    with pytest.raises(QuestionUnknown):
        await queries.detail(await clerk(), question)
    assert (await queries.mine(stranger))["items"] == []


async def test_what_passes_is_a_case_of_its_number_whose_clocks_began_when_it_was_asked(clock: Frozen) -> None:
    person, place = await asker()
    asked_at = clock.now()
    shown = [await photo(person), await photo(person)]
    question = await asking.ask(Asked(CATEGORY, TEXT, shown), actor=Actor(person.kind, person.id, enterprise_id=place))
    clock.advance(timedelta(hours=3))
    await judge(question)
    seen = await queries.detail(person, question)
    case = await db.fetch_one("SELECT * FROM cases WHERE id = $1", seen["case_id"])
    assert case is not None
    assert (case["number"], case["received_at"]) == (seen["number"], asked_at)
    assert (case["person_id"], case["enterprise_id"], case["district"]) == (person.id, place, "330502")
    assert (case["body"], case["category"], case["channel"]) == (TEXT, CATEGORY, "mini_program")
    files_of_case = await db.fetch("SELECT file_id FROM case_files WHERE case_id = $1", seen["case_id"])
    assert {row["file_id"] for row in files_of_case} == set(shown)
    standing = (await cases.of("questions", [question]))[question]
    assert (seen["state"], seen["sentence"], seen["due_at"]) == ("received", standing.sentence, standing.due_at)
    assert [one["file_id"] for one in seen["photo_links"]] == shown


async def test_what_is_held_says_so_and_goes_on_when_staff_release_it() -> None:
    person, _ = await asker()
    question = await ask(person)
    await judge(question, passes=False)
    assert "工作人员查看" in (await queries.detail(person, question))["sentence"]
    reviewer = await add_staff(Grant(Role.FRONT_DESK), staff_id=new_id())
    await moderation.release(await subject_of(question), "没有问题", actor=reviewer)
    await drain()
    seen = await queries.detail(person, question)
    assert (seen["state"], seen["reason"]) == ("received", None)


async def test_whose_enterprise_asked_keeps_out_of_the_check() -> None:
    person, place = await asker()
    question = await ask(Actor(person.kind, person.id, enterprise_id=place))
    await judge(question, passes=False)
    colleague, subject = await owner(place), await subject_of(question)
    reviewer, other = [await add_staff(Grant(Role.FRONT_DESK), staff_id=new_id()) for _ in range(2)]
    bind = "INSERT INTO staff_phones (id, staff_id, person_id, bound_at) VALUES ($1, $2, $3, now())"
    await db.execute(bind, new_id(), reviewer.id, colleague.id)
    with pytest.raises(OwnSubmission):
        await moderation.release(subject, "没有问题", actor=reviewer, concerns=CHECK_CONCERNS)
    await moderation.release(subject, "没有问题", actor=other, concerns=CHECK_CONCERNS)


async def test_what_is_refused_tells_its_asker_why() -> None:
    person, _ = await asker()
    question = await ask(person, photos=[await photo(person)])
    await judge(question, passes=False)
    reviewer = await add_staff(Grant(Role.FRONT_DESK), staff_id=new_id())
    await moderation.refuse(await subject_of(question), "含广告内容", actor=reviewer)
    await drain()
    seen = await queries.detail(person, question)
    assert (seen["state"], seen["reason"], seen["may"]) == ("refused", "含广告内容", [])
    assert "含广告内容。" in seen["sentence"]
    inbox = await db.fetch("SELECT kind, body FROM inbox WHERE person_id = $1", person.id)
    assert [row["kind"] for row in inbox] == ["question_refused"]
    assert "含广告内容" in inbox[0]["body"]
    assert await cases.of("questions", [question]) == {}


async def test_the_words_of_what_never_became_a_case_go_after_a_month(clock: Frozen) -> None:
    person, _ = await asker()
    gone, kept = await ask(person, photos=[await photo(person)]), await received(person)
    await asking.withdraw(gone, actor=person)
    await asking.withdraw(kept, actor=person)
    clock.advance(timedelta(days=29))
    assert await asking.forget() == 0
    clock.advance(timedelta(days=2))
    assert await asking.forget() == 1
    assert await asking.forget() == 0
    assert (await queries.detail(person, gone))["text"] == ""
    assert (await queries.detail(person, kept))["text"] == TEXT
    assert await db.fetch_value("SELECT count(*) FROM files WHERE state = 'stored'") == 0


async def test_before_they_passed_photos_are_for_him_who_took_them() -> None:
    person, place = await asker()
    colleague = await owner(place)
    acting = Actor(person.kind, person.id, enterprise_id=place)
    question = await asking.ask(Asked(CATEGORY, TEXT, [await photo(person)]), actor=acting)
    assert len((await queries.detail(person, question))["photo_links"]) == 1
    assert (await queries.detail(colleague, question))["photo_links"] == []
    await judge(question)
    assert len((await queries.detail(colleague, question))["photo_links"]) == 1


@pytest.mark.parametrize("sees", [True, False])
async def test_a_clerk_sees_his_enterprise_s_questions_when_he_was_given_them(clock: Frozen, sees: bool) -> None:
    person, place = await asker()
    await asking.ask(Asked(CATEGORY, TEXT), actor=Actor(person.kind, person.id, enterprise_id=place))
    scope = ["questions"] if sees else ["policies"]
    helper = await owner(place, role="clerk", scope=scope, until=clock.now() + timedelta(days=9))
    assert len((await queries.mine(helper))["items"]) == sees
    ended = await owner(place, state="ended")
    assert (await queries.mine(ended))["items"] == []


async def test_a_photo_is_his_own_whole_and_used_once() -> None:
    (person, _), (stranger, _) = await asker(1), await asker(2)
    his, foreign = await photo(person), await photo(stranger)
    for photos in ([his, foreign], [new_id()], [his, his], [await photo(person) for _ in range(10)]):
        with pytest.raises(PhotoUnknown):
            await ask(person, photos=photos)
    await ask(person, photos=[his])
    with pytest.raises(PhotoUnknown):
        await ask(person, photos=[his])


async def test_unused_photos_go_after_a_day(clock: Frozen) -> None:
    person, _ = await asker()
    used, unused = await photo(person), await photo(person)
    await ask(person, photos=[used])
    assert await asking.sweep_photos() == 0
    clock.advance(timedelta(hours=25))
    assert await asking.sweep_photos() == 1
    left = {row["id"] for row in await db.fetch("SELECT id FROM files WHERE state = 'stored'")}
    assert (used in left, unused in left) == (True, False)


async def test_only_leaves_that_are_open_to_owners_can_be_asked() -> None:
    person, _ = await asker()
    for category in ("consult", "service_promise", "nothing"):
        with pytest.raises(CategoryUnknown):
            await ask(person, category=category)
    with pytest.raises(Forbidden):
        await ask(await clerk())


async def test_every_category_that_is_offered_can_be_asked_and_no_other(clock: Frozen) -> None:
    person, _ = await asker()
    offered = {one["key"]: one for one in await queries.categories()}
    assert offered[CATEGORY]["under"]
    able = set()
    for row in await db.fetch("SELECT key FROM case_categories"):
        clock.advance(timedelta(days=1))
        with suppress(CategoryUnknown):
            await ask(person, category=row["key"])
            able.add(row["key"])
    assert able == set(offered)


async def test_a_category_that_was_closed_meanwhile_loses_no_question() -> None:
    person, _ = await asker()
    question = await ask(person)
    await db.execute("UPDATE case_categories SET closed_at = now() WHERE key = $1", CATEGORY)
    try:
        await judge(question)
    finally:
        await db.execute("UPDATE case_categories SET closed_at = NULL WHERE key = $1", CATEGORY)
    assert await db.fetch_value("SELECT category FROM cases WHERE id = $1", await case_of(question)) == "help_other"


async def test_a_day_has_so_many_questions_also_when_they_come_at_once(running: Runtime, clock: Frozen) -> None:
    person, _ = await asker()
    most = running.settings.questions_per_day
    tries = await asyncio.gather(*(ask(person, f"第{n}问") for n in range(most + 8)), return_exceptions=True)
    assert sum(isinstance(one, UUID) for one in tries) == most
    refused = [one for one in tries if isinstance(one, TooManyQuestions)]
    assert len(refused) == 8
    assert 0 < refused[0].retry_after <= 24 * 3600
    clock.advance(timedelta(seconds=refused[0].retry_after))
    assert await ask(person)


async def test_an_answered_question_can_t_be_taken_back() -> None:
    person, _ = await asker()
    question = await answered(person)
    assert (await queries.detail(person, question))["may"] == []
    with pytest.raises(AlreadyAnswered):
        await asking.withdraw(question, actor=person)
    assert await state_of(question) == "received"


async def test_what_was_answered_before_stays_while_it_is_answered_anew() -> None:
    person, _ = await asker()
    question = await answered(person)
    await closing.refuse(await case_of(question), "还是不清楚怎么办", actor=person)
    assert (await cases.of("questions", [question]))[question].state == "reopened"
    with pytest.raises(AlreadyAnswered):
        await asking.withdraw(question, actor=person)
    assert await state_of(question) == "received"


async def test_what_is_taken_back_ends_its_case_or_its_check() -> None:
    person, place = await asker()
    checking, received_one = await ask(person), await received(person)
    colleague = await owner(place)
    for question in (checking, received_one):
        with pytest.raises(QuestionUnknown):
            await asking.withdraw(question, actor=colleague)
        await asking.withdraw(question, actor=person)
        assert "已撤回" in (await queries.detail(person, question))["sentence"]
        with pytest.raises(WrongState):
            await asking.withdraw(question, actor=person)
    assert (await cases.of("questions", [received_one]))[received_one].state == "closed_by_decision"
    await judge(checking)
    assert await state_of(checking) == "withdrawn"
    assert checking not in await cases.of("questions", [checking])


async def test_what_was_merged_is_taken_back_while_nobody_has_answered() -> None:
    (person, _), (other, _), someone = await asker(1), await asker(2), await clerk()
    home = await taken(someone, other, category=CATEGORY)
    early, late = await received(person), await received(person)
    for question in (early, late):
        await merging.merge(await case_of(question), home, reason="同一件事", actor=await manager())
    assert (await queries.detail(person, early))["may"] == ["withdraw"]
    await asking.withdraw(early, actor=person)
    assert (await cases.of("questions", [early]))[early].state == "closed_by_decision"
    await handling.answer(home, "请看附件。", actor=someone)
    await drain()
    with pytest.raises(AlreadyAnswered):
        await asking.withdraw(late, actor=person)
    assert (await cases.of("questions", [late]))[late].state == "answered"


async def test_taking_back_against_passing_leaves_no_case_that_goes_on() -> None:
    person, _ = await asker()
    for _ in range(6):
        question = await ask(person)
        results = await asyncio.gather(judge(question), asking.withdraw(question, actor=person), return_exceptions=True)
        assert list(results) == [None, None]
        await drain()
        assert await state_of(question) == "withdrawn"
        standing = (await cases.of("questions", [question])).get(question)
        assert standing is None or standing.state == "closed_by_decision"


async def test_the_same_outcome_again_opens_nothing_and_a_late_hold_holds_nothing() -> None:
    person, _ = await asker()
    question = await received(person)
    outcome = {"origin": "questions", "origin_id": question, "subject_id": await subject_of(question)}
    for state in (moderation.SubjectState.PASSED, moderation.SubjectState.HELD):
        async with db.transaction():
            await asking.checked([moderation.Outcome(state=state, **outcome)])  # type: ignore[arg-type]
    assert await state_of(question) == "received"
    assert await db.fetch_value("SELECT count(*) FROM cases") == 1


async def test_many_that_pass_together_are_received_by_a_set_of_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    person, _ = await asker()
    few, many = [await _outcome(await ask(person))], [await _outcome(await ask(person)) for _ in range(8)]
    sent = []
    for outcomes in (few, many):
        with counted(monkeypatch) as seen:
            async with db.transaction():
                await asking.checked(outcomes)
        sent.append(len(seen))
    assert sent[0] == sent[1]
    assert await db.fetch_value("SELECT count(*) FROM cases") == 9


async def _outcome(question: UUID) -> moderation.Outcome:
    state = moderation.SubjectState.PASSED
    return moderation.Outcome("questions", question, await subject_of(question), state)


async def test_a_list_is_read_by_two_statements_however_long(monkeypatch: pytest.MonkeyPatch) -> None:
    person, _ = await asker()
    for _ in range(7):
        await received(person)
    for limit in (1, 7):
        with counted(monkeypatch) as seen:
            page = await queries.mine(person, limit=limit)
        assert (len(page["items"]), len(seen)) == (limit, 2)
    first = await queries.mine(person, limit=4)
    rest = await queries.mine(person, cursor=first["next"], limit=4)
    ids = [one["id"] for one in first["items"] + rest["items"]]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 7


async def test_a_person_gets_a_copy_and_is_erased_with_his_words() -> None:
    person, _ = await asker()
    assert person.id
    waiting, done = await ask(person, photos=[await photo(person)]), await received(person)
    copy = await personal.export(person.id)
    assert [one["text"] for one in copy["questions"]] == [TEXT, TEXT]
    assert await personal.erase(person.id) > 0
    rows = await db.fetch("SELECT person_id, text, state FROM questions ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [(None, "", "withdrawn"), (None, "", "received")]
    assert await db.fetch_value("SELECT count(*) FROM question_photos") == 0
    assert (await personal.export(person.id))["questions"] == []
    await judge(waiting)
    assert await state_of(done) == "received"


async def test_what_happens_is_written_down() -> None:
    person, _ = await asker()
    question = await ask(person)
    await asking.withdraw(question, actor=person)
    acts = await db.fetch("SELECT action FROM audit_entries WHERE row_id = $1 ORDER BY id", question)
    assert [row["action"] for row in acts] == ["questions.asked", "questions.withdrawn"]
