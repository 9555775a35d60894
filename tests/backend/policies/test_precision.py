"""How precise a policy is, when its pushes pause, and how a reviewer lets them go on."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from backend.access import Actor, ActorKind, Grant, Role
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from backend.foundation.paging import WrongCursor, encode_cursor
from backend.policies import precision, service
from backend.policies.editing.versions import Handled
from backend.policies.errors import PolicyUnknown, PushesNotPaused
from backend.policies.precision import LINE
from backend.policies.reading import feedback
from backend.policies.reading.feedback import Misfit, Said
from tests.backend.enterprises.builders import code
from tests.backend.policies.people import DESK, REVIEWER, UP_TO_TEN, WRITER, content, leaf, published
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("running", "clock")

AUDITOR = Actor(ActorKind.STAFF, UUID(int=9), "审计", (Grant(Role.AUDITOR),))
CLAUSE = (Misfit("$"),)


async def _crowd(count: int, first: int = 1) -> list[tuple[Actor, UUID]]:
    """Enterprises, each with a manager, straight by SQL."""
    shops, people, moment = [new_id() for _ in range(count)], [new_id() for _ in range(count)], clock_module.now()
    codes = [code(first + number) for number in range(count)]
    await db.execute(
        "INSERT INTO enterprises (id, uscc, name, created_at) SELECT s, u, '店' || u, $3"
        " FROM unnest($1::uuid[], $2::text[]) AS n (s, u)",
        shops,
        codes,
        moment,
    )
    await db.execute("INSERT INTO persons (id, created_at) SELECT unnest($1::uuid[]), $2", people, moment)
    await db.execute(
        "INSERT INTO bindings (id, person_id, enterprise_id, role, state, basis, created_at)"
        " SELECT gen_random_uuid(), p, s, 'manager', 'active', 'review', $3"
        " FROM unnest($1::uuid[], $2::uuid[]) AS n (p, s)",
        people,
        shops,
        moment,
    )
    return [(Actor(ActorKind.OWNER, person), shop) for person, shop in zip(people, shops, strict=True)]


async def _say(policy: Handled, crowd: list[tuple[Actor, UUID]], answer: Said) -> None:
    clauses = CLAUSE if answer is Said.NOT_FOR_ME else ()
    for actor, shop in crowd:
        await feedback.say(actor, shop, policy.id, answer, clauses=clauses)


async def _paused_at(policy: Handled) -> Any:
    return await db.fetch_value("SELECT pushes_paused_at FROM policy_versions WHERE policy_id = $1", policy.id)


async def _figures(policy: Handled) -> dict[str, Any]:
    return await precision.of_policy(REVIEWER, policy.id)


def test_the_line_is_sixty_percent_over_thirty_answers() -> None:
    assert (LINE.least_percent, LINE.least_answers) == (60, 30)
    assert [LINE.is_passed(*counted) for counted in ((17, 30), (18, 30), (0, 29), (59, 100), (60, 100), (0, 30))] == [
        True,
        False,
        False,
        True,
        False,
        True,
    ]


async def test_the_answer_that_passes_the_line_pauses_the_pushes(clock: clock_module.Frozen) -> None:
    done = await published()
    crowd = await _crowd(31)
    await _say(done, crowd[:9], Said.FITS)
    await _say(done, crowd[9:18], Said.APPLIED)
    await _say(done, crowd[18:30], Said.NOT_FOR_ME)
    assert await _paused_at(done) is None
    clock.advance(timedelta(minutes=1))
    await _say(done, crowd[30:], Said.NOT_FOR_ME)
    assert await _paused_at(done) == clock_module.now()
    (trail,) = await db.fetch("SELECT actor_kind, detail FROM audit_entries WHERE action = 'policies.pushes_paused'")
    assert (trail["actor_kind"], orjson.loads(trail["detail"])) == ("system", {"answers": 31, "fitting": 18})
    told = await _figures(done)
    assert (told["answers"], told["fits"], told["applied"], told["not_for_me"]) == (31, 9, 9, 13)
    assert told["precision_percent"] == pytest.approx(58.1)


async def test_a_fit_too_may_be_the_thirtieth_answer() -> None:
    done = await published()
    crowd = await _crowd(30)
    await _say(done, crowd[:29], Said.NOT_FOR_ME)
    assert await _paused_at(done) is None
    await _say(done, crowd[29:], Said.FITS)
    assert await _paused_at(done) is not None


async def test_changing_ones_mind_counts_once() -> None:
    done = await published()
    crowd = await _crowd(29)
    await _say(done, crowd, Said.FITS)
    await _say(done, crowd, Said.NOT_FOR_ME)
    await _say(done, crowd, Said.NOT_FOR_ME)
    told = await _figures(done)
    assert (told["answers"], told["fits"], told["not_for_me"], told["paused_at"]) == (29, 0, 29, None)
    await feedback.take_back(*crowd[0], done.id)
    assert (await _figures(done))["answers"] == 28


async def test_many_answers_at_once_pause_once() -> None:
    done = await published()
    crowd = await _crowd(scaled(200))
    await asyncio.gather(*(feedback.say(a, s, done.id, Said.NOT_FOR_ME, clauses=CLAUSE) for a, s in crowd))
    (pause,) = await db.fetch("SELECT answers, fitting, resumed_at FROM policy_push_pauses")
    assert tuple(pause) == (LINE.least_answers, 0, None)
    assert await db.fetch_value("SELECT count(*) FROM audit_entries WHERE action = 'policies.pushes_paused'") == 1
    assert (await _figures(done))["answers"] == len(crowd)


async def test_no_answer_is_overlooked_when_they_arrive_together() -> None:
    """Two that would each be blind to the other count one after the other: the line is not passed unseen."""
    for number in range(3):
        done = await published(f"第{number}项")
        crowd = await _crowd(30, first=1 + 30 * number)
        await _say(done, crowd[:20], Said.NOT_FOR_ME)
        await asyncio.gather(*(feedback.say(a, s, done.id, Said.FITS) for a, s in crowd[20:]))
        assert await _paused_at(done) is not None


async def test_answers_do_not_wait_for_a_broadcast_of_their_policy(database: str) -> None:
    """A chunk that is being told shares the version's row until it commits."""
    done = await published()
    ((actor, shop),) = await _crowd(1)
    telling = await asyncpg.connect(database)
    async with telling.transaction():
        await telling.execute("SELECT FROM policy_versions FOR SHARE")
        await asyncio.wait_for(feedback.say(actor, shop, done.id, Said.FITS), 30)
        await asyncio.wait_for(feedback.take_back(actor, shop, done.id), 30)
    await telling.close()


