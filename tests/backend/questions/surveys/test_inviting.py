"""Who is told of a survey, and reminded once: on its day, from a list that somebody released, while it stands."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from backend import consents
from backend.access import Actor
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.notifications import broadcasts
from backend.notifications.broadcasts.errors import NothingToBroadcast
from backend.notifications.broadcasts.rows import lock
from backend.questions.surveys import audience, expecting, inviting, reminding, service
from backend.runtime import Runtime
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.counting import counted
from tests.backend.policies.people import REVIEWER, WRITER, owner
from tests.backend.questions.surveys.asking import answer, content, drain, released, told

pytestmark = pytest.mark.usefixtures("running", "clock")

ORIGINS = {inviting.NAME: inviting.ORIGIN}


def _long_above_one(running: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    few = running.settings.model_copy(update={"release_above": 1})
    others = {name: getattr(running, name) for name in running.__slots__}
    monkeypatch.setattr("backend.runtime._current", [type(running)(**{**others, "settings": few})])


async def _people() -> tuple[UUID, UUID, Actor, Actor]:
    one, two = await enterprise(1, "甲店", employees=3), await enterprise(2, "乙店", employees=4)
    await enterprise(3, employees=99)
    return one, two, await owner(one, two), await owner(two)


async def test_everybody_whom_the_rule_picks_is_told_once_on_the_first_morning(clock: clock_module.Frozen) -> None:
    _, _, both, one = await _people()
    large, clerk = await owner(await enterprise(4, employees=99)), await owner()
    refuses = await owner(await enterprise(5, employees=3))
    await consents.refuse(refuses)
    await released(opens_on=clock_module.today() + timedelta(days=1))
    await drain()
    assert await told(both) == []
    clock.set(datetime(2026, 11, 24, 1, 0, tzinfo=UTC))
    await drain()
    assert (await told(both), await told(one)) == (["survey_invited"], ["survey_invited"])
    assert [await told(person) for person in (large, clerk, refuses)] == [[], [], []]
    body = await db.fetch_value("SELECT body FROM inbox WHERE person_id = $1", both.id)
    assert "想听听乙店等2家的情况和需要" in body
    assert "了解十人以下小店的困难" in body
    assert await db.fetch_value("SELECT state FROM broadcasts") == "sending"


async def test_whoever_has_not_answered_is_reminded_once_and_those_who_have_are_not(
    clock: clock_module.Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminding, "CHUNK", 1)
    first, second, both, one = await _people()
    survey = await released()
    await drain()
    assert await expecting.expected(both.id) == {"survey_closing": 1}
    untold = await owner(first)
    await answer(one, second, survey.id)
    clock.set(datetime(2026, 12, 5, 1, 0, tzinfo=UTC))
    await drain()
    await drain()
    assert await told(both) == ["survey_invited", "survey_closing"]
    assert (await told(one), await told(untold)) == (["survey_invited"], [])
    assert await expecting.expected(one.id) == {}
    body = await db.fetch_value("SELECT body FROM inbox WHERE kind = 'survey_closing'")
    assert "甲店尚未答复" in body


async def test_a_short_survey_and_one_that_was_taken_back_remind_nobody(clock: clock_module.Frozen) -> None:
    _, _, both, _ = await _people()
    await released(closes_on=clock_module.today() + timedelta(days=3))
    back = await released()
    await service.withdraw(back.id, "题目有误", actor=REVIEWER, version=back.version)
    clock.advance(timedelta(days=13))
    await drain()
    assert await told(both) == []


async def test_a_long_list_waits_for_a_second_person_and_nobody_is_reminded_before(
    running: Runtime, clock: clock_module.Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    _long_above_one(running, monkeypatch)
    _, _, both, one = await _people()
    await released()
    await drain()
    row = await db.fetch_one("SELECT id, state, digest, makers, recipients FROM broadcasts")
    assert row is not None
    assert (row["state"], row["recipients"]) == ("release_wanted", 2)
    assert {WRITER.id, REVIEWER.id} <= set(row["makers"])
    clock.set(datetime(2026, 12, 5, 1, 0, tzinfo=UTC))
    await drain()
    assert (await told(both), await told(one)) == ([], [])
    assert await expecting.expected(both.id) == {"survey_invited": 1}


async def test_a_slice_leaves_out_who_has_answered_or_left_and_ends_with_the_survey(
    running: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    _long_above_one(running, monkeypatch)
    _, second, both, one = await _people()
    survey = await released()
    await drain()
    await answer(one, second, survey.id)
    row = await db.fetch_one("SELECT id, digest FROM broadcasts")
    assert row is not None
    manager = Actor(REVIEWER.kind, UUID(int=31), "放行人", REVIEWER.grants)
    await broadcasts.release(row["id"], row["digest"], actor=manager)
    await drain()
    assert (await told(both), await told(one)) == (["survey_invited"], [])
    await service.close(survey.id, "足够", actor=REVIEWER, version=survey.version)
    ended = await lock(row["id"])
    with pytest.raises(broadcasts.OriginOver):
        await inviting.compose(ended, [])
    with pytest.raises(broadcasts.OriginOver):
        await inviting.gather(ended)


async def test_staff_tell_whoever_has_come_to_be_picked_since() -> None:
    first, _, both, _ = await _people()
    survey = await released()
    await drain()
    newcomer = await owner(first)
    made = await broadcasts.create(ORIGINS, inviting.NAME, survey.id, broadcasts.NOW, actor=WRITER)
    await broadcasts.freeze(made, ORIGINS, actor=WRITER)
    signed = await db.fetch_value("SELECT digest FROM broadcasts WHERE id = $1", made)
    await broadcasts.release(made, signed, actor=REVIEWER)
    await drain()
    assert (await told(newcomer), await told(both)) == (["survey_invited"], ["survey_invited"])
    for nothing in (UUID(int=1), (await released(opens_on=clock_module.today() + timedelta(days=2))).id):
        with pytest.raises(NothingToBroadcast):
            await broadcasts.create(ORIGINS, inviting.NAME, nothing, broadcasts.NOW, actor=WRITER)


async def test_the_preview_counts_enterprises_and_people_before_anything_is_released() -> None:
    await _people()
    await enterprise(6)
    survey = await service.draft(content(), actor=WRITER)
    seen = await audience.of_survey(WRITER, survey.id)
    assert (seen["yes"], seen["unknown"], seen["no"]) == (2, 1, 1)
    assert seen["forecast"]["total"] == 2
    assert (seen["needs_release"], seen["missing"][0]["fact"]) == (False, "employees")


async def test_telling_a_hundred_takes_as_many_statements_as_telling_one(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await enterprise(1, employees=3)
    counts = []
    for people in (1, 100):
        for _ in range(people):
            await owner(shop)
        await released()
        with counted(monkeypatch) as statements:
            await drain()
        counts.append(len([one for one in statements if "survey" in one]))
    assert counts[0] == counts[1]
