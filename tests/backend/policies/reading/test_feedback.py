"""What owners say of a policy: once per enterprise, by the last word, clause by clause, and undone."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from backend import assembly
from backend.access import Actor
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.identity.errors import NotBound, OutOfScope, ReadOnly
from backend.policies import precision, service
from backend.policies.errors import ClauseUnknown, PolicyOver, PolicyUnknown
from backend.policies.reading import feed, feedback
from backend.policies.reading.feedback import Misfit, Result, Said
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.counting import counted
from tests.backend.policies.people import REVIEWER, UP_TO_TEN, WRITER, content, leaf, owner, published

pytestmark = pytest.mark.usefixtures("running", "clock")

TWO = {"all": [UP_TO_TEN, {"not": leaf("revenue_wan", "gt", 500)}]}
PEOPLE, REVENUE = "$.all[0]", "$.all[1].not"


async def _own(actor: Actor, shop: UUID, policy: UUID) -> tuple[Any, ...]:
    row = await feedback.own(actor, shop, policy)
    return row["answer"], row["result"], [one["path"] for one in orjson.loads(row["clauses"])]


async def _row() -> dict[str, Any]:
    rows = await db.fetch("SELECT * FROM policy_feedback")
    assert len(rows) == 1
    return dict(rows[0])


async def test_only_the_first_showing_and_opening_are_noted(clock: clock_module.Frozen) -> None:
    done = await published()
    draft = await service.draft(content(), actor=WRITER)
    shop = await enterprise(1)
    actor, colleague = await owner(shop), await owner(shop)
    first = clock_module.now()
    assert await feedback.seen(actor, shop, {done.id: False, draft.id: True, new_id(): True}) == 1
    clock.advance(timedelta(hours=1))
    assert await feedback.seen(colleague, shop, {done.id: False}) == 0
    assert await feedback.seen(colleague, shop, {done.id: True}) == 1
    opened = clock_module.now()
    clock.advance(timedelta(hours=1))
    assert await feedback.seen(actor, shop, {done.id: True}) == 0
    row = await _row()
    assert (row["shown_at"], row["opened_at"], row["answer"]) == (first, opened, None)


async def test_what_was_opened_was_shown() -> None:
    done = await published()
    shop = await enterprise(1)
    await feedback.seen(await owner(shop), shop, {done.id: True})
    row = await _row()
    assert row["shown_at"] == row["opened_at"] == clock_module.now()


async def test_a_batch_is_one_statement_whatever_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    policies = [(await published(f"第{number}项")).id for number in range(12)]
    shop = await enterprise(1)
    actor = await owner(shop)
    for batch in (policies[:1], policies):
        with counted(monkeypatch) as asked:
            await feedback.seen(actor, shop, dict.fromkeys(batch, True))
        assert len(asked) == 2, asked
    assert await db.fetch_value("SELECT count(*) FROM policy_feedback WHERE opened_at IS NOT NULL") == 12


async def test_an_enterprise_says_one_thing_by_its_last_word(clock: clock_module.Frozen) -> None:
    done = await published(rule=TWO)
    shop = await enterprise(1)
    actor, colleague = await owner(shop), await owner(shop)
    await feedback.say(actor, shop, done.id, Said.FITS)
    said_at = (await _row())["answered_at"]
    clock.advance(timedelta(hours=1))
    await feedback.say(colleague, shop, done.id, Said.FITS)
    row = await _row()
    assert (row["answered_at"], row["answered_by"], row["applied_at"]) == (said_at, colleague.id, None)
    await feedback.say(actor, shop, done.id, Said.APPLIED, result=Result.PENDING)
    await feedback.say(actor, shop, done.id, Said.APPLIED, result=Result.REFUSED)
    row = await _row()
    assert (row["answer"], row["result"], row["answered_at"]) == ("applied", "refused", clock_module.now())
    assert await _own(colleague, shop, done.id) == ("applied", "refused", [])


@pytest.mark.parametrize("later", [Said.NOT_FOR_ME, Said.FITS, Said.APPLIED])
async def test_a_result_stands_only_while_it_is_said(clock: clock_module.Frozen, later: Said) -> None:
    done = await published(rule=TWO)
    shop = await enterprise(1)
    actor = await owner(shop)
    await feedback.say(actor, shop, done.id, Said.APPLIED, result=Result.GOT)
    applied_at = clock_module.now()
    clock.advance(timedelta(hours=1))
    clauses = [Misfit(PEOPLE)] if later is Said.NOT_FOR_ME else []
    await feedback.say(actor, shop, done.id, later, clauses=clauses)
    row = await _row()
    still = applied_at if later is Said.APPLIED else None
    assert (row["answer"], row["applied_at"], row["result"]) == (later, still, None)
    assert await _own(actor, shop, done.id) == (later, None, [one.path for one in clauses])
    told = await precision.of_policy(REVIEWER, done.id)
    assert (told["told_as_applied"], told["results"]) == (int(later is Said.APPLIED), {})


async def test_clauses_that_are_left_out_are_taken_back() -> None:
    done = await published(rule=TWO)
    shop = await enterprise(1)
    actor = await owner(shop)
    both = [Misfit(PEOPLE, "都是家人"), Misfit(REVENUE)]
    await feedback.say(actor, shop, done.id, Said.NOT_FOR_ME, clauses=both)
    assert await _own(actor, shop, done.id) == ("not_for_me", None, [PEOPLE, REVENUE])
    await feedback.say(actor, shop, done.id, Said.NOT_FOR_ME, clauses=[Misfit(PEOPLE, "改说")])
    rows = await db.fetch("SELECT path, words, person_id FROM policy_misfits")
    assert [tuple(row) for row in rows] == [(PEOPLE, "改说", actor.id)]
    await feedback.say(actor, shop, done.id, Said.FITS)
    assert await _own(actor, shop, done.id) == ("fits", None, [])


async def test_everything_may_be_taken_back() -> None:
    done = await published(rule=TWO)
    shop = await enterprise(1)
    actor = await owner(shop)
    await feedback.take_back(actor, shop, done.id)
    await feedback.say(actor, shop, done.id, Said.APPLIED, result=Result.GOT)
    await feedback.say(actor, shop, done.id, Said.NOT_FOR_ME, clauses=[Misfit(REVENUE)])
    for _ in range(2):
        await feedback.take_back(actor, shop, done.id)
        row = await _row()
        assert {row[name] for name in ("answer", "answered_at", "answered_by", "applied_at", "result")} == {None}
        assert row["opened_at"] is not None
        assert await _own(actor, shop, done.id) == (None, None, [])
    actions = await db.fetch("SELECT action, on_behalf_of FROM audit_entries WHERE table_name = 'policy_feedback'")
    assert [row["action"] for row in actions].count("policies.answer_taken_back") == 1
    assert {row["on_behalf_of"] for row in actions} == {shop}


@pytest.mark.parametrize(
    ("answer", "clauses", "path"),
    [
        (Said.NOT_FOR_ME, [], "clauses"),
        (Said.NOT_FOR_ME, [Misfit("$.all[2]")], "clauses.0.path"),
        (Said.NOT_FOR_ME, [Misfit(PEOPLE), Misfit("$")], "clauses.1.path"),
        (Said.NOT_FOR_ME, [Misfit("$.all[1]")], "clauses.0.path"),
        (Said.NOT_FOR_ME, [Misfit("a\x00b")], "clauses.0.path"),
        (Said.FITS, [Misfit(PEOPLE)], "clauses"),
    ],
)
async def test_a_clause_must_be_one_of_the_live_rule(answer: Said, clauses: list[Misfit], path: str) -> None:
    done = await published(rule=TWO)
    shop = await enterprise(1)
    with pytest.raises(ClauseUnknown) as refused:
        await feedback.say(await owner(shop), shop, done.id, answer, clauses=clauses)
    assert [one.path for one in refused.value.fields] == [path]
    assert await db.fetch_value("SELECT count(*) FROM policy_feedback") == 0


async def test_what_is_over_takes_no_answer(clock: clock_module.Frozen) -> None:
    over = await published("到期", effective_to=clock_module.today())
    gone = await published("撤回")
    draft = await service.draft(content(), actor=WRITER)
    shop = await enterprise(1)
    actor = await owner(shop)
    await feedback.say(actor, shop, gone.id, Said.FITS)
    await service.withdraw(gone.id, "有误", actor=REVIEWER)
    clock.advance(timedelta(days=1))
    for policy, error in ((over.id, PolicyOver), (gone.id, PolicyOver), (draft.id, PolicyUnknown)):
        with pytest.raises(error):
            await feedback.say(actor, shop, policy, Said.FITS)
        with pytest.raises(error):
            await feedback.take_back(actor, shop, policy)
    assert (await _own(actor, shop, gone.id))[0] == "fits"
    with pytest.raises(PolicyUnknown):
        await feedback.own(actor, shop, draft.id)


async def test_a_new_edition_begins_without_answers() -> None:
    done = await published("第一版")
    shop = await enterprise(1)
    actor = await owner(shop)
    await feedback.say(actor, shop, done.id, Said.FITS)
    version = (await service.edit(done.id, content("第二版"), actor=WRITER, version=done.version)).version
    handed = await service.submit(done.id, actor=WRITER)
    assert handed.version > version
    await service.publish(done.id, actor=REVIEWER, version=handed.version)
    assert await _own(actor, shop, done.id) == (None, None, [])


async def test_who_may_not_speak_for_an_enterprise_is_refused() -> None:
    done = await published()
    shop = await enterprise(1)
    until = clock_module.day_start(clock_module.today() + timedelta(days=30))
    cases = (
        (await owner(), NotBound, NotBound),
        (await owner(shop, state="ended"), NotBound, NotBound),
        (await owner(shop, role="clerk", scope=["visits"], until=until), OutOfScope, OutOfScope),
        (await owner(shop, state="read_only"), ReadOnly, None),
    )
    for actor, to_say, to_read in cases:
        with pytest.raises(to_say):
            await feedback.say(actor, shop, done.id, Said.FITS)
        with pytest.raises(to_say):
            await feedback.take_back(actor, shop, done.id)
        if to_read:
            with pytest.raises(to_read):
                await feedback.seen(actor, shop, {done.id: True})
            with pytest.raises(to_read):
                await feedback.own(actor, shop, done.id)
        else:
            assert await feedback.seen(actor, shop, {done.id: True}) == 1
    assert await db.fetch_value("SELECT count(*) FROM policy_feedback WHERE answer IS NOT NULL") == 0


async def test_colleagues_who_speak_and_look_at_once_leave_one_row() -> None:
    done = await published(rule=TWO)
    shop = await enterprise(1)
    actors = [await owner(shop) for _ in range(4)]
    await asyncio.gather(
        *(feedback.seen(actor, shop, {done.id: True}) for actor in actors),
        *(feedback.say(actor, shop, done.id, Said.NOT_FOR_ME, clauses=[Misfit(PEOPLE)]) for actor in actors),
        *(feedback.say(actor, shop, done.id, Said.FITS) for actor in actors),
    )
    row = await _row()
    misfits = await db.fetch_value("SELECT count(*) FROM policy_misfits")
    assert misfits == (1 if row["answer"] == "not_for_me" else 0)


async def test_the_mark_in_the_feed_is_the_enterprises_own() -> None:
    done = await published(rule=TWO)
    shop, other = await enterprise(1), await enterprise(2)
    await feedback.say(await owner(shop), shop, done.id, Said.NOT_FOR_ME, clauses=[Misfit(PEOPLE)])
    await feedback.say(await owner(other), other, done.id, Said.FITS)
    marked = []
    for one in (shop, other):
        page = orjson.loads(await feed.feed(await owner(one), one))
        marked.append([item["not_for_me"] for item in page["items"]])
    assert marked == [[True], [False]]


async def test_a_copy_shows_what_he_said_and_erasing_leaves_only_the_enterprises_word() -> None:
    done = await published(rule=TWO)
    shop = await enterprise(1)
    actor = await owner(shop)
    await feedback.say(actor, shop, done.id, Said.NOT_FOR_ME, clauses=[Misfit(PEOPLE, "我家的私事")])
    copy = (await assembly.export_person(actor.id))["policies"] if actor.id else {}
    assert [(one["answer"], one["title"]) for one in copy["answers"]] == [("not_for_me", "小店减费")]
    assert [one["words"] for one in copy["not_for_me"]] == ["我家的私事"]
    await assembly.leave(actor)
    row = await _row()
    assert (row["answer"], row["answered_by"]) == ("not_for_me", None)
    (misfit,) = await db.fetch("SELECT words, person_id FROM policy_misfits")
    assert tuple(misfit) == ("", None)
