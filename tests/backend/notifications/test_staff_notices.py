"""Whoever may do it is told once, sees what a colleague has done already, and has it on his own phone if he likes."""

import asyncio
from datetime import timedelta

import orjson
import pytest

from backend import staff
from backend.access import ROLES, SYSTEM, Grant, Role
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.notifications import staff_inbox, staff_notices, staff_preferences
from backend.notifications.delivering import deliver
from backend.notifications.errors import WrongMessage
from backend.notifications.staff_kinds import STAFF_KINDS
from backend.notifications.staff_notices import Holders
from tests.backend.notifications.people import Phones, deliveries, make_person
from tests.backend.notifications.staff import FIELDS, KIND, REVIEW, bind, holder, settle, tell, told
from tests.factories.people import add_staff
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("running", "clock")


async def test_all_who_hold_it_are_told_once_and_nobody_else() -> None:
    first, second = await holder(), await holder(Grant(Role.REVIEWER), Grant(Role.MANAGER))
    await holder(Grant(Role.PUBLISHER))
    assert await tell(Holders(REVIEW)) == 2
    assert await tell(Holders(REVIEW)) == 0
    assert await told() == {first.id, second.id}
    assert await tell(Holders(REVIEW), "again", but=[first.id, None]) == 1


@pytest.mark.parametrize(
    ("district", "expected"),
    [("330502", {"city", "wuxing"}), ("330502001", {"city", "wuxing", "town"}), ("330523", {"city"}), (None, {"city"})],
)
async def test_a_grant_covers_its_districts(district: str | None, expected: set[str]) -> None:
    people = {
        "city": await holder(Grant(Role.REVIEWER)),
        "wuxing": await holder(Grant(Role.REVIEWER, districts=("330502",))),
        "town": await holder(Grant(Role.REVIEWER, districts=("330502001",))),
    }
    await tell(Holders(REVIEW, district=district))
    assert await told() == {people[name].id for name in expected}


async def test_a_grant_covers_its_unit_and_its_capabilities() -> None:
    unit, other = [await staff.create_unit(name, actor=SYSTEM) for name in ("吴兴分局", "南浔分局")]
    ours = await holder(Grant(Role.REVIEWER, unit_id=unit))
    theirs = await holder(Grant(Role.REVIEWER, unit_id=other))
    await holder(Grant(Role.REVIEWER, capabilities=("bindings",)))
    able = await holder(Grant(Role.REVIEWER, capabilities=("policies",)))
    await tell(Holders(REVIEW, unit=unit))
    assert await told() == {ours.id, able.id}
    await tell(Holders(REVIEW), "no unit")
    assert await told() == {ours.id, able.id, theirs.id}


async def test_what_has_ended_holds_nothing(clock: Frozen) -> None:
    late, gone, new = await holder(Grant(Role.REVIEWER, until=clock.now() + timedelta(hours=1))), await holder(), None
    assert gone.id
    new = await holder()
    await db.execute("UPDATE staff SET must_change_password = TRUE WHERE id = $1", new.id)
    await staff.leave(gone.id, actor=SYSTEM)
    clock.advance(timedelta(hours=2))
    assert await tell(Holders(REVIEW)) == 0
    assert late.id
    assert await tell([late.id, gone.id, new_id()]) == 1, "whoever is named is told, unless he has left"


async def test_many_who_tell_the_same_tell_it_once() -> None:
    for _ in range(3):
        await holder()
    counts = await asyncio.gather(*(tell(Holders(REVIEW)) for _ in range(scaled(12))))
    assert sum(counts) == 3


async def test_nothing_is_told_when_the_command_fails() -> None:
    await holder()
    with pytest.raises(RuntimeError, match="transaction"):
        await staff_notices.tell(KIND, Holders(REVIEW), fields=FIELDS, once="x")
    with pytest.raises(ZeroDivisionError):
        async with db.transaction():
            await staff_notices.tell(KIND, Holders(REVIEW), fields=FIELDS, once="x")
            raise ZeroDivisionError
    assert await told() == set()
    assert await tell(Holders(REVIEW), "x") == 1


@pytest.mark.parametrize(("kind", "fields"), [("no_such_kind", FIELDS), (KIND, {"policy": "稳岗补贴"})])
async def test_a_notice_that_does_not_fit_its_kind_is_a_mistake(kind: str, fields: dict[str, str]) -> None:
    with pytest.raises(WrongMessage):
        async with db.transaction():
            await staff_notices.tell(kind, Holders(REVIEW), fields=fields, once="x")


def test_every_kind_says_what_it_is_called_and_links_to_a_page() -> None:
    assert {kind.key for kind in STAFF_KINDS.values() if not (kind.name and kind.title and kind.link)} == set()
    assert STAFF_KINDS.keys() >= {"assignment", "alarm", "release_wanted"}
    assert [kind.key for kind in STAFF_KINDS.values() if not kind.link.startswith(("/", "{page}"))] == []


