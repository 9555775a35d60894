"""Inbox and subscriptions: everyone has his own."""

from backend.foundation.ids import new_id
from tests.support.matrix import Call, Row, World


async def _a_reading(world: World) -> Call:
    return Call(body={"ids": [str(new_id())]})


async def _a_report(world: World) -> Call:
    return Call(body={"accepted": ["a-template"]})


ROWS = (
    Row("GET", "/api/owner/v1/inbox"),
    Row("POST", "/api/owner/v1/inbox/read", arrange=_a_reading),
    Row("GET", "/api/owner/v1/inbox/unread-count"),
    Row("GET", "/api/owner/v1/subscriptions"),
    Row("POST", "/api/owner/v1/subscriptions/report", arrange=_a_report),
)
