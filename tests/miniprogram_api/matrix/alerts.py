"""Administrators look at what is wrong; who operates the system looks after it."""

from backend import alerts
from backend.access import SYSTEM, Role
from tests.support.matrix import Call, Row, World


async def _an_alert(world: World) -> Call:
    await alerts.open_alert("outbox_stuck", "a.b")
    [found], _ = await alerts.listed(SYSTEM)
    return Call(params={"alert_id": found.id})


ROWS = (
    Row("GET", "/api/staff/v1/alerts", roles=frozenset({Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR})),
    Row(
        "POST",
        "/api/staff/v1/alerts/<alert_id:uuid>/acknowledge",
        roles=frozenset({Role.SYSTEM_ADMINISTRATOR}),
        arrange=_an_alert,
    ),
)
