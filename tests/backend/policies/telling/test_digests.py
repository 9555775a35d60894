"""The weekly question: for subscribers only, once a week, the one that settles most."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from backend import consents, outbox
from backend.access import Actor
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.notifications import addresses
from backend.policies.telling import digests, recipients
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.counting import counted
from tests.backend.policies.people import leaf, owner, published

pytestmark = pytest.mark.usefixtures("running")

TEMPLATE = "digest-template"
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
async def _template(running: object) -> None:
    await db.execute(
        "INSERT INTO message_templates (template_id, account, title, is_long_term, fields, state, seen_at)"
        " VALUES ($1, 'miniprogram', '政策周报提醒', TRUE, '{}', 'live', now())",
        TEMPLATE,
    )


async def _subscriber(*shops: UUID, standing: bool = True) -> Actor:
    person = await owner(*shops)
    assert person.id is not None
    await addresses.upsert(person.id, "miniprogram", f"openid-{person.id}")
    await db.execute(
        "INSERT INTO credits (address_id, template_id, is_standing, updated_at)"
        " SELECT id, $2, $3, now() FROM addresses WHERE person_id = $1",
        person.id,
        TEMPLATE,
        standing,
    )
    return person


async def _three_policies() -> None:
    """Two wait for the number of people, one for the revenue."""
    await published("一")
    await published("二", leaf("employees", "ge", 3))
    await published("三", leaf("revenue_wan", "le", 100))


async def _week() -> dict[UUID, dict[str, Any]]:
    assert await digests.begin(1, "09:00")
    drained = await outbox.drain(digests.HANDLERS)
    assert (drained.failed, drained.is_empty) == (0, True)
    rows = await db.fetch("SELECT person_id, fields FROM inbox WHERE kind = 'policy_digest' ORDER BY id")
    return {row["person_id"]: orjson.loads(row["fields"]) for row in rows}


async def test_one_message_with_the_question_that_settles_most_whatever_the_number_of_enterprises(
    clock: clock_module.Frozen,
) -> None:
    settled_more, settled_less = await enterprise(1, "甲店"), await enterprise(2, "乙店", employees=3)
    person = await _subscriber(settled_more, settled_less)
    await _three_policies()
    told = (await _week())[UUID(str(person.id))]
    assert told["enterprise"] == "甲店"
    assert (told["question"], told["count"], told["settled"]) == ("从业人数", "3", "2")
    assert await db.fetch_value("SELECT count(*) FROM inbox") == 1


async def test_only_subscribers_who_do_not_refuse_and_have_something_open(clock: clock_module.Frozen) -> None:
    open_, known = await enterprise(1), await enterprise(2, employees=3, revenue_wan=50)
    asked = await _subscriber(open_)
    await _subscriber(open_, standing=False)
    await consents.refuse(await _subscriber(open_))
    await _subscriber(known)
    await owner(open_)
    gone = await _subscriber(open_)
    await db.execute("UPDATE bindings SET state = 'ended', ended_at = now() WHERE person_id = $1", gone.id)
    await _three_policies()
    assert set(await _week()) == {asked.id}


async def test_what_he_put_off_or_is_sensitive_is_not_asked(clock: clock_module.Frozen) -> None:
    shop = await enterprise(1)
    person = await _subscriber(shop)
    await _three_policies()
    for title in "四五六":
        await published(title, leaf("owner_group", "eq", "veteran"))
    await db.execute(
        "INSERT INTO policy_question_skips (enterprise_id, person_id, fact, until) VALUES ($1, $2, 'employees', $3)",
        shop,
        person.id,
        date(2026, 12, 24),
    )
    assert (await _week())[UUID(str(person.id))]["question"] == "年营业收入"


async def test_at_most_once_a_week_and_begun_once(clock: clock_module.Frozen) -> None:
    await _subscriber(await enterprise(1))
    await _three_policies()
    assert not await digests.begin(1, "23:59")
    assert not await digests.begin(2, "09:00")
    clock.advance(timedelta(days=6))  # the worker comes back on Sunday
    assert len(await _week()) == 1
    assert not await digests.begin(1, "09:00")
    clock.advance(timedelta(days=1))
    await _week()
    assert await db.fetch_value("SELECT count(*) FROM inbox") == 1
    clock.advance(WEEK)
    await _week()
    assert await db.fetch_value("SELECT count(*) FROM inbox") == 2


async def test_slices_ask_everyone_once_by_as_many_statements_as_one(
    clock: clock_module.Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await enterprise(1)
    await _three_policies()
    people = {(await _subscriber(shop)).id for _ in range(7)}
    counts = []
    for size in (1, 3):
        monkeypatch.setattr(digests, "PEOPLE", size)
        async with db.transaction():
            with counted(monkeypatch) as statements:
                await digests._ask_some(recipients.BEFORE_ALL)
        counts.append(len(statements))
    assert counts[1] <= counts[0] <= 12  # the first one also reads the rules
    monkeypatch.setattr(digests, "SECONDS", 0.0001)
    assert set(await _week()) == people
    assert await db.fetch_value("SELECT count(*) FROM inbox") == 7