async def test_a_reviewer_resumes_with_a_reason_and_answers_count_from_zero(clock: clock_module.Frozen) -> None:
    done = await published()
    crowd = await _crowd(61)
    await _say(done, crowd[:30], Said.NOT_FOR_ME)
    clock.advance(timedelta(minutes=1))
    await precision.resume(done.id, "条件无误，已在说明中写清", actor=REVIEWER)
    assert await _paused_at(done) is None
    assert await db.fetch_value("SELECT count(*) FROM outbox WHERE topic = $1", service.PUBLISHED) == 2
    (trail,) = await db.fetch("SELECT actor_id, detail FROM audit_entries WHERE action = 'policies.pushes_resumed'")
    assert (trail["actor_id"], orjson.loads(trail["detail"])["reason"]) == (REVIEWER.id, "条件无误，已在说明中写清")
    clock.advance(timedelta(minutes=1))
    await _say(done, crowd[:30], Said.NOT_FOR_ME)
    assert (await _figures(done))["answers"] == 0
    await _say(done, crowd[30:60], Said.FITS)
    await _say(done, crowd[:13], Said.FITS)
    told = await _figures(done)
    assert (told["answers"], told["precision_percent"], told["paused_at"]) == (43, 100, None)
    assert told["counted_since"].endswith("+08:00")
    assert [(one["answers"], one["reason"]) for one in told["pauses"]] == [(30, "条件无误，已在说明中写清")]
    with pytest.raises(PushesNotPaused):
        await precision.resume(done.id, "再来一次", actor=REVIEWER)


async def test_what_is_resumed_before_its_first_day_is_told_that_morning(clock: clock_module.Frozen) -> None:
    first_day = clock_module.today() + timedelta(days=3)
    done = await published(effective_from=first_day)
    await _say(done, await _crowd(30), Said.NOT_FOR_ME)
    await precision.resume(done.id, "已核对", actor=REVIEWER)
    due = [row["due_at"] for row in await db.fetch("SELECT due_at FROM outbox WHERE topic = $1", service.PUBLISHED)]
    assert due == [clock_module.day_start(first_day) + timedelta(hours=9)] * 2


async def test_it_may_pause_again_after_it_was_resumed(clock: clock_module.Frozen) -> None:
    done = await published()
    crowd = await _crowd(60)
    for part in (crowd[:30], crowd[30:]):
        await _say(done, part, Said.NOT_FOR_ME)
        assert await _paused_at(done) is not None
        clock.advance(timedelta(minutes=1))
        await precision.resume(done.id, "已核对", actor=REVIEWER)
        clock.advance(timedelta(minutes=1))
    assert await db.fetch_value("SELECT count(*) FROM policy_push_pauses WHERE resumed_at IS NOT NULL") == 2