async def test_what_a_colleague_has_done_no_longer_counts_and_says_so() -> None:
    first, second, subject = await holder(), await holder(), new_id()
    assert first.id
    assert second.id
    await tell(Holders(REVIEW), subject=subject)
    await tell([first.id], "another")
    assert (await staff_inbox.unread(first.id), await staff_inbox.unread(second.id)) == (2, 1)
    assert await settle(subject) == 2
    assert await settle(subject) == 0
    assert (await staff_inbox.unread(first.id), await staff_inbox.unread(second.id)) == (1, 0)
    items = orjson.loads(await staff_inbox.page(second.id))["items"]
    assert [(one["is_read"], one["is_settled"]) for one in items] == [(False, True)]
    assert orjson.loads(await staff_inbox.page(second.id, unread=True))["items"] == []


async def test_lists_are_ones_own_newest_first_and_move() -> None:
    mine, other = await holder(), await holder()
    assert mine.id
    assert other.id
    for n in range(5):
        await tell([mine.id], str(n))
    await tell([other.id], "other")
    first = orjson.loads(await staff_inbox.page(mine.id, limit=3))
    rest = orjson.loads(await staff_inbox.page(mine.id, limit=3, cursor=first["next"]))
    ids = [one["id"] for one in first["items"] + rest["items"]]
    assert ids == sorted(ids, reverse=True)
    assert (len(ids), rest["next"]) == (5, None)
    assert await staff_inbox.mark_read(other.id, ids) == 0
    assert await staff_inbox.archive(other.id, ids) == 0
    assert await staff_inbox.archive(mine.id, ids[:2]) == 2
    assert await staff_inbox.unread(mine.id) == 3
    assert len(orjson.loads(await staff_inbox.page(mine.id, box="archived"))["items"]) == 2
    assert await staff_inbox.unarchive(mine.id, ids) == 2
    assert await staff_inbox.mark_all_read(mine.id, up_to=ids[1]) == 4
    assert await staff_inbox.unread(mine.id) == 1
    assert len(orjson.loads(await staff_inbox.page(mine.id, kind=KIND))["items"]) == 5


async def test_many_readings_at_once_count_each_notice_once() -> None:
    mine = await holder()
    assert mine.id
    for n in range(4):
        await tell([mine.id], str(n))
    ids = [row["id"] for row in await db.fetch("SELECT id FROM staff_notices")]
    turns = [ids, ids[::-1]] * scaled(20)
    counts = await asyncio.gather(*(staff_inbox.mark_read(mine.id, turn) for turn in turns))
    assert sum(counts) == 4


async def test_a_bound_phone_is_pushed_to_and_says_only_what_kind_of_thing_waits(phones: Phones) -> None:
    bound, bare = await holder(), await add_staff()
    phone = await phones.make(taps=0)
    template = await db.fetch_value("SELECT template_id FROM message_templates WHERE title = '工作提醒'")
    await db.execute(
        "INSERT INTO credits (address_id, template_id, is_standing, updated_at) VALUES ($1, $2, TRUE, $3)",
        phone.address,
        template,
        clock_module.now(),
    )
    phones.sandbox.control("POST", f"owners/{phone.openid}/permits", template_id="staff_notice", standing=True)
    await bind(bound, phone.person)
    assert bound.id
    assert bare.id
    await tell([bound.id, bare.id])
    await deliver()
    [got] = phones.received(phone)
    assert STAFF_KINDS[KIND].name in str(got["data"])
    assert "稳岗" not in str(got["data"])
    assert [row["state"] for row in await deliveries()] == ["sent"]


async def test_a_switched_off_kind_stays_in_the_console(phones: Phones) -> None:
    bound = await holder()
    await bind(bound, await make_person())
    assert bound.id
    await staff_preferences.change(bound.id, {KIND: False})
    wanted = {one["kind"]: one["is_pushed"] for one in await staff_preferences.mine(bound.id)}
    assert (wanted[KIND], wanted["alarm"]) == (False, True)
    await tell([bound.id])
    assert (await staff_inbox.unread(bound.id), await deliveries()) == (1, [])
    await staff_preferences.change(bound.id, {KIND: True})
    await tell([bound.id], "again")
    assert len(await deliveries()) == 1


async def test_what_a_colleague_has_done_is_pushed_no_more(phones: Phones) -> None:
    bound, subject = await holder(), new_id()
    phone = await phones.make(taps=0)
    await bind(bound, phone.person)
    assert bound.id
    await tell([bound.id], subject=subject)
    await settle(subject)
    await deliver()
    assert [(row["state"], row["reason"]) for row in await deliveries()] == [("cancelled", "called_off")]


def test_every_permission_that_somebody_is_told_by_is_held_by_some_role() -> None:
    assert all(any(permission in held for held in ROLES.values()) for permission in (REVIEW, "bindings.review"))
