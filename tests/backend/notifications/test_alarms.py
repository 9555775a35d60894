"""Who operates the service is told once what is wrong, until somebody has taken it on or it is over."""

from uuid import UUID

import pytest

from backend import alerts
from backend.access import Actor, ActorKind, Grant, Role
from backend.foundation import db
from backend.notifications.alarms import tell_alarms
from tests.backend.notifications.staff import holder

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _open() -> list[tuple[UUID, str]]:
    rows = await db.fetch("SELECT staff_id, body FROM staff_notices WHERE settled_at IS NULL ORDER BY id")
    return [tuple(row) for row in rows]


async def test_an_alert_is_told_once_to_who_operates() -> None:
    operator = await holder(Grant(Role.SYSTEM_ADMINISTRATOR))
    await holder()
    await alerts.open_alert("outbox_stuck", "a.b")
    assert (await tell_alarms(), await tell_alarms()) == (1, 0)
    [(staff_id, body)] = await _open()
    assert staff_id == operator.id
    assert alerts.KINDS["outbox_stuck"].title in body


async def test_that_the_trail_does_not_hold_is_told_to_the_auditor_too() -> None:
    operator, auditor = await holder(Grant(Role.SYSTEM_ADMINISTRATOR)), await holder(Grant(Role.AUDITOR))
    await alerts.open_alert("outbox_stuck", "a.b")
    assert await tell_alarms() == 1
    await alerts.open_alert("audit_broken", problem="a seal does not fit")
    assert (await tell_alarms(), await tell_alarms()) == (2, 0)
    assert [staff_id for staff_id, _ in await _open()].count(operator.id) == 2
    assert alerts.KINDS["audit_broken"].title in dict(await _open())[auditor.id]
    await alerts.clear("audit_broken")
    await tell_alarms()
    assert [staff_id for staff_id, _ in await _open()] == [operator.id]


@pytest.mark.parametrize("end", ["cleared", "acknowledged"])
async def test_what_is_over_or_taken_on_asks_nobody_any_more(end: str) -> None:
    operator = await holder(Grant(Role.SYSTEM_ADMINISTRATOR))
    await alerts.open_alert("outbox_stuck", "a.b")
    await alerts.open_alert("outbox_stuck", "c.d")
    await tell_alarms()
    if end == "cleared":
        await alerts.clear("outbox_stuck", "a.b")
    else:
        actor = Actor(ActorKind.STAFF, operator.id, "管理员", (Grant(Role.SYSTEM_ADMINISTRATOR),))
        found, _ = await alerts.listed(actor)
        await alerts.acknowledge(next(one.id for one in found if one.key == "a.b"), actor=actor)
    assert await tell_alarms() == 0
    assert len(await _open()) == 1


async def test_what_happens_anew_is_told_anew() -> None:
    await holder(Grant(Role.SYSTEM_ADMINISTRATOR))
    for _ in range(2):
        await alerts.open_alert("outbox_stuck", "a.b")
        await tell_alarms()
        await alerts.clear("outbox_stuck", "a.b")
        await tell_alarms()
    assert await db.fetch_value("SELECT count(*) FROM staff_notices") == 2