async def test_two_who_resume_at_once_resume_once() -> None:
    done = await published()
    await _say(done, await _crowd(30), Said.NOT_FOR_ME)
    told = await asyncio.gather(
        *(precision.resume(done.id, "已核对", actor=REVIEWER) for _ in range(5)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in told) == ["PushesNotPaused"] * 4 + ["datetime"]


async def test_only_a_reviewer_resumes() -> None:
    done = await published()
    for actor in (WRITER, DESK, AUDITOR):
        with pytest.raises(Forbidden):
            await precision.resume(done.id, "不该", actor=actor)


async def test_the_figures_name_each_clause_with_its_citation_and_words() -> None:
    rule = {"all": [UP_TO_TEN, leaf("revenue_wan", "le", 500)]}
    done = await published(rule=rule)
    crowd = await _crowd(4)
    for (actor, shop), words in zip(crowd[:2], ("家人不算员工", ""), strict=True):
        await feedback.say(actor, shop, done.id, Said.NOT_FOR_ME, clauses=[Misfit("$.all[0]", words)])
    await feedback.seen(*crowd[2], {done.id: False})
    await feedback.seen(*crowd[3], {done.id: True})
    told = await _figures(done)
    assert (told["shown"], told["opened"], told["told_as_applied"]) == (4, 3, 0)
    people, revenue = told["clauses"]
    assert (people["path"], people["text"], people["not_for_me"]) == ("$.all[0]", "从业人数不超过10人", 2)
    assert people["citation"]["article"] == "第一条"
    assert (people["words"], revenue["not_for_me"], revenue["words"]) == (["家人不算员工"], 0, [])
    masked = await precision.of_policy(AUDITOR, done.id)
    assert [one["words"] for one in masked["clauses"]] == [[], []]
    assert [one["not_for_me"] for one in masked["clauses"]] == [2, 0]


async def test_figures_are_of_one_version_and_the_newest_unless_told() -> None:
    done = await published("第一版")
    crowd = await _crowd(2)
    await _say(done, crowd, Said.FITS)
    await service.edit(done.id, content("第二版"), actor=WRITER, version=done.version)
    assert (await _figures(done))["answers"] == 2
    handed = await service.submit(done.id, actor=WRITER)
    await service.publish(done.id, actor=REVIEWER, version=handed.version)
    assert ((await _figures(done))["title"], (await _figures(done))["answers"]) == ("第二版", 0)
    first = await precision.of_policy(DESK, done.id, edition=1)
    assert (first["title"], first["state"], first["answers"]) == ("第一版", "superseded", 2)
    for edition in (3, None):
        with pytest.raises(PolicyUnknown):
            await precision.of_policy(DESK, done.id if edition else new_id(), edition=edition)


async def test_thousands_of_answers_are_ranked_and_nothing_unanswered_disturbs() -> None:
    done = await published("很多人答")
    await published("没人答")
    await _crowd(2_500)
    await db.execute(
        "INSERT INTO policy_feedback (version_id, enterprise_id, answer, answered_at)"
        " SELECT v.id, e.id, 'fits', now() FROM policy_versions v, enterprises e WHERE v.policy_id = $1",
        done.id,
    )
    page = orjson.loads(await precision.worst(DESK, paused=None, cursor=None, limit=1))
    assert [(one["answers"], one["precision_percent"]) for one in page["items"]] == [(2_500, 100)]
    after = encode_cursor(0, new_id())
    assert orjson.loads(await precision.worst(DESK, paused=None, cursor=after, limit=5))["items"] == page["items"]


async def test_the_list_shows_the_least_precise_first_page_by_page() -> None:
    crowd = await _crowd(30)
    policies = {title: await published(title) for title in ("全适合", "一半", "都不适合", "没人答", "也一半")}
    await _say(policies["全适合"], crowd[:2], Said.FITS)
    for title in ("一半", "也一半"):
        await _say(policies[title], crowd[:1], Said.FITS)
        await _say(policies[title], crowd[1:2], Said.NOT_FOR_ME)
    await _say(policies["都不适合"], crowd, Said.NOT_FOR_ME)
    titles, cursor = [], None
    while True:
        page = orjson.loads(await precision.worst(DESK, paused=None, cursor=cursor, limit=1))
        titles += [one["title"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert titles == ["都不适合", "一半", "也一半", "全适合"]
    for paused, expected in ((True, ["都不适合"]), (False, titles[1:])):
        page = orjson.loads(await precision.worst(DESK, paused=paused, cursor=None, limit=10))
        assert [one["title"] for one in page["items"]] == expected
    with pytest.raises(WrongCursor):
        await precision.worst(DESK, paused=None, cursor="x", limit=1)
