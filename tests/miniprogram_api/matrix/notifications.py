"""Inbox, settings and subscriptions; what staff are told: everyone has his own."""

from backend.access import Role
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.notifications import Message, staff_phones, tell
from tests.factories.people import add_person, add_staff
from tests.support.matrix import Call, Row, World

EVERYBODY = frozenset(Role)
FIELDS = {
    "enterprise": "湖州某某食品店",
    "matter": "绑定申请",
    "result": "已通过",
    "at": "2026-11-23 10:00",
    "note": "无",
}


async def _a_reading(world: World) -> Call:
    return Call(body={"ids": [str(new_id())]})


async def _all(world: World) -> Call:
    return Call(body={})


async def _an_entry(world: World) -> Call:
    assert world.owner.id
    async with db.transaction():
        await tell([Message("binding_result", world.owner.id, str(new_id()), FIELDS)])
    found = await db.fetch_value("SELECT id FROM inbox WHERE person_id = $1", world.owner.id)
    return Call(params={"entry_id": found})


async def _a_report(world: World) -> Call:
    return Call(body={"accepted": ["a-template"]})


async def _people(world: World) -> None:
    for actor, phone in ((world.owner, "13800001111"), (world.other, "13900002222")):
        await add_person(world.runtime, phone, person_id=actor.id)


async def _a_wish(world: World) -> Call:
    await _people(world)
    return Call(body={"changes": [{"kind": "policy_matched", "channel": "subscribe", "is_on": False}]})


async def _a_switch(world: World) -> Call:
    await _people(world)
    return Call(body={"is_on": False})


async def _a_code(world: World) -> Call:
    """Of the owner's own; the other one is told that his WeChat is a colleague's already."""
    await _people(world)
    codes = [(await staff_phones.offer(await add_staff())).code for _ in range(2)]
    await staff_phones.bind(world.other.id or new_id(), codes[0], actor=world.other)
    return Call(body={"code": codes[1]})


async def _accounts(world: World) -> Call:
    for actor in world.staff.values():
        await add_staff(staff_id=actor.id)
    return Call()


async def _a_notice_wish(world: World) -> Call:
    await _accounts(world)
    return Call(body={"changes": [{"kind": "alarm", "is_pushed": False}]})


ROWS = (
    Row("GET", "/api/owner/v1/inbox"),
    Row("GET", "/api/owner/v1/inbox/<entry_id:uuid>", others=404, arrange=_an_entry),
    Row("POST", "/api/owner/v1/inbox/read", arrange=_a_reading),
    Row("POST", "/api/owner/v1/inbox/read-all", arrange=_all),
    Row("POST", "/api/owner/v1/inbox/archive", arrange=_a_reading),
    Row("POST", "/api/owner/v1/inbox/unarchive", arrange=_a_reading),
    Row("GET", "/api/owner/v1/inbox/unread-count"),
    Row("GET", "/api/owner/v1/subscriptions"),
    Row("GET", "/api/owner/v1/subscriptions/asks"),
    Row("POST", "/api/owner/v1/subscriptions/report", arrange=_a_report),
    Row("GET", "/api/owner/v1/notification-preferences"),
    Row("PUT", "/api/owner/v1/notification-preferences", arrange=_a_wish),
    Row("PUT", "/api/owner/v1/notification-preferences/pushes", arrange=_a_switch),
    Row("GET", "/api/owner/v1/staff-phone"),
    Row("POST", "/api/owner/v1/staff-phone", others=409, arrange=_a_code),
    Row("DELETE", "/api/owner/v1/staff-phone"),
    Row("GET", "/api/staff/v1/notices", roles=EVERYBODY),
    Row("GET", "/api/staff/v1/notices/unread-count", roles=EVERYBODY),
    Row("POST", "/api/staff/v1/notices/read", roles=EVERYBODY, arrange=_a_reading),
    Row("POST", "/api/staff/v1/notices/read-all", roles=EVERYBODY, arrange=_all),
    Row("POST", "/api/staff/v1/notices/archive", roles=EVERYBODY, arrange=_a_reading),
    Row("POST", "/api/staff/v1/notices/unarchive", roles=EVERYBODY, arrange=_a_reading),
    Row("GET", "/api/staff/v1/notice-preferences", roles=EVERYBODY),
    Row("PUT", "/api/staff/v1/notice-preferences", roles=EVERYBODY, arrange=_a_notice_wish),
    Row("GET", "/api/staff/v1/phone", roles=EVERYBODY),
    Row("POST", "/api/staff/v1/phone/code", roles=EVERYBODY, arrange=_accounts),
    Row("DELETE", "/api/staff/v1/phone", roles=EVERYBODY),
)
