"""Staff look at what was held, where they are responsible, and decide once, with a reason."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from backend import alerts, moderation, outbox, staff
from backend.access import SYSTEM, Actor, Grant, Role
from backend.foundation import db, retention
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden, Invalid
from backend.foundation.ids import new_id
from backend.moderation import personal, watching
from backend.moderation.errors import AlreadyDecided, OwnSubmission, SubjectUnknown
from backend.notifications import held_notices
from backend.runtime import Runtime
from tests.backend.moderation.people import (
    DISTRICT,
    ORIGIN,
    Heard,
    check_all,
    desk,
    person,
    state_of,
    subject_of,
    submit,
)
from tests.factories.people import add_staff

pytestmark = pytest.mark.usefixtures("clock")


async def _held(running: Runtime, text: str = "你好", district: str | None = DISTRICT) -> UUID:
    """Hold something, for want of an openid."""
    thing = await submit(await person(running), text, district=district)
    await check_all()
    assert await state_of(thing) == "held"
    return thing


async def _reviewer(*districts: str) -> Actor:
    return await add_staff(Grant(Role.FRONT_DESK, districts=districts), staff_id=new_id())


async def test_the_queue_shows_what_is_held_where_one_may_decide_and_the_oldest_first(running: Runtime) -> None:
    first, second = await _held(running), await _held(running)
    await _held(running, district="330523")
    nowhere = await _held(running, district=None)
    page = await moderation.page(desk(DISTRICT), cursor=None, limit=1)
    assert [one["origin_id"] for one in page["items"]] == [first]
    assert (page["count"], page["items"][0]["why_words"]) == (2, "没有可送检的微信账号")
    rest = await moderation.page(desk(DISTRICT), cursor=page["next"], limit=10)
    assert [one["origin_id"] for one in rest["items"]] == [second]
    city = await moderation.page(desk(), cursor=None, limit=10)
    assert nowhere in {one["origin_id"] for one in city["items"]}
    assert "text" not in str(page["items"][0].keys() & {"text", "body", "words"})
    auditor = Actor(desk().kind, new_id(), "", (Grant(Role.AUDITOR),))
    assert (await moderation.page(auditor, cursor=None, limit=10))["items"] == []


async def test_looking_shows_the_words_and_is_written_down(running: Runtime) -> None:
    thing = await _held(running, "请看这里")
    actor = await _reviewer(DISTRICT)
    seen = await moderation.look(await subject_of(thing), actor=actor)
    assert [part["text"] for part in seen["parts"]] == ["请看这里"]
    assert seen["may"] == ["release", "refuse"]
    row = await db.fetch_one("SELECT actor_id, row_id FROM audit_entries WHERE action = 'moderation.looked'")
    assert row is not None
    assert (row["actor_id"], row["row_id"]) == (actor.id, await subject_of(thing))
    with pytest.raises(SubjectUnknown):
        await moderation.look(await subject_of(thing), actor=desk("330523"))
    with pytest.raises(Forbidden):
        await moderation.look(await subject_of(thing), actor=Actor(actor.kind, actor.id))


async def test_what_was_released_may_be_shown_and_its_copy_goes(running: Runtime) -> None:
    heard, thing = Heard(), await _held(running)
    actor = await _reviewer()
    await moderation.release(await subject_of(thing), "内容正常", actor=actor)
    await outbox.drain(dict(moderation.handlers({ORIGIN: heard}, held_notices.moved)))
    assert heard.states(thing) == ["held", "released"]
    assert heard.outcomes[-1].may_be_shown
    assert await db.fetch_value("SELECT count(*) FROM moderation_words") == 0


async def test_refused_words_go_after_thirty_days_and_the_fact_stays(running: Runtime, clock: Frozen) -> None:
    thing = await _held(running)
    await moderation.refuse(await subject_of(thing), "含广告", actor=await _reviewer())
    clock.advance(timedelta(days=29))
    await retention.delete_expired()
    assert await db.fetch_value("SELECT count(*) FROM moderation_words") == 1
    clock.advance(timedelta(days=2))
    await retention.delete_expired()
    assert await db.fetch_value("SELECT count(*) FROM moderation_words") == 0
    assert await state_of(thing) == "refused"
    seen = await moderation.look(await subject_of(thing), actor=await _reviewer())
    assert (seen["reason"], seen["parts"][0]["text"], seen["may"]) == ("含广告", None, [])


async def test_of_two_who_decide_one_wins(running: Runtime) -> None:
    subject = await subject_of(await _held(running))
    people = [await _reviewer() for _ in range(6)]
    acts = [moderation.release if n % 2 else moderation.refuse for n in range(6)]
    tries = (act(subject, "理由", actor=actor) for act, actor in zip(acts, people, strict=True))
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, AlreadyDecided) for result in results) == 5
    assert await db.fetch_value("SELECT count(*) FROM outbox WHERE payload ->> 'state' IN ('released', 'refused')") == 1


async def test_a_decision_needs_a_reason_a_permission_and_something_held(running: Runtime) -> None:
    thing = await _held(running)
    subject = await subject_of(thing)
    with pytest.raises(Invalid):
        await moderation.release(subject, "  ", actor=await _reviewer())
    with pytest.raises(Forbidden):
        await moderation.release(subject, "好", actor=Actor(desk().kind, new_id(), "", (Grant(Role.VISITOR),)))
    with pytest.raises(SubjectUnknown):
        await moderation.refuse(subject, "好", actor=await _reviewer("330523"))
    waiting = await submit(await person(running), "你好")
    with pytest.raises(SubjectUnknown):
        await moderation.release(await subject_of(waiting), "好", actor=await _reviewer())


async def test_staff_of_the_district_are_told_until_one_has_decided(running: Runtime) -> None:
    here, there = await _reviewer(), await _reviewer()
    for actor, district in ((here, DISTRICT), (there, "330523")):
        assert actor.id
        await staff.grant(actor.id, [Grant(Role.FRONT_DESK, districts=(district,))], actor=SYSTEM)
    handlers = dict(moderation.handlers({ORIGIN: Heard()}, held_notices.moved))
    thing = await _held(running)
    await outbox.drain(handlers)
    told = "SELECT staff_id FROM staff_notices WHERE kind = 'moderation_wanted' AND settled_at IS NULL"
    assert [row["staff_id"] for row in await db.fetch(told)] == [here.id]
    await moderation.release(await subject_of(thing), "好", actor=here)
    await outbox.drain(handlers)
    assert await db.fetch(told) == []


async def test_operators_hear_of_what_is_stuck(running: Runtime, clock: Frozen) -> None:
    await submit(await person(running), "你好")
    clock.advance(timedelta(minutes=6))
    await watching.watch()
    assert await _open_alerts() == {"moderation_late"}
    await check_all()
    clock.advance(timedelta(hours=25))
    await alerts.clear_calm()
    await watching.watch()
    assert await _open_alerts() == {"moderation_held"}
    assert await watching.backlog() == (0, 1)
    await db.execute("UPDATE moderation_parts SET suggest = 'unanswered', settled_at = $1", clock.now())
    await watching.watch_answers()
    assert await _open_alerts() == {"moderation_held", "moderation_unanswered"}


async def _open_alerts() -> set[str]:
    return {row["kind"] for row in await db.fetch("SELECT kind FROM alerts WHERE cleared_at IS NULL")}


async def test_an_erased_person_leaves_the_fact_alone(running: Runtime) -> None:
    owner = await person(running)
    thing = await submit(owner, "我的电话")
    await check_all()
    waiting = await submit(owner, "又一个")
    copy = await personal.export(owner)
    assert [one["words"] for one in copy["checks"]] == [["我的电话"], ["又一个"]]
    assert await personal.erase(owner) >= 4
    assert await personal.erase(owner) == 0
    assert await db.fetch_value("SELECT count(*) FROM moderation_words") == 0
    assert (await state_of(thing), await state_of(waiting)) == ("withdrawn", "withdrawn")
    await check_all()
    assert (await personal.export(owner))["checks"] == []


async def _own_phone(staff: Actor, thing: UUID) -> None:
    sql = """
    INSERT INTO staff_phones (id, staff_id, person_id, bound_at)
    SELECT $1, $2, person_id, now() FROM moderation_subjects WHERE origin_id = $3
    """
    await db.execute(sql, new_id(), staff.id, thing)


async def test_nobody_decides_about_what_he_submitted_himself(running: Runtime) -> None:
    thing, actor = await _held(running), await _reviewer()
    await _own_phone(actor, thing)
    subject = await subject_of(thing)
    assert (await moderation.outline(subject, actor=actor))["may"] == ["look"]
    assert (await moderation.look(subject, actor=actor))["may"] == []
    for decide in (moderation.release, moderation.refuse):
        with pytest.raises(OwnSubmission):
            await decide(subject, "没有问题", actor=actor)
    assert await state_of(thing) == "held"
    await moderation.release(subject, "没有问题", actor=await _reviewer())


async def test_an_origin_says_who_else_keeps_out(running: Runtime) -> None:
    thing, handler, other = await _held(running), await _reviewer(), await _reviewer()
    subject = await subject_of(thing)

    async def concerns(origin_id: UUID, staff_id: UUID) -> bool:
        return (origin_id, staff_id) == (thing, handler.id)

    told = {"concerns": {ORIGIN: concerns}}
    assert (await moderation.look(subject, actor=handler, **told))["may"] == []
    with pytest.raises(OwnSubmission):
        await moderation.release(subject, "没有问题", actor=handler, **told)
    assert (await moderation.look(subject, actor=other, **told))["may"] == ["release", "refuse"]
    await moderation.release(subject, "没有问题", actor=other, **told)


async def test_an_outline_tells_what_there_is_and_nothing_of_what_it_says(running: Runtime) -> None:
    thing = await _held(running, "请看这里")
    actor = await _reviewer(DISTRICT)
    seen = await moderation.outline(await subject_of(thing), actor=actor)
    (part,) = seen["parts"]
    assert (part["kind"], part["signs"], part["is_there"], part["state_word"]) == ("text", 4, True, "待人工查看")
    assert seen["may"] == ["look", "release", "refuse"]
    assert "请看这里" not in str(seen)
    assert await db.fetch_value("SELECT count(*) FROM audit_entries WHERE action = 'moderation.looked'") == 0
    with pytest.raises(SubjectUnknown):
        await moderation.outline(await subject_of(thing), actor=desk("330523"))
